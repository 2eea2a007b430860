"""What is said of lip sync: stretches that are off, drifts and jumps, each with its offset in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from vqa_toolkit.core import Finding, Severity, Signal
from vqa_toolkit.measures.sync_stretches import stretches
from vqa_toolkit.measures.sync_verdict import Story, Vote, sharpen_drift, sharpen_step


def in_words(offset: float) -> str:
    """``120 ms early``, from ms (+ = sound early)."""
    return f"{abs(offset):.0f} ms {'early' if offset > 0 else 'late'}"


def out_of_sync(
    found: list[Vote], story: Story, signals: Mapping[str, Signal], limits: Any, standards: tuple[str, ...]
) -> Iterable[Finding]:
    """Stretches whose offset is beyond the limits, each with its median offset."""
    for part in stretches(found, story, signals["map"], limits.early, limits.late):
        if part.end - part.start < limits.min_duration:
            continue
        early = part.offset > 0
        bound, grave = (limits.early, limits.early_blocker) if early else (-limits.late, limits.late_blocker)
        severity: Severity = "blocker" if abs(part.offset) > grave else "issue"
        yield Finding(
            part.start, part.end, "av_sync", "av_sync", severity, part.score, part.offset, bound, "ms",
            f"The sound is {in_words(part.offset)} against the lips.", standards=standards,
            details={"signal": "offset", "confidence": round(part.confidence, 3), "kind": story.kind, "windows": part.windows},
        )  # fmt: skip


def moving_sound(
    found: list[Vote], story: Story, rows: Signal, limits: Any, standards: tuple[str, ...]
) -> Finding | None:
    """A drift or a jump of the offset, where the story is one; None else."""
    start, end = found[0].start, found[-1].end
    sure = float(np.clip(np.median([v.confidence for v in found]) / 0.4, 0.5, 0.99))
    if story.kind == "drift":
        slope = sharpen_drift(story, rows.t, rows.v)
        if abs(slope) < limits.drift:
            return None
        text = f"The sound drifts by {abs(slope):.0f} ms a minute, towards {'early' if slope > 0 else 'late'}."
        return Finding(start, end, "av_drift", "av_sync", "issue", sure, slope, limits.drift, "ms/min", text,
                       standards=standards, details={"mode": "drift", "signal": "offset"})  # fmt: skip
    if story.kind != "step":
        return None
    at = sharpen_step(story, rows.t, rows.v)
    before, after = in_words(story.offset), in_words(story.offset + story.jump)
    text = f"The sound jumps by {in_words(story.jump)} at {at:.1f} s: from {before} to {after}."
    return Finding(start, end, "av_drift", "av_sync", "issue", sure, story.jump, limits.early, "ms", text,
                   standards=standards, details={"mode": "step", "at": round(at, 2), "signal": "offset"})  # fmt: skip
