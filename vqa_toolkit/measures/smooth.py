"""Curves made steadier without moving their edges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def running_median(v: NDArray[Any], n: int) -> NDArray[np.float64]:
    """Median of ``n`` (odd) values around each value, the ends repeated: (m,) → (m,). Keeps steps where they are."""
    if n % 2 == 0:
        raise ValueError(f"n must be odd, got {n}")
    if not len(v):
        return np.zeros(0)
    x = np.asarray(v, np.float64)
    if np.isfinite(x).all():
        from scipy.ndimage import median_filter

        return np.asarray(median_filter(x, n, mode="nearest"), np.float64)
    padded = np.pad(x, n // 2, mode="edge")  # a NaN makes every median that it belongs to NaN
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, n), axis=1))
