"""Stretches of one kind of offset: where the sound is beyond the limits, from when to when, by how much, how surely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vqa_toolkit.measures.sync_story import Story
from vqa_toolkit.measures.sync_verdict import Vote

JOIN_S = 6.0  # votes of one side this near belong together: pauses of speech lie between
SPREAD_MS = 22.0  # of a window's offset on validation speakers: the least sure tenth; the others scatter by 4 to 11 ms


class Stretch(NamedTuple):
    """[start, end) s with median ``offset`` ms (+ = sound early), ``confidence``, ``score`` and number of windows."""

    start: float
    end: float
    offset: float
    confidence: float
    score: float
    windows: int


def stretches(found: Sequence[Vote], story: Story, early: float, late: float) -> list[Stretch]:
    """Runs of votes on one side beyond ``early`` or ``late`` (both positive ms).

    The story's offset replaces that of single votes: one slip of a window is no stretch. A run ends where the story
    crosses the limit: at a jump, or where a drift reaches it.
    """
    out: list[list[Vote]] = []
    open_side = 0
    for vote in found:
        settled = vote._replace(offset=story.offset_at(vote.t))
        side = 1 if settled.offset > early else -1 if settled.offset < -late else 0
        if side and side == open_side and out and vote.start - out[-1][-1].end <= JOIN_S:
            out[-1].append(settled)
        elif side:
            out.append([settled])
        open_side = side
    cuts = _crossings(story, early, late)
    return [_stretch(run, early, late, cuts) for run in out]


def _crossings(story: Story, early: float, late: float) -> list[float]:
    """Times at which the story may pass a limit, s."""
    times = [at for at, _ in story.jumps]
    if story.slope:
        times += [story.middle + (bound - story.offset) / story.slope * 60.0 for bound in (early, -late)]
    return times


def _stretch(run: Sequence[Vote], early: float, late: float, cuts: Sequence[float]) -> Stretch:
    offset = float(np.median([v.offset for v in run]))
    start, end = run[0].start, run[-1].end
    start = max([start, *(c for c in cuts if start < c <= run[0].t)])
    end = min([end, *(c for c in cuts if run[-1].t <= c < end)])
    beyond = offset - early if offset > 0 else -offset - late
    sure = float(np.median([v.confidence for v in run]))
    chance = 1.0 / (1.0 + np.exp(-1.7 * beyond / SPREAD_MS))
    return Stretch(start, max(end, start), offset, sure, float(chance * np.clip(sure / 0.25, 0.6, 1.0)), len(run))
