"""ITU-R BS.1770-5 loudness and true peak, EBU Tech 3342 loudness range."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
RANGE_GATE_LU = -20.0  # EBU Tech 3342
BLOCK_S = 0.1  # s; gating blocks overlap by 75 % of 400 ms
OFFSET_LUFS = -0.691
SURROUND_WEIGHT = 1.41  # channels at ±60° to ±120°
OVERSAMPLING = 4
KAISER_BETA = 8.0
RESPONSE_S = 0.2  # s; the slowest pole pair (38 Hz, Q 0.5) has fallen by 400 dB there
_IDENTITY = np.ones(1, dtype=np.float32)
_SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)  # BS.1770 pre-filter: f0 Hz, gain dB, Q
_HIGH_PASS = (38.13547087602444, 0.5003270373238773)  # RLB filter: f0 Hz, Q


@cache
def k_weighting(rate: int) -> NDArray[np.float64]:
    """The K-weighting as two second-order sections (2, 6) at ``rate`` samples/s.

    Bilinear designs of BS.1770's analogue prototypes; at 48 kHz they equal the table of the recommendation to 1e-6.
    """
    f0, gain, q = _SHELF
    k = np.tan(np.pi * f0 / rate)
    vh = 10 ** (gain / 20)
    vb = vh**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = [(vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0,
             1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]  # fmt: skip
    f0, q = _HIGH_PASS
    k = np.tan(np.pi * f0 / rate)
    a0 = 1 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
    return np.array([shelf, high_pass])


def channel_weights(layout: str, channels: int) -> NDArray[np.float64]:
    """BS.1770 weights (channels,): 1 for front, 1.41 for surround, 0 for LFE; by FFmpeg channel layout name."""
    weights = np.ones(channels)
    if layout.startswith(("5.1", "7.1")) and channels >= 6:
        weights[3] = 0.0
        weights[4 : 8 if layout.startswith("7.1") else 6] = SURROUND_WEIGHT
    elif layout.startswith(("5.0", "quad", "4.0")) and channels >= 4:
        weights[-2:] = SURROUND_WEIGHT
    elif layout == "2.1" and channels == 3:
        weights[2] = 0.0
    return weights


def lufs(energy: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Loudness in LUFS of weighted mean-square ``energy``: −0.691 + 10·log10(energy); −inf for silence."""
    with np.errstate(divide="ignore"):
        loudness: NDArray[np.float64] = OFFSET_LUFS + 10 * np.log10(np.asarray(energy, dtype=np.float64))
    return loudness


def windows(energy: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Mean energy of every run of ``length`` blocks: (n,) → (n − length + 1,)."""
    if len(energy) < length:
        return np.empty(0)
    total = np.concatenate([[0.0], np.cumsum(energy, dtype=np.float64)])
    return np.asarray(np.maximum((total[length:] - total[:-length]) / length, 0.0))


def integrated(energy: NDArray[np.float64]) -> float:
    """Gated programme loudness, LUFS, from 100-ms block energies (n,): 400-ms blocks, 75 % overlap, two gates. NaN when
    nothing passes the absolute gate."""
    blocks = windows(energy, 4)
    loud = blocks[lufs(blocks) > ABSOLUTE_GATE_LUFS]
    if not loud.size:
        return float("nan")
    gate = float(lufs(loud.mean())) + RELATIVE_GATE_LU
    kept = loud[lufs(loud) > gate]
    return float(lufs(kept.mean())) if kept.size else float("nan")


def loudness_range(energy: NDArray[np.float64]) -> float:
    """LRA in LU (EBU Tech 3342): spread from the 10th to the 95th percentile of gated short-term loudness; NaN if none."""
    blocks = windows(energy, 30)
    loud = blocks[lufs(blocks) > ABSOLUTE_GATE_LUFS]
    if not loud.size:
        return float("nan")
    kept = lufs(loud[lufs(loud) > float(lufs(loud.mean())) + RANGE_GATE_LU])
    low, high = np.percentile(kept, [10, 95])
    return float(high - low)


INTERPOLATOR_REACH = 12  # input samples that the interpolation filter looks to each side


@cache
def _interpolators() -> NDArray[np.float32]:
    """(3, 25) taps that give the values a quarter, a half and three quarters after a sample: a sinc under Kaiser's window."""
    distance = np.arange(-INTERPOLATOR_REACH * OVERSAMPLING, INTERPOLATOR_REACH * OVERSAMPLING + 1) / OVERSAMPLING
    taps = np.sinc(distance) * np.kaiser(len(distance), KAISER_BETA)
    # Correlation: the tap for the sample at offset k is the filter at k − phase / 4.
    rows = [np.pad(taps[OVERSAMPLING - phase :: OVERSAMPLING], (1, 0)) for phase in range(1, OVERSAMPLING)]
    return np.asarray([row / row.sum() for row in rows], dtype=np.float32)


def true_peak(samples: NDArray[np.float32], first: int = 0, count: int | None = None) -> NDArray[np.float64]:
    """Largest absolute value around each sample after fourfold oversampling, over all channels: (n, ch) → (count,).

    ``first`` samples before and all beyond ``first + count`` only give the filter its context. Linear, full scale = 1.
    """
    wanted = len(samples) - first if count is None else count
    if not wanted:
        return np.empty(0)
    channels = np.ascontiguousarray(samples.T, dtype=np.float32)
    peak = np.abs(channels[:, first : first + wanted])
    for taps in _interpolators():
        between = cv2.sepFilter2D(channels, cv2.CV_32F, taps, _IDENTITY, borderType=cv2.BORDER_CONSTANT)
        np.maximum(peak, np.abs(between[:, first : first + wanted]), out=peak)
    return np.asarray(peak.max(axis=0), dtype=np.float64)


@cache
def k_response(rate: int) -> NDArray[np.float64]:
    """Impulse response (n,) of the K-weighting at ``rate`` samples/s, as long as double precision can tell it from zero."""
    response = np.zeros(round(RESPONSE_S * rate))
    response[0] = 1.0
    for b0, b1, b2, _, a1, a2 in k_weighting(rate).tolist():
        x1 = x2 = y1 = y2 = 0.0
        for i, x in enumerate(response.tolist()):
            y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x1, x2, y1, y2 = x, x1, y, y1
            response[i] = y
    return response


class BlockMeter:
    """Sound in pieces of any size → energy and true peak of whole 100-ms blocks; the pieces' borders leave no trace."""

    def __init__(self, rate: int, weights: NDArray[np.float64]) -> None:
        self._size = round(BLOCK_S * rate)
        self._weights = weights
        self._response = k_response(rate)
        self._spectra: dict[int, NDArray[np.complex128]] = {}
        self._heard = np.zeros((len(self._response) - 1, len(weights)))  # the samples that still ring
        self._t: NDArray[np.float64] = np.empty(0)
        self._weighted: NDArray[np.float64] = np.empty((0, len(weights)))
        self._raw: NDArray[np.float32] = np.empty((0, len(weights)), dtype=np.float32)
        self._before = self._raw  # the samples just measured: context of the interpolation filter

    def push(self, t: NDArray[np.float64], samples: NDArray[np.float32]) -> tuple[NDArray[np.float64], ...]:
        """Blocks completed by ``samples`` (n, ch) at times ``t``: (start times, weighted mean squares, linear true peaks)."""
        self._weighted = np.concatenate([self._weighted, self._weigh(samples)])
        self._raw = np.concatenate([self._raw, samples])
        self._t = np.concatenate([self._t, t])
        # The newest samples wait, so that the interpolation filter sees past the end of the last whole block.
        return self._take(max((len(self._t) - INTERPOLATOR_REACH) // self._size, 0))

    def _weigh(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """``samples`` after the K-weighting, (n, ch): convolution by overlap-save, the pieces' borders exact.

        SciPy's ``sosfilt`` gives the same to 1e-12; loading that package takes longer than weighting a minute of sound.
        """
        ringing = len(self._heard)
        heard = np.concatenate([self._heard, samples])
        self._heard = heard[len(heard) - ringing :]
        size = 1 << (len(heard) - 1).bit_length()
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self._response, size)
        columns = [
            np.fft.irfft(np.fft.rfft(c, size) * self._spectra[size], size)[ringing : len(heard)] for c in heard.T
        ]
        return np.stack(columns, axis=1)

    def flush(self) -> tuple[NDArray[np.float64], ...]:
        """The whole blocks that still waited; a last part of a block is dropped, as BS.1770 says."""
        return self._take(len(self._t) // self._size)

    def _take(self, blocks: int) -> tuple[NDArray[np.float64], ...]:
        size = blocks * self._size
        if not blocks:
            return np.empty(0), np.empty(0), np.empty(0)
        starts = self._t[: size : self._size]
        squares = (self._weighted[:size] ** 2).reshape(blocks, self._size, -1).mean(axis=1)
        peaks = true_peak(
            np.concatenate([self._before, self._raw[: size + INTERPOLATOR_REACH]]), len(self._before), size
        )
        self._before = self._raw[max(size - INTERPOLATOR_REACH, 0) : size]
        self._t, self._raw, self._weighted = self._t[size:], self._raw[size:], self._weighted[size:]
        return starts, squares @ self._weights, peaks.reshape(blocks, self._size).max(axis=1)
