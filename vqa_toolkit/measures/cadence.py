"""Which pictures are repeats, and whether the repeats keep a regular beat (pulldown, animation on twos) or stumble."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 6  # pictures on either side that tell how much this shot moves
MIN_BEATS, MIN_LONG_BEATS = 5, 3  # distances between repeats before a beat can be called regular
SHORT_GAP, LONG_GAP = 5, 12  # frames
BEAT_SHARE = 0.8
PAUSED_BEATS = 10  # distances between repeats, some of which are not seen, before they make a beat
GRIDS, GRID_REPEATS, GRID_SHARE = (
    (2, 3),
    6,
    0.9,
)  # drawn on twos or threes: repeats fall on every second or third frame only
FILM = (2.5, 59.94 / 24, 60 / 23.976)  # frames a picture: film in 60, which may slip by a frame in 400
FILM_REPEATS, FILM_SHARE = 30, 0.03  # repeats that tell, and the share of them that may lie elsewhere


def surrounding(change: NDArray[Any], n: int = NEIGHBOURS) -> NDArray[np.float64]:
    """What the shot's motion is around each picture: (n,) the smaller of the upper medians of ``change`` before and after.

    The upper median (70th percentile) of up to ``n`` values on one side ignores repeats among them; the smaller of both
    sides ignores the other side of a cut or of a shot that stops.
    """
    v = np.asarray(change, np.float64)
    padded = np.pad(v, n, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, n)
    before, after = windows[: len(v)], windows[n + 1 : n + 1 + len(v)]
    with np.errstate(all="ignore"):
        sides = np.stack([_upper_median(before), _upper_median(after)])
    return np.asarray(np.nanmin(np.where(np.isnan(sides), np.inf, sides), axis=0))


def usual_step(step: NDArray[Any], n: int = NEIGHBOURS) -> NDArray[np.float64]:
    """The usual distance between pictures around each step, (n,): the larger of the medians of the ``n`` before and after.

    A picture that is missing makes one step longer than those on both sides; where the rate changes (30 → 15), the steps on
    one side are as long.
    """
    padded = np.pad(np.asarray(step, np.float64), n, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, n)
    sides = np.stack([windows[: len(step)], windows[n + 1 : n + 1 + len(step)]])
    there = np.sum(~np.isnan(sides), axis=2)
    filled = np.where(there[:, :, None] > 0, sides, 0.0)
    return np.asarray(np.max(np.nanmedian(filled, axis=2), axis=0))


def _upper_median(windows: NDArray[Any]) -> NDArray[np.float64]:
    filled = np.sort(windows, axis=1)  # NaN sorts last
    count = np.sum(~np.isnan(windows), axis=1)
    k = np.clip((count * 0.7).astype(int), 0, windows.shape[1] - 1)
    return np.asarray(np.where(count > 1, filled[np.arange(len(filled)), k], np.nan), np.float64)


def notches(change: NDArray[Any], low: NDArray[np.bool_], floor: NDArray[Any]) -> NDArray[np.bool_]:
    """Which ``low`` pictures lie in a sharp notch: the nearest other pictures on both sides reach ``floor``. (n,) bool

    Motion that dies down and rises again has gentle shoulders; a repeated picture has none.
    """
    v = np.asarray(change, np.float64)
    n = len(v)
    other = np.flatnonzero(~low)
    if not len(other):
        return np.zeros(n, dtype=bool)
    at = np.searchsorted(other, np.arange(n))
    before = np.where(at > 0, v[other[np.maximum(at - 1, 0)]], -np.inf)
    after = np.where(at < len(other), v[other[np.minimum(at, len(other) - 1)]], -np.inf)
    return np.asarray(low & (before >= floor) & (after >= floor))


def regular(places: NDArray[Any]) -> bool:
    """Whether repeats at frame numbers ``places`` keep a beat.

    At least BEAT_SHARE of the distances over one, two or three repeats are the same (3:2 pulldown, 20 in 25), or all lie
    within one frame of each other where they are long (24 in 25). Five distances make a beat, three when they are long.
    So do six repeats of which nine in ten lie on every second or every third frame: pictures that are held on purpose,
    some of them longer.
    """
    at = np.asarray(places)
    gaps = np.diff(at)
    if len(at) >= GRID_REPEATS and any(np.bincount(at % g).max() >= GRID_SHARE * len(at) for g in GRIDS):
        return True
    if len(gaps) < MIN_LONG_BEATS:
        return False
    typical = float(np.median(gaps))
    if len(gaps) < (MIN_LONG_BEATS if typical >= LONG_GAP else MIN_BEATS):
        return False
    if typical >= SHORT_GAP and np.ptp(gaps) <= 1:
        return True
    for lag in (1, 2, 3):
        over = np.asarray(places[lag:]) - np.asarray(places[:-lag])
        if len(over) >= MIN_LONG_BEATS and float(np.bincount(over).max()) >= BEAT_SHARE * len(over):
            return True
    return False


def firsts(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """The first of each run of frame numbers."""
    return places[np.diff(places, prepend=-9) > 1]


def beat(places: NDArray[Any]) -> int:
    """Frames between repeats that keep a beat with pauses, 0 where they keep none.

    Film carried in a faster rate repeats every sixth frame (25 in 30), yet where the shot hardly moves nobody sees it. At
    least half of the distances, and ten of them, must be the same, and nine in ten whole multiples of it to one frame.
    """
    gaps = np.diff(np.asarray(places))
    if len(gaps) < PAUSED_BEATS:
        return 0
    period = int(np.median(gaps))
    alike = int(np.sum(gaps == period))
    return period if period >= SHORT_GAP and 2 * alike >= len(gaps) and on_beat(places, period) else 0


def on_beat(places: NDArray[Any], period: int) -> bool:
    """Whether nine in ten of the distances between ``places`` are whole multiples of ``period`` frames, to one frame."""
    gaps = np.diff(np.asarray(places))
    if not period or not len(gaps):
        return False
    off = np.abs(gaps - np.maximum(np.rint(gaps / period), 1) * period)
    return bool(np.mean(off <= 1) >= GRID_SHARE)


def is_cadence(hits: NDArray[np.bool_], period: int) -> bool:
    """Whether ``hits``, repeats by frame, are regular, keep the clip's beat of ``period`` frames, or are a film's in 60."""
    first = firsts(np.flatnonzero(hits))
    return regular(first) or on_beat(first, period) or pulled(hits)


def pulled(hits: NDArray[np.bool_]) -> bool:
    """Whether repeats are a film's in 60, seen here and there: none of them lies where its new pictures come.

    Folded by a picture's time of 2.5 frames, new pictures fill two fifths of it; 30 repeats at random do not leave so much free.
    """
    at = np.flatnonzero(hits)
    if len(at) < FILM_REPEATS:
        return False
    for frames in FILM:
        folded = np.sort(at / frames % 1.0)
        twice = np.concatenate([folded, folded + 1.0])
        there = np.searchsorted(twice, folded + 1.0 / frames + 1e-6) - np.searchsorted(twice, folded + 1e-6)
        if int(there.min()) <= FILM_SHARE * len(at):
            return True
    return False


def held_share(repeats: NDArray[np.bool_], window: int) -> NDArray[np.float64]:
    """Share of repeats among the ``window`` pictures around each picture, (n,) in [0, 1]."""
    if not len(repeats):
        return np.zeros(0)
    width = min(max(window, 1), len(repeats))
    total = np.convolve(repeats.astype(np.float64), np.ones(width), "same")
    there = np.convolve(np.ones(len(repeats)), np.ones(width), "same")
    return np.asarray(total / there)
