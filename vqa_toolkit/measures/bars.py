"""Dark bars at the edges of the picture, and how sharply they end."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.measures.smooth import running_median

DARK_MEAN, DARK_PEAK = (
    8.0,
    40.0,
)  # codes over black that a bar's lines may reach on average, and anywhere (ringing, noise)
LIT = 20.0  # codes over black: a column that is brighter just inside the bar is lit
STEP_LINES = 4  # lines inside the bar's edge that are looked at for light
SMOOTH_FRAMES = 3
UNTOUCHED = 0.02  # of the pictures that may reach into bars which are the format: coding and flashes leave specks
LARGEST = 0.45  # of the side


class PictureBars(NamedTuple):
    """Bars as shares of the height (``top``, ``bottom``) and width (``left``, ``right``); ``lit``: share of the present
    bars' edges beside which the picture is lit, the darkest edge (1 without bars)."""

    top: float
    bottom: float
    left: float
    right: float
    lit: float


def picture_bars(luma: NDArray[np.uint8], black: int) -> PictureBars:
    """Bars of a picture (h, w) whose black is code ``black``."""
    top, bottom = _depths(luma, black)
    height = luma.shape[0]
    middle = luma[top : height - bottom]
    left, right = _depths(np.ascontiguousarray(middle.T), black) if len(middle) > 8 else (0, 0)
    width = luma.shape[1]
    inner = luma[top : height - bottom, left : width - right]
    if inner.size == 0:
        return PictureBars(top / height, bottom / height, left / width, right / width, 0.0)
    n = STEP_LINES
    edges = ((top, inner[:n]), (bottom, inner[-n:]), (left, inner[:, :n].T), (right, inner[:, -n:].T))
    lit = min((float(np.mean(lines.max(axis=0) >= black + LIT)) for depth, lines in edges if depth), default=1.0)
    return PictureBars(top / height, bottom / height, left / width, right / width, lit)


def _depths(luma: NDArray[Any], black: int) -> tuple[int, int]:
    """How many lines from the top and from the bottom are dark."""
    mean = cv2.reduce(luma, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
    peak = cv2.reduce(luma, 1, cv2.REDUCE_MAX).ravel()
    dark = (mean <= black + DARK_MEAN) & (peak <= black + DARK_PEAK)
    most = int(LARGEST * len(dark))
    ahead, behind = dark[:most], dark[::-1][:most]
    first = most if ahead.all() else int(np.argmin(ahead))
    last = most if behind.all() else int(np.argmin(behind))
    return first, last


def usual_bars(
    a: NDArray[np.float64], b: NDArray[np.float64], clear: NDArray[np.bool_], unlike: float, whole: float
) -> float:
    """The bars, as a share of the side, that are the format of pictures with opposite bars ``a`` and ``b`` (n,).

    They are what the share ``whole`` of the pictures with a ``clear`` edge have at least, where three in ten have one. Where the
    rest is too dark to tell, they are if nothing anywhere reaches into them by more than ``unlike``.
    """
    if not clear.any():
        return 0.0
    usual = float(np.quantile(alike(a, b, unlike)[clear], 1.0 - whole))
    untouched = float(np.quantile(np.minimum(a, b), UNTOUCHED)) >= usual - unlike
    return usual if clear.mean() > 0.3 or untouched else 0.0


def alike(a: NDArray[np.float64], b: NDArray[np.float64], unlike: float) -> NDArray[np.float64]:
    """The smaller of opposite bars (n,), 0 where they differ by more than ``unlike``."""
    return np.where(np.abs(a - b) <= unlike, np.minimum(a, b), 0.0)


def steady(pair: NDArray[np.float64], unlike: float) -> bool:
    return float(np.quantile(pair, 0.9) - np.quantile(pair, 0.1)) <= unlike


def running_rows(v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column's running median over :data:`SMOOTH_FRAMES` frames."""
    return np.column_stack([running_median(v[:, k], SMOOTH_FRAMES) for k in range(v.shape[1])])
