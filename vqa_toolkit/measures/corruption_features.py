"""What damaged blocks look like in numbers: flatness, change, steps on the coding grid, odd colour, and what no motion from
either neighbour in time explains.

Planes in, one column of numbers per 8-px block out: the shapes of damage (runs of blocks, slices, smears) are kept for a small
network to read, which averages over larger cells would lose.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.measures.corruption_motion import Moved, moved

BLOCK = 8
CELL_PX = 32
FLAT = 0.5  # code values of standard deviation below which a block is flat
SCALE = 32.0  # code values: signed differences are divided by this
GREY = 128.0
Array = NDArray[np.float32]
Planes = NDArray[np.uint8]

LEFT = (15, 19, 21, 23, 25, 31)  # features of a block's left edge: a mirrored picture has them one block further right
UPPER = tuple(i + 1 for i in LEFT)  # of its upper edge
TIMES = (
    (2, 3),
    (4, 5),
    (7, 8),
    (11, 12),
    (19, 21),
    (20, 22),
    (23, 25),
    (24, 26),
    (33, 34),
)  # before and after: backwards, swapped
FEATURES = 36  # numbers per block


class Beside(NamedTuple):
    """A neighbour in time of n pictures: its luma (n, h, w) uint8, and :func:`moved` of it to them."""

    luma: Planes
    motion: Moved

    @classmethod
    def of(cls, y: Planes, luma: Planes) -> Beside:
        """``luma`` beside the pictures ``y``, its motion measured."""
        return cls(luma, moved(y, luma))


def features(y: Planes, u: Planes, v: Planes, before: Beside, after: Beside) -> Array:
    """Features of every block of 4:2:0 pictures in code values and of their neighbours in time: (n, h, w) uint8 planes (u and v
    half as large) → (n, 36, 4·rows, 4·cols) float32 with rows, cols = ceil(h/32), ceil(w/32).

    With r(t') = Y(t) − moved Y(t'), and log = log(1 + |x|), all in code values: 0 mean, 1 log deviation, 2–3 log change to
    the pictures before and after, 4–5 log r to them, 6 log min(r, r'), 7–8 signed r / 32, 9–10 largest r and min(r, r'),
    11–12 log deviation before and after, 13–14 log slopes across and down, 15–16 isolated steps at the left and the upper edge
    of the block, 17–18 the same half a block off, 19–22 of the change to before and to after, 23–26 of r and r', 27–30
    colour (U and V: mean, log deviation), 31–32 its steps left and up, 33–34 log speed of motion, 35 flat.

    Pictures are laid one below the other, which is faster than one after the other; nothing is compared across them.
    """
    n, rows, cols = len(y), -(-y.shape[1] // CELL_PX), -(-y.shape[2] // CELL_PX)
    size = rows * CELL_PX, cols * CELL_PX
    now, past, next_ = (stacked(p, size) for p in (y, before.luma, after.luma))
    left, left_after = now - stacked(before.motion.luma, size), now - stacked(after.motion.luma, size)
    both = np.minimum(np.abs(left), np.abs(left_after))
    mean, spread = moments(now, BLOCK)
    dx, dy = np.zeros_like(now), np.zeros_like(now)
    np.abs(now[:, 1:] - now[:, :-1], out=dx[:, :-1])
    np.abs(now[1:] - now[:-1], out=dy[:-1])
    dy[size[0] - 1 :: size[0]] = 0.0
    found = [mean / GREY - 1.0, np.log1p(spread)]
    found += [np.log1p(blocks(np.abs(d))) for d in (now - past, now - next_, left, left_after, both)]
    found += [blocks(d) / SCALE for d in (left, left_after)]
    found += [np.log1p(largest(d)) for d in (np.maximum(np.abs(left), np.abs(left_after)), both)]
    found += [np.log1p(moments(p, BLOCK)[1]) for p in (past, next_)]
    found += [np.log1p(blocks(d)) for d in (dx, dy)]
    found += [*edges(now, n, 0), *edges(now, n, BLOCK // 2)]
    for change in (now - past, now - next_, left, left_after):
        found += edges(change, n, 0)
    found += colours(u, v, n, size)
    found += [np.log1p(blocks(stacked(b.motion.speed, size))) for b in (before, after)]
    found += [(spread < FLAT).astype(np.float32)]
    shape = (len(found), n, size[0] // BLOCK, size[1] // BLOCK)
    return np.ascontiguousarray(np.stack(found).astype(np.float32).reshape(shape).transpose(1, 0, 2, 3))


def stacked(planes: NDArray[Any], size: tuple[int, int]) -> Array:
    """Planes (n, h, w), mirrored at their lower and right ends up to ``size``, one below the other: (n·height, width) float32."""
    return fitted(planes, *size).reshape(len(planes) * size[0], size[1]).astype(np.float32)


def colours(u: Planes, v: Planes, n: int, size: tuple[int, int]) -> list[Array]:
    """Mean and log deviation of U and V per block, and how far a block's colour is from its left and its upper neighbour."""
    found, steps, falls = [], [], []
    for plane in (u, v):
        average, deviation = moments(stacked(plane, (size[0] // 2, size[1] // 2)), BLOCK // 2)
        found += [average / GREY - 1.0, np.log1p(deviation)]
        step, fall = np.zeros_like(average), np.zeros_like(average)
        np.abs(average[:, 1:] - average[:, :-1], out=step[:, 1:])
        np.abs(average[1:] - average[:-1], out=fall[1:])
        fall[:: size[0] // BLOCK] = 0.0
        steps.append(step)
        falls.append(fall)
    return [*found, np.log1p(np.maximum(*steps)), np.log1p(np.maximum(*falls))]


def fitted(planes: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Planes (n, h, w) mirrored at their lower and right ends up to this size: repeated lines would look like a smear."""
    down, right = height - planes.shape[1], width - planes.shape[2]
    if down > 0 or right > 0:
        planes = np.pad(planes, ((0, 0), (0, max(0, down)), (0, max(0, right))), mode="symmetric")
    return planes[:, :height, :width]


def blocks(picture: Array, side: int = BLOCK) -> Array:
    """Means of blocks of ``side`` px."""
    size = (picture.shape[1] // side, picture.shape[0] // side)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.float32).reshape(size[::-1])


def largest(picture: Array) -> Array:
    """The largest value of every block, of means over 2×2 px: one odd pixel is noise."""
    small = blocks(picture, 2)
    tall = small.reshape(small.shape[0] // 4, 4, -1).max(axis=1)
    return np.asarray(tall.reshape(tall.shape[0], -1, 4).max(axis=2), dtype=np.float32)


def moments(picture: Array, side: int) -> tuple[Array, Array]:
    """Mean and standard deviation of blocks of ``side`` px."""
    mean = blocks(picture, side)
    return mean, np.sqrt(np.maximum(blocks(picture * picture, side) - mean * mean, 0.0))


def edges(picture: Array, n: int, phase: int) -> list[Array]:
    """Isolated steps at the left and at the upper edge of every block, moved right and down by ``phase`` px, of n pictures laid
    one below the other; the outer edges of a picture have none.

    step(y) = |d(y)| − max(|d(y−1)|, |d(y+1)|), d(y) = p(y) − p(y−1), negative parts dropped, averaged along the edge, log.
    """
    height, width = picture.shape[0] // n, picture.shape[1]
    first = (phase or BLOCK) - 2
    tall, rows, cols = picture.reshape(n, height, width), height // BLOCK, width // BLOCK
    across = isolated(*(picture[:, first + k :: BLOCK] for k in range(4)))
    down = isolated(*(tall[:, first + k :: BLOCK] for k in range(4)))
    left, upper = np.zeros((n * rows, cols), np.float32), np.zeros((n, rows, cols), np.float32)
    skipped = 0 if phase else 1
    if across.shape[1]:
        left[:, skipped:] = blocks_along(across, len(left), across.shape[1])
    if down.shape[1]:
        upper[:, skipped:] = blocks_along(down.reshape(-1, width), n * down.shape[1], cols).reshape(n, -1, cols)
    return [np.log1p(left), np.log1p(upper.reshape(-1, cols))]


def blocks_along(steps: Array, rows: int, cols: int) -> Array:
    """Steps averaged along their edges to (rows, cols)."""
    return np.asarray(cv2.resize(steps, (cols, rows), interpolation=cv2.INTER_AREA), dtype=np.float32).reshape(
        rows, cols
    )


def isolated(a: Array, b: Array, c: Array, d: Array) -> Array:
    """How far the step from b to c stands out of those before and after it, at least 0."""
    n = d.shape[1]  # the last line may lack a neighbour
    a, b, c = a[:, :n], b[:, :n], c[:, :n]
    step: Array = np.abs(c - b) - np.maximum(np.abs(b - a), np.abs(d - c))
    np.maximum(step, 0.0, out=step)
    return step
