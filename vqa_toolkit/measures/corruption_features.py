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
TOGETHER_PX = 150_000  # pictures measured at once: their planes stay in the processor's cache
FEATURES = 36  # numbers per block


class Beside(NamedTuple):
    """A neighbour in time of n pictures: its luma (n, h, w) uint8, and :func:`moved` of it to them."""

    luma: Planes
    motion: Moved

    def part(self, which: slice) -> Beside:
        """Of some of the pictures."""
        return Beside(self.luma[which], Moved(self.motion.luma[which], self.motion.speed[which]))

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
    """
    many = max(1, TOGETHER_PX // (y.shape[1] * y.shape[2]))
    groups = [slice(first, first + many) for first in range(0, len(y), many)]
    return np.concatenate([_features(y[g], u[g], v[g], before.part(g), after.part(g)) for g in groups])


def _features(y: Planes, u: Planes, v: Planes, before: Beside, after: Beside) -> Array:
    """:func:`features` of a few pictures: laid one below the other, which is faster than one after the other; nothing is compared
    across them. Means of whole numbers over 64 px are exact, in whatever order they are taken."""
    n, rows, cols = len(y), -(-y.shape[1] // CELL_PX), -(-y.shape[2] // CELL_PX)
    size = rows * CELL_PX, cols * CELL_PX
    now, *others = (stacked(p, size) for p in (y, before.luma, after.luma, before.motion.luma, after.motion.luma))
    apart = [np.asarray(cv2.absdiff(now, p), np.uint8) for p in others]
    both = np.asarray(cv2.min(apart[2], apart[3]), np.uint8)
    mean, spread = moments(now, BLOCK)
    across, down = slopes(now, n)
    found = [mean / GREY - 1.0, np.log1p(spread)]
    found += [np.log1p(blocks(d)) for d in (*apart, both)]
    found += [(mean - blocks(p)) / SCALE for p in others[2:]]
    found += [np.log1p(largest(d)) for d in (np.asarray(cv2.max(apart[2], apart[3]), np.uint8), both)]
    found += [np.log1p(moments(p, BLOCK)[1]) for p in others[:2]]
    found += [np.log1p(blocks(d)) for d in (across, down)]
    found += [*edges(now, n, 0), *edges(now, n, BLOCK // 2)]
    for other in others:
        found += edges(np.asarray(cv2.subtract(now, other, dtype=cv2.CV_16S), np.int16), n, 0)
    found += colours(u, v, n, size)
    found += [np.log1p(reduced(stacked(b.motion.speed, size), BLOCK)) for b in (before, after)]
    found += [(spread < FLAT).astype(np.float32)]
    out = np.empty((n, len(found), size[0] // BLOCK, size[1] // BLOCK), np.float32)
    for i, values in enumerate(found):
        out[:, i] = values.reshape(n, *out.shape[2:])
    return out


def stacked(planes: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Planes (n, h, w), mirrored at their lower and right ends up to ``size``, one below the other: (n·height, width)."""
    return np.ascontiguousarray(fitted(planes, *size)).reshape(len(planes) * size[0], size[1])


def slopes(picture: NDArray[np.uint8], n: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Absolute steps to the right and to the lower neighbour of every pixel, 0 at the ends of the ``n`` pictures."""
    across, down = np.zeros_like(picture), np.zeros_like(picture)
    across[:, :-1] = cv2.absdiff(picture[:, 1:], picture[:, :-1])
    down[:-1] = cv2.absdiff(picture[1:], picture[:-1])
    height = picture.shape[0] // n
    down[height - 1 :: height] = 0
    return across, down


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


def blocks(picture: NDArray[Any], side: int = BLOCK) -> Array:
    """Means of blocks of ``side`` px, a power of two, of whole numbers: halved again and again, for which OpenCV has vector
    code."""
    means = np.asarray(picture, np.float32)
    while side > 1:
        means = reduced(means, 2)
        side //= 2
    return means


def reduced(picture: Array, side: int) -> Array:
    """Means of blocks of ``side`` px."""
    size = (picture.shape[1] // side, picture.shape[0] // side)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.float32).reshape(size[::-1])


def largest(picture: NDArray[Any]) -> Array:
    """The largest value of every block, of means over 2×2 px: one odd pixel is noise."""
    small = blocks(picture, 2)
    tall = np.maximum(np.maximum(small[0::4], small[1::4]), np.maximum(small[2::4], small[3::4]))
    columns = np.maximum(np.maximum(tall[:, 0::4], tall[:, 1::4]), np.maximum(tall[:, 2::4], tall[:, 3::4]))
    return np.asarray(columns, dtype=np.float32)


def moments(picture: NDArray[np.uint8], side: int) -> tuple[Array, Array]:
    """Mean and standard deviation of blocks of ``side`` px."""
    values = picture.astype(np.float32)
    mean = blocks(values, side)
    return mean, np.sqrt(np.maximum(blocks(values * values, side) - mean * mean, 0.0))


def edges(picture: NDArray[Any], n: int, phase: int) -> list[Array]:
    """Isolated steps at the left and at the upper edge of every block, moved right and down by ``phase`` px, of n pictures laid
    one below the other; the outer edges of a picture have none.

    step(y) = |d(y)| − max(|d(y−1)|, |d(y+1)|), d(y) = p(y) − p(y−1), negative parts dropped, averaged along the edge, log.
    """
    height, width = picture.shape[0] // n, picture.shape[1]
    first = (phase or BLOCK) - 2
    rows, cols, skipped = height // BLOCK, width // BLOCK, 0 if phase else 1
    left, upper = np.zeros((n * rows, cols), np.float32), np.zeros((n, rows, cols), np.float32)
    steps = np.asarray(cv2.absdiff(picture[:, 1:], picture[:, :-1]))
    steps = np.asarray(cv2.subtract(steps[:, 1:-1], cv2.max(steps[:, :-2], steps[:, 2:])))[:, first::BLOCK]
    if steps.shape[1]:
        left[:, skipped:] = along(np.maximum(steps, 0), len(left), steps.shape[1])
    tall = picture.reshape(n, height, width)
    steps = isolated(*(tall[:, first + k :: BLOCK] for k in range(4)))
    if steps.shape[1]:
        upper[:, skipped:] = along(steps.reshape(-1, width), n * steps.shape[1], cols).reshape(n, -1, cols)
    return [np.log1p(left), np.log1p(upper.reshape(-1, cols))]


def along(steps: NDArray[Any], rows: int, cols: int) -> Array:
    """Steps averaged along their edges to (rows, cols)."""
    means = cv2.resize(steps.astype(np.float32), (cols, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means, dtype=np.float32).reshape(rows, cols)


def isolated(a: NDArray[Any], b: NDArray[Any], c: NDArray[Any], d: NDArray[Any]) -> NDArray[np.int16]:
    """How far the step from b to c stands out of those before and after it, at least 0."""
    n = d.shape[1]  # the last line may lack a neighbour
    a, b, c, d = (np.asarray(p[:, :n], np.int16) for p in (a, b, c, d))
    step: NDArray[np.int16] = np.abs(c - b) - np.maximum(np.abs(b - a), np.abs(d - c))
    return np.maximum(step, 0)
