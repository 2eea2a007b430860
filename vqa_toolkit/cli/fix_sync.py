"""``vqa fix-sync``: a copy of a clip with its sound moved to the lips; streams are copied, nothing is encoded again."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import typer

from vqa_toolkit.errors import UsageError

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("fix-sync")(fix_sync)


def fix_sync(
    clip: Annotated[Path, typer.Argument(help="A clip whose sound is early or late throughout.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The copy; by default CLIP with '.synced' in its name.")
    ] = None,
    ms: Annotated[
        float | None,
        typer.Option(
            "--ms", help="Move the sound later by this (negative: earlier) without measuring.", show_default=False
        ),
    ] = None,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where the network runs.")] = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Measure by how much the sound is early or late, and write a copy in which it is not.

    Only one constant offset is mended: a drift or a jump is told and left alone.
    """  # fmt: skip
    from vqa_toolkit.media.remux import move_sound

    target = output or clip.with_name(f"{clip.stem}.synced{clip.suffix}")
    if target.exists():
        raise UsageError(f"{target} exists already. Name another copy with --output.")
    moved = measured_offset(_analysed(clip, device, quiet=quiet)) if ms is None else ms
    move_sound(clip, target, moved)
    print(f"Moved the sound {abs(moved):.0f} ms {'later' if moved > 0 else 'earlier'}.", file=sys.stderr)
    print(target)


def _analysed(clip: Path, device: str, *, quiet: bool) -> AnalysisResult:
    from vqa_toolkit.cli._progress import shown, stop_on_interrupt
    from vqa_toolkit.figures.clock import printable

    with stop_on_interrupt() as asked, shown(printable(clip.name), quiet=quiet) as progress:
        from vqa_toolkit.analyze import analyze

        return analyze(clip, detectors=["av_sync"], device=device, progress=progress, cancel=asked)


def measured_offset(result: AnalysisResult) -> float:
    """The one offset of a clip's sound against its lips, ms, positive when the sound is early.

    Raises:
        UsageError: no lips could be read, or the offset drifts or jumps, so that one move cannot mend it.
    """
    outcome = result.outcomes["av_sync"]
    if outcome.status != "assessed":
        raise UsageError(f"Lip sync cannot be measured here: {outcome.reason}. Say the offset yourself with --ms.")
    moving = [f for f in result.findings if f.defect == "av_drift"]
    if moving:
        raise UsageError(f"{moving[0].message} No single move mends that. Give one with --ms if you want it anyway.")
    stated = [f.value for f in result.findings if f.defect == "av_sync"]
    offsets = result.signals["av_sync"]["offset"].v
    offset = float(np.median(stated)) if stated else float(np.nanmedian(offsets)) if len(offsets) else math.nan
    if not math.isfinite(offset):
        raise UsageError("Lips and sound never agree surely enough to say an offset. Say it yourself with --ms.")
    return offset
