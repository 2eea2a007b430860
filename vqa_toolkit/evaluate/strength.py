"""The detection curve: how strong a fault must be to be found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from vqa_toolkit.evaluate.bootstrap import Interval, wilson
from vqa_toolkit.evaluate.scores import ClipScore


class StrengthPoint(NamedTuple):
    """Recall at one strength: ``hits`` of ``events``, with Wilson's 95 % interval."""

    strength: float
    hits: int
    events: int
    recall: float
    interval: Interval


def detection_curve(clips: Iterable[ClipScore]) -> list[StrengthPoint]:
    """Recall against strength, one point for each strength that the corpus holds, rising."""
    counts: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for c in clips:
        if c.score.events and c.clip.strength is not None:
            counts[round(c.clip.strength, 6)][0] += c.score.hits
            counts[round(c.clip.strength, 6)][1] += c.score.events
    return [StrengthPoint(s, k, n, k / n, wilson(k, n)) for s, (k, n) in sorted(counts.items())]
