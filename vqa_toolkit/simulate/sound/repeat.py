"""Displaced sound: a buffer that is played over and over, a passage that is skipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vqa_toolkit.simulate.core import Extent, SoundFault, param
from vqa_toolkit.simulate.sound._span import Samples, by_strength, touched

WEAK_BUFFER_S, STRONG_BUFFER_S = 0.5, 0.02  # short buffers buzz, long ones only stutter
WEAK_SKIP_S, STRONG_SKIP_S = 0.05, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(SoundFault):
    """The buffer that begins at ``start`` is played again and again until the end.

    Strength: buffer of 0.5 s down to 20 ms.

    Label times are the starts of the repeats. Expected: period_s, count (repeats, the original not counted).
    """

    name: ClassVar[str] = "repeat"
    defect: ClassVar[str | None] = "repeat"

    buffer_s: float | None = param(None, unit="s", low=0.001, high=10.0, doc="length of the buffer; None = by strength")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Repeat; see the class."""
        where = touched(self, audio, rate)
        length = np.exp(by_strength(None, np.log(WEAK_BUFFER_S), np.log(STRONG_BUFFER_S), self.strength))
        samples = max(1, round((length if self.buffer_s is None else self.buffer_s) * rate))
        out = audio.copy()
        out[where.cut] = audio[where.first + np.arange(where.length) % samples]
        times = tuple(a / rate for a in range(where.first + samples, where.last, samples))
        facts = {"period_s": samples / rate, "count": float(len(times))}
        return out, Extent(where.start, where.end, times=times, expected=facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(SoundFault):
    """The sound jumps ahead at ``start`` and back in step at ``end``. Strength runs the jump from 50 ms to 1 s.

    A jump is heard as a click where the wave does not happen to meet itself. Beyond the end of the sound nothing
    follows but silence. Label times are both jumps. Expected: skip_s.
    """

    name: ClassVar[str] = "skip"
    defect: ClassVar[str | None] = "clicks"

    skip_s: float | None = param(None, unit="s", low=0.001, high=10.0, doc="how far ahead; None = by strength")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Skip; see the class."""
        where = touched(self, audio, rate)
        ahead = round(by_strength(self.skip_s, WEAK_SKIP_S, STRONG_SKIP_S, self.strength) * rate)
        out = audio.copy()
        out[where.cut] = 0.0
        piece = audio[where.first + ahead : where.last + ahead]
        out[where.first : where.first + len(piece)] = piece
        times = (where.start, where.end) if where.last < len(audio) else (where.start,)
        return out, Extent(where.start, where.end, times=times, expected={"skip_s": ahead / rate})
