"""Sound against vision: a constant offset, a drift, a step; no sound at all; another speaker's sound.

An offset is positive when the sound is early. Only the sound is edited: the pictures are copied as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import Extent, SoundFault, param
from vqa_toolkit.simulate.sound._span import touched

Sound = NDArray[np.float32]

OFFSET_MS = (100.0, 800.0)  # at strength 0 and 1: BT.1359's bounds of acceptance are +90 and −185 ms
DRIFT_MS_PER_MIN = (60.0, 2000.0)  # at strength 0 and 1, on a logarithmic scale
SEAM_S = 0.005  # cross-fade where the shifted part meets the rest, so that no click is made


@dataclass(frozen=True, slots=True, kw_only=True)
class AvSync(SoundFault):
    """A constant offset: the sound at t is what belongs to t + offset. Edges are filled with mirrored sound, not silence.

    Strength scales its size from 100 to 800 ms, the sign is drawn by the seed; ``offset_ms`` sets both.
    """

    name: ClassVar[str] = "av_sync"
    defect: ClassVar[str | None] = "av_sync"

    offset_ms: float | None = param(None, unit="ms, + = sound early", low=-10000.0, high=10000.0, doc="by strength")

    def apply(self, audio: Sound, rate: int, rng: np.random.Generator) -> tuple[Sound, Extent]:
        drawn = (OFFSET_MS[0] + (OFFSET_MS[1] - OFFSET_MS[0]) * self.strength) * float(rng.choice([-1.0, 1.0]))
        samples = round((drawn if self.offset_ms is None else self.offset_ms) / 1000 * rate)
        first, last, _ = touched(self, audio, rate)
        moved = audio[_mirrored(np.arange(first, last) + samples, len(audio))]
        out = _spliced(audio, moved, first, rate)
        return out, Extent(first / rate, last / rate, expected={"offset_ms": samples / rate * 1000})


@dataclass(frozen=True, slots=True, kw_only=True)
class AvDrift(SoundFault):
    """``drift``: the offset grows by ``ms_per_min`` from 0 at the start; ``step``: it jumps to ``step_ms`` half-way.

    The sound is resampled by cubic interpolation. Signs are drawn by the seed unless given; + = sound early.
    """

    name: ClassVar[str] = "av_drift"
    defect: ClassVar[str | None] = "av_drift"

    mode: str = param("drift", choices=("drift", "step"), doc="growing offset, or one jump")
    ms_per_min: float | None = param(None, unit="ms/min", low=-6000.0, high=6000.0, doc="growth; by strength")
    step_ms: float | None = param(None, unit="ms", low=-10000.0, high=10000.0, doc="size of the jump; by strength")

    def apply(self, audio: Sound, rate: int, rng: np.random.Generator) -> tuple[Sound, Extent]:
        sign = float(rng.choice([-1.0, 1.0]))
        first, last, _ = touched(self, audio, rate)
        places = np.arange(first, last, dtype=np.float64)
        if self.mode == "drift":
            low, high = DRIFT_MS_PER_MIN
            slope = sign * low * (high / low) ** self.strength if self.ms_per_min is None else self.ms_per_min
            moved = _between(audio, places + (places - first) * slope / 60_000)
            end_ms = (last - first) / rate * slope / 60
            expected = {"drift_ms_per_min": slope, "offset_ms": end_ms}
            times: tuple[float, ...] = ()
        else:
            drawn = sign * (OFFSET_MS[0] + (OFFSET_MS[1] - OFFSET_MS[0]) * self.strength)
            samples = round((drawn if self.step_ms is None else self.step_ms) / 1000 * rate)
            middle = (first + last) // 2
            moved = audio[first:last].copy()
            late = audio[_mirrored(np.arange(middle, last) + samples, len(audio))]
            moved = _spliced(moved, late, middle - first, rate)
            expected, times = {"step_ms": samples / rate * 1000, "offset_ms": samples / rate * 1000}, (middle / rate,)
        return _spliced(audio, moved, first, rate), Extent(first / rate, last / rate, None, times, expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted(SoundFault):
    """Digital silence while somebody is seen to speak."""

    name: ClassVar[str] = "muted"
    defect: ClassVar[str | None] = "silence"

    def apply(self, audio: Sound, rate: int, rng: np.random.Generator) -> tuple[Sound, Extent]:
        first, last, _ = touched(self, audio, rate)
        out = audio.copy()
        out[first:last] = 0.0
        return out, Extent(first / rate, last / rate, expected={"level_dbfs": -144.0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dubbed(SoundFault):
    """The sound of another clip, ``sound``, in place of the clip's own, at the same level; repeated when it is shorter.

    No offset exists to be found: a sync detector must answer "out" or "cannot say", never "in". So no defect is named.
    """

    name: ClassVar[str] = "dubbed"
    defect: ClassVar[str | None] = None

    sound: str = param("", doc="path of the media file whose sound is used")
    skip: float = param(0.0, unit="s", low=0.0, high=86400.0, doc="where in it to begin")

    def __post_init__(self) -> None:
        SoundFault.__post_init__(self)
        if not self.sound or not Path(self.sound).is_file():
            raise FaultError(f"dubbed: sound must be the path of a media file, got {self.sound!r}.")

    def apply(self, audio: Sound, rate: int, rng: np.random.Generator) -> tuple[Sound, Extent]:
        other = _other_sound(Path(self.sound), rate)[round(self.skip * rate) :]
        if not len(other):
            raise FaultError(f"dubbed: {Path(self.sound).name} has no sound after skip = {self.skip:g} s.")
        first, last, _ = touched(self, audio, rate)
        own = float(np.sqrt(np.mean(np.square(audio[first:last], dtype=np.float64))))
        level = float(np.sqrt(np.mean(np.square(other, dtype=np.float64))))
        taken = np.resize(other, last - first)[:, None] * np.float32(min(own, 0.2) / max(level, 1e-6))
        new = np.clip(np.repeat(taken, audio.shape[1], axis=1), -1.0, 1.0).astype(np.float32)
        return _spliced(audio, new, first, rate), Extent(first / rate, last / rate)


def _other_sound(path: Path, rate: int) -> NDArray[np.float32]:
    """The sound of ``path`` as mono at ``rate``."""
    from scipy.signal import resample_poly

    from vqa_toolkit.simulate.reading import read_sound, read_source

    source = read_source(path)
    if not source.facts.rate:
        raise FaultError(f"dubbed: {path.name} has no sound stream.")
    mono = read_sound(source).mean(axis=1)
    divisor = int(np.gcd(rate, source.facts.rate))
    return np.asarray(resample_poly(mono, rate // divisor, source.facts.rate // divisor), dtype=np.float32)


def _mirrored(places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Sample numbers folded back at both ends of the sound."""
    period = max(1, 2 * (count - 1))
    folded = np.mod(places, period)
    return np.where(folded >= count, period - folded, folded)


def _between(audio: Sound, places: NDArray[np.float64]) -> Sound:
    """``audio`` at fractional sample numbers, by Catmull-Rom cubics."""
    whole = np.floor(places).astype(np.int64)
    x = (places - whole)[:, None].astype(np.float32)
    a, b, c, d = (audio[_mirrored(whole + k, len(audio))] for k in (-1, 0, 1, 2))
    cubic = b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)))
    return np.asarray(cubic, dtype=np.float32)


def _spliced(audio: Sound, part: Sound, first: int, rate: int) -> Sound:
    """``audio`` with ``part`` from sample ``first``, cross-faded at seams inside the sound."""
    out = audio.copy()
    last = first + len(part)
    out[first:last] = part
    fade = min(round(SEAM_S * rate), len(part) // 2)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)[:, None]
    if fade and first > 0:
        out[first : first + fade] = audio[first : first + fade] * (1 - ramp) + part[:fade] * ramp
    if fade and last < len(audio):
        out[last - fade : last] = part[-fade:] * (1 - ramp) + audio[last - fade : last] * ramp
    return out
