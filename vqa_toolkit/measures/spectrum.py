"""Sound → decibels over time and frequency, small enough to draw."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Scale = Literal["linear", "log", "mel"]
FFT = 2048  # samples: 43 ms at 48 kHz
MEL_BANDS = 128
LOG_BANDS = 220
LOW_HZ = 20.0
FLOOR_DB = -140.0


class Picture(NamedTuple):
    """Levels ``db`` (bands, columns) in dB re a full-scale sine, at ``hz`` (bands,) and ``t`` (columns,) seconds."""

    t: NDArray[np.float64]
    hz: NDArray[np.float64]
    db: NDArray[np.float32]


def picture(x: NDArray[np.floating], rate: int, start: float, *, scale: Scale = "log", columns: int = 1200) -> Picture:
    """Spectrogram of ``x`` (n,) that begins at ``start`` seconds; columns beyond ``columns`` are merged by their maximum.

    Hann windows of 2048 samples, amplitude 2/ΣW·|X|, so that a full-scale sine reads 0 dB; ``mel`` and ``log`` bands hold
    the strongest bin within them (mel: librosa's centres), so that no line is averaged away.
    """
    import librosa

    size = min(FFT, max(64, 1 << (max(len(x), 1).bit_length() - 1)))
    hop = max(size // 4, -(-len(x) // (8 * columns)))
    spectrum = np.abs(librosa.stft(np.ascontiguousarray(x, np.float32), n_fft=size, hop_length=hop)) * (4.0 / size)
    t = start + np.arange(spectrum.shape[1]) * hop / rate
    hz = np.arange(size // 2 + 1) * rate / size
    if scale == "mel":
        hz, spectrum = _banded(hz, spectrum, librosa.mel_frequencies(n_mels=MEL_BANDS, fmin=LOW_HZ, fmax=rate / 2))
    elif scale == "log":
        hz, spectrum = _banded(hz, spectrum, np.geomspace(LOW_HZ, rate / 2, LOG_BANDS))
    if len(t) > columns:
        edges = np.linspace(0, len(t), columns + 1).astype(int)[:-1]
        spectrum, t = np.maximum.reduceat(spectrum, edges, axis=1), t[edges]
    return Picture(t, hz, np.maximum(librosa.amplitude_to_db(spectrum, ref=1.0, amin=1e-7, top_db=None), FLOOR_DB))


def _banded(
    hz: NDArray[np.float64], spectrum: NDArray[np.float32], centres: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """The strongest bin around each centre, half-way to its neighbours; the nearest where none lies inside."""
    edges = np.concatenate([[0.0], (centres[1:] + centres[:-1]) / 2, [hz[-1] + 1]])
    first = np.minimum(np.searchsorted(hz, edges[:-1]), len(hz) - 1)
    last = np.searchsorted(hz, edges[1:])
    rows = [
        spectrum[a:b].max(axis=0) if b > a else spectrum[int(np.argmin(np.abs(hz - c)))]
        for a, b, c in zip(first, last, centres, strict=True)
    ]
    return centres, np.stack(rows)


def joined(pictures: list[Picture], columns: int = 2400) -> Picture:
    """Tiles of one sound, in order of time, as one picture of at most ``columns``."""
    t = np.concatenate([p.t for p in pictures])
    db = np.concatenate([p.db for p in pictures], axis=1)
    if len(t) > columns:
        edges = np.linspace(0, len(t), columns + 1).astype(int)[:-1]
        db, t = np.maximum.reduceat(db, edges, axis=1), t[edges]
    return Picture(t, pictures[0].hz, db)


def envelope(x: NDArray[np.floating], rate: int, start: float, columns: int = 1200) -> tuple[NDArray[np.float64], ...]:
    """Times (m,), lowest and highest sample (m,) of at most ``columns`` stretches of ``x`` (n,)."""
    edges = np.unique(np.linspace(0, len(x), min(columns, max(len(x), 1)) + 1).astype(int))[:-1]
    return start + edges / rate, np.minimum.reduceat(x, edges), np.maximum.reduceat(x, edges)
