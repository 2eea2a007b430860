"""Broadband noise added to the programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import Extent, SoundFault, param
from vqa_toolkit.simulate.sound._span import Samples, by_strength, reference_rms, rms, touched
from vqa_toolkit.simulate.sound.hum import faded_edges

WEAK_SNR_DB, STRONG_SNR_DB = 45.0, 5.0
COLOURS = ("white", "pink", "brown", "shaped", "band", "tape")
BAND_EDGES_HZ = ((20.0, 2500.0), (2500.0, 16_000.0))
SLOPES = {"white": 0.0, "pink": -0.5, "brown": -1.0}  # amplitude over frequency, as a power of f


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiss(SoundFault):
    """Stationary noise. Strength runs the SNR from 45 dB (0) to 5 dB (1).

    Amplitude follows f^0 (white), f^−½ (pink), f^−1 (brown), a random smooth curve (shaped: 8 anchors over octaves, ±
    9 dB), band: white or pink between two edges (20 Hz–2.5 kHz and 2.5–16 kHz, 24 dB an octave), as of a telephone, a
    tape or a codec without treble; or tape: rising to a few kHz, falling above, breathing by 1 dB. Each channel has noise
    of its own. Expected: snr_db (programme RMS over noise RMS within the span), level_dbfs.
    """

    name: ClassVar[str] = "hiss"
    defect: ClassVar[str | None] = "hiss"

    snr_db: float | None = param(None, unit="dB", low=-10.0, high=70.0, doc="programme over noise; None = by strength")
    colour: str = param("white", choices=COLOURS, doc="spectral shape")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Add the noise; see the class."""
        where = touched(self, audio, rate)
        noise = coloured_noise(self.colour, where.length, audio.shape[1], rate, rng)
        noise *= faded_edges(where.length, rate)[:, None]
        snr = by_strength(self.snr_db, WEAK_SNR_DB, STRONG_SNR_DB, self.strength)
        programme = reference_rms(audio[where.cut])
        noise *= programme * 10 ** (-snr / 20) / max(rms(noise), 1e-12)
        out = audio.copy()
        out[where.cut] += noise.astype(np.float32)
        facts = {"snr_db": snr, "level_dbfs": 20 * float(np.log10(programme)) - snr}
        return out, Extent(where.start, where.end, expected=facts)


def coloured_noise(colour: str, n: int, channels: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Gaussian noise (n, channels) shaped in the frequency domain; unit RMS is not promised."""
    from scipy.fft import irfft, next_fast_len, rfft

    size = next_fast_len(n, real=True)
    spectrum = rfft(rng.standard_normal((size, channels), np.float32), axis=0)
    hz = np.maximum(np.arange(len(spectrum)) * rate / size, 20.0)
    if colour == "shaped":
        anchors = np.geomspace(40.0, max(rate / 2, 80.0), 8)
        gain = 10 ** (np.interp(np.log(hz), np.log(anchors), rng.uniform(-9, 9, len(anchors))) / 20)
    elif colour == "band":
        low, high = (np.exp(rng.uniform(np.log(a), np.log(b))) for a, b in BAND_EDGES_HZ)
        gain = hz ** float(rng.choice((0.0, -0.5))) / np.sqrt((1 + (low / hz) ** 8) * (1 + (hz / high) ** 8))
    elif colour == "tape":
        peak = rng.uniform(3000.0, 9000.0)
        gain = (hz / peak) ** 0.5 / (1 + (hz / peak) ** 2)
    else:
        gain = hz ** SLOPES[colour]
    noise = np.asarray(irfft(spectrum * gain[:, None].astype(np.float32), size, axis=0)[:n], np.float64)
    if colour == "tape":
        t = np.arange(n)[:, None] / rate
        noise *= 10 ** (np.sin(2 * np.pi * rng.uniform(0.3, 1.5) * t + rng.uniform(0, 6.28)) / 20)
    return noise
