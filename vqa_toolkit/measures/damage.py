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
    if len(x) < RUN + 1:
        return np.zeros(x.shape[1])
    return np.array([_flat_tops(y) + _flat_tops(-y) for y in np.ascontiguousarray(x.T)])


def _flat_tops(y: NDArray[np.floating]) -> float:
    """Share of ``y`` (n,) in runs at its positive peak."""
    peak = float(y.max())
    if peak <= LEAST_PEAK:
        return 0.0
    high = np.flatnonzero(y[1:] > (1 - FLAT) * peak)  # few samples are: only these are looked at further
    level = high[np.abs(y[high + 1] - y[high]) <= 5e-4 * peak]
    return float(np.count_nonzero(level[RUN - 2 :] - level[: len(level) - (RUN - 2)] == RUN - 2)) / (len(y) - RUN + 1)


class Levels(NamedTuple):
    """RMS and noise floor of a stretch of sound, dBFS, (channels,) each."""

    rms: NDArray[np.float64]
    floor: NDArray[np.float64]


def levels(x: NDArray[np.floating], rate: int) -> Levels:
    """RMS of ``x`` (n, channels), and the level of its quietest tenth of 10-ms frames, both without their mean."""
    channels = np.ascontiguousarray(x.T)
    centred = channels - channels.mean(axis=1, keepdims=True, dtype=np.float64).astype(channels.dtype)
    size = max(1, round(0.01 * rate))
    frames = centred[:, : len(x) // size * size].reshape(x.shape[1], -1, size)
    power = np.einsum("cfs,cfs->cf", frames, frames).astype(np.float64) / size
    quiet = np.sort(power, axis=1)[:, : max(1, power.shape[1] // 10)].mean(axis=1)
    return Levels(_dbfs(power.mean(axis=1)), _dbfs(quiet))


def _dbfs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(10 * np.log10(power + 1e-30), FLOOR_DBFS))
