"""The coding grid of a picture: steps that return every 8 pixels and are small enough to come from quantisation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

LINES_STEP = 12  # px between the lines that are looked at; more in pictures of over 480 lines
PERIODS_PX = (8.0, 16.0, 32 / 3, 12.0)  # 8 and 16 as coded; 10⅔ and 12 after common enlargements
LARGEST_STEP = 40  # code values: larger steps are drawn, not coded
FLOOR = 1.5  # code values added to the activity: steps well below it are not seen on flat places


class Grid(NamedTuple):
    """``strength`` of the grid, and ``drawn``: the share of the large steps that lie on it, about 1/8 by chance."""

    strength: float
    drawn: float


def line_grid(lines: NDArray[Any]) -> Grid:
    """Grid strength along lines (n, length): the largest over PERIODS_PX of how far steps on the grid exceed the others.

    With d(x) = |Y(x) − Y(x−1)| (steps over LARGEST_STEP left out) and e(x) = d(x) − (d(x−1) + d(x+1)) / 2 averaged over the
    lines, a period's strength is the best phase's mean e less the mean of e elsewhere, over mean d + FLOOR.
    """
    if lines.shape[1] < 65:
        return Grid(0.0, 0.0)
    d = cv2.absdiff(np.ascontiguousarray(lines[:, 1:]), np.ascontiguousarray(lines[:, :-1]))
    over = cv2.threshold(d, LARGEST_STEP, 1, cv2.THRESH_BINARY)[1]
    large = cv2.reduce(over, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()[1:-1]
    d = cv2.threshold(d, LARGEST_STEP, 0, cv2.THRESH_TOZERO_INV)[1]
    mean = cv2.reduce(d, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
    e = mean[1:-1] - (mean[:-2] + mean[2:]) / 2
    # One strong edge of the scene must not pass for a grid: every column counts up to three times the usual step.
    usual = float(mean.mean())
    e = np.clip(e, -3 * usual - FLOOR, 3 * usual + FLOOR)
    best, drawn = 0.0, 0.0
    for period in PERIODS_PX:
        phase, count = _phases(len(e), period)
        total = np.bincount(phase, weights=e, minlength=len(count))
        means = total / np.maximum(count, 1)
        k = int(np.argmax(means))
        others = (total.sum() - total[k]) / max(int(count.sum() - count[k]), 1)
        if means[k] - others <= best:
            continue
        # Of a 16-pixel period only what 8 does not show already would be new: take the median line, not the best one.
        on_grid = np.median(e[phase == k])
        found = float(min(means[k], on_grid) - others)
        if found > best:
            best, drawn = found, float(large[phase == k].sum() / max(int(large.sum()), 1))
    return Grid(best / (usual + FLOOR), drawn)


@lru_cache(maxsize=32)
def _phases(length: int, period: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where in its period each of ``length`` steps lies, and how many lie in each place."""
    phase = np.floor(np.arange(2, 2 + length) % period).astype(
        np.intp
    )  # the first step is the one between pixels 1 and 2
    return phase, np.bincount(phase, minlength=int(np.ceil(period)))


def blockiness(luma: NDArray[Any]) -> Grid:
    """Grid of a picture (h, w) uint8: geometric mean of both directions' strength, and the larger share of drawn steps.

    Both directions, because a coding grid runs both ways while railings and blinds do not. Objects' edges fall anywhere:
    when most of them fall on the grid, the picture was drawn on it.
    """
    step = max(LINES_STEP, min(luma.shape) * LINES_STEP // 480)
    rows = line_grid(luma[step // 2 :: step])
    columns = line_grid(np.ascontiguousarray(luma[:, step // 2 :: step].T))
    strength = float(np.sqrt(max(rows.strength, 0.0) * max(columns.strength, 0.0)))
    return Grid(strength, max(rows.drawn, columns.drawn))
