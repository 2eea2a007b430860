"""``vqa train``: make the networks' weights from pristine media."""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import typer

from vqa_toolkit.errors import ConfigurationError, UsageError

PURPOSES = {
    "corruption": ("the block-corruption network, from pristine pictures", "--pristine"),
    "artifacts": ("the audio-artifact network, from clean sound", "--pristine"),
    "lipsync": ("the lip-sync network, from clips of talking people", "--talking"),
}


def register(app: typer.Typer) -> None:
    """Add the verb and one sub-verb per network."""
    group = typer.Typer(no_args_is_help=True, help="Train a network: corruption, artifacts or lipsync.")
    for network, (purpose, option) in PURPOSES.items():
        group.command(network, help=f"Train {purpose}. Run again with the same --out to go on where it stopped.")(
            _verb(network, option)
        )
    app.add_typer(group, name="train")


def _verb(network: str, option: str) -> Callable[..., None]:
    def verb(
        media: Path,
        out: Annotated[Path, typer.Option("--out", "-o", help="Where checkpoints and curves go.")],
        device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where it runs.")] = "auto",
        changes: Annotated[
            list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change one field of the recipe.")
        ] = None,
    ) -> None:
        train(network, media, out, device, changes or ())

    verb.__annotations__["media"] = Annotated[Path, typer.Option(option, help="A folder of it.", show_default=False)]
    return verb


def train(network: str, media: Path, out: Path, device: str, changes: Iterable[str]) -> None:
    """Call ``vqa_toolkit.train.<network>.train`` with its recipe, changed as asked; its reports go to stderr.

    Raises:
        UsageError: ``media`` is no folder. ConfigurationError: a change that the recipe cannot take.
    """
    if not media.is_dir():
        raise UsageError(f"{media} is not a folder. Name one that holds pristine media.")
    module = importlib.import_module(f"vqa_toolkit.train.{network}")
    recipe = changed(module.Recipe(), changes)
    if network == "artifacts":  # takes several folders
        module.train([media], out, recipe=recipe, device=_resolved(device), say=_tell)
    else:
        module.train(media, out, recipe=recipe, device=_resolved(device), report=_tell)
    print(out)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _resolved(device: str) -> str:
    if device != "auto":
        return device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def changed(recipe: Any, changes: Iterable[str]) -> Any:
    """A copy of a recipe (a dataclass) with ``name=value`` changes, each read as its field's own type.

    Raises:
        ConfigurationError: an unknown field, or a value of another type.
    """
    kinds = get_type_hints(type(recipe))
    values: dict[str, Any] = {}
    for change in changes:
        name, _, text = change.partition("=")
        if name not in kinds:
            raise ConfigurationError(f"The recipe has no {name!r}. It has: {', '.join(kinds)}.")
        if kinds[name] not in (int, float, str):
            raise ConfigurationError(f"{name!r} of the recipe cannot be set from the command line.")
        try:
            values[name] = kinds[name](text)
        except ValueError as exc:
            raise ConfigurationError(f"{name} takes a {kinds[name].__name__}, got {text!r}.") from exc
    return dataclasses.replace(recipe, **values)
