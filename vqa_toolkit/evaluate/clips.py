"""Labelled clips: a corpus with a manifest, or any folder of media with ``.labels.json`` beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import ConfigurationError, ResultError
from vqa_toolkit.simulate.core import Label


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip with its truth. ``group`` is what intervals are drawn over (a title); ``seconds`` its length.

    ``kind`` is fault, clean, negative (a hard one) or real. ``known`` says that every property of it is known because it
    was made from code, so that a finding of anything but its labels is wrong. ``judged`` are the only defects that its
    labels speak of; None means all. ``own`` are defects that the title was found to have of its own.
    """

    id: str
    path: Path
    title: str
    group: str
    kind: str
    seconds: float
    labels: tuple[Label, ...]
    known: bool = False
    strength: float | None = None
    judged: frozenset[str] | None = None
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judged:
    """A clip and what was found in it; ``failed`` names what could not be measured, with the reason."""

    clip: Clip
    findings: tuple[Finding, ...]
    failed: tuple[str, ...] = ()


def read_clips(folder: str | Path, parts: Sequence[str] = ()) -> list[Clip]:
    """Every labelled clip of a corpus or folder; ``parts`` restricts a corpus to parts of its split.

    Raises:
        ConfigurationError: the folder holds no labelled clip. ResultError: labels that cannot be read, or that name an
        unknown defect or a time beyond the clip.
    """
    from vqa_toolkit.simulate.corpus import read_manifest

    root = Path(folder)
    lines = read_manifest(root)
    clips = [_from_line(root, line) for line in lines if line.get("file") and (not parts or line["part"] in parts)]
    if not lines:
        clips = [_from_labels(path) for path in sorted(root.rglob("*.labels.json"))]
    if not clips:
        wanted = f" of part {', '.join(parts)}" if parts else ""
        raise ConfigurationError(
            f"{root}: a folder with labelled clips{wanted} is needed (a corpus of `vqa simulate --corpus`, or media "
            "with .labels.json beside them), got none."
        )
    return clips


def _from_line(root: Path, line: dict[str, Any]) -> Clip:
    from vqa_toolkit.simulate.apply import read_labels
    from vqa_toolkit.simulate.titles import MEDIA

    path = root / line["file"]
    known = Path(line["title"]).suffix.lower() not in MEDIA
    labels = tuple(read_labels(path))
    return Clip(
        line["id"], path, line["title"], line["group"], line["kind"], float(line["seconds"]), labels, known,
        line["strength"], own=frozenset(line.get("own", ())),
    )  # fmt: skip


def _from_labels(path: Path) -> Clip:
    from vqa_toolkit.media.probe import probe
    from vqa_toolkit.simulate.apply import LABELS_SUFFIX, read_labels

    media = path.with_name(path.name.removesuffix(LABELS_SUFFIX))
    labels = tuple(read_labels(path))
    seconds = probe(media).duration
    check_labels(labels, seconds, path.name)
    faulty = any(label.defect for label in labels)
    source = labels[0].source if labels else media.stem
    strength = max((label.strength for label in labels if label.defect), default=None)
    return Clip(media.stem, media, source, source, "fault" if faulty else "clean", seconds, labels, False, strength)


def check_labels(labels: Iterable[Label], seconds: float, name: str) -> None:
    """Refuse labels of unknown defects or beyond the clip.

    Raises:
        ResultError: naming the label and what would be right.
    """
    known = defects()
    for label in labels:
        if label.defect is not None and label.defect not in known:
            raise ResultError(f"{name}: unknown defect {label.defect!r}. Known: {', '.join(sorted(known))}.")
        if not 0 <= label.start <= label.end <= seconds + 1.0:
            raise ResultError(
                f"{name}: a label lies at {label.start:g}–{label.end:g} s, but the clip is {seconds:g} s long."
            )


def defects() -> frozenset[str]:
    """Every defect that a detector names or a fault provokes."""
    from vqa_toolkit.detectors import discover
    from vqa_toolkit.simulate.registry import faults

    named = {d for cls in discover().values() for d in cls.defects}
    return frozenset(named | {kind.defect for kind in faults().values() if kind.defect})
