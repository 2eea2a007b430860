"""Exposure of a picture: tones lost at black and at white, and sudden changes of gain."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span
from vqa_toolkit.measures.blocks import block_means

AT_LIMIT = 2  # codes from black or white that count as lost
SOFT = 24  # codes: a neighbour of a lost area this near to it shows that tones run on into the loss
GRID_PX = 16  # gain is measured on means of such blocks
CALM = 0.4  # of a jump's size (log) that the frames beside it may change by
LEAST_LOST, MOST_LOST = 0.02, 0.99  # of the blocks: what is left beyond shows too little to compare
BESIDE = 3  # pairs of frames on either side that tell how alike neighbours are in this shot
FAST = 0.75  # correlation of neighbours below which no shot is followed, however fast
INVERSE = 0.3  # of a jump's size (log) by which the one that undoes it may miss: tones at the limits bend the gain
UNLIKE, SLACK = 1.5, 0.005  # how much less alike than the pairs beside it one within a shot may be
MID = (40.0, 215.0)  # codes between which a block can tell a gain: outside, limits bend it


class Lost(NamedTuple):
    """Share of the picture at a limit, and which share of its border runs softly into the picture."""

    share: float
    soft: float


def lost_tones(luma: NDArray[np.uint8], black: int, white: int) -> tuple[Lost, Lost]:
    """(crushed, clipped) of a picture (h, w), border of dark or bright bars included."""
    return _lost(luma <= black + AT_LIMIT, luma, black), _lost(luma >= white - AT_LIMIT, luma, white)


def _lost(mask: NDArray[np.bool_], luma: NDArray[np.uint8], level: int) -> Lost:
    share = float(np.count_nonzero(mask) / mask.size)
    if share < 0.02:
        return Lost(share, 0.0)
    inside = mask.view(np.uint8)
    border = (cv2.dilate(inside, np.ones((3, 3), np.uint8)) > 0) & ~mask
    count = int(np.count_nonzero(border))
    if not count:
        return Lost(share, 0.0)
    near = np.abs(luma[border].astype(np.int16) - level) <= SOFT
    return Lost(share, float(np.count_nonzero(near) / count))


class Gain(NamedTuple):
    """``gain`` from one picture's mid-tone block means to the next one's (about black) and their correlation; ``structure``:
    correlation of all block means, the better of as they are and after the tones that one has lost are taken from the other."""

    gain: float
    correlation: float
    structure: float


NO_GAIN = Gain(1.0, 0.0, 0.0)


def grid(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Block means (rows, columns) by which two pictures are compared."""
    return block_means(luma, GRID_PX)


def gain_between(before: NDArray[Any], after: NDArray[Any], black: int, white: int) -> Gain:
    """Least-squares gain g of (after − black) = g·(before − black) over blocks that are mid-tone in both."""
    a, b = before.ravel().astype(np.float64), after.ravel().astype(np.float64)
    structure = max(_correlation(a, b), _through_loss(a, b, black, white), _through_loss(b, a, black, white))
    use = (a > MID[0]) & (a < MID[1]) & (b < MID[1]) & (b > black + 8)
    if int(use.sum()) < max(12, a.size // 10):
        return Gain(1.0, 0.0, structure)
    a, b = a[use] - black, b[use] - black
    gain = float((a * b).sum() / (a * a).sum())
    return Gain(gain, _correlation(a, b), structure)


def _through_loss(whole: NDArray[np.float64], lost: NDArray[np.float64], black: int, white: int) -> float:
    """Correlation after ``whole`` gave up as large a share of its darkest and brightest blocks as ``lost`` has at the limits."""
    low, high = float(np.mean(lost <= black + AT_LIMIT)), float(np.mean(lost >= white - AT_LIMIT))
    if max(low, high) < LEAST_LOST or low + high > MOST_LOST:
        return 0.0
    bounds = np.quantile(whole, [low, 1.0 - high])
    return _correlation(np.clip(whole, bounds[0], bounds[1]), lost)


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    spread = float(np.sqrt(a.var() * b.var()))
    return float(np.clip(np.mean((a - a.mean()) * (b - b.mean())) / spread, -1, 1)) if spread > 1.0 else 0.0


def goes_on(likeness: NDArray[Any], like: float) -> NDArray[np.bool_]:
    """(n,) whether the shot goes on from the frame before: their correlation is ``like`` at least, or about what it is
    between the frames beside them, as where the camera or the scene moves fast. A cut falls below both.
    """
    v = likeness.astype(np.float64)
    padded = np.pad(v, BESIDE, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * BESIDE + 1)
    usual = np.nanmedian(np.delete(around, BESIDE, axis=1), axis=1) if len(v) > 1 else v
    return np.asarray((v >= like) | ((v >= FAST) & (1 - v <= UNLIKE * (1 - usual) + SLACK)))


def jumps(
    gain: Signal, likeness: NDArray[Any], least: float, like: float, min_duration: float
) -> list[tuple[Span, float]]:
    """Pairs of a jump and the opposite one, or a jump and the end of the clip; those that come back at once are flashes.

    A jump is a gain of ``least`` or its inverse between frames of one shot (:func:`goes_on`); where things move so fast that
    the correlation stays below ``like``, only one that is undone later counts. Returns (span, gain).
    """
    v = np.maximum(gain.v.astype(np.float64), 1e-3)
    log = np.log(v)
    padded = np.pad(np.abs(log), 1)
    alone = np.maximum(padded[:-2], padded[2:]) <= CALM * np.abs(log)  # a fade changes from frame to frame to frame
    at = np.flatnonzero((np.abs(log) >= np.log(least)) & goes_on(likeness, like) & alone).tolist()
    sure = likeness >= like
    found: list[tuple[Span, float]] = []
    while at:
        first = at.pop(0)
        undone = [i for i in at if log[i] * log[first] < 0]
        if not sure[first]:
            undone = [i for i in undone[:1] if abs(log[i] + log[first]) <= INVERSE * abs(log[first])]
            if not undone:
                continue
        last = undone[0] - 1 if undone else len(v) - 1
        span = Span(float(gain.t[first]), float(gain.ends[last]), first, last)
        at = [i for i in at if undone and i > undone[0]]
        if span.end - span.start >= min_duration:
            found.append((span, float(v[first])))
    return found
