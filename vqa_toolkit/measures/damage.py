"""Flat tops and noise floors: what clipping and hiss leave in the samples themselves."""

from __future__ import annotations

from functools import lru_cache
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


APART = 1.5  # a partial lies further from the strongest line than this ratio; a tone that glides stays within it
LOBE = 4  # bins on both sides that a steady line fills (Hann)
TONE_SIZE = 8192  # samples looked at


def beside_tone(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """Power of the middle of ``x`` (n, channels) further than a ratio of 1.5 from its strongest line, over all, dB; (channels,).

    What bends a wave makes partials of its tones, at twice or three times their frequency or folded to anywhere. Where
    hardly anything lies beside one line (line-up tones, whistles, sweeps), nothing was bent.
    """
    from scipy.fft import rfft

    size = min(len(x), TONE_SIZE)
    if size < 4 * LOBE:
        return np.zeros(x.shape[1])
    middle = (len(x) - size) // 2
    spectrum = rfft(np.ascontiguousarray(x[middle : middle + size].T) * hann(size).astype(x.dtype), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float64)
    total = np.pad(np.cumsum(power, axis=1), ((0, 0), (1, 0)))
    top = np.argmax(power, axis=1)
    low = np.maximum(np.minimum((top / APART).astype(int), top - LOBE), 0)
    high = np.minimum(np.maximum((top * APART).astype(int), top + LOBE) + 1, power.shape[1])
    rows = np.arange(len(power))
    near = total[rows, high] - total[rows, low]
    return np.asarray(10 * np.log10((total[:, -1] - near + 1e-30) / (total[:, -1] + 1e-20) + 1e-12))


@lru_cache(maxsize=16)
def hann(size: int) -> NDArray[np.float64]:
    """Hann's window."""
    return np.hanning(size)


FRAME, GROUP = 2048, 32  # samples of a spectrum; its bins in a band
LOW_SHARE = 0.2  # of a band's cells hold nothing but noise: partials leave room between them, syllables after them


def steady_noise(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """Level of the steady noise in a stretch of sound (n, channels), also beneath sound that never pauses, dBFS; (channels,).

    Power spectra of every other frame of 2048; in each band of 32 bins the quantile 0.2 of all cells, whose mean, if they are noise
    (exponentially distributed), is higher by 1/−ln(1 − 0.2); summed over the bands.
    """
    from scipy.fft import rfft

    count = len(x) // FRAME
    if not count:
        return np.full(x.shape[1], FLOOR_DBFS)
    window = hann(FRAME)
    frames = np.ascontiguousarray(x[: count * FRAME].T).reshape(x.shape[1], count, FRAME)[:, ::2]
    spectrum = rfft(frames * window.astype(x.dtype), axis=2)[..., 1:]
    power = (spectrum.real**2 + spectrum.imag**2).reshape(x.shape[1], frames.shape[1], -1, GROUP)
    cells = power.transpose(0, 2, 1, 3).reshape(x.shape[1], power.shape[2], -1)
    low = int(LOW_SHARE * cells.shape[2])
    noise = np.partition(cells, low, axis=2)[..., low].astype(np.float64).sum(axis=1) * GROUP / -np.log(1 - LOW_SHARE)
    return _dbfs(2 * noise / (FRAME * np.square(window).sum()))


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
