"""False contours: smooth areas that fall into plateaus with even steps between them."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

NEAR, FAR = 2, 7  # px of a picture of 270 lines: foot and depth of the plateaus on either side of a step
FLAT = 1  # code values over which a plateau may range between NEAR and FAR
STEPS = (2, 28)  # code values: smaller steps hide, larger ones are edges
FULL = 0.06  # share of contour points at which a picture is wholly banded
FULL_ALIKE = 0.03  # the same for those within two codes of one height
TOP = 24.0  # the scale's end, as CAMBI's
LEAST_MODE = 4  # code values: a posterisation in smaller steps cannot be told from a gentle slope
MIN_POINTS = 200
DRAWN = 0.8  # of the contour points on a fifth of the lines: contours of banded development clips wind, 0.4 to 0.72
GRID_ROWS, GRID_COLUMNS = 9, 16


class Banding(NamedTuple):
    """``score`` 0–24 and the map (9, 16) of the share of contour points."""

    score: float
    map: NDArray[np.float32]


def _steps(y: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Height of each plateau–step–plateau profile along the rows of (h, w); 0 elsewhere. (h, w)."""
    out = np.zeros_like(y)
    n = y.shape[1] - 2 * FAR
    if n <= 0:
        return out
    far_left, left = y[:, :n], y[:, FAR - NEAR : FAR - NEAR + n]
    right, far_right = y[:, FAR + NEAR : FAR + NEAR + n], y[:, 2 * FAR : 2 * FAR + n]
    size = cv2.absdiff(left, right)
    rough = cv2.max(cv2.absdiff(left, far_left), cv2.absdiff(right, far_right))
    flat = cv2.threshold(rough, FLAT, 255, cv2.THRESH_BINARY_INV)[1]
    out[:, FAR : FAR + n] = cv2.bitwise_and(size, cv2.bitwise_and(flat, cv2.inRange(size, STEPS[0], STEPS[1])))
    return out


def banding(luma: NDArray[Any]) -> Banding:
    """Contour points, weighted by how alike their steps are, on CAMBI's scale; (h, w) uint8 → Banding.

    score = 24 · min(1, share / FULL) · evenness, share being contour points over all points, of both directions; or, where a
    second height stands out beside the many small steps of a scene, that of the contours alike. 0 where the contours of
    both directions lie on few straight lines, as in pictures drawn on a grid.
    """
    soft = np.asarray(cv2.blur(luma, (3, 3)), np.uint8)
    across = _steps(soft)
    down = _steps(np.ascontiguousarray(soft.T)).T
    points = cv2.threshold(cv2.bitwise_or(across, down), 0, 1, cv2.THRESH_BINARY)[1]
    if min(straightness(across, 0), straightness(down, 1)) > DRAWN:
        return Banding(0.0, np.zeros((GRID_ROWS, GRID_COLUMNS), np.float32))
    counts = np.bincount(across.ravel(), minlength=STEPS[1] + 4) + np.bincount(down.ravel(), minlength=STEPS[1] + 4)
    counts[0] = 0  # no step
    shares = cv2.resize(points.astype(np.float32), (GRID_COLUMNS, GRID_ROWS), interpolation=cv2.INTER_AREA)
    share = cv2.countNonZero(points) / points.size
    whole = min(1.0, share / FULL) * evenness(counts)
    return Banding(float(TOP * max(whole, second_height(counts, share))), np.asarray(shares, np.float32))


def second_height(counts: NDArray[Any], share: float) -> float:
    """The same in [0, 1] for the best height that is commoner than those beside it; ``share`` of contour points in the picture."""
    smooth = np.convolve(counts, np.ones(3) / 3, "same")
    best = 0.0
    for mode in range(LEAST_MODE + 1, len(counts) - 3):
        alike = int(counts[mode - 2 : mode + 3].sum())
        if alike >= MIN_POINTS and smooth[mode] >= max(smooth[mode - 1], smooth[mode + 1]):
            best = max(best, min(1.0, share * alike / counts.sum() / FULL_ALIKE) * _stands_out(counts, smooth, mode))
    return best


def straightness(steps: NDArray[np.uint8], axis: int) -> float:
    """Share of the points with a step (h, w) that the fifth of columns (axis 0) or rows (axis 1) with most of them holds: 0.2 to
    1."""
    points = cv2.threshold(steps, 0, 1, cv2.THRESH_BINARY)[1]
    lines = np.sort(cv2.reduce(points, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel())
    return float(lines[-max(1, len(lines) // 5) :].sum() / max(int(lines.sum()), 1))


def evenness(counts: NDArray[Any]) -> float:
    """How much one step height stands out in a histogram of step heights, in [0, 1]; 0 when fewer than MIN_POINTS count.

    1 − (mean count two and three codes beside the commonest height) / (mean count within one code of it), from 0.5 up:
    the heights of a scene's own edges fall off smoothly and reach about 0.5, one posterisation's reach 0.9.
    """
    smooth = np.convolve(counts, np.ones(3) / 3, "same")
    mode = int(np.argmax(smooth[LEAST_MODE:-3])) + LEAST_MODE
    if counts[LEAST_MODE:].sum() < MIN_POINTS or smooth[mode] <= 0:
        return 0.0
    return _stands_out(counts, smooth, mode)


def _stands_out(counts: NDArray[Any], smooth: NDArray[Any], mode: int) -> float:
    beside = np.mean([counts[mode - 3], counts[mode - 2], counts[mode + 2], counts[mode + 3]])
    return float(np.clip((1 - beside / smooth[mode] - 0.5) / 0.4, 0, 1))
