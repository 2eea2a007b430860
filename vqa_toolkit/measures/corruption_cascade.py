"""Where to look for damaged blocks when not everything can be looked at: tiles, cheap evidence, and a choice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

CELL_PX = 32
TILE_CELLS = 5  # the network's decision window: 160 px
TILE_PX = TILE_CELLS * CELL_PX
BLOCK_PX = 8  # the smallest transform blocks
GRID_PX = 16  # macroblocks; the coding units of HEVC are multiples
PLAIN_NOVELTY = 0.1  # weight of ungridded change against steps on the grid
SHOT_PX = 16
SHOT_CHANGE = 10.0  # code values of mean change from which on a block is new
SHOT_SHARE = 0.6  # share of new blocks from which on the picture before says nothing about this one
CLIP = 40.0  # code values: one very strong edge is no better evidence than several strong ones


class Tile(NamedTuple):
    """A part of the picture: its pixels, and the cells of the map that it covers."""

    rows: slice
    cols: slice
    cell_rows: slice
    cell_cols: slice


def tiles(height: int, width: int) -> list[Tile]:
    """Tiles of 160 px that cover the picture; a small side has one.

    The last ones are moved inwards by whole 8-px blocks, so that the network is never shown less than it was taught with;
    their cells then lie less than a cell beside those of the map.
    """
    return [
        Tile(slice(y, min(height, y + TILE_PX)), slice(x, min(width, x + TILE_PX)), of_map(y, height), of_map(x, width))
        for y in starts(height)
        for x in starts(width)
    ]


def starts(side: int) -> list[int]:
    """Where the tiles begin along one side, px."""
    last = -(-max(0, side - TILE_PX) // BLOCK_PX) * BLOCK_PX
    return sorted({min(first, last) for first in range(0, side, TILE_PX)})


def of_map(start: int, side: int) -> slice:
    """The cells of the map that a tile from ``start`` on is written to."""
    count = -(-side // CELL_PX)
    first = start // CELL_PX if start + TILE_PX < side else max(0, count - TILE_CELLS)
    return slice(first, min(count, first + TILE_CELLS))


def same_shot(y: NDArray[np.uint8], before: NDArray[np.uint8]) -> bool:
    """Whether the luma ``before`` can explain ``y``: fewer than 60 % of the 16-px blocks changed by 10 code values on average.

    After a cut, a flash or a wholly damaged picture it cannot; the change would then be content, not damage.
    """
    change = cv2.absdiff(np.ascontiguousarray(y[::4, ::4]), np.ascontiguousarray(before[::4, ::4]))
    size = (max(1, y.shape[1] // SHOT_PX), max(1, y.shape[0] // SHOT_PX))
    means = np.asarray(cv2.resize(change, size, interpolation=cv2.INTER_AREA))
    return float((means >= SHOT_CHANGE).mean()) < SHOT_SHARE


def evidence(y: NDArray[np.uint8], before: NDArray[np.uint8], parts: Sequence[Tile]) -> NDArray[np.float32]:
    """How much each tile looks newly damaged, (n,): steps of the change Y(t) − Y(t−1) that lie on the 16-px grid.

    With r the change, a vertical boundary at x has step |r(x) − r(x−1)| − (|r(x−1) − r(x−2)| + |r(x+1) − r(x)|) / 2,
    likewise a horizontal one; means over the tile of what is positive, plus a tenth of mean |r|. Every second line and
    column is read along the boundaries.
    """
    across = steps(y[::2].T, before[::2].T)
    along = steps(y[:, ::2], before[:, ::2])
    plain = np.abs(y[::8, ::8].astype(np.int16) - before[::8, ::8])
    rows = np.asarray([(p.rows.start, p.rows.stop) for p in parts])
    cols = np.asarray([(p.cols.start, p.cols.stop) for p in parts])
    found = means(across, cols // GRID_PX, rows // 2) + means(along, rows // GRID_PX, cols // 2)
    return (found + PLAIN_NOVELTY * means(plain, rows // 8, cols // 8)).astype(np.float32)


def means(v: NDArray[Any], rows: NDArray[np.int64], cols: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of ``v`` over each of n rectangles, whose first and past-the-last rows and columns are (n, 2); 0 where empty."""
    total = np.asarray(cv2.integral(v.astype(np.float32), sdepth=cv2.CV_64F))
    rows, cols = np.clip(rows, 0, v.shape[0]), np.clip(cols, 0, v.shape[1])
    (top, end), (left, right) = rows.T, cols.T
    sums = total[end, right] - total[top, right] - total[end, left] + total[top, left]
    return np.asarray(sums / np.maximum((end - top) * (right - left), 1))


def steps(y: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Steps of the change at every 16th line (along the first axis), (lines/16, n), averaged over 8 neighbours, clipped."""
    at = np.arange(GRID_PX, y.shape[0] - 1, GRID_PX)
    if not len(at):
        return np.zeros((1, y.shape[1]), dtype=np.float32)
    r = [y[at + k].astype(np.int16) - before[at + k] for k in (-2, -1, 0, 1)]
    step = np.abs(r[2] - r[1]) - (np.abs(r[1] - r[0]) + np.abs(r[3] - r[2])) / 2
    whole = step.shape[1] // 8 * 8
    local = step[:, :whole].reshape(len(at), -1, 8).mean(axis=2).clip(0, CLIP)
    padded: NDArray[Any] = np.zeros((len(at) + 1, y.shape[1]), dtype=np.float32)
    padded[1:, :whole] = np.repeat(local, 8, axis=1)
    return padded


def choose(
    scores: NDArray[np.float32], hot: set[int], flagged: NDArray[np.bool_], budget: int, turn: int
) -> list[tuple[int, int]]:
    """About ``budget`` (frame, tile) pairs in a window of n frames, none twice.

    Tiles that were damaged before (``hot``) in the first and the middle frame; the best tiles of every ``flagged`` frame;
    ``turn``'s share of a steady sweep over all tiles, a fifth of the budget; the rest goes to the best tiles by ``scores``
    (n, tiles), one a frame at first.
    """
    n, count = scores.shape
    budget = min(budget, n * count)
    picked: dict[tuple[int, int], None] = {}
    for k in sorted(hot)[: budget // 2]:
        picked.update({(0, k): None, (n // 2, k): None})
    ranked = np.argsort(-scores, axis=1, kind="stable")
    for i in np.flatnonzero(flagged).tolist():
        picked.update({(i, int(k)): None for k in ranked[i, :3]})
    sweep = max(1, budget // 5)
    picked.update({((turn * 7 + j * 3) % n, (turn * sweep + j) % count): None for j in range(sweep)})
    frames = np.argsort(-scores.max(axis=1), kind="stable").tolist()
    others = ((i, int(ranked[i, place])) for place in range(count) for i in frames)
    best = islice((p for p in others if p not in picked), max(0, budget - len(picked)))
    return [*picked, *best]
