"""Noise of a picture from its flattest places: luma, chroma, and the dashes of analogue snow."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ROWS_STEP = 24  # px between the lines that are looked at; more in pictures of over 576 lines
TILE = 32  # px of one line in which noise is estimated
FLAT_SHARE = 0.2  # of the tiles, the flattest: content adds least there
SECOND_GAIN = 6**0.5  # of white noise through the weights 1, −2, 1
SPIKE = 45  # code values above both vertical neighbours
QUIET = 24  # code values those neighbours may differ
CLIPPED = (20, 231)  # limited range: at its ends noise is cut off and reads too low


class Lines(NamedTuple):
    """Every 24th line of a picture (fewer of large ones), int16 (n, width), with the lines above and below it."""

    above: NDArray[np.int16]
    middle: NDArray[np.int16]
    below: NDArray[np.int16]


class LineNoise(NamedTuple):
    """``sigma`` code values RMS; ``white``: 1 for white noise, below 0.5 for slopes; ``fresh``: 1 when new in each picture."""

    sigma: float
    white: float
    fresh: float


UNKNOWN = LineNoise(float("nan"), float("nan"), float("nan"))


def lines(luma: NDArray[Any], step: int = ROWS_STEP) -> Lines:
    """The lines of (h, w) luma that noise is measured on."""
    step = max(step, luma.shape[0] * step // 576)
    rows = np.arange(max(step // 2, 1), luma.shape[0] - 1, step)
    above, middle, below = (luma[rows + k].astype(np.int16) for k in (-1, 0, 1))
    return Lines(above, middle, below)


def line_noise(rows: NDArray[Any], before: NDArray[Any] | None = None) -> LineNoise:
    """Noise of the flattest tiles of lines (n, width); ``before`` are the same lines of the picture before.

    Per tile of 32 px: σ = rms(1, −2, 1 filtered) / √6, taken at the 20th percentile of tiles that are not clipped.
    Over the tiles below it, white = mean (Y(x+1) − Y(x))² / mean (Y(x+2) − Y(x))², and fresh = the same rms of the change
    since ``before`` over √2 times that of the picture. UNKNOWN when there are fewer than eight such tiles.
    """
    tiles = _tiles(rows)
    mean = tiles.mean(axis=1) if tiles.size else np.zeros(0)
    usable = (mean > CLIPPED[0]) & (mean < CLIPPED[1])
    tiles = tiles[usable] if tiles.size else tiles
    if len(tiles) < 8:
        return UNKNOWN
    second = _second(tiles)
    k = int(FLAT_SHARE * (len(second) - 1))
    flat = np.argpartition(second, k)[: k + 1]
    chosen = tiles[flat]
    apart = float(((chosen[:, 2:] - chosen[:, :-2]) ** 2).mean())
    white = float(((chosen[:, 1:-1] - chosen[:, :-2]) ** 2).mean()) / apart if apart > 0 else 0.0
    fresh = 1.0
    if before is not None and before.shape == rows.shape and float(second[flat].mean()) > 0:
        change = _second(chosen - _tiles(before)[usable][flat])
        fresh = float(np.sqrt(change.mean() / (2 * second[flat].mean())))
    return LineNoise(float(np.sqrt(second[flat].max())) / SECOND_GAIN, white, fresh)


def _tiles(rows: NDArray[Any]) -> NDArray[np.float32]:
    count = rows.shape[1] // TILE
    return np.asarray(rows[:, : count * TILE].reshape(-1, TILE) if count else np.zeros((0, TILE)), np.float32)


def _second(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    second = tiles[:, 2:] - 2 * tiles[:, 1:-1] + tiles[:, :-2]
    return np.asarray(np.einsum("nk,nk->n", second, second) / second.shape[1])


def spikes(now: Lines, before: Lines | None) -> float:
    """Share of pixels that stick out from the lines above and below, and did not in the picture before, [0, 1]."""
    above, middle, below = now
    if not middle.size:
        return 0.0
    out = (np.abs(middle - above) > SPIKE) & (np.abs(middle - below) > SPIKE) & (np.abs(above - below) < QUIET)
    if before is not None and before.middle.shape == middle.shape:
        out &= np.abs(middle - before.middle) > SPIKE // 2
    return float(out.mean())
