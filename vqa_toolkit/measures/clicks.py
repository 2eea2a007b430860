"""Clicks by linear prediction: what a short-term predictor cannot explain, for a moment only.

The residual of an order-12 predictor (inverse filter), its peak in blocks of 2.5 ms, and that peak over the median of the
blocks before and after, whichever is larger: a click stands alone, the attack of a drum is followed by more of itself.
After Essentia's ClickDetector (LPC order 12, inverse filter, robust residual power); the two-sided comparison is ours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ORDER = 12  # of the predictor, as Essentia's
BLOCK_S = 0.0025  # s: half the longest click of the field's definition
GUARD, REACH = 2, 9  # blocks: the neighbourhood on each side runs from 5 to 22.5 ms
MERGE_S = 0.006  # peaks nearer than this belong to one click (its start and its end)
LEAST_DB = 10.0  # dB: peaks lower than this over their neighbourhood are not listed; music has them all the time
FLOOR = 3e-5  # of full scale: one step of 16 bits; below, nothing is a click
CONTEXT_S = 0.05  # s of sound needed on both sides of the listed part


class Click(NamedTuple):
    """One click: its first sample's index, its residual's peak over the neighbourhood, and the neighbourhood after it over
    that before it, dB: sound that begins with a sharp attack goes on, a click leaves things as they were."""

    sample: int
    over_db: float
    rise_db: float


def residual(x: NDArray[np.floating]) -> NDArray[np.floating]:
    """e = x − Σ a_k·x[n − k], with a from the autocorrelation method (order 12, Hann window); (n,) → (n,), as precise as x.

    A small multiple of the power is added to the diagonal, so that tones and silence stay solvable.
    """
    from scipy.linalg import solve_toeplitz

    n = len(x)
    x = np.ascontiguousarray(x)
    w = x * _window(n)
    # not np.dot: BLAS would spread these few microseconds over threads, which costs a millisecond where all cores are busy
    r = np.array([float(np.einsum("i,i->", w[: n - k], w[k:])) for k in range(ORDER + 1)])
    if r[0] <= 1e-18:
        return np.zeros(n)
    r[0] *= 1 + 1e-9
    a = solve_toeplitz(r[:ORDER], r[1:])
    e = x.copy()
    for k, weight in enumerate(a.astype(x.dtype), start=1):  # an order of magnitude faster than numpy's convolution
        e[k:] -= weight * x[:-k]
    return e


@lru_cache(maxsize=4)
def _window(n: int) -> NDArray[np.float64]:
    return np.hanning(n)


def find_clicks(x: NDArray[np.floating], rate: int) -> list[Click]:
    """Clicks in ``x`` (n,), at least 5 ms apart; the first and last 50 ms serve as context and hold none."""
    e = np.abs(residual(x))
    e[:ORDER] = 0.0
    size = max(2, round(BLOCK_S * rate))
    blocks = e[: len(e) // size * size].reshape(-1, size).max(axis=1).astype(np.float64)
    if len(blocks) < 2 * REACH + 1:
        return []
    before, after = _surroundings(blocks)
    around = np.maximum(before, after)
    over = blocks / np.maximum(around, FLOOR)
    edge = round(CONTEXT_S * rate)
    found: list[Click] = []
    for j in np.flatnonzero(over > 10 ** (LEAST_DB / 20)):
        piece = e[j * size : (j + 1) * size]
        first = int(j * size + np.argmax(piece > max(0.5 * blocks[j], 3 * around[j])))
        level, rise = (float(20 * np.log10(r)) for r in (over[j], max(after[j], FLOOR) / max(before[j], FLOOR)))
        if not found or first - found[-1].sample >= MERGE_S * rate:
            found.append(Click(first, level, rise))
        elif level > found[-1].over_db:
            found[-1] = Click(found[-1].sample, level, rise)
    return [c for c in found if edge <= c.sample < len(e) - edge]


def _surroundings(blocks: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The medians of the blocks before and of those after each block, leaving out its nearest neighbours."""
    width = REACH - GUARD
    padded = np.pad(blocks, REACH, mode="reflect")
    medians = np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)
    count = len(blocks)
    return medians[:count], medians[REACH + GUARD + 1 : REACH + GUARD + 1 + count]
