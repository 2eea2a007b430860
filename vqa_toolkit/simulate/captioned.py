"""Caption files beside a clip: found by stem, edited by caption faults, written in their own format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import CaptionFault, ClipFacts, Extent
from vqa_toolkit.simulate.render import Plan, part_file

if TYPE_CHECKING:
    from pysubs2 import SSAFile

SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")


def beside(clip: Path) -> Path | None:
    """The caption file that goes with ``clip`` (itself, when it is one), or None."""
    if clip.suffix.lower() in SUFFIXES:
        return clip
    return next((p for s in SUFFIXES if (p := clip.with_suffix(s)).is_file()), None)


def facts(captions: Path) -> ClipFacts:
    """The facts of a clip that is captions only: as long as its last cue lasts."""
    cues = _read(captions)
    end = max((cue.end for cue in cues), default=0) / 1000
    if not end:
        raise FaultError(f"{captions.name}: there is no cue in it to edit.")
    return ClipFacts(0, 0, 0.0, end, 0, 0)


def write(source: Path, target: Path, planned: Sequence[Plan], clip: ClipFacts) -> dict[int, Extent]:
    """Apply the caption faults and write ``target``; extents by ``id`` of the plan."""
    cues = _read(source)
    extents: dict[int, Extent] = {}
    for plan in planned:
        if isinstance(plan.fault, CaptionFault):
            cues, extents[id(plan)] = plan.fault.apply(cues, clip, plan.rng())
    with part_file(target) as part:
        if planned:
            part.write_text(cues.to_string(target.suffix[1:]), encoding="utf-8")
        else:
            part.write_bytes(source.read_bytes())
    return extents


def _read(path: Path) -> SSAFile:
    import pysubs2

    try:
        return pysubs2.load(str(path), encoding="utf-8-sig")
    except (pysubs2.Pysubs2Error, UnicodeDecodeError) as exc:
        raise FaultError(
            f"{path.name}: these captions cannot be read ({exc}). Convert them to UTF-8 SRT first."
        ) from exc
