"""Where samples pile up at one height although ever fewer lead up to it: what is left of clipping after coding."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 50  # of the peak
LOWEST = 34  # bin: the ceiling is looked for above two thirds of the peak
AT, BELOW, FAR = (
    (0.95, 1.05),
    (0.74, 0.86),
    (0.35, 0.60),
)  # of the ceiling: the pile, the valley, and what must fall to it
FALLING = (
    1.1  # times as dense FAR from the ceiling as BELOW it: the reverse is a steady tone, which dwells at its own peak
)
DWELL = 6.0  # so much higher must a pile be that holds all samples: notes that fade slowly heap up many, a limit few and high
LEAST = 0.004  # of the samples: fewer are no pile
WINDOW = 4  # blocks that are looked at together: levels move, a ceiling stays
OVERS = 0.3  # of the ceiling, that coding lifts single waves by
STEADY = 0.8
QUIET = 0.01  # of full scale


class Shelf(NamedTuple):
    """``pile``: density of samples at the ceiling over that below it, less for broad piles (times; 0 = none); ``ceiling`` of
    full scale."""

    pile: float
    ceiling: float


def shelf(x: NDArray[np.floating]) -> Shelf:
    """The highest pile in samples (n,) of one channel."""
    a = np.abs(x)
    peak = float(a.max(initial=0.0))
    if peak < QUIET:
        return Shelf(0.0, peak)
    counts = np.histogram(a, bins=BINS, range=(0.0, peak))[0]
    total = np.concatenate([[0.0], np.cumsum(counts)]) / len(a)
    c = np.arange(LOWEST, BINS + 1, dtype=np.float64)
    pile, valley, far = (_mass(total, c, *part) for part in (AT, BELOW, FAR))
    mass = pile * (np.minimum(AT[1] * c, BINS) - AT[0] * c)
    height = pile / np.maximum(valley, 1e-9) / (1.0 + DWELL * mass)
    height[(mass < LEAST) | (far < FALLING * valley)] = 0.0
    best = int(np.argmax(height))
    return Shelf(float(height[best]), float(c[best]) * peak / BINS)


def _mass(total: NDArray[np.float64], c: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Share of the samples per bin between ``low`` and ``high`` of ``c``, from the cumulative share at the bins' edges."""
    first, last = low * c, np.minimum(high * c, len(total) - 1.0)
    edges = np.arange(len(total))
    return np.asarray((np.interp(last, edges, total) - np.interp(first, edges, total)) / (last - first))


class Shelves:
    """:func:`shelf` of each block and the three before it, per channel; a gap in time begins anew."""

    def __init__(self, seconds: float) -> None:
        self._past: deque[NDArray[Any]] = deque(maxlen=WINDOW)
        self._next = 0.0
        self._seconds = seconds

    def add(self, t: float, block: NDArray[Any]) -> list[Shelf]:
        """One block (n, channels) that begins at ``t`` seconds."""
        if abs(t - self._next) > self._seconds / 2:
            self._past.clear()
        self._past.append(block)
        self._next = t + self._seconds
        held = np.concatenate(self._past)
        return [shelf(held[:, k]) if len(self._past) == WINDOW else Shelf(0.0, 0.0) for k in range(held.shape[1])]


def on_shelf(pile: NDArray[Any], brink: NDArray[Any], ceiling: NDArray[Any], least: float) -> NDArray[np.bool_]:
    """Which blocks (n, channels) every window that holds them finds a pile in (``least`` times, the weakest STEADY of it), and
    that reach that ceiling.

    ``pile`` and ``brink`` are those of :class:`Shelves`, ``ceiling`` how high each block reaches by itself.
    """
    weakest, highest = np.full(pile.shape, np.inf), np.zeros(pile.shape)
    for later in range(min(WINDOW, len(pile))):
        count = len(pile) - later
        reached = np.abs(ceiling[:count] - brink[later:]) <= OVERS * brink[later:]
        seen = np.where(reached, pile[later:], 0.0)
        known = np.arange(count) + later >= WINDOW - 1  # the first windows are not full
        weakest[:count][known] = np.minimum(weakest[:count], seen)[known]
        highest[:count][known] = np.maximum(highest[:count], seen)[known]
    return np.asarray((highest >= least) & (weakest >= STEADY * least))


def beside(square: NDArray[Any]) -> NDArray[Any]:
    """The largest of ``square`` (n, channels) in every window that holds the block, and in the next: notes of a square wave
    that begin and end make piles as clipping does."""
    from scipy.ndimage import maximum_filter1d

    return np.asarray(maximum_filter1d(square, 2 * WINDOW + 1, axis=0, mode="nearest"))
