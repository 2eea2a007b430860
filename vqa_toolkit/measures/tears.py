"""Which rows of a picture belong to an earlier time: the row-band match profile behind torn frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
REACH = np.ones((1, 5), np.uint8)  # cells to either side: a moving edge stays within them for some frames
NOISE = 1.0  # code values that coding leaves between a cell and its repetition
MIN_MOTION = 3.0  # code values: cells that usually change less than this cannot show their time
MOST = 40.0  # code values: cells that change more count no more, so that one bright edge does not speak for its row
MIN_SUM = 10.0  # code values, summed over the moving cells of a row: less cannot tell
OLD = 0.35  # of the usual change: the border between rows that repeat and rows that move on
SAME = 0.15  # of the usual change: the old band of a torn frame repeats an earlier picture to within this
NEW = 0.65  # of the usual change: what the rows that are not old must reach together
WEIGHT = 10.0  # code values: rows whose fastest cell moves more than this count no more
EVIDENCE = 0.3  # code values per row of the picture: thinner and slower bands pause by themselves
NEAR_ROWS = 6  # rows on either side of the split that must differ as the bands do
GAP = 0.06  # of the height: rows that cannot tell, in between, leave the place of a split unknown
BEATS = (2, 3, 4, 5)  # frames: layers drawn on twos to fives repeat so
BEAT_SHARE = 0.6  # of the old rows: so many repeat at a beat
BEATS_KEPT = 3  # of two before and two after: lines drawn anew hit two of them by chance
NEAR_FRAMES, WHOLE, JUDDERS = 6, 0.8, 3  # so many frames on either side; share of old rows in a repeat; so many repeats
TELLING = 5  # rows of the map that must tell before a frame counts as a repeat


class Tear(NamedTuple):
    """``score`` in [0, 1], how sharply the rows fall into an old and a new band; ``line``, the split, share of the height."""

    score: float
    line: float


NO_TEAR = Tear(0.0, float("nan"))


def motion(now: Map, before: Map) -> Map:
    """Change of each cell, the largest within two cells to either side: max |now − before|, code values, (rows, columns)."""
    return np.asarray(cv2.dilate(cv2.absdiff(now, before), REACH), np.float32)


def usual_motion(before: Sequence[Map], after: Sequence[Map]) -> Map:
    """What each cell moves by both before and after, code values, at most MOST; 0 up to MIN_MOTION.

    The smaller of the medians of three steps before and of three after.
    """
    less = cv2.min(_middle(*before), _middle(*after))
    moving = cv2.threshold(less, MIN_MOTION, 0, cv2.THRESH_TOZERO)[1]
    return np.asarray(cv2.threshold(moving, MOST, 0, cv2.THRESH_TRUNC)[1], np.float32)


def _middle(a: Map, b: Map, c: Map) -> Any:
    return cv2.max(cv2.min(a, b), cv2.min(cv2.max(a, b), c))


def row_shares(changes: Sequence[Map], usual: Map) -> Map:
    """Share of its usual motion that each row shows in each of ``changes``, NaN where too little moves to tell. (k, rows)

    Σ max(min(change, usual) − NOISE, 0) / Σ max(usual − NOISE, 0) over the cells of a row.
    """
    whole = _row_sums(usual)
    whole[whole < MIN_SUM] = np.nan
    return np.stack([_row_sums(cv2.min(change, usual)) for change in changes]) / whole


def row_peaks(usual: Map) -> Map:
    """The fastest cell of each row, code values. (rows,)"""
    return np.asarray(cv2.reduce(usual, 1, cv2.REDUCE_MAX), np.float32)[:, 0]


def _row_sums(cells: Any) -> Map:
    """Σ max(cell − NOISE, 0) over each row, code values. (rows,)"""
    above = cv2.threshold(cells - np.float32(NOISE), 0, 0, cv2.THRESH_TOZERO)[1]
    return np.asarray(cv2.reduce(above, 1, cv2.REDUCE_SUM), np.float32)[:, 0]


def held_rows(step: NDArray[Any], before: NDArray[Any], after: NDArray[Any]) -> NDArray[np.bool_]:
    """Rows that stay for two steps in a row, by their :func:`row_shares` in the step here and those beside it. (rows,)

    They are at rest, not torn: content that is a frame late moves on with the next frame.
    """
    return np.asarray((step <= OLD) & (np.minimum(before, after) <= OLD))


def find_tear(news: NDArray[Any], usual: NDArray[Any], min_rows: int) -> Tear:
    """The band of rows that are old while the others are new, each of at least ``min_rows`` rows that can tell.

    ``news`` is how new each row is: 0 repeats an earlier picture, 1 moves as usual, NaN cannot tell; ``usual`` is the
    fastest motion of each row. The band is the stretch with the largest sum of (OLD − news) weighted by motion, its
    evidence. The score is the smallest of these contrasts: new less old rows over the whole picture, and across each
    split; 0 when the band is not truly a repetition (beyond SAME), the others are not new, or the evidence is too small
    to tell a tear from rows that have paused.
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
    if stop - start < min_rows or n - (stop - start) < min_rows or gain[stop] - gain[start] < EVIDENCE * len(news):
        return NO_TEAR
    old = np.zeros(n, dtype=bool)
    old[start:stop] = True
    inside, outside = np.average(r[old], weights=w[old]), np.average(r[~old], weights=w[~old])
    if inside > SAME or outside < NEW:
        return NO_TEAR
    # Below a tear that follows a torn frame only the rows between both lines are old: then both splits must be sharp.
    splits = [_split(r, known, e, len(news)) for e in (start, stop) if NEAR_ROWS <= e <= n - NEAR_ROWS]
    weakest = min(splits, key=lambda t: t.score, default=NO_TEAR)
    return Tear(float(min(outside - inside, weakest.score)), weakest.line)


def _split(r: NDArray[np.float64], known: NDArray[Any], edge: int, rows: int) -> Tear:
    """Contrast and place of the split before telling row number ``edge``."""
    if known[edge] - known[edge - 1] > max(1.0, GAP * rows):
        return NO_TEAR
    contrast = abs(float(r[edge - NEAR_ROWS : edge].mean() - r[edge : edge + NEAR_ROWS].mean()))
    return Tear(contrast, float((known[edge] + known[edge - 1] + 1) / 2 / rows))


def in_rhythm(ages: NDArray[Any], place: int) -> bool:
    """Whether frame ``place`` of ``ages`` (n, rows) repeats by the way the shot is carried: on a beat or in a judder."""
    return on_a_beat(ages, place) or judders(ages, place)


def judders(ages: NDArray[Any], place: int) -> bool:
    """Whether JUDDERS frames or more within NEAR_FRAMES of ``place`` repeat (nearly) whole pictures.

    Where a camera or a call holds pictures, encoders renew parts of the held ones, which then look torn.
    """
    near = np.concatenate([ages[max(place - NEAR_FRAMES, 0) : place], ages[place + 1 : place + NEAR_FRAMES + 1]])
    told, old = (~np.isnan(near)).sum(axis=1), (near <= OLD).sum(axis=1)
    return bool(np.sum((told >= TELLING) & (old >= WHOLE * told)) >= JUDDERS)


def on_a_beat(ages: NDArray[Any], place: int) -> bool:
    """Whether the old rows of frame ``place`` of ``ages`` (n, rows) repeat at three or more of the four beats around it.

    So does a part of the picture that is drawn on twos or carried at a lower rate; torn frames keep no such rhythm.
    """
    rows = np.flatnonzero(ages[place] <= OLD)
    return any(
        sum(
            _old_share(ages[at, rows]) >= BEAT_SHARE
            for at in (place - 2 * beat, place - beat, place + beat, place + 2 * beat)
            if 0 <= at < len(ages)
        )
        >= BEATS_KEPT
        for beat in BEATS
    )


def _old_share(ages: NDArray[Any]) -> float:
    """Share of old rows among those that can tell; 0 where fewer than half can."""
    told = ages[~np.isnan(ages)]
    return float((told <= OLD).mean()) if 2 * len(told) >= max(1, len(ages)) else 0.0
