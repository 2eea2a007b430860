"""Stretches of one kind of offset: where the sound is beyond the limits, from when to when, by how much, how surely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vqa_toolkit.core import Signal
from vqa_toolkit.measures.sync_verdict import Story, Vote, sharpen_step

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


def stretches(found: Sequence[Vote], story: Story, rows: Signal, early: float, late: float) -> list[Stretch]:
    """Runs of votes on one side beyond ``early`` or ``late`` (both positive ms).

    A story's own offset replaces single votes where it is constant or steps: one slip of a window is no stretch.
    """
    settled = [_settled(v, story) for v in found]
    out: list[list[Vote]] = []
    open_side = 0
    for vote in settled:
        side = 1 if vote.offset > early else -1 if vote.offset < -late else 0
        if side and side == open_side and out and vote.start - out[-1][-1].end <= JOIN_S:
            out[-1].append(vote)
        elif side:
            out.append([vote])
        open_side = side
    cut = sharpen_step(story, rows.t, rows.v) if story.kind == "step" else float("nan")
    return [_stretch(run, early, late, cut) for run in out]


def _settled(vote: Vote, story: Story) -> Vote:
    if story.kind == "constant":
        return vote._replace(offset=story.offset)
    if story.kind == "step":
        return vote._replace(offset=story.offset + (story.jump if vote.t >= story.at else 0.0))
    return vote


def _stretch(run: Sequence[Vote], early: float, late: float, cut: float) -> Stretch:
    offset = float(np.median([v.offset for v in run]))
    start, end = run[0].start, run[-1].end
    if np.isfinite(cut):
        start, end = (
            (cut, end) if start < cut < run[0].end else (start, min(end, cut)) if run[-1].start < cut else (start, end)
        )
    beyond = offset - early if offset > 0 else -offset - late
    sure = float(np.median([v.confidence for v in run]))
    chance = 1.0 / (1.0 + np.exp(-1.7 * beyond / SPREAD_MS))
    return Stretch(start, max(end, start), offset, sure, float(chance * np.clip(sure / 0.25, 0.6, 1.0)), len(run))
