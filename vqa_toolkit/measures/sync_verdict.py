"""From windows of similarity to votes: what each window says, and how surely. Pure arithmetic, no network.

Offsets here are milliseconds, positive when the sound is early, as in ITU-R BT.1359 and EBU R37.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FRAME_MS = 40.0  # one column: a picture at 25 frames/s
WINDOW_S = 4.0
POOL_S = 4.0  # a window too weak for itself is read together with its track's windows this near

Floats = NDArray[np.float64]


class Vote(NamedTuple):
    """What a face's lips say around ``t`` (over [start, end)), seconds: offset in ms (+ = sound early) and confidence."""

    start: float
    end: float
    offset: float
    confidence: float
    track: int = 0

    @property
    def t(self) -> float:
        """The middle of the window."""
        return (self.start + self.end) / 2


def reading(curve: NDArray[np.floating]) -> tuple[float, float]:
    """(offset ms, + = sound early; confidence = peak − median) of a curve over offsets; NaN, 0 where nothing is known."""
    known = np.isfinite(curve)
    if known.sum() < 5:
        return float("nan"), 0.0
    k = int(np.nanargmax(curve))
    sub = 0.0
    if 0 < k < len(curve) - 1 and known[k - 1 : k + 2].all():
        a, b, c = (float(x) for x in curve[k - 1 : k + 2])
        bend = a - 2 * b + c
        sub = float(np.clip(0.5 * (a - c) / bend, -0.5, 0.5)) if bend < 0 else 0.0
    late = k + sub - (len(curve) - 1) / 2
    return -late * FRAME_MS, float(curve[k] - np.nanmedian(curve))


def votes(
    starts: Floats,
    ends: Floats,
    spoken: Floats,
    tracks: NDArray[np.integer],
    curves: NDArray[np.floating],
    least: float,
) -> list[Vote]:
    """One vote a window start: of the track that is surest there, read with its neighbours where it is too weak alone.

    The noise of a mean falls with the square root of the time it is taken over, so a confidence counts as
    ``(peak − median) · sqrt(seconds / 4)``, seconds of speech (``spoken``, one a window). Votes whose confidence stays below
    ``least`` are left out.
    """
    found: dict[int, Vote] = {}
    for i in range(len(starts)):
        offset, height = reading(curves[i])
        sure = height * weight(float(spoken[i]))
        if sure < least:
            near = (tracks == tracks[i]) & (np.abs(starts - starts[i]) <= POOL_S)
            offset, height = reading(pooled(curves[near], spoken[near]))
            spans = float(ends[near].max() - starts[near].min())
            sure = height * weight(spans * float(spoken[near].sum() / (ends[near] - starts[near]).sum()))
        slot = round(float(starts[i]))
        if sure >= least and (slot not in found or sure > found[slot].confidence):
            found[slot] = Vote(float(starts[i]), float(ends[i]), offset, sure, int(tracks[i]))
    return sorted(found.values(), key=lambda v: v.start)


def pooled(curves: NDArray[np.floating], spoken: NDArray[np.floating]) -> Floats:
    """The mean of curves (n, columns) by their seconds of speech; NaN where none is known."""
    share = np.where(np.isfinite(curves), np.asarray(spoken, np.float64)[:, None], 0.0)
    total = share.sum(axis=0)
    mean = (np.where(share > 0, curves, 0.0) * share).sum(axis=0) / np.maximum(total, 1e-9)
    return np.asarray(np.where(total > 0, mean, np.nan))


def weight(seconds: float) -> float:
    """By how much a confidence counts that is taken over so many seconds; 1 for a window."""
    return float(np.sqrt(max(seconds, 0.0) / WINDOW_S))
