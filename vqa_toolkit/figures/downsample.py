"""Fewer points without losing a spike: each bucket of a curve keeps its minimum and its maximum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import FloatArray

MAX_POINTS = 4000  # per trace; a browser chart with several traces of this size still pans smoothly


def min_max(t: FloatArray, v: NDArray[np.generic], points: int = MAX_POINTS) -> tuple[FloatArray, FloatArray]:
    """At most ``points`` of a curve's items, in their order of time, with every bucket's extremes among them.

    Args:
        t: (n,) seconds.
        v: (n,) values; a bucket that holds nothing finite stays as one NaN, so that gaps remain gaps.
        points: how many may remain, at least 4.

    Returns:
        Times and values, both (m,) with m ≤ ``points``; the global extremes, the first and the last item survive.
    """
    if points < 4:
        raise ValueError(f"points must be at least 4, got {points}")
    values = np.asarray(v, dtype=np.float64)
    if values.ndim != 1 or values.shape != t.shape:
        raise ValueError(f"t and v must both be (n,), got {t.shape} and {values.shape}")
    if len(t) <= points:
        return t, values
    edges = np.linspace(0, len(t), (points - 2) // 2 + 1).astype(np.int64)
    starts = edges[:-1]
    finite = np.isfinite(values)
    kept = np.zeros(len(t), dtype=bool)
    for fill, extreme in ((np.inf, np.minimum), (-np.inf, np.maximum)):
        filled = np.where(finite, values, fill)
        best = np.repeat(extreme.reduceat(filled, starts), np.diff(edges))
        hits = np.flatnonzero(filled == best)
        _, first = np.unique(np.searchsorted(edges, hits, side="right"), return_index=True)
        kept[hits[first]] = True
    kept[[0, -1]] = True
    return t[kept], values[kept]
