"""Short gaps in a level curve that begin and end abruptly, as lost sound does and pauses do not."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.events import runs

EDGE_BLOCKS = 2  # the level beside a gap is taken over so many blocks, leaving out the one that holds the edge
BESIDE_BLOCKS = 8  # of 5 ms: Essentia's 40 ms of power before and after


class Gap(NamedTuple):
    """Blocks [first, last] of a gap; ``level`` inside it (dBFS, median); how far the level falls into it within 10 ms and
    rises out of it (dB); ``before`` and ``after``: the level over 40 ms beside it, dBFS."""

    first: int
    last: int
    level: float
    fall: float
    rise: float
    before: float
    after: float


def gaps(level: NDArray[Any], floor_db: float, abrupt: float = -np.inf, least: int = 1) -> list[Gap]:
    """Every run of ``level`` (n,) at or below ``floor_db`` with sound on both sides.

    Runs whose fall or rise is below ``abrupt`` dB, and those of fewer than ``least`` blocks, are left out: a programme has
    thousands of them.
    """
    v = np.asarray(level)
    firsts, lasts = runs(v <= floor_db)
    inner = (firsts > EDGE_BLOCKS) & (lasts + EDGE_BLOCKS + 1 < len(v)) & (lasts - firsts + 1 >= least)
    firsts, lasts = firsts[inner], lasts[inner]
    if not len(firsts):
        return []
    fall = _near(v, firsts - EDGE_BLOCKS - 1) - np.maximum(v[firsts], v[np.minimum(firsts + 1, lasts)])
    rise = _near(v, lasts + EDGE_BLOCKS) - np.maximum(v[lasts], v[np.maximum(lasts - 1, firsts)])
    kept = np.flatnonzero((fall >= abrupt) & (rise >= abrupt))
    firsts, lasts, fall, rise = firsts[kept], lasts[kept], fall[kept], rise[kept]
    before = _power_db(v, firsts - BESIDE_BLOCKS)
    after = _power_db(v, lasts + 1)
    inside = [float(np.median(v[a : b + 1])) if b > a else float(v[a]) for a, b in zip(firsts, lasts, strict=True)]
    columns = (firsts, lasts, inside, fall, rise, before, after)
    rows = zip(*(np.asarray(c).tolist() for c in columns), strict=True)
    return [Gap(*row) for row in rows]


def least_blocks(block: float, shortest: float) -> int:
    """Blocks of ``block`` seconds that a gap of ``shortest`` seconds has at least; they are whole samples, not quite so long."""
    fewest = 1
    while fewest * block * 1.01 < shortest:  # compares with the limit itself, so that its moves can be followed
        fewest += 1
    return fewest


def _near(level: NDArray[Any], at: NDArray[np.intp]) -> NDArray[Any]:
    """Mean of the :data:`EDGE_BLOCKS` blocks from each of ``at`` on."""
    return np.asarray(level[at[:, None] + np.arange(EDGE_BLOCKS)].mean(axis=1))


def _power_db(level: NDArray[Any], at: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean power of the :data:`BESIDE_BLOCKS` blocks from each of ``at`` on, those outside the curve left out, dBFS."""
    index = at[:, None] + np.arange(BESIDE_BLOCKS)
    there = (index >= 0) & (index < len(level))
    power = np.where(there, 10 ** (level[np.clip(index, 0, len(level) - 1)].astype(np.float64) / 10), 0.0)
    return np.asarray(10 * np.log10(power.sum(axis=1) / there.sum(axis=1)))
