"""Sound of a running analysis: placed by its times, kept for some seconds, asked for as log-mel and as level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.models.mel import HOP, RATE, log_mel

BIN_SAMPLES = RATE // 25  # 40 ms: a picture at 25 frames/s
QUIET = 1e-10  # mean square below which a bin is digital silence: -100 dB

Floats = NDArray[np.float32]


class SoundStore:
    """Mono sound at 16 kHz on the one clock. Gaps between pushed stretches are silence that counts as not there."""

    def __init__(self) -> None:
        self._base = 0  # sample number of the store's first sample, a multiple of BIN_SAMPLES
        self._x = np.zeros(0, np.float32)
        self._here = np.zeros(0, bool)
        self._levels: list[float] = []
        self.end = 0.0

    def push(self, t: NDArray[np.float64], mono: Floats) -> None:
        """Samples ``mono`` (n,) at times ``t`` (n,) seconds; later samples win where two fall together."""
        at = np.round(t * RATE).astype(np.int64) - self._base
        keep = at >= 0
        if not keep.any():
            return
        at, mono = at[keep], mono[keep]
        need = int(at[-1]) + 1 - len(self._x)
        if need > 0:
            self._x = np.concatenate([self._x, np.zeros(need, np.float32)])
            self._here = np.concatenate([self._here, np.zeros(need, bool)])
        self._x[at] = mono
        self._here[at] = True
        self.end = (self._base + len(self._x)) / RATE

    def mel(self, first: int, count: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Log-mel (count, BANDS) from 10 ms frame ``first`` on, and whether there was sound at each frame's middle."""
        out = log_mel(self._x, first - self._base // HOP, count)
        middles = (first + np.arange(count)) * HOP - self._base
        known = (middles >= 0) & (middles < len(self._here))
        inside = np.zeros(count, bool)
        inside[known] = self._here[middles[known]]
        return out, inside

    def forget(self, before: float) -> None:
        """Drop what lies before ``before`` seconds, after its levels have been noted."""
        bins = max(0, (int(before * RATE) - self._base) // BIN_SAMPLES)
        bins = min(bins, len(self._x) // BIN_SAMPLES)
        self._note(bins)
        self._x, self._here = self._x[bins * BIN_SAMPLES :], self._here[bins * BIN_SAMPLES :]
        self._base += bins * BIN_SAMPLES

    def levels(self) -> Floats:
        """Mean-square level of every 40 ms since 0 s, dB re full scale (-100 where silent). Call it once, at the end."""
        self.forget(self.end)
        return np.array(self._levels, np.float32)

    def _note(self, bins: int) -> None:
        cells = self._x[: bins * BIN_SAMPLES].reshape(bins, BIN_SAMPLES)
        self._levels += (10 * np.log10(np.maximum((cells**2).mean(axis=1), QUIET))).tolist() if bins else []
