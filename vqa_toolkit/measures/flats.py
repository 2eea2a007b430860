"""Pictures of one colour, and colour bars by their geometry."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import FloatArray
from vqa_toolkit.events import Span

NEAR_CODES = 4.0  # of the picture's colour: what counts as the same
BARS_RGB = (
    (1, 1, 1),
    (1, 1, 0),
    (0, 1, 1),
    (0, 1, 0),
    (1, 0, 1),
    (1, 0, 0),
    (0, 0, 1),
    (0, 0, 0),
)  # white … black (BT.471)
# (first, last, bars): bars over the whole width, or over its middle three quarters (ARIB STD-B28, SMPTE RP 219)
LAYOUTS = ((0.0, 1.0, 8), (0.0, 1.0, 7), (0.125, 0.875, 7))
TOP, BOTTOM = 0.05, 0.55  # of the height: where every kind of bars shows its bars
MARGIN = 0.2  # of a bar's width on both sides that is left out: filters round the transitions
DIP_FRAMES = 3  # before and after, in which a dip to white would have begun
CUT = 0.85  # of the distance to the flat colour some frames earlier that the last picture still has: a dip comes nearer
SAME_LOOK, OTHER_LOOK = 15.0, 16.0  # codes, mean over them: the same shot goes on; not the flat colour itself
KR, KB = 0.2126, 0.0722  # BT.709


class Colour(NamedTuple):
    """``area``: share of the picture within :data:`NEAR_CODES` of its mean colour, the worse of luma and chroma; the colour."""

    area: float
    y: float
    cb: float
    cr: float


def one_colour(means: NDArray[np.float32], chroma: NDArray[np.uint8]) -> Colour:
    """Luma's means of 8 × 8 px (so that noise does not count) and (h', w', 2) chroma → :class:`Colour`."""
    y = float(means.mean())
    cb, cr = cv2.mean(chroma)[:2]
    near = float(np.mean(np.abs(means - y) <= NEAR_CODES))
    if near < 0.5:
        return Colour(near, y, cb, cr)
    distance = np.maximum(np.abs(chroma[..., 0] - np.float32(cb)), np.abs(chroma[..., 1] - np.float32(cr)))
    return Colour(min(near, float(np.mean(distance <= NEAR_CODES))), y, cb, cr)


class Bars(NamedTuple):
    """``match``: correlation of the bars' colours with the standard ones, in [−1, 1]; ``uneven``: how far a bar is from one
    colour, in code values (its columns' and rows' spread, the worst bar)."""

    match: float
    uneven: float


NO_BARS = Bars(0.0, 255.0)


def colour_bars(luma: NDArray[np.uint8], chroma: NDArray[np.uint8]) -> Bars:
    """The layout of :data:`LAYOUTS` that fits (h, w) luma and (h', w', 2) chroma best."""
    height, width = chroma.shape[:2]
    if width < 64 or height < 16:
        return NO_BARS
    rows = slice(round(TOP * height), round(BOTTOM * height))
    y = luma[round(TOP * luma.shape[0]) : round(BOTTOM * luma.shape[0])]
    columns_y = cv2.reduce(y, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
    columns_y = np.interp(
        (np.arange(width) + 0.5) / width, (np.arange(len(columns_y)) + 0.5) / len(columns_y), columns_y
    )
    columns_c = cv2.reduce(chroma[rows], 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
    columns = np.column_stack([columns_y, columns_c])
    sums = [np.concatenate([np.zeros((1, 3)), np.cumsum(v, axis=0)]) for v in (columns, columns**2)]
    return max((_fit(sums, y, chroma[rows], *layout) for layout in LAYOUTS), key=lambda b: b.match - b.uneven / 50)


def _fit(sums: list[FloatArray], y: NDArray[Any], c: NDArray[Any], first: float, last: float, count: int) -> Bars:
    """``sums``: of the columns' Y, Cb, Cr (width + 1, 3) from the left, and of their squares."""
    width = len(sums[0]) - 1
    a, b = (width * (first + (last - first) * (np.arange(count) + s) / count) for s in (MARGIN, 1 - MARGIN))
    begin = np.rint(a).astype(int)
    end = np.maximum(np.rint(b).astype(int), begin + 1)
    number = (end - begin)[:, None]
    colours, squares = ((total[end] - total[begin]) / number for total in sums)
    uneven = float(np.sqrt(np.maximum(squares - colours**2, 0.0)).max())
    if uneven > 12.0:
        return NO_BARS
    found = colours - colours.mean(axis=0)
    wanted = _reference(count)
    norm = float(np.sqrt((found**2).sum() * (wanted**2).sum()))
    match = float((found * wanted).sum()) / norm if norm > 1 else 0.0
    if match < 0.8:
        return Bars(match, uneven)
    rows = [float(np.std(plane[:, round((first + (last - first) * (k + 0.3) / count) * plane.shape[1]):
                               round((first + (last - first) * (k + 0.7) / count) * plane.shape[1])].mean(axis=1)))
            for plane in (y, c[..., 0], c[..., 1]) for k in range(count)]  # fmt: skip
    return Bars(match, max(uneven, *rows))


@lru_cache(maxsize=4)
def _reference(count: int) -> NDArray[np.float64]:
    """Colours of the first ``count`` bars at 75 %, less their mean: (count, 3) Y'CbCr codes."""
    rgb = 0.75 * np.asarray(BARS_RGB[:count], np.float64)
    luma = rgb @ np.array([KR, 1 - KR - KB, KB])
    codes = np.column_stack([219 * luma, 112 * (rgb[:, 2] - luma) / (1 - KB), 112 * (rgb[:, 0] - luma) / (1 - KR)])
    return np.asarray(codes - codes.mean(axis=0))


def interrupts(span: Span, look: NDArray[Any]) -> bool:
    """Whether the same shot goes on after ``span``, and the flat picture cuts (not dips) in and out of it."""
    if span.first == 0 or span.last + 1 >= len(look):
        return False
    at = (
        span.first - 1,
        span.last + 1,
        max(span.first - 1 - DIP_FRAMES, 0),
        min(span.last + 1 + DIP_FRAMES, len(look) - 1),
    )
    before, after, earlier, later = (look[i].astype(np.float64) for i in at)
    flat = look[span.first].astype(np.float64)
    cuts = all(
        _apart(v, flat) >= max(OTHER_LOOK, CUT * _apart(u, flat)) for v, u in ((before, earlier), (after, later))
    )
    return cuts and _apart(before, after) <= SAME_LOOK


def _apart(a: FloatArray, b: FloatArray) -> float:
    return float(np.abs(a - b).mean())
