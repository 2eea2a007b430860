"""Which rows of a picture belong to an earlier time: the row-band match profile behind torn frames."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MIN_MOTION = 2.5  # code values: rows that usually change less than this cannot show their time
NOISE = 0.8  # code values that coding leaves between a row and its repetition
OLD = 0.25  # of the usual change: the border between rows that repeat and rows that move on
SAME = 0.12  # of the usual change: the old band of a torn frame repeats an earlier picture to within this
NEW = 0.7  # of the usual change: what the rows that are not old must reach together
LIVELY = 6.0  # code values that the old band usually changes by: encoders leave rows that move less as they were …
ALIKE = 0.5  # … and rows that move by less than this share of what the other rows do …
PLAIN = 8.0  # code values: … unless they move by so much, which no encoder skips
WEIGHT = 10.0  # code values: rows that move more than this count no more
NEAR_ROWS = 4  # rows on either side of the split that must differ as the bands do
GAP = 0.05  # of the height: rows that cannot tell, in between, leave the place of a split unknown


class Tear(NamedTuple):
    """``score`` in [0, 1], how sharply the rows fall into an old and a new band; ``line``, the split, share of the height."""

    score: float
    line: float


NO_TEAR = Tear(0.0, float("nan"))


def row_ages(matches: NDArray[Any], usual: NDArray[Any]) -> NDArray[np.float32]:
    """Per row, how new its content is: 0 repeats an earlier picture, 1 moves as usual, NaN cannot tell. (rows,)

    ``matches`` (k, rows) is the change against each of k earlier pictures, ``usual`` (rows,) what neighbouring pictures of
    the shot change from one to the next: the least match over the usual change, both less NOISE.
    """
    least = np.maximum(matches.min(axis=0) - NOISE, 0.0) / np.maximum(usual - NOISE, 1e-6)
    return np.asarray(np.where(usual >= MIN_MOTION, np.clip(least, 0, 1), np.nan), np.float32)


def find_tear(news: NDArray[Any], usual: NDArray[Any], min_rows: int) -> Tear:
    """The band of rows that are old while the others are new, each of at least ``min_rows`` rows that can tell.

    The band is the stretch with the largest sum of (OLD − news) weighted by motion. The score is the smallest of these
    contrasts: new less old rows over the whole picture, and across each split; 0 when the band is not truly a
    repetition (beyond SAME), the others are not new, or the band moves too little for a repetition to tell a tear
    from rows that an encoder has skipped.
    """
    known = np.flatnonzero(~np.isnan(news))
    n = len(known)
    if n < 2 * min_rows:
        return NO_TEAR
    r = news[known].astype(np.float64)
    w = np.minimum(usual[known], WEIGHT).astype(np.float64)
    gain = np.concatenate([[0.0], np.cumsum(w * (OLD - r))])
    stop = int(np.argmax(gain - np.minimum.accumulate(gain)))
    start = int(np.argmin(gain[: stop + 1]))
    if stop - start < min_rows or n - (stop - start) < min_rows:
        return NO_TEAR
    old = np.zeros(n, dtype=bool)
    old[start:stop] = True
    inside, outside = np.average(r[old], weights=w[old]), np.average(r[~old], weights=w[~old])
    motion, others = float(np.median(usual[known][old])), float(np.median(usual[known][~old]))
    if inside > SAME or outside < NEW or motion < max(LIVELY, min(ALIKE * others, PLAIN)):
        return NO_TEAR
    # Below a tear that follows a torn frame only the rows between both lines are old: then both splits must be sharp.
    weakest = min((_split(r, known, e, len(news)) for e in (start, stop) if 0 < e < n), key=lambda t: t.score)
    return Tear(float(min(outside - inside, weakest.score)), weakest.line)


def _split(r: NDArray[np.float64], known: NDArray[Any], edge: int, rows: int) -> Tear:
    """Contrast and place of the split before telling row number ``edge``."""
    if edge < NEAR_ROWS or edge > len(r) - NEAR_ROWS or known[edge] - known[edge - 1] > max(1.0, GAP * rows):
        return NO_TEAR
    contrast = abs(float(r[edge - NEAR_ROWS : edge].mean() - r[edge : edge + NEAR_ROWS].mean()))
    return Tear(contrast, float((known[edge] + known[edge - 1] + 1) / 2 / rows))
