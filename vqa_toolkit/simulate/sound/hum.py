"""Mains hum and buzz added to the programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import Extent, SoundFault, param
from vqa_toolkit.simulate.sound._span import Samples, by_strength, one_pole, reference_rms, rms, touched

MAINS_HZ = (50.0, 60.0, 100.0, 120.0)  # mains and its rectified double
DRIFT_HZ = 0.5  # mains frequency is kept within ± 0.5 Hz (EN 50160: ± 1 %)
WEAK_SNR_DB, STRONG_SNR_DB = 40.0, -5.0
KINDS = ("harmonic", "rectified", "buzz", "dimmer")
EDGE_S = 0.01  # raised-cosine fade at both ends, so that the hum's onset is no click


@dataclass(frozen=True, slots=True, kw_only=True)
class Hum(SoundFault):
    """A steady low tone with harmonics. Strength runs the SNR from 40 dB (0) to −5 dB (1).

    ``harmonic``: a_k = k^−decay; ``rectified``: |sin| of the mains, so 2·f0 and its multiples; ``buzz``: narrow pulses
    at 2·f0 (rectifier charging); ``dimmer``: a sine cut at a phase angle (thyristor). All channels carry the same hum.
    Expected: f0_hz, snr_db (programme RMS over hum RMS within the span), level_dbfs.
    """

    name: ClassVar[str] = "hum"
    defect: ClassVar[str | None] = "hum"

    f0_hz: float | None = param(None, unit="Hz", low=20.0, high=400.0, doc="None = 50, 60, 100, 120 ± 0.5")
    snr_db: float | None = param(None, unit="dB", low=-20.0, high=60.0, doc="programme over hum; None = by strength")
    harmonics: int | None = param(None, unit="partials", low=1, high=60, doc="how many; None = 1 to 20")
    decay: float | None = param(None, unit="", low=0.0, high=4.0, doc="a in 1/k^a; None = 0.5 to 2")
    am_depth: float | None = param(None, unit="of 1", low=0.0, high=0.9, doc="slow level swing; None = 0 to 0.3")
    kind: str = param("harmonic", choices=KINDS, doc="what makes it")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Add the hum; see the class."""
        where = touched(self, audio, rate)
        f0 = float(rng.choice(MAINS_HZ) + rng.uniform(-DRIFT_HZ, DRIFT_HZ)) if self.f0_hz is None else self.f0_hz
        wave = self._wave(f0, where.length, rate, rng)
        depth = float(rng.uniform(0.0, 0.3)) if self.am_depth is None else self.am_depth
        t = np.arange(where.length) / rate
        wave *= 1.0 + depth * np.sin(2 * np.pi * rng.uniform(0.1, 2.0) * t + rng.uniform(0, 2 * np.pi))
        wave *= faded_edges(where.length, rate)
        snr = by_strength(self.snr_db, WEAK_SNR_DB, STRONG_SNR_DB, self.strength)
        programme = reference_rms(audio[where.cut])
        wave *= programme * 10 ** (-snr / 20) / max(rms(wave), 1e-12)
        out = audio.copy()
        out[where.cut] += wave[:, None].astype(np.float32)
        facts = {"f0_hz": f0, "snr_db": snr, "level_dbfs": 20 * float(np.log10(programme)) - snr}
        return out, Extent(where.start, where.end, expected=facts)

    def _wave(self, f0: float, n: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
        phase = 2 * np.pi * f0 * np.arange(n) / rate + rng.uniform(0, 2 * np.pi)
        if self.kind == "rectified":
            wave = np.abs(np.sin(phase / 2 if f0 >= 100 else phase))
            return np.asarray(wave - wave.mean())
        if self.kind == "dimmer":
            wave = np.where(np.mod(phase, np.pi) > rng.uniform(0.3, 0.7) * np.pi, np.sin(phase), 0.0)
            return softened(wave, rate)
        if self.kind == "buzz":
            wave = np.maximum(np.abs(np.sin(phase)) - rng.uniform(0.6, 0.95), 0.0)
            return softened(wave - wave.mean(), rate)
        count = int(rng.integers(1, 21)) if self.harmonics is None else int(self.harmonics)
        decay = float(rng.uniform(0.5, 2.0)) if self.decay is None else self.decay
        count = max(1, min(count, int(0.499 * rate / f0)))
        turn = np.exp(1j * phase).astype(np.complex64)
        wave = np.zeros(n, np.complex64)
        for k in range(count, 0, -1):  # Horner: the sum over k of w_k·turn^k
            wave = (wave + np.complex64(k**-decay * np.exp(2j * np.pi * rng.random()))) * turn
        return wave.imag.astype(np.float64)


def faded_edges(n: int, rate: int) -> NDArray[np.float64]:
    """A window (n,) of ones with raised-cosine edges of 10 ms (less where n is short)."""
    edge = min(int(EDGE_S * rate), n // 4)
    window = np.ones(n)
    if edge:
        ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)
        window[:edge], window[n - edge :] = ramp, ramp[::-1]
    return window


def softened(wave: NDArray[np.float64], rate: int, corner_hz: float = 4000.0) -> NDArray[np.float64]:
    """One-pole low-pass: a cable's capacity rounds the steps of switched mains."""
    a = float(np.exp(-2 * np.pi * min(corner_hz, 0.4 * rate) / rate))
    return one_pole(wave, a)
