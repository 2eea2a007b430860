"""What is said of lip sync: stretches that are off, drifts and jumps, each with its offset in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from vqa_toolkit.core import Finding, Severity
from vqa_toolkit.measures.sync_story import Story
from vqa_toolkit.measures.sync_stretches import stretches
from vqa_toolkit.measures.sync_verdict import Vote


def in_words(offset: float) -> str:
    """``120 ms early``, from ms (+ = sound early)."""
    return f"{abs(offset):.0f} ms {'early' if offset > 0 else 'late'}"


def out_of_sync(found: list[Vote], story: Story, limits: Any, standards: tuple[str, ...]) -> Iterable[Finding]:
    """Stretches whose offset is beyond the limits, each with its median offset."""
    for part in stretches(found, story, limits.early, limits.late):
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


def moving_sound(found: list[Vote], story: Story, limits: Any, standards: tuple[str, ...]) -> Iterable[Finding]:
    """A drift, or every jump of the offset; nothing where it is constant."""
    sure = float(np.clip(np.median([v.confidence for v in found]) / 0.4, 0.5, 0.99))
    first, last = found[0].start, found[-1].end
    if story.kind == "drift" and abs(story.slope) >= limits.drift:
        text = (
            f"The sound drifts by {abs(story.slope):.0f} ms a minute, towards {'early' if story.slope > 0 else 'late'}."
        )
        yield Finding(first, last, "av_drift", "av_sync", "issue", sure, story.slope, limits.drift, "ms/min", text,
                      standards=standards, details={"mode": "drift", "signal": "offset"})  # fmt: skip
    edges = [first, *(at for at, _ in story.jumps), last]
    before = story.offset
    for number, (at, jump) in enumerate(story.jumps):
        after = before + jump
        text = f"The sound jumps by {in_words(jump)} at {at:.1f} s: from {in_words(before)} to {in_words(after)}."
        yield Finding(min(edges[number], at), max(edges[number + 2], at), "av_drift", "av_sync", "issue", sure, jump, limits.early,
                      "ms", text, standards=standards, details={"mode": "step", "at": round(at, 2), "signal": "offset"})  # fmt: skip
        before = after
