"""How captions lie on speech: coverage, and the offset and rate that fit best."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import FloatArray

GRID_HZ = 100  # of the comparison, as ffsubsync
MAX_LAG_S = 60.0
NTSC = 24 / 23.976
PAL_FILM, PAL_NTSC = 25 / 24, 25 / 23.976
RATES = (1.0, NTSC, 1 / NTSC, PAL_FILM, 1 / PAL_FILM, PAL_NTSC, 1 / PAL_NTSC)  # frame rates taken for one another
RATE_GAIN = 0.03  # r; two shapes of the same dialogue differ by less from chance alone
RIVAL_S = 1.5  # lags at least this far from the best one are its rivals
EDGE_REACH_S = 0.6  # an edge of speech this near a cue's (moved) edge is the cue's
MATCHED_SHARE = 0.4  # of cues that must find an edge before edges refine the answer
PAUSE_S = 0.2  # a shorter pause does not end speech


class Fit(NamedTuple):
    """Cues lie ``offset`` s late (+) or early (−); ``likeness`` is Pearson's r there, ``lead`` how much more than any rival."""

    offset: float
    likeness: float
    lead: float


def on_grid(starts: FloatArray, ends: FloatArray, count: int) -> NDArray[np.float64]:
    """(count,) 1 where any of [starts, ends) seconds covers the grid's 10-ms cell, else 0."""
    steps = np.zeros(count + 1)
    first = np.clip(np.round(starts * GRID_HZ), 0, count).astype(np.intp)
    last = np.clip(np.round(ends * GRID_HZ), 0, count).astype(np.intp)
    np.add.at(steps, first, 1.0)
    np.add.at(steps, np.maximum(first, last), -1.0)
    return (np.cumsum(steps)[:count] > 0.5).astype(np.float64)


def joined(starts: FloatArray, ends: FloatArray, pause: float = PAUSE_S) -> tuple[FloatArray, FloatArray]:
    """Spans in order of time with pauses up to ``pause`` s between them closed."""
    if not len(starts):
        return starts, ends
    breaks = starts[1:] - ends[:-1] > pause
    return starts[np.append(True, breaks)], ends[np.append(breaks, True)]


def best_fit(
    cues: tuple[FloatArray, FloatArray], speech: tuple[FloatArray, FloatArray], rate: float = 1.0, reach: float = MAX_LAG_S
) -> Fit:  # fmt: skip
    """The lag in [−reach, reach] s at which cues, their times divided by ``rate``, lie most like speech.

    r(lag) = Σ (c(t + lag) − c̄)(s(t) − s̄) / √(Σ (c − c̄)² Σ (s − s̄)²) on a 100-Hz grid, by FFT; means over the whole, so that a
    lag with little overlap gains nothing. Where enough cue edges find an edge of speech, their median distances refine it: a cue
    that begins before its speech and ends after it has no offset, else the nearer of both distances counts.
    """
    starts, ends = cues[0] / rate, cues[1] / rate
    count = int(np.ceil(max(float(ends.max()), float(speech[1].max())) * GRID_HZ)) + 1
    c, s = on_grid(starts, ends, count), on_grid(*speech, count)
    c, s = c - c.mean(), s - s.mean()
    scale = float(np.sqrt((c @ c) * (s @ s)))
    if scale <= 0:
        return Fit(0.0, 0.0, 0.0)
    widest = min(round(reach * GRID_HZ), count - 1)
    size = 1 << int(np.ceil(np.log2(2 * count)))
    whole = np.fft.irfft(np.fft.rfft(c, size) * np.conj(np.fft.rfft(s, size)), size) / scale
    r = np.concatenate([whole[-widest:], whole[: widest + 1]]) if widest else whole[:1]
    best = int(np.argmax(r))
    far = np.abs(np.arange(len(r)) - best) >= RIVAL_S * GRID_HZ
    lead = float(r[best] - max(float(r[far].max()), 0.0)) if far.any() else float(r[best])
    lag = (best - widest) / GRID_HZ
    first, last = lag + _beside(starts - lag, speech[0]), lag + _beside(ends - lag, speech[1])
    offset = 0.0 if first * last <= 0 else min(first, last, key=abs)
    return Fit(offset, float(r[best]), lead)


def _beside(edges: FloatArray, spoken: FloatArray) -> float:
    """Median distance from the nearest of ``spoken`` (rising) to each of ``edges``, seconds; 0 where too few find one."""
    right = (
        np.searchsorted(spoken, edges).clip(1, max(len(spoken) - 1, 1))
        if len(spoken) > 1
        else np.zeros(len(edges), np.intp)
    )
    left = np.maximum(right - 1, 0)
    apart = np.where(
        np.abs(edges - spoken[left]) <= np.abs(edges - spoken[right]), edges - spoken[left], edges - spoken[right]
    )
    near = np.abs(apart) <= EDGE_REACH_S
    return float(np.median(apart[near])) if near.mean() >= MATCHED_SHARE else 0.0


def best_rate(cues: tuple[FloatArray, FloatArray], speech: tuple[FloatArray, FloatArray]) -> tuple[float, Fit]:
    """The rate of ``RATES`` whose fit is most like speech, with that fit; another than 1 must gain ``RATE_GAIN``."""
    fits = [(rate, best_fit(cues, speech, rate)) for rate in RATES]
    best = max(fits, key=lambda f: f[1].likeness)
    return best if best[1].likeness >= fits[0][1].likeness + RATE_GAIN else fits[0]


def uncovered(
    speech: tuple[FloatArray, FloatArray], cues: tuple[FloatArray, FloatArray], margin: float
) -> tuple[FloatArray, FloatArray]:
    """Parts of speech that no cue, widened by ``margin`` s at both ends, covers: (starts, ends), seconds."""
    end = max([*speech[1].tolist(), *cues[1].tolist(), 0.0])
    count = int(np.ceil((end + margin) * GRID_HZ)) + 1
    bare = on_grid(*speech, count) > on_grid(cues[0] - margin, cues[1] + margin, count)
    edges = np.diff(bare.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges == 1) / GRID_HZ, np.flatnonzero(edges == -1) / GRID_HZ


def spoken_share(
    speech: tuple[FloatArray, FloatArray], cues: tuple[FloatArray, FloatArray], margin: float
) -> FloatArray:
    """For each cue the share of [start − margin, end + margin] in which somebody speaks, (n,) in [0, 1]."""
    left, right = cues[0] - margin, cues[1] + margin
    edges = np.concatenate([[-np.inf], np.column_stack(speech).reshape(-1)]) if len(speech[0]) else np.array([-np.inf])
    total = np.concatenate([[0.0], np.cumsum(speech[1] - speech[0])])

    def before(t: FloatArray) -> FloatArray:
        k = np.searchsorted(edges, t, side="right") - 1
        inside = k % 2 == 1
        begun: FloatArray = total[k // 2] + np.where(inside, t - np.where(inside, edges[k], 0.0), 0.0)
        return begun

    share: FloatArray = np.clip((before(right) - before(left)) / np.maximum(right - left, 1 / GRID_HZ), 0, 1)
    return share
