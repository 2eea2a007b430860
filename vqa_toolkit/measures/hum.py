"""Mains lines: how high 50·k or 60·k Hz stand over what surrounds them, and where exactly."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.measures.damage import hann
from vqa_toolkit.measures.hum_lines import LOW_RATE

STEP_HZ = 0.1  # grid of fundamentals
GRID = np.round(np.concatenate([np.arange(49.0, 51.01, STEP_HZ), np.arange(59.0, 61.01, STEP_HZ)]), 2)
HARMONICS = 10
BIN_HZ = 1.0  # of a one-second window
NEAR_HZ, FAR_HZ = 6.0, 22.0  # a line is compared with what lies so far beside it
TOP_HZ = 720.0
FLOOR = 1.5e-8  # power: below, nothing is a line


class Mains(NamedTuple):
    """The best mains fundamental of each window (n,) in Hz, and how high its lines stand, dB (mean of the best four)."""

    f0_hz: NDArray[np.float64]
    over_db: NDArray[np.float64]


@lru_cache(maxsize=1)
def _bins() -> NDArray[np.int64]:
    """Spectrum bins (len(GRID), HARMONICS) of every partial of every fundamental."""
    return np.round(GRID[:, None] * np.arange(1, HARMONICS + 1) / BIN_HZ).astype(np.int64)


def mains(windows: NDArray[np.floating]) -> Mains:
    """Windows (n, m) of one second at 4 kHz (``hum_lines.lowered``) → :class:`Mains`. Silence gives 0 dB.

    Level L(f) of the Hann-windowed spectrum; over(f) = L(f) − mean of L at 6–22 Hz on both sides; for each f0 of the
    grid the mean of its four highest over(k·f0), k = 1…10; the f0 with the highest mean is reported.
    """
    from scipy.fft import rfft

    spectrum = rfft(windows * hann(windows.shape[1]).astype(np.float32), LOW_RATE, axis=1)
    low = spectrum[:, : int((TOP_HZ + FAR_HZ) / BIN_HZ) + 1]
    level = 10 * np.log10(low.real**2 + low.imag**2 + FLOOR)
    over = level - surroundings(level)
    lines = np.sort(over[:, np.minimum(_bins(), over.shape[1] - 1)], axis=2)[:, :, -4:].mean(axis=2)
    best = np.argmax(lines, axis=1)
    return Mains(GRID[best], lines[np.arange(len(lines)), best])


def surroundings(level: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean of the bins 6 to 22 Hz away on both sides, (n, bins) dB."""
    from scipy.ndimage import uniform_filter1d

    near, far = 2 * round(NEAR_HZ / BIN_HZ) - 1, 2 * round(FAR_HZ / BIN_HZ) + 1
    wide = uniform_filter1d(level, far, axis=1, mode="reflect") * far
    inner = uniform_filter1d(level, near, axis=1, mode="reflect") * near
    return np.asarray((wide - inner) / (far - near))
