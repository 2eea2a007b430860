"""Non-linear damage: clipping of several shapes, crushed bits, an over-driven gain control, a starved codec."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import Extent, SoundFault, param
from vqa_toolkit.simulate.sound._codec import recode
from vqa_toolkit.simulate.sound._span import Range, Samples, by_strength, db, one_pole, rms, touched

KINDS = (
    "hard", "soft", "tube", "asymmetric", "crossover", "foldback", "bitcrush", "decimate", "agc", "codec", "reencode",
    "wrapped", "slewed", "rectified",
)  # fmt: skip
WEAK_SHARE, STRONG_SHARE = 0.003, 0.30  # of samples beyond the clipping level
SLEW_SHARE = (0.05, 0.5)  # of steps that are too steep, weak and strong
RECTIFIED = (0.15, 0.9)  # how much of the magnitude is added, weak and strong
DEAD_SHARE = (0.15, 0.6)  # of samples within the dead zone of a crossover, weak and strong
WEAK_HOLD_HZ, STRONG_HOLD_HZ = 12_000.0, 3_000.0  # rate at which samples are taken and held
WEAK_BITS, STRONG_BITS = 8.0, 3.0  # per sample
WEAK_CODEC, STRONG_CODEC = 16_000.0, 6_000.0  # bits/s per channel: below 24 kb/s a full band is audibly starved
STARVED = ("aac", "libmp3lame", "libopus", "adpcm_ima_wav")
LEAST_CODEC = {"libmp3lame": 8_000.0, "adpcm_ima_wav": 32_000.0}  # bits/s per channel that it needs at all
AGC_ATTACK_S, AGC_RELEASE_S = 0.002, 0.06  # s: fast enough to follow syllables, hence "pumping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distortion(SoundFault):
    """Non-linear damage.

    Strength scales the share of clipped samples (0.3 % to 30 %), bits (8 to 3), or bits/s (16k to 6k).

    With c the level exceeded by ``share`` of the samples: ``hard`` clip(x, ±c); ``soft`` c·tanh(x/c); ``tube``
    c·(tanh(x/c + ½) − tanh ½); ``asymmetric`` min(x, c); ``crossover`` sign(x)·max(|x| − d, 0), a dead zone about zero;
    ``foldback`` reflects at ±c; ``wrapped`` begins again at ∓c, as whole numbers do that overflow; ``slewed`` follows by no
    more than a step that 5 to 50 % of the steps pass; ``rectified`` x + k·|x| without its mean, k 0.15 to 0.9; ``bitcrush``
    rounds to ``bits``; ``decimate`` holds every k-th sample without a filter (12 to 3 kHz); ``agc`` divides by a fast
    envelope and saturates; ``codec`` encodes by ``codec`` at ``bit_rate``; ``reencode`` clips, attenuates and encodes at
    96 kb/s, so that no flat top is left. The level is kept but for ``attenuate_db``.
    Expected: clipped_share in [0, 1] (kinds with c), sdr_db (undistorted over distortion, best scale).
    """

    name: ClassVar[str] = "distortion"
    defect: ClassVar[str | None] = "distortion"

    kind: str = param("hard", choices=KINDS, doc="which damage")
    share: float | None = param(None, unit="of samples", low=0.0005, high=0.6, doc="beyond c; None = by strength")
    bits: float | None = param(None, unit="bits", low=2.0, high=12.0, doc="bitcrush; None = by strength")
    bit_rate: float | None = param(None, unit="bits/s", low=4000.0, high=64000.0, doc="codec; None = by strength")
    codec: str = param("aac", choices=STARVED, doc="of kind codec; MP3 needs 8 kb/s, ADPCM 32 kb/s (4 bits at 8 kHz)")
    attenuate_db: float = param(0.0, unit="dB", low=0.0, high=24.0, doc="turned down afterwards")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Distort; see the class."""
        where = touched(self, audio, rate)
        clean = audio[where.cut]
        share = float(np.exp(by_strength(None, np.log(WEAK_SHARE), np.log(STRONG_SHARE), self.strength)))
        share = share if self.share is None else self.share
        level = max(float(np.quantile(np.abs(clean), 1 - share)), 1e-5)
        damaged = self._damage(clean, level, where, rng) * np.float32(10 ** (-self.attenuate_db / 20))
        out = audio.copy()
        out[where.cut] = damaged
        facts = {"sdr_db": sdr_db(clean, damaged)}
        if self.kind in ("hard", "soft", "tube", "asymmetric", "foldback", "reencode", "wrapped"):
            facts["clipped_share"] = float(np.mean(np.abs(clean) >= level))
        return out, Extent(where.start, where.end, expected=facts)

    def _damage(self, x: Samples, c: float, where: Range, rng: np.random.Generator) -> Samples:
        if self.kind == "codec":
            per_channel = by_strength(self.bit_rate, WEAK_CODEC, STRONG_CODEC, self.strength)
            per_channel = max(per_channel, LEAST_CODEC.get(self.codec, 0.0))
            return recode(x, where.rate, self.codec, int(per_channel * x.shape[1]))
        if self.kind == "reencode":
            gain = np.float32(10 ** (-rng.uniform(1.0, 9.0) / 20))
            return recode(np.clip(x, -c, c) * gain, where.rate, "aac", 96_000 * x.shape[1] // 2) / gain
        if self.kind == "agc":
            return pumped(x, where.rate, 1.0 + 9.0 * self.strength)
        if self.kind == "bitcrush":
            bits = by_strength(self.bits, WEAK_BITS, STRONG_BITS, self.strength)
            step = 2 * max(float(np.abs(x).max(initial=0.0)), 1e-5) / 2**bits
            return np.asarray(np.round(x / step) * step, dtype=np.float32)
        if self.kind == "crossover":
            dead = float(np.quantile(np.abs(x), by_strength(None, *DEAD_SHARE, self.strength)))
            return np.asarray(np.sign(x) * np.maximum(np.abs(x) - dead, 0), dtype=np.float32)
        if self.kind == "slewed":
            return slewed(x, by_strength(None, *SLEW_SHARE, self.strength))
        if self.kind == "rectified":
            mixed = x + by_strength(None, *RECTIFIED, self.strength) * np.abs(x)
            return np.asarray(mixed - mixed.mean(axis=0), dtype=np.float32)
        if self.kind == "decimate":
            held = np.exp(by_strength(None, np.log(WEAK_HOLD_HZ), np.log(STRONG_HOLD_HZ), self.strength))
            step = max(2, round(where.rate / held))
            return np.asarray(x[np.arange(len(x)) // step * step], dtype=np.float32)
        return np.asarray(shaped(x, c, self.kind), dtype=np.float32)


def shaped(x: Samples, c: float, kind: str) -> NDArray[np.floating]:
    """The memoryless shapes of :class:`Distortion` with clipping level ``c``."""
    if kind == "hard":
        return np.clip(x, -c, c)
    if kind == "asymmetric":
        return np.minimum(x, c)
    if kind == "wrapped":
        return np.asarray(np.mod(x + c, 2 * c) - c)
    if kind == "soft":
        return np.asarray(c * np.tanh(x / c))
    if kind == "tube":
        return np.asarray(c * (np.tanh(x / c + 0.5) - np.tanh(0.5)))
    return np.asarray(c - np.abs(np.mod(x + c, 4 * c) - 2 * c))


def slewed(x: Samples, share: float) -> Samples:
    """``x`` (n, channels) by an amplifier that is too slow: no step is larger than ``share`` of its own steps are."""
    most = max(float(np.quantile(np.abs(np.diff(x, axis=0)), 1 - share)), 1e-7)

    def follow(at: float, wanted: float) -> float:
        return at + min(max(wanted - at, -most), most)

    return np.stack([np.array([*accumulate(column, follow)], np.float32) for column in x.T.tolist()], axis=1)


def pumped(x: Samples, rate: int, drive: float) -> Samples:
    """A gain control with too much drive: fast gain to a constant level, then saturation; same RMS as ``x``."""
    fast = float(np.exp(-1 / (AGC_ATTACK_S * rate)))
    slow = float(np.exp(-1 / (AGC_RELEASE_S * rate)))
    level = np.abs(x).max(axis=1)
    envelope = one_pole(np.maximum(level, one_pole(level, fast)), slow)
    floor = 0.05 * max(rms(x), 1e-6)
    driven = np.tanh(drive * x / np.maximum(envelope, floor)[:, None])
    return np.asarray(driven * (rms(x) / max(rms(driven), 1e-12)), dtype=np.float32)


def best_gain(clean: NDArray[np.floating], damaged: NDArray[np.floating]) -> float:
    """The g by which g·x comes nearest to y, of x that is not silent: ⟨x, y⟩ / ⟨x, x⟩."""
    return float((clean * damaged).sum(dtype=np.float64)) / float(np.square(clean, dtype=np.float64).sum())


def sdr_db(clean: NDArray[np.floating], damaged: NDArray[np.floating]) -> float:
    """Signal to distortion ratio, dB: 20·log10(‖g·x‖/‖y − g·x‖) with the g that fits best; capped at 120 dB."""
    power = float(np.square(clean, dtype=np.float64).sum())
    if power == 0:
        return 120.0
    gain = best_gain(clean, damaged)
    rest = float(np.square(damaged - np.float32(gain) * clean, dtype=np.float64).sum())
    return min(db(abs(gain) * float(np.sqrt(power / max(rest, 1e-24)))), 120.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipping(SoundFault):
    """Too much gain into a full-scale limit: clip(g·x, ±1). Strength runs the share of clipped samples 0.3 % to 30 %.

    Unlike ``distortion`` with kind hard, the flat tops lie at full scale and the sound gets louder.
    It is labelled with the plain name, which flat tops alone tell; other shapes are ``distortion``.
    Expected: clipped_share in [0, 1], gain_db.
    """

    name: ClassVar[str] = "clipping"
    defect: ClassVar[str | None] = "clipping"

    gain_db: float | None = param(None, unit="dB", low=0.0, high=80.0, doc="before the limit; None = by strength")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Amplify and clip; see the class."""
        where = touched(self, audio, rate)
        clean = audio[where.cut]
        share = float(np.exp(by_strength(None, np.log(WEAK_SHARE), np.log(STRONG_SHARE), self.strength)))
        level = max(float(np.quantile(np.abs(clean), 1 - share)), 1e-4)
        gain = 1 / level if self.gain_db is None else 10 ** (self.gain_db / 20)
        out = audio.copy()
        out[where.cut] = np.clip(clean * gain, -1.0, 1.0)
        facts = {"clipped_share": float(np.mean(np.abs(out[where.cut]) >= 1.0)), "gain_db": db(gain)}
        return out, Extent(where.start, where.end, expected=facts)
