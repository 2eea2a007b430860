"""How much a picture changes, and which stretches of the change curves show nothing new."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span, hysteresis, runs, spans
from vqa_toolkit.measures.blocks import block_means, difference_noise, structured_change

LOOK_BACK_S = 0.4  # slow zooms and pans show against a picture this much earlier
POP = 1.6  # times the limit that a key frame's coding step within a noisy freeze may reach
EXACT = 0.15  # code values: median change up to which repeats count as exact; coding alone leaves 0.0 to 0.1
DEAD = 0.1  # code values: mean change of a shot in which not even grain moves, so that exact repeats are nothing new
CUT_OUT = (
    2.0  # times the change of the second before: what a cut changes at least, while a pan that stops changes as ever
)
FADE_S = 0.5  # s before a stretch that must hold nothing but a fade for its picture to have faded in
FADES = 2.0  # times what may be redrawn: less drift than that is a calm shot
CONTEXT_S = 1.0  # s before a stretch that tell whether the shot moved at all


class Changes:
    """Compares each picture with the one before it and with the one :data:`LOOK_BACK_S` s before it."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, NDArray[np.uint8]]] = deque()

    def push(self, t: float, luma: NDArray[np.uint8]) -> tuple[float, float, float, float]:
        """Luma (h, w) of the next picture, at ``t`` s → its change, drift, step and redrawn part, code values; the first is
        all new."""
        if not self._past:
            self._past.append((t, luma.copy()))
            return (255.0, 255.0, 255.0, 255.0)
        while len(self._past) > 1 and self._past[1][0] <= t - LOOK_BACK_S:
            self._past.popleft()
        before, earlier = self._past[-1][1], self._past[0][1]
        change = step = noise = 0.0
        if not np.array_equal(luma, before):
            noise = difference_noise(luma, before)
            change = structured_change(luma, before, noise)
            step = float(np.mean(np.abs(luma[::2, ::2].astype(np.int16) - before[::2, ::2])))
        drift = change if earlier is before else structured_change(luma, earlier, noise)
        self._past.append((t, luma.copy()))
        return change, drift, step, redrawn(luma, earlier) if drift > 0 else 0.0


def redrawn(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """How much two pictures (h, w) differ beyond brightness and contrast, code values: the 99.5th percentile over blocks of
    what is left when the one of less contrast is told from the other. A fade from or to a flat picture leaves 0."""
    weak, strong = sorted((block_means(a).ravel(), block_means(b).ravel()), key=lambda means: float(np.var(means)))
    centred = strong - strong.mean()
    gain = float(centred @ (weak - weak.mean())) / max(float(centred @ centred), 1e-9)
    left = np.abs(weak - weak.mean() - max(gain, 0.0) * centred)
    return float(np.quantile(left, 0.995))


def still_stretches(change: Signal, drift: Signal, change_limit: float, drift_limit: float) -> list[Span]:
    """Spans in which neither ``change`` (from frame to frame) nor ``drift`` (over 0.4 s) reaches its limit.

    Single steps up to :data:`POP` times the change limit do not end a span. Drift counts once its look-back lies inside.
    """
    unchanged = hysteresis(-change.v, -change_limit, -POP * change_limit)
    firsts, lasts = runs(unchanged)
    if not len(firsts):
        return []
    began = np.repeat(change.t[firsts], lasts - firsts + 1)
    at = np.flatnonzero(unchanged)
    still = np.zeros(len(unchanged), dtype=bool)
    still[at] = ~((drift.v[at] >= drift_limit) & (change.t[at] >= began + LOOK_BACK_S))
    return spans(change, still)


def activity_before(curve: Signal, first: int) -> float:
    """Median of ``curve`` over the second before item ``first``; infinity when nothing lies before it."""
    start = float(curve.t[first])
    before = curve.v[:first][curve.t[:first] >= start - CONTEXT_S]
    return float(np.median(before)) if before.size else float("inf")


def was_calm(drift: Signal, step: Signal, first: int, exact: bool, least: float) -> bool:
    """Whether the shot hardly moved before item ``first`` either: its ``drift`` stayed below ``least`` and, where the still
    pictures are ``exact`` repeats, not even grain moved."""
    return activity_before(drift, first) < least and (not exact or activity_before(step, first) < DEAD)


def faded_in(drift: Signal, redrawn: Signal, first: int, least: float) -> bool:
    """Whether the half second before item ``first`` is there and shows one picture getting brighter or darker: ``drift`` is
    :data:`FADES` times ``least`` code values, and nothing is ``redrawn`` by ``least``."""
    start = float(redrawn.t[first]) - FADE_S
    before = slice(int(np.searchsorted(redrawn.t, start)), first)
    if float(redrawn.t[0]) > start or before.start >= first:
        return False
    return bool(redrawn.v[before].max() < least and np.median(drift.v[before]) >= FADES * least)


def was_cut_to(step: Signal, first: int, least: float) -> bool:
    """Whether item ``first`` shows another picture than the one before: it changes by ``least`` code values on average and,
    where the shot before moved, far more than that motion."""
    moved = activity_before(step, first)
    return bool(step.v[first] >= least and (math.isinf(moved) or step.v[first] >= CUT_OUT * moved))
