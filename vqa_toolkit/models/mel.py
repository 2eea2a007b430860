"""Log-mel spectrograms on the one clock: frame ``k`` is centred on ``k`` × 10 ms, whatever the sound's first sample."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 16_000  # samples/s; speech lies below 8 kHz (SyncNet, Chung & Zisserman 2016)
HOP = 160  # samples: 10 ms, four frames to a picture at 25 frames/s
WINDOW = 400  # samples: 25 ms, the usual for speech
FFT = 512  # points
BANDS = 80
LOW_HZ, HIGH_HZ = 55.0, 7_600.0  # band edges; above, lossy codecs leave nothing
FLOOR = 1e-6  # power added before the logarithm: about -60 dB re a full-scale sine's band power

Floats = NDArray[np.float32]


def _mel(hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))  # O'Shaughnessy 1987


@lru_cache(maxsize=1)
def filters() -> Floats:
    """Triangular mel filters (BANDS, FFT // 2 + 1), each of unit sum."""
    edges_mel = np.linspace(_mel(LOW_HZ), _mel(HIGH_HZ), BANDS + 2)
    edges = 700.0 * (10.0 ** (edges_mel / 2595.0) - 1.0)
    bins = np.arange(FFT // 2 + 1) * RATE / FFT
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    bank = np.clip(np.minimum(rising, falling), 0.0, None)
    for band in np.flatnonzero(bank.sum(axis=1) == 0):  # narrower than one bin: take the nearest bin
        bank[band, round(float(edges[band + 1]) * FFT / RATE)] = 1.0
    return np.asarray(bank / bank.sum(axis=1, keepdims=True), np.float32)


def log_mel(samples: Floats, first: int, count: int) -> Floats:
    """Log-mel power of ``count`` frames from frame ``first`` on: ``ln(mel power + FLOOR)``, (count, BANDS) float32.

    ``samples`` (n,) are at 16 kHz, sample 0 at time 0; what lies outside them counts as silence.
    """
    begin = first * HOP - WINDOW // 2
    end = (first + count - 1) * HOP + WINDOW // 2
    if count <= 0:
        return np.empty((0, BANDS), np.float32)
    inside = np.asarray(samples[max(begin, 0) : max(end, 0)], np.float32)
    padded = np.zeros(end - begin, np.float32)
    lead = max(-begin, 0)
    padded[lead : lead + len(inside)] = inside
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    spectrum = np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), FFT)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) / WINDOW
    out: Floats = np.log(power @ filters().T + np.float32(FLOOR))
    return out
