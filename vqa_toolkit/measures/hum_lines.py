"""Steady mains lines: what four seconds show of 50·k or 60·k Hz that one second cannot.

In a Hann window of 4 s a line that neither moves nor stops is four bins (1 Hz) wide and stands alone; a bass note, a drum or
a voice moves, decays or beats, and spreads into its neighbourhood. Mains keeps within ± 1 % (EN 50160), and of the tempered
scale (A = 440 Hz) no note up to 250 Hz lies within 1 % of a mains partial; the nearest is B3, 1.2 % under 250 Hz.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Curve, Signal
from vqa_toolkit.measures.artifact_spans import Found
from vqa_toolkit.measures.damage import hann
from vqa_toolkit.measures.sliding import Sliding, Window

RATE = 32_000  # samples/s of the sound measured here
DOWN = 8
LOST = 3  # samples at the lower rate that a stretch is shorter by
LOW_RATE = RATE // DOWN  # samples/s of what is measured
WINDOW_S, HOP_S = 4, 1
BIN_HZ = 1 / WINDOW_S
PARTIALS = 10
FAMILIES = (50.0, 60.0)  # Hz
GRIDS = (np.arange(49.5, 50.51, 0.05), np.arange(59.4, 60.61, 0.05))
GRID = np.concatenate(GRIDS)
BESIDE = (3, 6)  # bins: just outside the main lobe of a steady line; a skirt of something wider is as high there
AROUND = (3, 40)  # bins: 0.75 to 10 Hz away, whose upper quartile is what surrounds a line
LOBE_DB = 3.0  # what the main lobe must exceed its feet by before it counts
AGREE_HZ = 0.1  # two windows, a second apart, see one line: two steps of the grid
FLOOR = 1e-7  # power per bin, of full scale: below, nothing is a line
TOGETHER = 4  # windows measured in one call, which costs little more than one


class Lines(NamedTuple):
    """Per window and family (n, 2): the fundamental in Hz; the height of its best partial, and means of its best two and four, dB."""

    hz: NDArray[np.float64]
    one: NDArray[np.float64]
    two: NDArray[np.float64]
    four: NDArray[np.float64]


@lru_cache(maxsize=1)
def _places() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bins of all partials (m,), and which of them belong to each fundamental (len(GRID), PARTIALS)."""
    bins = np.round(GRID[:, None] * np.arange(1, PARTIALS + 1) / BIN_HZ).astype(np.int64)
    kept, back = np.unique(bins, return_inverse=True)
    return kept, back.reshape(bins.shape)


def lowered(x: NDArray[np.floating]) -> NDArray[np.floating]:
    """Samples (..., n) at 32 kHz → (..., n/8 − 3) at 4 kHz: every eighth of a mean of 8 samples, four times over (what
    would fold onto 600 Hz is 61 dB lower, onto 300 Hz 87 dB; 600 Hz itself is 1.3 dB lower)."""
    blocks = x[..., : x.shape[-1] // DOWN * DOWN].reshape(*x.shape[:-1], -1, DOWN)
    parts = blocks @ taps().astype(x.dtype)
    count = blocks.shape[-2] - LOST
    return np.asarray(sum(parts[..., k : k + count, k] for k in range(LOST + 1)))


def lowered_gain(hz: NDArray[np.floating]) -> NDArray[np.float64]:
    """What :func:`lowered` makes of the amplitude of a tone below 2 kHz: (sin(8·π·f/32000) / (8·sin(π·f/32000)))⁴."""
    angle = np.pi * np.maximum(hz, 1e-6) / RATE
    return np.asarray((np.sin(DOWN * angle) / (DOWN * np.sin(angle))) ** 4)


@lru_cache(maxsize=1)
def taps() -> NDArray[np.float64]:
    """(8, 4) weights of a block's samples in the four means that it takes part in."""
    box = np.full(DOWN, 1 / DOWN)
    twice = np.convolve(box, box)
    return np.ascontiguousarray(np.pad(np.convolve(twice, twice), (0, 3)).reshape(4, DOWN).T)


def lines(windows: NDArray[np.floating]) -> Lines:
    """Windows (n, m) of four seconds at 4 kHz → :class:`Lines`.

    L(f) is the Hann spectrum's level. over(f) = min(L(f) − Q75 of L 0.75–10 Hz away, on either side, L(f) − highest L
    0.75–1.5 Hz away + 3 dB), at least 0. Of each family's fundamentals the one whose best two and best four partials k·f0,
    k = 1…10, stand highest is reported.
    """
    from scipy.fft import rfft

    bins, partials = _places()
    size = windows.shape[1]
    reach = AROUND[1] + 1
    spectrum = rfft(windows * hann(size).astype(np.float32), WINDOW_S * LOW_RATE, axis=1)[:, : bins[-1] + reach + 1]
    level = 10 * np.log10(spectrum.real**2 + spectrum.imag**2 + FLOOR * size)
    near = np.lib.stride_tricks.sliding_window_view(level, 2 * reach - 1, axis=1)[:, bins - reach + 1]
    before, after = near[..., : reach - AROUND[0]], near[..., reach - 1 + AROUND[0] :]
    quartile = int(0.75 * before.shape[-1])
    around = np.maximum(*(np.partition(side, quartile, axis=-1)[..., quartile] for side in (before, after)))
    width = BESIDE[1] - BESIDE[0] + 1
    feet = np.maximum(before[..., -width:].max(axis=-1), after[..., :width].max(axis=-1))
    own = level[:, bins]
    over = np.maximum(np.minimum(own - around, own - feet + LOBE_DB), 0)
    best = np.sort(over[:, partials], axis=2)[..., ::-1]  # (n, fundamentals, partials), highest first
    two, four = best[..., :2].mean(axis=2), best[..., :4].mean(axis=2)
    fifty, sixty = (np.argmax(part, axis=1) for part in np.split(two + four, [len(GRIDS[0])], axis=1))
    chosen, rows = np.stack([fifty, sixty + len(GRIDS[0])], axis=1), np.arange(len(windows))[:, None]
    return Lines(GRID[chosen], best[rows, chosen, 0], two[rows, chosen], four[rows, chosen])


class WindowScan(ABC):
    """Measures whole windows of every channel; an item stands for its window's middle ``hop`` seconds."""

    def __init__(self, window_s: float, hop_s: float, curve: Curve) -> None:
        self._sliding = Sliding(round(window_s * RATE), round(hop_s * RATE), RATE)
        self._before, self._hop = (window_s - hop_s) / 2, hop_s
        self._held: list[tuple[float, NDArray[np.floating]]] = []  # middles, and the channels at 4 kHz
        self.curve = curve

    def push(self, t: NDArray[np.float64], x: NDArray[np.float32]) -> None:
        """Samples (n, channels) at 32 kHz and their times."""
        for window in self._sliding.push(t, x):
            self._hold(window)

    def close(self) -> None:
        """The end of the sound: what is left is no whole window."""
        for window in self._sliding.close():
            if window.own == len(window.samples):
                self._hold(window)
        self._measure()

    @abstractmethod
    def rows(self, windows: NDArray[np.floating]) -> NDArray[np.floating]:
        """What is measured of windows (n, m) at 4 kHz, n channels of one or more, a row of an item of ``curve`` each."""

    def _hold(self, window: Window) -> None:
        self._held.append((window.start + self._before, lowered(np.ascontiguousarray(window.samples.T))))
        if len(self._held) == TOGETHER:
            self._measure()

    def _measure(self) -> None:
        if not self._held:
            return
        middles, windows = zip(*self._held, strict=True)
        rows = self.rows(np.concatenate(windows))
        self.curve.extend(middles, rows.reshape(len(middles), -1, *rows.shape[1:]), middles[-1] + self._hop)
        self._held.clear()


class LineScan(WindowScan):
    """:func:`lines` of every channel, from windows of 4 s every second; an item stands for its window's middle second."""

    def __init__(self, channels: int) -> None:
        axes = (
            Axis("channel", "", tuple(float(c) for c in range(channels))),
            Axis("family", "Hz", FAMILIES),
            Axis("field", "", (0.0, 1.0, 2.0, 3.0)),
        )
        super().__init__(WINDOW_S, HOP_S, Curve("hum_lines", "Hz, dB, dB, dB", axes))

    def rows(self, windows: NDArray[np.floating]) -> NDArray[np.floating]:
        """(n, 2, 4) :class:`Lines`."""
        return np.stack(lines(windows), axis=2)


def whole(found: Found, signal: Signal) -> NDArray[np.intp]:
    """The windows that lie within a span, or half a second beyond it."""
    begins = signal.t - (WINDOW_S - HOP_S) / 2
    return np.flatnonzero((begins >= found.start - HOP_S / 2) & (begins + WINDOW_S <= found.end + HOP_S / 2))


def denied(found: Found, signal: Signal, least: float) -> bool:
    """Whether windows lie within a span and in none of its channels two that follow each other show one line by ``least`` dB."""
    inside = whole(found, signal)
    if len(inside) < 2:
        return False
    v = signal.v[inside][:, list(found.channels)]
    agree = np.abs(np.diff(v[..., 0], axis=0)) <= AGREE_HZ + 1e-3
    high = np.minimum(v[1:, ..., 1], v[:-1, ..., 1]) >= least
    return not bool((agree & high).any())
