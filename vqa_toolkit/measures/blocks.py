"""Block means of pictures: where noise averages out and content does not."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

BLOCK_PX = 8  # px; the transform block of most codecs, and enough pixels to average noise down eightfold


def block_means(luma: NDArray[Any], block: int = BLOCK_PX) -> NDArray[np.float32]:
    """Mean of each whole ``block`` × ``block`` px cell: (h, w) → (h // block, w // block) float32.

    Pictures smaller than one block give their own mean as a (1, 1) array.
    """
    rows, cols = luma.shape[0] // block, luma.shape[1] // block
    if not rows or not cols:
        return np.full((1, 1), float(luma.mean()), dtype=np.float32)
    whole = luma[: rows * block, : cols * block]
    means = cv2.resize(whole.astype(np.float32), (cols, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means, dtype=np.float32).reshape(rows, cols)


def middle(v: NDArray[Any]) -> NDArray[Any]:
    """The middle half of ``v`` (h, w) in both directions: titles and credits reach it, logos and subtitles do not."""
    rows, columns = (n // 4 for n in v.shape)
    return v[rows : v.shape[0] - rows, columns : v.shape[1] - columns]


def structured_change(now: NDArray[Any], before: NDArray[Any], noise: float, block: int = BLOCK_PX) -> float:
    """How much two pictures differ in content, in code values, with independent noise taken out.

    Block means of the difference are compared with the spread that white noise of standard deviation ``noise`` (of the
    difference, code values) would give them, noise / block: the result is the 99.5th percentile of their absolute
    values less :data:`NOISE_SIGMAS` such deviations, never below 0.
    """
    means = np.abs(block_means(now.astype(np.int16) - before.astype(np.int16), block))
    top = float(np.partition(means, int(0.995 * (means.size - 1)), axis=None)[int(0.995 * (means.size - 1))])
    return max(top - NOISE_SIGMAS * noise / block, 0.0)


NOISE_SIGMAS = 5.0  # 99.5 % of white-noise block means lie within 2.8 deviations; coding colours noise, so leave room


def difference_noise(now: NDArray[Any], before: NDArray[Any]) -> float:
    """Standard deviation of the noise in the difference of two pictures, code values.

    From horizontal second differences of the difference picture (weights 1, −2, 1, gain √6), which cancel
    content that moved by a smooth amount; the median over pixels keeps moving edges out: σ = median|d| / (0.6745·√6).
    """
    d = now[::2].astype(np.int16) - before[::2].astype(np.int16)
    if d.shape[1] < 3:
        return 0.0
    second = np.abs(d[:, :-2] - 2 * d[:, 1:-1] + d[:, 2:])
    return median_of_counts(second) / (0.6745 * 6**0.5)


def median_of_counts(values: NDArray[Any]) -> float:
    """Median of small non-negative integers, interpolated inside its bin (as if values spread evenly over ± 0.5)."""
    counts = np.bincount(values.ravel(), minlength=2)
    total = np.cumsum(counts)
    half = total[-1] / 2
    k = int(np.searchsorted(total, half))
    below = total[k - 1] if k else 0
    width = 0.5 if k == 0 else 1.0  # the bin of 0 holds only [0, 0.5)
    low = 0.0 if k == 0 else k - 0.5
    share = (half - below) / max(int(counts[k]), 1)
    return float(low + width * share) if k else float(width * share) * (counts[0] < total[-1])
