"""A corpus recipe: a TOML file that says which faults, how strong, on how many titles, and how titles are split.

::

    name = "small"
    seed = 7
    [clip]
    seconds = 8.0            # length of every item
    height = 240             # px; larger pictures are reduced
    container = ".mp4"
    [split]                  # shares of titles, by a hash of the title: one title is never in two parts
    train = 0.6
    validation = 0.2
    test = 0.2
    [[fault]]
    use = "freeze,mode=capture"    # as on the command line, without times
    strengths = [0.2, 0.5, 0.9]
    titles = 2               # how many titles for each strength
    span = [0.6, 3.0]        # s, drawn; absent = the whole item
    [[negative]]
    scenes = ["percussion", "fades"]
    [clean]
    titles = 10              # undamaged excerpts
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vqa_toolkit.errors import ConfigurationError, FaultError
from vqa_toolkit.simulate.registry import parse_fault

RECIPES = Path(__file__).parent / "recipes"
Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClipForm(_Part):
    """How every item is made: seconds, px, container, encoder quality."""

    seconds: float = Field(default=8.0, ge=1, le=600)
    height: int = Field(default=240, ge=64, le=2160)
    container: str = Field(default=".mp4", pattern=r"^\.(mp4|mov|mkv|ts)$")
    crf: float = Field(default=20.0, ge=0, le=51)


class FaultLine(_Part):
    """One fault at several strengths, each on ``titles`` titles, over a span of drawn length and place."""

    use: str
    strengths: tuple[Share, ...] = (0.5,)
    titles: int = Field(default=1, ge=1, le=1000)
    span: tuple[float, float] | None = None
    scenes: tuple[str, ...] = ()  # procedural scenes to use in place of titles


class NegativeLine(_Part):
    """Procedural hard negatives, each rendered ``takes`` times with seeds of their own."""

    scenes: tuple[str, ...]
    takes: int = Field(default=1, ge=1, le=100)


class CleanLine(_Part):
    """Undamaged excerpts."""

    titles: int = Field(default=0, ge=0, le=10_000)


class Recipe(_Part):
    """A whole corpus."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    seed: int = Field(default=0, ge=0)
    clip: ClipForm = ClipForm()
    split: dict[str, Share] = {"train": 0.6, "validation": 0.2, "test": 0.2}
    fault: tuple[FaultLine, ...] = ()
    negative: tuple[NegativeLine, ...] = ()
    clean: CleanLine = CleanLine()


def load_recipe(recipe: str | Path) -> Recipe:
    """The recipe of a TOML file, or one of the package's own by name (``small``, ``scoreboard``).

    Raises:
        ConfigurationError: naming the field that is wrong, or the fault that cannot be.
    """
    path = RECIPES / f"{recipe}.toml" if (RECIPES / f"{recipe}.toml").is_file() else Path(recipe)
    try:
        made = Recipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        for line in made.fault:
            parse_fault(line.use.replace("{other}", str(path)))
    except OSError as exc:
        known = ", ".join(sorted(p.stem for p in RECIPES.glob("*.toml")))
        raise ConfigurationError(f"There is no recipe {str(recipe)!r}; give a .toml file or one of {known}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path.name}: this is not TOML ({exc}).") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path.name}: {where}: {first['msg']} (got {first['input']!r}).") from exc
    except FaultError as exc:
        raise ConfigurationError(f"{path.name}: {exc}") from exc
    if abs(sum(made.split.values()) - 1.0) > 1e-6:
        raise ConfigurationError(f"{path.name}: split: shares must add up to 1, got {sum(made.split.values()):g}.")
    return made
