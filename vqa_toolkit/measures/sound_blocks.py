"""Cuts sound into equal blocks on a grid of its own, whatever the pieces it arrives in; and levels of such blocks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import FloatArray, Signal

GAP_SAMPLES = 1.5  # a step in time beyond this many sample periods starts a new run
FLOOR_DB = -120.0  # dBFS given to exact zeros


class Blocks(NamedTuple):
    """Start times (n,) in seconds, samples (n, size, channels) and when the last block ends."""

    t: FloatArray
    x: NDArray[np.float32]
    end: float


class BlockCutter:
    """Whole blocks of ``seconds``; a gap in time drops the begun block and starts a new grid."""

    def __init__(self, seconds: float, rate: float, channels: int) -> None:
        self.size, self.rate = max(round(seconds * rate), 1), rate
        self._t: FloatArray = np.empty(0)
        self._x: NDArray[np.float32] = np.empty((0, channels), np.float32)

    def push(self, t: FloatArray, x: NDArray[np.float32]) -> list[Blocks]:
        """Add samples (n, channels) at times (n,); infinite and missing values count as 0. Returns what is complete."""
        held_t = np.concatenate([self._t, t])
        held_x = np.concatenate([self._x, np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0)])
        cuts = np.flatnonzero(np.diff(held_t) > GAP_SAMPLES / self.rate) + 1
        bounds = [0, *cuts.tolist(), len(held_t)]
        found = []
        for first, last in pairwise(bounds):
            whole = (last - first) // self.size
            used = slice(first, first + whole * self.size)
            self._t, self._x = held_t[used.stop : last], held_x[used.stop : last]
            if whole:
                blocks = held_x[used].reshape(whole, self.size, -1)
                end = float(held_t[used.stop - 1] + 1 / self.rate)
                found.append(Blocks(held_t[used][:: self.size], blocks, end))
        return found


def rms_db(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """RMS level of blocks (n, size, channels) → (n, channels) dBFS, not below :data:`FLOOR_DB`."""
    power = np.einsum("nsc,nsc->nc", x, x) / x.shape[1]
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10))), dtype=np.float32)


def step_place(values: NDArray[Any], first: int, last: int) -> int:
    """Where ``values`` (n,) change level between items ``first`` and ``last``: the first item after the change.

    The split k of [first, last) that minimises Σ(v − mean before)² + Σ(v − mean after)².
    """
    v = np.asarray(values[first:last], np.float64)
    if len(v) < 2:
        return first
    k = np.arange(1, len(v))
    left = np.cumsum(v)[:-1]
    gain = left**2 / k + (v.sum() - left) ** 2 / (len(v) - k)
    return first + 1 + int(np.argmax(gain))


def time_of(signal: Signal, item: int) -> float:
    """When item ``item`` begins, seconds; the signal's end for the item after the last."""
    return float(signal.t[item]) if item < len(signal.t) else float(signal.ends[-1])
