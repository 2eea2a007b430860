"""Scores over time → spans of time: hysteresis, minimum length and merging, written once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Signal


class Span(NamedTuple):
    """Items [first, last] of a signal that belong to one event over [start, end) seconds."""

    start: float
    end: float
    first: int
    last: int

    @property
    def items(self) -> slice:
        """The items as a slice."""
        return slice(self.first, self.last + 1)


def hysteresis(v: NDArray[Any], onset: float, offset: float | None = None) -> NDArray[np.bool_]:
    """Active where ``v ≥ onset`` and for as long after (and before) as ``v ≥ offset``; NaN is inactive.

    ``offset`` defaults to ``onset`` and must not exceed it. Returns (n,) bool.
    """
    low = onset if offset is None else offset
    if low > onset:
        raise ValueError(f"offset must not exceed onset, got {offset=} > {onset=}")
    maybe = np.asarray(v) >= low
    if low == onset:
        return maybe
    sure = np.asarray(v) >= onset
    if not sure.any():
        return np.zeros(maybe.shape, dtype=bool)
    firsts, lasts = runs(maybe)
    before = np.append(0, np.cumsum(sure))
    kept = before[lasts + 1] > before[firsts]
    edges = np.zeros(len(maybe) + 1, dtype=np.int8)
    edges[firsts[kept]], edges[lasts[kept] + 1] = 1, -1
    return np.cumsum(edges[:-1]).astype(bool)


def runs(active: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last item of every run of ``active`` (n,) bool: two arrays (runs,)."""
    walled = np.zeros(len(active) + 2, dtype=bool)
    walled[1:-1] = active
    edges = np.flatnonzero(walled[1:] != walled[:-1])
    return edges[::2], edges[1::2] - 1


def spans(
    signal: Signal, active: NDArray[np.bool_], *, min_duration: float = 0.0, merge_gap: float = 0.0
) -> list[Span]:
    """Runs of ``active`` items as spans, each from its first item's time to its last item's end.

    Runs less than or exactly ``merge_gap`` seconds apart are joined first; then spans shorter than ``min_duration``
    seconds are dropped (a microsecond of tolerance absorbs rounding). A run that lasts to the end is closed there.
    """
    flags = np.asarray(active, dtype=bool)
    if flags.shape != signal.t.shape:
        raise ValueError(f"active must have shape {signal.t.shape}, got {flags.shape}")
    firsts, lasts = runs(flags)
    if not len(firsts):
        return []
    ends = signal.ends
    found: list[Span] = []
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        span = Span(float(signal.t[first]), float(ends[last]), first, last)
        if found and span.start - found[-1].end <= merge_gap + 1e-6 and merge_gap > 0:
            span = Span(found[-1].start, span.end, found[-1].first, last)
            found.pop()
        found.append(span)
    return [s for s in found if s.end - s.start >= min_duration - 1e-6]
