"""How steep the edges of a picture are: 1 for a step between two pixels, falling as they blur."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

LINES_STEP = 20  # px between the lines (and columns) that are looked at; more in pictures of over 360 lines
REACH_PX = 5  # the stretch over which an edge's height is measured, plus a 90th of the height
TILE = 64  # px of a line: its steepest edge counts
MIN_HEIGHT = 20  # code values: lower edges drown in noise
OVER_GRAIN = 6.0  # times the grain: lower edges may be grain, which is as sharp as any picture
MIN_TILES = 8
BEND = 0.6745 * 6**0.5  # median magnitude of white noise's second difference, of its deviation
SHARE = 0.75  # quantile over tiles: part of a sharp picture is always out of focus


REGIONS = 3  # rows and columns of regions in which acuity is measured apart
MIN_REGION_TILES = 3


def grain(lines: NDArray[Any]) -> float:
    """Deviation of white noise, code values, that explains the median second difference along ``lines`` (n, length)."""
    if lines.shape[1] < 3 or not len(lines):
        return 0.0
    x = lines.astype(np.int16)
    bend = np.abs(x[:, :-2] - 2 * x[:, 1:-1] + x[:, 2:])
    return _median(bend) / BEND


def _median(values: NDArray[np.int16]) -> float:
    """The median of small whole numbers from 0 up, by counting them."""
    total = np.cumsum(np.bincount(values.ravel()))
    middle = (total[-1] - 1) // 2, total[-1] // 2
    return float(np.searchsorted(total, middle, side="right").mean())


def line_acuity(lines: NDArray[Any], reach: int = 9, least: float = MIN_HEIGHT) -> NDArray[np.float32]:
    """Acuity of the steepest edge in each tile of ``lines`` (n, length) uint8: (n, tiles) in [0, 1], 0 where it has none.

    Edges lower than ``least`` code values do not count.

    At a pixel: |Y(x+1) − Y(x)| over the range of Y within ``reach`` pixels around it: 1/n for ramps of n < reach / 2 pixels.
    """
    length = lines.shape[1] // TILE * TILE
    if not length:
        return np.zeros((len(lines), 0), np.float32)
    kernel = np.ones((1, reach), np.uint8)
    height = cv2.subtract(cv2.dilate(lines, kernel), cv2.erode(lines, kernel))
    step = np.zeros_like(lines)
    cv2.absdiff(lines[:, 1:], lines[:, :-1], dst=step[:, :-1])
    step[:, -1] = 0
    step[height < least] = 0
    ratio = cv2.divide(step, cv2.max(height, np.ones_like(height)), dtype=cv2.CV_32F)
    return np.asarray(ratio[:, :length].reshape(len(lines), -1, TILE).max(axis=2), np.float32)


class Acuity(NamedTuple):
    """``value`` of the whole picture, and of its regions (9,), row by row; NaN without edges."""

    value: float
    regions: NDArray[np.float32]


def acuity(luma: NDArray[Any]) -> Acuity:
    """Acuity of a picture (h, w) uint8: the larger of rows' and columns' 75th percentile over tiles.

    The larger of the two, because motion blurs in one direction only. Edges must stand out of the grain, which is measured in
    the calmer direction, as texture often has one.
    """
    reach = REACH_PX + 2 * round(luma.shape[0] / 180)
    step = max(LINES_STEP, min(luma.shape) * LINES_STEP // 360)
    lines = (
        np.ascontiguousarray(luma[step // 2 :: step]),
        np.ascontiguousarray(np.ascontiguousarray(luma[:, step // 2 :: step]).T),
    )
    least = max(float(MIN_HEIGHT), OVER_GRAIN * min(map(grain, lines)))
    rows, columns = line_acuity(lines[0], reach, least), line_acuity(lines[1], reach, least).T
    whole = [_quantile(tiles, MIN_TILES) for tiles in (rows, columns)]
    parts = [[_quantile(part, MIN_REGION_TILES) for part in _regions(tiles)] for tiles in (rows, columns)]
    regions = np.fmax(np.asarray(parts[0], np.float32), np.asarray(parts[1], np.float32))
    return Acuity(float(np.fmax(whole[0], whole[1])), regions)


def _regions(tiles: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return [part for row in np.array_split(tiles, REGIONS, axis=0) for part in np.array_split(row, REGIONS, axis=1)]


def _quantile(tiles: NDArray[np.float32], least: int) -> float:
    """The SHARE quantile of those that have an edge; NaN for fewer than ``least`` of them."""
    known = tiles[tiles > 0]
    k = round(SHARE * (len(known) - 1))
    return float(np.partition(known, k)[k]) if len(known) >= least else float("nan")
