"""Flat tops of a wave: half-waves that all end at one height, and stay there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span

TOP_LOBES = 12  # the ceiling is the median height of so many of the highest lobes
LOW, HIGH = 0.7, 0.93  # of the ceiling: a lobe is what rises above LOW; its top is what lies above HIGH
TOP = 0.999  # of the peak: where samples are held by a limit
NEAR = 0.95  # of the ceiling: lobes this high have reached it
QUIET = 0.01  # of full scale: below, nothing is judged
FARTHER = 4.0  # times the reach: how far out sound must be softer for a loud stretch to belong to the clipped passage
FEW = 6  # lobes at the ceiling below which nothing is judged


class Plateaus(NamedTuple):
    """``fill``: share of the highest lobes' samples near their top (a parabola's is 0.48); ``pile``: lobes that reach the
    ceiling over all that rise above :data:`LOW` of it; ``ceiling`` of full scale; ``square``: median |x| over ceiling;
    ``held``: share of all samples that repeat the one before at the very top, which only uncoded clipping leaves."""

    fill: float
    pile: float
    ceiling: float
    square: float
    held: float


NOTHING = Plateaus(0.0, 0.0, 0.0, 0.0, 0.0)


def peaks(block: NDArray[np.floating], parts: int) -> NDArray[np.float32]:
    """(samples, channels) → (parts, channels): the largest magnitude in each of ``parts`` about equal stretches."""
    edges = np.linspace(0, len(block), parts, endpoint=False).astype(int)
    return np.asarray(np.maximum.reduceat(np.abs(block), edges, axis=0), np.float32)


def reached(peak: Signal, span: Span, ceiling: float, same: float, reach: float) -> tuple[float, float]:
    """From the first stretch to the last, seconds, that ends at ``ceiling`` (to a share of ``same``) in ``span`` or, where
    nothing farther out is as loud, within ``reach`` seconds of it; ``peak`` is (n, channels)."""
    height = peak.v.max(axis=1) / ceiling
    loud = height >= 1 - same

    def quiet(first: float, last: float) -> bool:
        return not loud[(peak.t >= first - 1e-6) & (peak.ends <= last + 1e-6)].any()

    low = span.start - (reach if quiet(span.start - FARTHER * reach, span.start - reach) else 0.0)
    high = span.end + (reach if quiet(span.end + reach, span.end + FARTHER * reach) else 0.0)
    at = np.flatnonzero(loud & (height <= 1 + same) & (peak.t >= low - 1e-6) & (peak.ends <= high + 1e-6))
    early, late = at[peak.t[at] < span.start + reach], at[peak.ends[at] > span.end - reach]
    start = float(peak.t[early[0]]) if len(early) else span.start
    end = float(peak.ends[late[-1]]) if len(late) else span.end
    return (start, end) if start < end else (span.start, span.end)


def plateaus(x: NDArray[np.floating]) -> Plateaus:
    """One channel's samples (n,) → :class:`Plateaus`; all zero where there is too little to judge."""
    a = np.abs(x)
    peak = float(a.max(initial=0.0))
    if peak < QUIET:
        return NOTHING
    held = float(np.count_nonzero((a[1:] >= TOP * peak) & (np.diff(x) == 0)) / len(a))
    square = float(np.median(a)) / peak
    heights, lengths, _ = _lobes(a, LOW * peak)
    if len(heights) < FEW:
        return Plateaus(0.0, 0.0, peak, square, held)
    ceiling = float(np.median(np.sort(heights)[-TOP_LOBES:]))
    heights, lengths, tops = _lobes(a, LOW * ceiling, HIGH * ceiling)
    near = heights >= NEAR * ceiling
    if int(near.sum()) < FEW:
        return Plateaus(0.0, 0.0, ceiling, square, held)
    fill = float(tops[near].sum() / lengths[near].sum())
    return Plateaus(fill, float(near.mean()), ceiling, square, held)


def _lobes(
    a: NDArray[np.floating], low: float, high: float = np.inf
) -> tuple[NDArray[np.floating], NDArray[np.int64], NDArray[np.int64]]:
    """Runs of ``a`` above ``low``: their heights, lengths and how many samples lie above ``high``, in samples."""
    edges = np.diff((a > low).astype(np.int8), prepend=0, append=0)
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(first):
        return np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64)
    bounds = np.stack([first, last], axis=1).ravel()
    padded = np.append(a, 0.0)
    heights = np.maximum.reduceat(padded, bounds)[::2]
    tops = np.add.reduceat((padded > high).astype(np.int64), bounds)[::2]
    return heights, last - first, tops
