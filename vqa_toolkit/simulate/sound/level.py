"""Wrong level: a jump, a whole programme too loud or soft, peaks between the samples, a constant offset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import Extent, SoundFault, param
from vqa_toolkit.simulate.sound._span import Samples, by_strength, db, touched

WEAK_SHIFT_DB, STRONG_SHIFT_DB = 3.0, 20.0
WEAK_OFFSET_DB, STRONG_OFFSET_DB = 2.0, 15.0
WEAK_PEAK_DBTP, STRONG_PEAK_DBTP = -0.5, 3.0
OVERSAMPLING = 8  # BS.1770 asks for 4 at least; 8 reads a peak within 0.17 dB (cos(π/16) of a tone at half the rate)
WEAK_DC, STRONG_DC = 0.005, 0.2  # of full scale


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelShift(SoundFault):
    """The level jumps at ``start`` and back at ``end``.

    Strength runs the jump from 3 to 20 dB (downwards unless ``shift_db`` says otherwise).

    Upwards, what passes full scale is clipped. Label times are the jumps. Expected: shift_db (signed).
    """

    name: ClassVar[str] = "level_shift"
    defect: ClassVar[str | None] = "level_shift"

    shift_db: float | None = param(None, unit="dB", low=-60.0, high=60.0, doc="signed; None = by strength, down")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Shift the level; see the class."""
        where = touched(self, audio, rate)
        given = self.shift_db
        shift = -by_strength(None, WEAK_SHIFT_DB, STRONG_SHIFT_DB, self.strength) if given is None else given
        out = audio.copy()
        out[where.cut] = np.clip(out[where.cut] * 10 ** (shift / 20), -1.0, 1.0)
        times = (where.start, where.end) if where.last < len(audio) else (where.start,)
        return out, Extent(where.start, where.end, times=times, expected={"shift_db": shift})


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness(SoundFault):
    """A constant gain. Strength runs it from 2 to 15 dB, downwards unless ``offset_db`` says otherwise.

    Integrated loudness moves by exactly as much while nothing clips (BS.1770 gates relatively). Expected: offset_db.
    """

    name: ClassVar[str] = "loudness"
    defect: ClassVar[str | None] = "loudness"

    offset_db: float | None = param(None, unit="dB", low=-60.0, high=60.0, doc="signed gain; None = by strength, down")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Turn up or down; see the class."""
        where = touched(self, audio, rate)
        given = self.offset_db
        offset = -by_strength(None, WEAK_OFFSET_DB, STRONG_OFFSET_DB, self.strength) if given is None else given
        out = audio.copy()
        out[where.cut] = np.clip(out[where.cut] * 10 ** (offset / 20), -1.0, 1.0)
        return out, Extent(where.start, where.end, expected={"offset_db": offset})


@dataclass(frozen=True, slots=True, kw_only=True)
class TruePeak(SoundFault):
    """Gain until the wave between the samples reaches ``peak_dbtp``. Strength runs it from −0.5 to +3 dBTP.

    Samples beyond full scale are clipped, so above 0 dBTP the reached peak may be less: ``expected`` says what was
    reached, by 8-fold oversampling: peak_dbtp, gain_db. Label times: where the peak lies.

    Raises:
        FaultError: when the span is silent.
    """

    name: ClassVar[str] = "true_peak"
    defect: ClassVar[str | None] = "true_peak"

    peak_dbtp: float | None = param(None, unit="dBTP", low=-20.0, high=6.0, doc="wanted peak; None = by strength")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Amplify to the peak; see the class."""
        where = touched(self, audio, rate)
        peak, _ = true_peak(audio[where.cut])
        if peak <= 0:
            raise FaultError(f"{self.name}: {where.start:g} s to {where.end:g} s is silent; choose another span.")
        gain = 10 ** (by_strength(self.peak_dbtp, WEAK_PEAK_DBTP, STRONG_PEAK_DBTP, self.strength) / 20) / peak
        out = audio.copy()
        out[where.cut] = np.clip(out[where.cut] * gain, -1.0, 1.0)
        reached, at = true_peak(out[where.cut])
        facts = {"peak_dbtp": db(reached), "gain_db": db(gain)}
        return out, Extent(where.start, where.end, times=(where.start + at / rate,), expected=facts)


def true_peak(audio: Samples) -> tuple[float, float]:
    """Largest magnitude of the 8-fold oversampled wave over all channels, re full scale, and its place in samples."""
    from scipy.signal import resample_poly

    best, at = 0.0, 0.0
    block, guard = 1 << 16, 64
    for first in range(0, len(audio), block):
        low = max(first - guard, 0)
        piece = np.abs(resample_poly(audio[low : first + block + guard], OVERSAMPLING, 1, axis=0)).max(axis=1)
        piece = piece[(first - low) * OVERSAMPLING :][: block * OVERSAMPLING]
        i = int(np.argmax(piece))
        if piece[i] > best:
            best, at = float(piece[i]), first + i / OVERSAMPLING
    return best, at


@dataclass(frozen=True, slots=True, kw_only=True)
class DcOffset(SoundFault):
    """A constant added to every sample of every channel. Strength runs it from 0.005 to 0.2 of full scale.

    Expected: offset (of full scale).
    """

    name: ClassVar[str] = "dc_offset"
    defect: ClassVar[str | None] = "dc_offset"

    offset: float | None = param(None, unit="of full scale", low=-1.0, high=1.0, doc="signed; None = by strength")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Offset; see the class."""
        where = touched(self, audio, rate)
        shift = by_strength(self.offset, WEAK_DC, STRONG_DC, self.strength)
        out = audio.copy()
        out[where.cut] = np.clip(out[where.cut] + shift, -1.0, 1.0)
        return out, Extent(where.start, where.end, expected={"offset": shift})
