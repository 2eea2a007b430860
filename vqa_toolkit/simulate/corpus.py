"""A seeded corpus from a recipe: planned first, built item by item, resumable; split by title, never by clip.

``manifest.jsonl`` has one line per item: id, file, title, group, part, kind, faults, strength, seed, seconds, and ``own``, the
defects that a title was found to have before any fault (see :mod:`~vqa_toolkit.simulate.screening`).
Items are planned from the recipe alone, so an interrupted build goes on where it stopped and repeats nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vqa_toolkit.errors import ConfigurationError, FaultError, VqaError
from vqa_toolkit.simulate import scenes
from vqa_toolkit.simulate.apply import write, write_labels
from vqa_toolkit.simulate.cases import make_case
from vqa_toolkit.simulate.core import CaptionFault, Fault, Label, SoundFault
from vqa_toolkit.simulate.recipe import FaultLine, Recipe, load_recipe
from vqa_toolkit.simulate.registry import parse_fault
from vqa_toolkit.simulate.render import checked, plans
from vqa_toolkit.simulate.screening import own_defects
from vqa_toolkit.simulate.titles import Title, excerpt, from_folder, part_of, procedural
from vqa_toolkit.simulate.writing import Encoding

MANIFEST = "manifest.jsonl"
MARGIN_S = 0.8  # kept clean at both ends of an item, so that both edges of a fault can be seen
PROCEDURAL_SOUNDS = ("street", "music", "percussion")  # for titles that have pictures but no sound


class Item(NamedTuple):
    """One planned clip of a corpus."""

    id: str
    kind: str  # fault, clean or negative
    title: Title
    part: str
    use: str  # the fault in the command line's notation, without its times; "" = none
    strength: float | None
    span: tuple[float, float] | None
    seed: int

    def record(self, file: str, faults: Sequence[str], seconds: float, own: Sequence[str] = ()) -> dict[str, Any]:
        """The manifest's line for this item; ``own`` are defects that the title had before."""
        return {
            "id": self.id, "file": file, "kind": self.kind, "title": self.title.name, "group": self.title.group,
            "part": self.part, "faults": list(faults), "strength": self.strength, "seed": self.seed, "seconds": seconds,
            "own": list(own),
        }  # fmt: skip


def build_corpus(
    recipe: str | Path | Recipe,
    output: str | Path,
    pristine: str | Path | None = None,
    *,
    parts: Sequence[str] = (),
    progress: Callable[[int, int, str], None] | None = None,
) -> list[dict[str, Any]]:
    """Build (or go on building) the corpus into ``output``; returns the manifest's lines.

    Without ``pristine`` it is made of procedural scenes. ``parts`` restricts it to parts of the split. An item that
    cannot be made keeps a line with ``error`` and no file. ``progress`` is told (done, of, what).

    Raises:
        ConfigurationError: a wrong recipe, or a pristine folder without a usable clip.
    """
    made = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    folder = Path(output)
    items = [i for i in plan(made, _titles(made, pristine)) if not parts or i.part in parts]
    folder.mkdir(parents=True, exist_ok=True)
    done = {line["id"]: line for line in read_manifest(folder) if "error" in line or (folder / line["file"]).is_file()}
    for number, item in enumerate(items):
        if item.id not in done:
            done[item.id] = _build(item, made, folder)
            _append(folder / MANIFEST, done[item.id])
        if progress is not None:
            progress(number + 1, len(items), item.id)
    lines = [done[i.id] for i in items]
    part = folder / f"{MANIFEST}.part"
    part.write_text("".join(json.dumps(line, sort_keys=True) + "\n" for line in lines), encoding="utf-8")
    part.replace(folder / MANIFEST)
    return lines


def read_manifest(corpus: str | Path) -> list[dict[str, Any]]:
    """The lines of a corpus' manifest; a last line cut short by an interruption is left out."""
    path = Path(corpus) / MANIFEST
    if not path.is_file():
        return []
    lines: dict[str, dict[str, Any]] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        lines[line["id"]] = line
    return list(lines.values())


def plan(recipe: Recipe, titles: Sequence[Title]) -> list[Item]:
    """Every item of the corpus, in order; depends on the recipe and the titles' names only."""
    items = [*_fault_items(recipe, titles), *_clean_items(recipe, titles), *_negative_items(recipe)]
    return list({item.id: item for item in items}.values())


def _titles(recipe: Recipe, pristine: str | Path | None) -> list[Title]:
    if pristine is None:
        return procedural(recipe.seed)
    folder = Path(pristine)
    titles = from_folder(folder) if folder.is_dir() else []
    if not titles:
        raise ConfigurationError(f"--pristine {folder}: a folder with at least one clip of 4 s or more is needed.")
    return titles


def _fault_items(recipe: Recipe, titles: Sequence[Title]) -> Iterator[Item]:
    for number, line in enumerate(recipe.fault):
        fault = _parsed(line.use, titles)
        pool = _pool(fault, line, titles, recipe.seed)
        rng = np.random.default_rng([recipe.seed, number])
        order = [pool[i] for i in rng.permutation(len(pool))] if pool else []
        used = 0
        for strength in line.strengths:
            for _ in range(min(line.titles, len(order))):
                title = order[used % len(order)]
                used += 1
                yield _item("fault", recipe, title, line.use, strength, line.span, used)


def _pool(fault: Fault, line: FaultLine, titles: Sequence[Title], seed: int) -> list[Title]:
    """The titles a fault can be put into; captions exist only for procedural speech."""
    if line.scenes or isinstance(fault, CaptionFault):
        names = line.scenes or ("street",)
        return [Title(f"{n}-{seed + k}", f"{n}-{seed + k}", None, n, True, True, 1e9) for k in range(6) for n in names]
    if isinstance(fault, SoundFault):
        return [t for t in titles if t.has_sound]
    return [t for t in titles if t.has_pictures]


def _clean_items(recipe: Recipe, titles: Sequence[Title]) -> Iterator[Item]:
    order = np.random.default_rng([recipe.seed, 10_001]).permutation(len(titles))[: recipe.clean.titles]
    for n in order.tolist():
        yield _item("clean", recipe, titles[n], "", None, None, 0)


def _negative_items(recipe: Recipe) -> Iterator[Item]:
    for line in recipe.negative:
        for name in line.scenes:
            scenes.lookup(name)
            for take in range(line.takes):
                title = Title(f"{name}-{take}", f"{name}-{take}", None, name, True, True, 1e9)
                yield _item("negative", recipe, title, "", None, None, take)


def _item(
    kind: str,
    recipe: Recipe,
    title: Title,
    use: str,
    strength: float | None,
    span: tuple[float, float] | None,
    take: int,
) -> Item:
    key = json.dumps([recipe.name, recipe.seed, recipe.clip.model_dump(), kind, title.name, use, strength, span, take])
    digest = hashlib.sha256(key.encode()).hexdigest()
    what = use.split(",")[0] if use else (title.scene if kind == "negative" else kind)
    part = part_of(title.group, recipe.split, recipe.seed)
    return Item(f"{what}-{digest[:10]}", kind, title, part, use, strength, span, int(digest[10:18], 16))


def _parsed(use: str, titles: Sequence[Title]) -> Fault:
    other = next((str(t.path) for t in titles if t.path is not None and t.has_sound), __file__)
    return parse_fault(use.replace("{other}", other))


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as f:
        f.write(json.dumps(line, sort_keys=True) + "\n")
        f.flush()
        os.fsync(f.fileno())


def _build(item: Item, recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Make one item; a fault that its title cannot take becomes a line with ``error``."""
    target = folder / item.part / f"{item.id}{recipe.clip.container}"
    target.parent.mkdir(exist_ok=True)
    try:
        labels, own = (_captioned(item, recipe, target), []) if _is_caption(item) else _rendered(item, recipe, target)
    except VqaError as exc:
        return item.record("", [item.use], 0.0) | {"error": str(exc)}
    if item.kind == "negative":
        labels = [_negative_label(item, recipe)]
        write_labels(target, labels, item.title.name, item.seed)
    seconds = min(recipe.clip.seconds, item.title.duration)
    return item.record(target.relative_to(folder).as_posix(), [x.fault for x in labels if x.defect], seconds, own)


def _is_caption(item: Item) -> bool:
    return item.use.startswith("caption_")


def _captioned(item: Item, recipe: Recipe, target: Path) -> list[Label]:
    from vqa_toolkit.core import Case

    width = round(recipe.clip.height * 16 / 9 / 2) * 2
    case = Case(item.title.scene, (f"{item.use},strength={item.strength}",), duration=max(12.0, recipe.clip.seconds))
    return make_case(case, target, width=width, height=recipe.clip.height // 2 * 2, seed=item.seed)


def _rendered(item: Item, recipe: Recipe, target: Path) -> tuple[list[Label], list[str]]:
    rng = np.random.default_rng([item.seed, 1])
    title = item.title
    room = max(0.0, title.duration - recipe.clip.seconds) if title.path is not None else 0.0
    begin = float(rng.uniform(0, room))
    pictures, sound = title if title.has_pictures else None, title if title.has_sound else _stand_in(rng)
    clip = excerpt(pictures, sound, recipe.clip, begin, item.seed)
    faults = [_placed(item, clip.facts.duration, rng)] if item.use else []
    planned = checked(plans(faults, item.seed), clip.facts, clip.facts.duration)
    crf = scenes.SCENES[title.scene].crf if title.scene else None
    labels = write(clip, target, planned, title.name, item.seed, Encoding(crf=crf or recipe.clip.crf))
    return labels, own_defects(clip) if title.path is not None else []


def _stand_in(rng: np.random.Generator) -> Title:
    name = str(rng.choice(PROCEDURAL_SOUNDS))
    return Title(name, name, None, name, True, True, 1e9)


def _placed(item: Item, duration: float, rng: np.random.Generator) -> Fault:
    """The item's fault with its strength, over its drawn span."""
    other = str(item.title.path or "")
    fault = parse_fault(item.use.replace("{other}", other))
    if item.strength is not None:
        fault = replace(fault, strength=item.strength)
    if item.span is None:
        return fault
    longest = duration - 2 * MARGIN_S
    if longest < item.span[0]:
        raise FaultError(f"{fault.name}: a span of {item.span[0]:g} s needs {item.span[0] + 2 * MARGIN_S:g} s of clip.")
    length = float(rng.uniform(item.span[0], min(item.span[1], longest)))
    start = float(rng.uniform(MARGIN_S, duration - MARGIN_S - length))
    return replace(fault, start=round(start, 3), end=round(start + length, 3))


def _negative_label(item: Item, recipe: Recipe) -> Label:
    tempts = scenes.SCENES[item.title.scene].tempts
    return Label(
        None, f"scene:{item.title.scene}", 0.0, recipe.clip.seconds, 0.0, {"tempts": list(tempts)}, item.seed,
        item.title.name, "1",
    )  # fmt: skip
