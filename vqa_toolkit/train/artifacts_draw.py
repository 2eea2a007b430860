"""One training example after another: a clean second, a fault of the simulator, and whether one could hear it.

A fault that the programme masks is no fair example of itself, nor of its absence: such draws are thrown away (and reported
apart in evaluation). What counts as audible is measured on clean and faulty sound together, in :func:`audible`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError, UsageError
from vqa_toolkit.simulate.core import Extent, SoundFault
from vqa_toolkit.simulate.sound._codec import recode
from vqa_toolkit.simulate.sound._span import db, rms
from vqa_toolkit.simulate.sound.clicks import Clicks
from vqa_toolkit.simulate.sound.distortion import STARVED, Clipping, Distortion, best_gain, sdr_db
from vqa_toolkit.simulate.sound.hiss import Hiss
from vqa_toolkit.simulate.sound.hum import Hum
from vqa_toolkit.train.artifacts_data import RATE, Clip, Floats, is_made
from vqa_toolkit.train.artifacts_vary import BABBLE, BABBLE_SHARE, LONGEST_STRETCH, MIX_SHARE, mixed, varied

CLASSES = ("none", "hum", "hiss", "distortion", "clicks")
FAULTS = CLASSES[1:]
CLICK_RATES = (0.8, 12.0)  # a second
MARGIN = int(0.15 * RATE)  # of programme on both sides of the second, so that no edge of a fault lies inside
HELD_OUT: dict[str, tuple[str, ...]] = {
    "hum": ("dimmer",),
    "hiss": ("tape",),
    "distortion": ("foldback",),
    "clicks": ("repeated",),
}
KINDS: dict[str, tuple[str, ...]] = {
    "hum": ("harmonic", "harmonic", "harmonic", "rectified", "buzz"),
    "hiss": ("white", "white", "pink", "brown", "brown", "shaped", "shaped", "band", "band", "band"),
    "distortion": ("hard", "hard", "clipping", "clipping", "soft", "soft", "tube", "asymmetric", "crossover", "bitcrush",
                   "decimate", "agc", "wrapped", "slewed", "rectified"),
    "clicks": ("impulse", "impulse", "impulse", "pop", "burst", "burst", "step", "words", "words", "dropped", "dropped",
               "splice", "splice", "crackle", "zeroed", "held", "held", "inverted", "inverted"),
}  # fmt: skip
MADE_AT = (RATE, RATE, RATE * 3 // 2, RATE * 3 // 2, RATE * 3 // 2)  # where faults are made; 48 kHz: as in most files
NARROW_SHARE, NARROW_AT = 0.22, (8_000, 12_000, 16_000, 16_000, 22_400, 24_000)  # training seconds of a lower rate
PURE_SHARE = 0.15  # of harmonic hums are a sine
SLOW = ("codec", "reencode")  # distortions that go through an encoder: drawn into the bank, not on the fly
NOISY = tuple(f"made {k}" for k in ("rain", "surf", "room", "claps", "scene rain", "scene surf", "scene applause"))
SATURATED = tuple(f"made {k}" for k in ("guitar", "square", "room", "scene guitar", "scene square"))
# no hiss on noise, where nobody could say; no distortion on what is meant to be saturated
NOISE_SNR_DB, NOISE_FLATNESS = 12.0, 0.25  # a recording without pauses whose spectrum is flat is noise itself


class Example(NamedTuple):
    """One second (RATE,) float32; targets and known (4,) for hum, hiss, distortion, clicks; the class, −1 if several."""

    wave: Floats
    target: Floats
    known: Floats
    label: int
    kind: str
    snr_db: float
    clip: int


class Source:
    """Draws examples from the clips of one split, by a generator of its own; training clips are varied, others are not."""

    def __init__(self, clips: Sequence[Clip], samples: Floats, split: str, seed: int) -> None:
        self.samples, self.varies = samples, split == "train"
        self.clips = list(clips)
        self.rng = np.random.default_rng(seed)
        groups: dict[str, list[int]] = {}
        for i, c in enumerate(clips):
            if c.split == split and c.length >= RATE:
                groups.setdefault(c.recording, []).append(i)
        self.recordings = list(groups.values())
        if not self.recordings:
            raise UsageError(
                f"No recording falls into the {split} split; training wants some fifty recordings or more."
            )

    def draw(self, kinds: dict[str, tuple[str, ...]] | None = None, wanted: str | None = None) -> Example:
        """The next example: three in ten without fault, one in ten with two faults, else one (``wanted`` fixes which)."""
        plan = kinds or KINDS
        while True:
            indices, clean = self._clean()
            chosen = self._choose() if wanted is None else ([] if wanted == "none" else [wanted])
            clips = [self.clips[i] for i in indices]
            if any(unfit(name, clip) for name in chosen for clip in clips):
                continue
            rate = int(self.rng.choice(NARROW_AT if self._narrow() else MADE_AT))
            made = self._damage(
                clean if rate >= RATE else resampled(resampled(clean, rate), rate, back=True)[: len(clean)],
                chosen,
                plan,
                rate,
            )
            if made is not None:
                return self._finish(indices[0], {u for clip in clips for u in clip.unknown}, *made)

    def _clean(self) -> tuple[list[int], Floats]:
        """Programme of RATE + 2·MARGIN samples at some level, and the clips that it is made of."""
        size, rng = RATE + 2 * MARGIN, self.rng
        longest = int(size * LONGEST_STRETCH) + 2 if self.varies else size
        index, wave = self._piece(longest)
        indices = [index]
        if self.varies:
            wave = varied(wave, size, rng)
        if self.varies and rng.random() < MIX_SHARE:
            for _ in range(int(rng.integers(2, BABBLE + 1)) if rng.random() < BABBLE_SHARE else 1):
                other, second = self._piece(longest)
                if blends(self.clips[other]):
                    indices.append(other)
                    wave = mixed(wave, varied(second, size, rng), rng)
        return indices, wave * np.float32(self._gain(float(np.abs(wave).max())))

    def _piece(self, need: int) -> tuple[int, Floats]:
        """``need`` samples of some clip; a short one is mirrored at its end."""
        rng = self.rng
        members = self.recordings[rng.integers(len(self.recordings))]
        lengths = np.array([self.clips[i].length for i in members], float)
        index = int(rng.choice(members, p=lengths / lengths.sum()))
        clip = self.clips[index]
        if clip.length >= need:
            at = clip.start + int(rng.integers(0, clip.length - need + 1))
            return index, np.array(self.samples[at : at + need], np.float32)
        whole = np.array(self.samples[clip.start : clip.start + clip.length], np.float32)
        return index, np.pad(whole, (0, need - clip.length), mode="reflect")

    def _narrow(self) -> bool:
        return self.varies and bool(self.rng.random() < NARROW_SHARE)

    def _gain(self, peak: float) -> float:
        if peak < 1e-4:
            return 1.0
        if self.rng.random() < 0.15:  # mastered to full scale without being clipped
            return float(self.rng.uniform(0.97, 1.0)) / peak
        return float(min(10 ** (self.rng.uniform(-20, 9) / 20), 1.0 / peak))

    def _choose(self) -> list[str]:
        rng = self.rng
        u = rng.random()
        if u < 0.30:
            return []
        count = 2 if u > 0.9 else 1
        return [str(f) for f in rng.choice(FAULTS, count, replace=False)]

    def _damage(
        self, clean: Floats, chosen: list[str], plan: dict[str, tuple[str, ...]], rate: int
    ) -> tuple[Floats, list[str], list[str], float] | None:
        wave, kinds, snr = clean, [], float("nan")
        for name in sorted(chosen, key=("distortion", "hum", "hiss", "clicks").index):
            kind, before = str(self.rng.choice(plan[name])), wave
            try:
                wave, extent = applied(fault_of(name, kind, self.rng), before, self.rng, rate)
            except FaultError:
                return None
            if not audible(name, before, wave, extent):
                return None
            snr = float(extent.expected.get("snr_db", extent.expected.get("sdr_db", float("nan"))))
            kinds.append(kind)
        return wave, chosen, kinds, snr

    def _finish(
        self, index: int, unknown: set[str], wave: Floats, chosen: list[str], kinds: list[str], snr: float
    ) -> Example:
        rng = self.rng
        second = np.array(wave[MARGIN : MARGIN + RATE], np.float32)
        if rng.random() < 0.5:
            second = -second
        if "distortion" in chosen and rng.random() < 0.5:  # turned down afterwards: flat tops below full scale
            second *= np.float32(10 ** (-rng.uniform(0, 15) / 20))
        if rng.random() < 0.5:
            second = np.round(second * 32768) / np.float32(32768)
        second = np.clip(second, -1, 1).astype(np.float32)
        target = np.array([f in chosen for f in FAULTS], np.float32)
        known = np.array([f in chosen or f not in unknown for f in FAULTS], np.float32)
        label = -1 if len(chosen) > 1 else CLASSES.index(chosen[0]) if chosen else 0
        if label >= 0 and known.min() < 1:
            label = -1
        return Example(second, target, known, label, "+".join(kinds), snr, index)


def applied(fault: SoundFault, wave: Floats, rng: np.random.Generator, rate: int) -> tuple[Floats, Extent]:
    """``fault`` on a wave (n,) at 32 kHz, made at ``rate`` samples/s and resampled, as in a file of that rate."""
    out, extent = fault.apply(resampled(wave, rate)[:, None], rate, rng)
    return resampled(out[:, 0], rate, back=True)[: len(wave)], extent


def resampled(wave: Floats, rate: int, *, back: bool = False) -> Floats:
    """``wave`` (n,) from 32 kHz to ``rate``, or ``back``."""
    from scipy.signal import resample_poly

    if rate == RATE:
        return wave
    common = math.gcd(rate, RATE)
    up, down = (RATE // common, rate // common) if back else (rate // common, RATE // common)
    return np.asarray(resample_poly(wave, up, down), np.float32)


def coded(example: Example, rng: np.random.Generator) -> Example:
    """The example through AAC at 48 to 160 kb/s, as most sound arrives."""
    wave = recode(example.wave[:, None], RATE, "aac", int(rng.choice((48, 64, 64, 96, 128, 160))) * 1000)[:, 0]
    return example._replace(wave=wave, kind=example.kind + "|aac")


def unfit(name: str, clip: Clip) -> bool:
    """Whether a fault makes no sense on this clip: noise on noise, saturation on saturation, an unknown of its own."""
    noisy = clip.name.startswith(NOISY) or (
        len(clip.measured) > 3 and clip.measured[2] < NOISE_SNR_DB and clip.measured[3] > NOISE_FLATNESS
    )
    return (name == "hiss" and noisy) or (
        name == "distortion" and (clip.name.startswith(SATURATED) or "rain" in clip.name)
    )


def blends(clip: Clip) -> bool:
    """Whether a clip may lie beneath another: noise or a steady tone there would be the very defect that is not labelled."""
    return not (is_made(clip.name) or "hiss" in clip.unknown or unfit("hiss", clip))


def fault_of(name: str, kind: str, rng: np.random.Generator) -> SoundFault:
    """The simulator's fault with a strength at random over its scale (from 0.3 where weaker is mere colour)."""
    strength = float(rng.uniform(0, 1))
    if name == "hum":
        pure = kind == "harmonic" and rng.random() < PURE_SHARE
        return Hum(kind=kind, strength=strength, harmonics=1 if pure else None)
    if name == "hiss":
        return Hiss(colour=kind, strength=strength)
    if name == "clicks":
        rate = float(np.exp(rng.uniform(*np.log(CLICK_RATES))))
        return Clicks(kind=kind, strength=strength, rate_per_s=rate)
    if kind == "clipping":
        return Clipping(strength=strength)
    codec = str(rng.choice(STARVED))
    return Distortion(
        kind=kind, strength=0.3 + 0.7 * strength if kind in ("agc", "bitcrush") else strength, codec=codec
    )


HUM_OVER_DB = 3.0  # a line over the programme in its own 2 Hz
HISS_CELLS = 0.12  # of the cells of 16 ms × 1/32 of the band in which noise is the louder
FAINTEST_DBFS = -78.0  # RMS of what was added, and of what is left of the programme
DISTORTION_SDR_DB = 30.0  # 3 % of distortion
DISTORTION_CELLS = 0.06  # of those cells in which what the distortion adds is the louder
CLICK_OVER = 1.6  # the step over the largest step of the programme within 20 ms


def audible(name: str, clean: Floats, faulty: Floats, extent: Extent) -> bool:
    """Whether the fault stands out of the programme within the kept second; (n,) each; the rules are the constants'."""
    keep = slice(MARGIN, MARGIN + RATE)
    if unheard(faulty[keep]):
        return False
    if name == "clicks":
        return _steps_out(clean, faulty, np.asarray(extent.times))
    c, d = clean[keep].astype(np.float64), (faulty - clean)[keep].astype(np.float64)
    if name == "distortion":
        share = extent.expected.get("clipped_share", 1.0)
        if sdr_db(c, faulty[keep]) >= DISTORTION_SDR_DB or share <= 0.001 or float(np.abs(c).max()) <= 1e-3:
            return False
        same = best_gain(c, faulty[keep]) * c
        return bool(np.mean(cells(faulty[keep] - same) > cells(same)) > DISTORTION_CELLS)
    if unheard(d):
        return False
    if name == "hum":
        window = np.hanning(RATE // 2)
        added, there = (
            np.mean([np.abs(np.fft.rfft(x[a : a + RATE // 2] * window))[:700] ** 2 for a in (0, 8000, 16000)], axis=0)
            for x in (d, c)
        )
        there = np.maximum(there, np.maximum(np.roll(there, 1), np.roll(there, -1))) + 1e-12
        return bool(np.max(added / there) > 10 ** (HUM_OVER_DB / 10))
    added, there = (cells(x) for x in (d, c))
    return bool(np.mean(added > there) > HISS_CELLS)


def unheard(x: NDArray[np.floating]) -> bool:
    """Whether hardly anything is in samples (n,)."""
    return db(rms(x)) < FAINTEST_DBFS


def cells(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power in (frames of 16 ms, 32 equal bands)."""
    frames = x[: len(x) // 512 * 512].reshape(-1, 512) * np.hanning(512)
    return np.asarray((np.abs(np.fft.rfft(frames))[:, 1:] ** 2).reshape(len(frames), 32, -1).sum(axis=2))


def _steps_out(clean: Floats, faulty: Floats, times: NDArray[np.float64]) -> bool:
    at = np.round(times * RATE).astype(int)
    at = at[(at > MARGIN + 64) & (at < MARGIN + RATE - 160)]
    near, first = int(0.02 * RATE), 160
    for a in at[:12]:
        c, d = clean[a - near : a + near], faulty[a - 2 : a + first] - clean[a - 2 : a + first]
        if np.abs(np.diff(faulty[a - 3 : a + 4], 2)).max() > CLICK_OVER * np.abs(np.diff(c, 2)).max() + 3e-4:
            return True
        if len(at) and np.abs(d).max() > 2 * CLICK_OVER * np.abs(c).max() + 3e-3:
            return True
    return False
