"""What a damaged cell looks like in numbers: flatness, change, steps on the coding grid, smears, odd colour, lost motion.

Cheap enough for every picture: planes in, (rows, cols, features) out, one row of numbers per 32-px cell.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.measures.corruption_motion import Moved, moved

BLOCK = 8
SIDE = 4  # blocks along a cell's side
CELL_PX = BLOCK * SIDE
NEIGHBOURS = 5  # cells a side that a cell is compared with
FLAT = 0.5  # code values of standard deviation below which a block is flat
FROZEN = 0.5  # mean change in code values below which a block did not change
NEW = 15.0  # mean change from which on it is new
LEFT, MUCH_LEFT = 8.0, 20.0  # mean change in code values that motion does not explain
Array = NDArray[np.float32]
Planes = NDArray[np.uint8]


def features(y: Planes, u: Planes, v: Planes, before: Planes, motion: Moved | None = None) -> Array:
    """Features of every cell of 4:2:0 pictures in code values, and of the luma before each: (n, h, w) uint8 planes (u and v
    half as large) → (n, rows, cols, 132) float32. ``motion`` is :func:`moved` of them, where it is already known.

    Own values first, then each cell's difference from the mean of the 5×5 cells around it.
    """
    own = cell_features(y, u, v, before, motion or moved(y, before))
    kernel = (NEIGHBOURS, NEIGHBOURS)
    around = [
        cv2.blur(cells_of_one, kernel, borderType=cv2.BORDER_REPLICATE).reshape(own.shape[1:]) for cells_of_one in own
    ]
    return np.concatenate([own, own - np.stack(around)], axis=3)


def cell_features(y: Planes, u: Planes, v: Planes, before: Planes, motion: Moved) -> Array:
    """The cells' own values, (n, rows, cols, 66) float32.

    The pictures are laid one below the other, which is faster than one after the other; nothing is compared across them.
    """
    n, rows, cols = len(y), -(-y.shape[1] // CELL_PX), -(-y.shape[2] // CELL_PX)
    height, width = rows * CELL_PX, cols * CELL_PX
    full, past = (fitted(p, height, width).reshape(n * height, width).astype(np.float32) for p in (y, before))
    change = full - past
    across, down = np.zeros_like(full), np.zeros_like(full)
    np.abs(full[:, 1:] - full[:, :-1], out=across[:, :-1])
    np.abs(full[1:] - full[:-1], out=down[:-1])
    down[height - 1 :: height] = 0.0
    mean, spread = moments(full, BLOCK)
    novelty, past_spread = blocks(np.abs(change)), moments(past, BLOCK)[1]
    dx, dy = blocks(across), blocks(down)
    parts = [
        *summary(spread), *summary(novelty), share(spread < FLAT), share(novelty < FROZEN), share(novelty > NEW),
        *summary(spread - past_spread), *summary(np.log1p(dx) - np.log1p(dy)), cells(mean),
        share((dx < 0.3) & (dy > 2)) + share((dy < 0.3) & (dx > 2)),
    ]  # fmt: skip
    for picture in (full, change):
        parts += grids(picture.reshape(n, height, width))
    averages = []
    for plane in (u, v):
        chroma = fitted(plane, height // 2, width // 2).reshape(n * height // 2, width // 2).astype(np.float32)
        average, deviation = moments(chroma, BLOCK // 2)
        step, fall = np.zeros_like(average), np.zeros_like(average)
        np.abs(average[:, 1:] - average[:, :-1], out=step[:, :-1])
        np.abs(average[1:] - average[:-1], out=fall[:-1])
        fall[height // BLOCK - 1 :: height // BLOCK] = 0.0
        parts += [cells(average), cells(np.abs(average - 128)), cells(deviation, "max"), cells(deviation)]
        parts += [cells(np.maximum(step, fall), "max"), cells(step + fall)]
        averages.append(average)
    grey = (np.abs(averages[0] - 128) < 1.5) & (np.abs(averages[1] - 128) < 1.5)
    green = (averages[0] < 70) & (averages[1] < 70)
    parts += [share(grey), share(green), share((spread < FLAT) & (np.abs(mean - 128) < 4) & grey)]
    parts += unexplained(*(fitted(p, height, width) for p in (y, before, motion.luma, motion.speed)))
    return np.stack(parts, axis=-1).astype(np.float32).reshape(n, rows, cols, len(parts))


def unexplained(y: Planes, before: Planes, luma: Array, speed: Array) -> list[Array]:
    """What motion leaves unexplained (its size, what it saved against plain change, steps on the grid in it), and motion."""
    n, height, width = y.shape
    now = y.reshape(n * height, width).astype(np.float32)
    residual, change = now - luma.reshape(n * height, width), now - before.reshape(n * height, width)
    left, way = blocks(np.abs(residual)), blocks(speed.reshape(n * height, width))
    saved = np.log1p(blocks(np.abs(change))) - np.log1p(left)
    return [
        *summary(left), *summary(saved), share(left > LEFT), share(left > MUCH_LEFT), cells(np.log1p(way)),
        cells(way, "max") - cells(way, "min"),
        *grids(residual.reshape(n, height, width)),
    ]  # fmt: skip


def fitted(planes: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Planes (n, h, w) mirrored at their lower and right ends up to this size: repeated lines would look like a smear."""
    down, right = height - planes.shape[1], width - planes.shape[2]
    if down > 0 or right > 0:
        planes = np.pad(planes, ((0, 0), (0, max(0, down)), (0, max(0, right))), mode="symmetric")
    return planes[:, :height, :width]


def blocks(picture: Array, side: int = BLOCK) -> Array:
    """Means of blocks of ``side`` px."""
    size = (picture.shape[1] // side, picture.shape[0] // side)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def moments(picture: Array, side: int) -> tuple[Array, Array]:
    """Mean and standard deviation of blocks of ``side`` px."""
    mean = blocks(picture, side)
    return mean, np.sqrt(np.maximum(blocks(picture * picture, side) - mean * mean, 0.0))


def cells(v: NDArray[Any], how: str = "mean") -> Array:
    """A cell's mean, largest or smallest of its 4×4 blocks."""
    rows, cols = v.shape[0] // SIDE, v.shape[1] // SIDE
    if how == "mean":
        return np.asarray(cv2.resize(v, (cols, rows), interpolation=cv2.INTER_AREA), dtype=np.float32).reshape(
            rows, cols
        )
    best = np.maximum if how == "max" else np.minimum
    tall = v.reshape(rows, SIDE, -1)
    wide = best(best(tall[:, 0], tall[:, 1]), best(tall[:, 2], tall[:, 3])).reshape(rows, cols, SIDE)
    found: Array = best(best(wide[..., 0], wide[..., 1]), best(wide[..., 2], wide[..., 3]))
    return found


def share(flags: NDArray[np.bool_]) -> Array:
    """The share of a cell's blocks that are so."""
    return cells(flags.astype(np.float32))


def summary(v: Array) -> list[Array]:
    """Mean, largest and smallest of a cell's blocks, on a logarithmic scale with its sign."""
    scaled = np.sign(v) * np.log1p(np.abs(v))
    return [cells(scaled, how) for how in ("mean", "max", "min")]


def grids(pictures: Array) -> list[Array]:
    """:func:`grid` of the steps from left to right, then from top to bottom, of pictures (n, h, w)."""
    n, rows, cols = len(pictures), pictures.shape[1] // CELL_PX, pictures.shape[2] // CELL_PX
    turned = grid(np.ascontiguousarray(pictures.transpose(0, 2, 1)))
    return [*(p.reshape(n, cols, rows).transpose(0, 2, 1).reshape(n * rows, cols) for p in turned), *grid(pictures)]


def grid(pictures: Array) -> list[Array]:
    """Isolated steps from top to bottom on the 8-px grid, off it, and the best run of them, per cell of (n, h, w).

    step(y) = |d(y)| − max(|d(y−1)|, |d(y+1)|), d(y) = p(y) − p(y−1), negative parts dropped, averaged over 8 columns.
    """
    _, height, width = pictures.shape
    found = []
    for phase in (0, 4):
        at = np.arange(phase, height, BLOCK)
        a, b, c, d = (pictures[:, np.maximum(at + k, 0)] for k in (-2, -1, 0, 1))
        step = np.abs(c - b) - np.maximum(np.abs(b - a), np.abs(d - c))
        lines = np.maximum(step, 0.0).reshape(-1, width)
        line = np.asarray(cv2.resize(lines, (width // BLOCK, len(lines)), interpolation=cv2.INTER_AREA), np.float32)
        found.append(np.log1p(line).reshape(len(lines), width // BLOCK))
    on, off = found
    return [cells(on), cells(on, "max"), cells(off, "max"), cells(on) - cells(off)]
