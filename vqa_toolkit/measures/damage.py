"""Flat tops and noise floors: what clipping and hiss leave in the samples themselves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FLAT = 0.004  # of the peak: samples this near to it are as high as it is
RUN = 3  # samples in a row; a sine at 1/40 of the rate has no more within 0.4 % of its top
LEAST_PEAK = 1e-3  # of full scale: below, quantisation makes tops flat
FLOOR_DBFS = -120.0


def flat_top_share(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """Share of samples of ``x`` (n, channels) in runs of three or more at the positive or negative peak; (channels,).

    A clean wave has few: the top of a sine of f Hz holds about 0.028·rate/f samples within 0.4 %, once a period. So the
    share expected of a sine, 2·acos(1 − 0.004)/π ≈ 5.7 % for a pure low tone, is also subtracted where the runs are no
    longer than that of the wave's own curvature: runs must be flat, |x[i+1] − x[i]| ≤ 0.05 % of the peak.
    """
    total = np.zeros(x.shape[1])
    if len(x) < RUN + 1:
        return total
    for y in (x, -x):
        peak = y.max(axis=0)
        step = np.abs(np.diff(y, axis=0))
        level = (y[1:] > (1 - FLAT) * peak) & (step <= 5e-4 * np.maximum(peak, LEAST_PEAK))
        runs = level[RUN - 2 :].copy()
        for k in range(RUN - 2):
            runs &= level[k : len(level) - (RUN - 2 - k)]
        total += np.where(peak > LEAST_PEAK, runs.mean(axis=0), 0.0)
    return total


class Levels(NamedTuple):
    """RMS and noise floor of a stretch of sound, dBFS, (channels,) each."""

    rms: NDArray[np.float64]
    floor: NDArray[np.float64]


def levels(x: NDArray[np.floating], rate: int) -> Levels:
    """RMS of ``x`` (n, channels), and the level of its quietest tenth of 10-ms frames, both without their mean."""
    centred = x - x.mean(axis=0)
    size = max(1, round(0.01 * rate))
    frames = centred[: len(x) // size * size].reshape(-1, size, x.shape[1])
    power = np.square(frames, dtype=np.float64).mean(axis=1)
    quiet = np.sort(power, axis=0)[: max(1, len(power) // 10)].mean(axis=0)
    return Levels(_dbfs(power.mean(axis=0)), _dbfs(quiet))


def _dbfs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(10 * np.log10(power + 1e-30), FLOOR_DBFS))
