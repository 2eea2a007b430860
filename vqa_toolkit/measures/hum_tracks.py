"""Mains lines followed through a short sound: a line of the mains keeps its frequency and its level, an engine does not.

Windows of 1.5 s every half second fit into sounds that are too short for those of :mod:`hum_lines`. In each the highest
peak within ± 1 % of every multiple of 50 and 60 Hz is placed by a parabola, far below the bin's width: a chainsaw, a
helicopter or a wave wanders by tenths of a hertz from one window to the next, a singer by whole ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Curve, Signal
from vqa_toolkit.measures.artifact_spans import Found
from vqa_toolkit.measures.damage import hann
from vqa_toolkit.measures.hum_lines import FLOOR, LOBE_DB, LOW_RATE, WindowScan

WINDOW_S, HOP_S = 1.5, 0.5
LONG_S = 5.0  # from here on windows of 4 s speak
PADDED = 4  # times the window's length: bins of 1/6 Hz, in which the parabola errs by less than 0.01 Hz
BIN_HZ = 1 / (PADDED * WINDOW_S)
NOMINAL = np.array(sorted({50 * k for k in range(1, 9)} | {60 * k for k in range(1, 8)}), np.float64)  # up to 420 Hz
MAINS_SHARE = 0.01  # of a line's frequency: EN 50160
BESIDE_HZ, AROUND_HZ = (2.0, 4.0), (2.0, 12.0)  # as in hum_lines, for a main lobe of ± 4/3 Hz
KEPT = 4  # highest lines of a window that are listed
STEADY_HZ = 0.05  # from the line's median: lines 13 dB high are placed so (development); most engines wander by more
STEADY_DB = (
    3.0  # from the line's median: a hum that swings slowly by 30 % keeps within it; what passes by or decays does not
)
MANY = (
    5  # windows (3.5 s): where so many agree, a line of half the height is sure; development: hum kept, no engine more
)
FOLLOWED = 0.75  # of a span's windows, of which the first and last may lie half outside the hum


class Peaks(NamedTuple):
    """Per window and nominal line, (n, 13): frequency in Hz, height over what surrounds it in dB, and level in dBFS."""

    hz: NDArray[np.floating]
    over: NDArray[np.floating]
    level: NDArray[np.floating]


def peaks(windows: NDArray[np.floating]) -> Peaks:
    """Windows (n, m) of 1.5 s at 4 kHz → :class:`Peaks`.

    L(f) is the Hann spectrum's level. Per multiple F of 50 and 60 Hz up to 420 Hz, f = argmax of L within F ± 1 %, and
    over = min(L(f) − Q75 of L 2–12 Hz away, on either side, L(f) − highest L 2–4 Hz away + 3 dB), at least 0; 0 where L
    goes on rising beyond F ± 1 %. f is refined by the parabola through L at f and beside it.
    """
    from scipy.fft import rfft

    size = windows.shape[1]
    window = hann(size).astype(np.float32)
    top = int((NOMINAL[-1] * (1 + MAINS_SHARE) + AROUND_HZ[1]) / BIN_HZ) + 3
    spectrum = rfft(windows * window, round(LOW_RATE / BIN_HZ), axis=1)[:, :top] / (window.sum() / 2)
    level = 10 * np.log10(spectrum.real**2 + spectrum.imag**2 + FLOOR / size)
    place = np.stack([_highest(level, f) for f in NOMINAL], axis=1)  # (n, lines)
    reach = round(AROUND_HZ[1] / BIN_HZ)
    near = np.take_along_axis(level[:, None], place[..., None] + np.arange(-reach, reach + 1), axis=2)
    first, feet_to = round(BESIDE_HZ[0] / BIN_HZ), round(BESIDE_HZ[1] / BIN_HZ)
    before, after = near[..., : reach - first + 1], near[..., reach + first :]
    quartile = int(0.75 * before.shape[-1])
    around = np.maximum(*(np.partition(side, quartile, axis=-1)[..., quartile] for side in (before, after)))
    width = feet_to - first + 1
    feet = np.maximum(before[..., -width:].max(axis=-1), after[..., :width].max(axis=-1))
    below, own, above = (near[..., reach + k] for k in (-1, 0, 1))
    inside = (own >= below) & (own >= above)
    bend = np.where(inside, np.minimum(below - 2 * own + above, -1e-9), -1.0)
    hz = (place + np.where(inside, 0.5 * (below - above) / bend, 0.0)) * BIN_HZ
    return Peaks(hz, np.where(inside, np.maximum(np.minimum(own - around, own - feet + LOBE_DB), 0.0), 0.0), own)


def _highest(level: NDArray[np.floating], hz: float) -> NDArray[np.intp]:
    """The bin (n,) of the highest level within ± 1 % of a frequency."""
    first, last = int(hz * (1 - MAINS_SHARE) / BIN_HZ), int(np.ceil(hz * (1 + MAINS_SHARE) / BIN_HZ))
    return np.asarray(first + np.argmax(level[:, first : last + 1], axis=1))


class TrackScan(WindowScan):
    """The four highest :func:`peaks` of every channel, each half second; an item stands for its window's middle half second."""

    def __init__(self, channels: int) -> None:
        axes = (
            Axis("channel", "", tuple(float(c) for c in range(channels))),
            Axis("line", "", tuple(float(k) for k in range(KEPT))),
            Axis("field", "", (0.0, 1.0, 2.0)),
        )
        super().__init__(WINDOW_S, HOP_S, Curve("hum_tracks", "Hz, dB, dBFS", axes))

    def rows(self, windows: NDArray[np.floating]) -> NDArray[np.floating]:
        """(n, 4, 3) of :class:`Peaks`."""
        found = peaks(windows)
        highest = np.argsort(-found.over, axis=1, kind="stable")[:, :KEPT]
        return np.stack([np.take_along_axis(field, highest, axis=1) for field in found], axis=2)


def wanders(found: Found, signal: Signal, least: float) -> bool:
    """Whether windows lie within a span of less than 5 s and in none of its channels a line is :func:`followed`."""
    if found.end - found.start >= LONG_S - 1e-6:
        return False
    begins = signal.t - (WINDOW_S - HOP_S) / 2
    inside = (begins >= found.start - HOP_S / 2) & (begins + WINDOW_S <= found.end + HOP_S / 2)
    return bool(inside.any()) and not any(followed(signal.v[inside, c], least) for c in found.channels)


def followed(windows: NDArray[np.floating], least: float) -> bool:
    """Whether three quarters of the windows (n, lines, 3) or more show one line by ``least`` dB (half of it where n ≥ 5)
    at a frequency within 0.05 Hz and a level within 3 dB of its medians."""
    hz, over, level = (windows[..., k] for k in range(3))
    line = np.abs(hz[..., None] - NOMINAL).argmin(axis=-1)
    high = over >= (least if len(windows) < MANY else least / 2)
    for one in np.unique(line[high]):
        mine = high & (line == one)
        apart = np.abs(hz[mine] - np.median(hz[mine])) <= STEADY_HZ
        steady = np.abs(level[mine] - np.median(level[mine])) <= STEADY_DB
        if np.count_nonzero(apart & steady) >= FOLLOWED * len(windows) - 1e-6:
            return True
    return False
