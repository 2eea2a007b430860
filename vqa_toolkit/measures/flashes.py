"""Flashes per point of the picture: opposing changes of relative luminance, and of saturated red, on an area grid.

WCAG 2 and ITU-R BT.1702: a transition is a change of at least 0.1 of relative luminance (20 cd/m² on a 200 cd/m² display)
whose darker state is below 0.8 (160 cd/m²); of red, a change of at least 20 in (R − G − B)·320 with R/(R + G + B) ≥ 0.8
in the redder state. Every point keeps its last extremes, so that slow and fast changes count alike.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.events import Span
from vqa_toolkit.measures.opposed import RETURN_S, balance

LUMA_STEP, DARKER_BELOW = 0.1, 0.8
RED_STEP, RED_SHARE = 20.0, 0.8
HOLD_S = 0.1  # s: transitions of different points this near in time are one of the picture
KR, KB = 0.2126, 0.0722  # BT.709
STEPS = 1024  # of the table of linear light
TURNS_S = 1.0  # s: WCAG 2, ITU-R BT.1702: any one second
AREAS = Axis("area", "of the picture", (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0))


@lru_cache(maxsize=2)
def _linear() -> NDArray[np.float32]:
    """Linear light of R', G' or B' in [0, 1] by the sRGB curve, in :data:`STEPS` steps."""
    v = np.linspace(0, 1, STEPS)
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).astype(np.float32)


def luminance_and_red(
    luma: NDArray[np.uint8], chroma: NDArray[np.uint8], full_range: bool
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Same-sized luma (h, w) and chroma (h, w, 2) → relative luminance in [0, 1], (R − G − B)·320 ≥ 0, saturated red (bool)."""
    zero, scale, colour = (0.0, 255.0, 255.0) if full_range else (16.0, 219.0, 224.0)
    y = (luma.astype(np.float32) - zero) / scale
    pb = (chroma[..., 0].astype(np.float32) - 128) / colour
    pr = (chroma[..., 1].astype(np.float32) - 128) / colour
    r = y + 2 * (1 - KR) * pr
    b = y + 2 * (1 - KB) * pb
    g = (y - KR * r - KB * b) / (1 - KR - KB)
    table = _linear()
    rgb = [table[np.clip(c * (STEPS - 1), 0, STEPS - 1).astype(np.int16)] for c in (r, g, b)]
    light = KR * rgb[0] + (1 - KR - KB) * rgb[1] + KB * rgb[2]
    total = rgb[0] + rgb[1] + rgb[2]
    red = np.maximum(rgb[0] - rgb[1] - rgb[2], 0) * 320
    return light, red, (rgb[0] >= RED_SHARE * total) & (total > 0.02)


class Transitions:
    """Follows every point of a grid; ``push`` says which share of it just rose and which fell.

    ``turns`` (areas,) says after it how often at least each share of :data:`AREAS` has turned in the last :data:`TURNS_S`,
    each point counted for itself: halves that flash in exact opposition turn as often as one that flashes alone.
    """

    def __init__(self, step: float, darker_below: float = np.inf) -> None:
        self.step, self.darker_below = step, darker_below
        self._shown: deque[tuple[float, NDArray[Any]]] = deque()
        self._turned: deque[tuple[float, NDArray[np.bool_]]] = deque()
        self._low: NDArray[Any] | None = None

    def push(self, t: float, v: NDArray[Any], able: NDArray[np.bool_] | None = None) -> tuple[float, float]:
        """Values (h, w) of the next frame, at ``t`` seconds; ``able`` marks points that may count now.

        Returns the shares that rise and fall; what goes opposite ways side by side cancels (:mod:`.opposed`).

        A point rises when it passes its lowest value since it last fell by ``step``, and the reverse.
        """
        if self._low is None or self._low.shape != v.shape:
            self._low, self._high = v.copy(), v.copy()
            self._way = np.zeros(v.shape, np.int8)
            self._rose_at, self._fell_at = np.full(v.shape, -np.inf), np.full(v.shape, -np.inf)
            self._shown.clear()
            self._turned.clear()
            self._turns = np.zeros(v.shape, np.uint8)
            self._able = np.zeros(v.shape, bool) if able is not None else np.ones(v.shape, bool)
        if able is not None:
            able = able | self._able
        np.minimum(self._low, v, out=self._low)
        np.maximum(self._high, v, out=self._high)
        up = (v - self._low >= self.step) & (self._way <= 0)
        down = (self._high - v >= self.step) & (self._way >= 0)
        # What turned keeps only its newest extreme: from here the other way is measured.
        rose = up & (self._low < self.darker_below) if able is None else up & able
        fell = down & (v < self.darker_below) if able is None else down & able
        self._way[up], self._way[down] = 1, -1
        turned = up | down
        self._low[turned], self._high[turned] = v[turned], v[turned]
        following_up, following_down = self._way > 0, self._way < 0
        np.copyto(self._low, v, where=following_up & (v > self._low) & (v >= self._high))
        np.copyto(self._high, v, where=following_down & (v < self._high) & (v <= self._low))
        if able is not None:
            self._able = able & ~turned
        # A point shows its newest transition only: where it flashes fast, a rise must not outlast the fall after it.
        self._rose_at[rose], self._fell_at[fell] = t, t
        self._rose_at[fell], self._fell_at[rose] = -np.inf, -np.inf
        since = t - HOLD_S + 1e-6
        self._shown.append((t, v))
        while self._shown[0][0] < t - RETURN_S:
            self._shown.popleft()
        up_now, down_now = self._rose_at > since, self._fell_at > since
        shares = balance(up_now, down_now, [v for _, v in self._shown], self.step)
        self._count(t, (rose | fell) & shares.counts)
        return shares.up, shares.down

    def _count(self, t: float, turned: NDArray[np.bool_]) -> None:
        """Take in the points (h, w) that turned at ``t`` seconds, and forget those of more than :data:`TURNS_S` ago."""
        self._turned.append((t, turned))
        self._turns += turned
        while self._turned[0][0] <= t - TURNS_S + 1e-6:
            self._turns -= self._turned.popleft()[1]
        places = [int(np.ceil(area * self._turns.size - 1e-9)) for area in AREAS.values]
        self.turns = np.sort(self._turns, axis=None)[[-max(n, 1) for n in places]]


def count_transitions(
    t: NDArray[Any], rising: NDArray[Any], falling: NDArray[Any], area: float, window: float
) -> NDArray[np.int64]:
    """Alternating transitions of the picture within the last ``window`` seconds at each frame (n,).

    The picture rises when at least ``area`` of it does; another rise counts only after a fall.
    """
    up, down = np.asarray(rising) >= area, np.asarray(falling) >= area
    both = up & down
    more = np.asarray(rising) >= np.asarray(falling)
    up, down = up & (~both | more), down & (~both | ~more)
    moved = np.flatnonzero(up | down)
    ways = up[moved]
    turned = moved[np.append(True, ways[1:] != ways[:-1])[: len(moved)]]
    times = np.asarray(t, np.float64)
    counted = np.searchsorted(turned, np.arange(len(times)), "right")
    gone = np.searchsorted(times[turned], times - window + 1e-6, "right")
    return np.asarray(counted - np.minimum(gone, counted), np.int64)


def of_the_points(
    turns: Signal, rising: NDArray[Any], falling: NDArray[Any], area: float, window: float
) -> NDArray[np.int64]:
    """How often at least ``area`` of the points has turned in the last second at each frame (n,), by signal ``turns``.

    Zero where so much has not turned at one time within ``window`` seconds: specks that twinkle each for itself are no area.
    A window of less than the second that was measured is not answered.
    """
    if window < TURNS_S:
        return np.zeros(len(turns.t), np.int64)
    wide = min(int(np.searchsorted(AREAS.values, area - 1e-9)), len(AREAS.values) - 1)
    moved = np.flatnonzero(np.maximum(rising, falling) >= area)
    latest = np.searchsorted(moved, np.arange(len(turns.t)), "right") - 1
    since = turns.t - turns.t[moved[np.maximum(latest, 0)]] if len(moved) else np.full(len(turns.t), np.inf)
    return np.where((latest >= 0) & (since < window), turns.v[:, wide], 0).astype(np.int64)


def first_to_last(rising: Signal, falling: Signal, span: Span, area: float, window: float) -> tuple[float, float]:
    """From the first transition that the span's counts hold to the last one, seconds."""
    moved = np.maximum(rising.v, falling.v) >= area
    lead = (rising.t >= rising.t[span.first] - window) & (rising.t <= rising.t[span.last])
    at = np.flatnonzero(moved & lead)
    if not len(at):
        return float(rising.t[span.first]), float(rising.ends[span.last])
    # Shares are held for HOLD_S, so the last transition lies that much before the last frame that shows one.
    end = float(rising.ends[at[-1]])
    return float(rising.t[at[0]]), end if at[-1] == len(moved) - 1 else max(end - HOLD_S, float(rising.t[at[0]]))
