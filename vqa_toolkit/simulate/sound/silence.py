"""No signal: digital silence, a line that is dead but hisses, a short gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vqa_toolkit.simulate.core import Extent, SoundFault, param
from vqa_toolkit.simulate.sound._span import Samples, by_strength, touched

WEAK_DEAD_DBFS, STRONG_DEAD_DBFS = -45.0, -75.0  # RMS of a dead line: amplitude 0.003 is −50 dBFS
WEAK_GAP_S, STRONG_GAP_S = 0.02, 1.0  # Essentia's GapsDetector looks for 10 to 3500 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(SoundFault):
    """Zeros in every channel, or in one.

    Strength has no effect: silence is silence. Expected: level_dbfs = −inf as −200.
    """

    name: ClassVar[str] = "silence"
    defect: ClassVar[str | None] = "silence"

    channel: int | None = param(None, unit="index", low=0, high=63, doc="which channel; None = all")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Silence; see the class."""
        where = touched(self, audio, rate)
        out = audio.copy()
        channels = slice(None) if self.channel is None else slice(self.channel, self.channel + 1)
        out[where.cut, channels] = 0.0
        return out, Extent(where.start, where.end, expected={"level_dbfs": -200.0})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLine(SoundFault):
    """The programme replaced by faint noise, as an open input gives it. Strength runs its RMS from −45 to −75 dBFS.

    Level alone does not call this silent: nothing but stationary noise is left. Expected: level_dbfs.
    """

    name: ClassVar[str] = "dead_line"
    defect: ClassVar[str | None] = "silence"

    level_dbfs: float | None = param(None, unit="dBFS", low=-110.0, high=-20.0, doc="noise RMS; None = by strength")
    hum_share: float = param(0.0, unit="of the power", low=0.0, high=1.0, doc="50 Hz hum within the noise")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Kill the line; see the class."""
        where = touched(self, audio, rate)
        level = by_strength(self.level_dbfs, WEAK_DEAD_DBFS, STRONG_DEAD_DBFS, self.strength)
        noise = rng.standard_normal((where.length, audio.shape[1])) * np.sqrt(1 - self.hum_share)
        noise += np.sqrt(2 * self.hum_share) * np.sin(2 * np.pi * 50.0 * np.arange(where.length) / rate)[:, None]
        out = audio.copy()
        out[where.cut] = noise * 10 ** (level / 20)
        return out, Extent(where.start, where.end, expected={"level_dbfs": level})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout(SoundFault):
    """Short gaps inside the programme: the first at ``start``, then every ``every_s``.

    Strength runs their length 20 ms to 1 s.

    Label times are the gaps' first samples. Expected: gap_s, count.
    """

    name: ClassVar[str] = "dropout"
    defect: ClassVar[str | None] = "dropout"

    gap_s: float | None = param(None, unit="s", low=0.002, high=10.0, doc="length of a gap; None = by strength")
    every_s: float | None = param(None, unit="s", low=0.02, high=3600.0, doc="period; None = one gap")
    edge_s: float = param(0.0, unit="s", low=0.0, high=0.5, doc="fade into and out of the gap; 0 = hard")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Drop out; see the class."""
        where = touched(self, audio, rate)
        gap = np.exp(by_strength(None, np.log(WEAK_GAP_S), np.log(STRONG_GAP_S), self.strength))
        samples = max(1, round((gap if self.gap_s is None else self.gap_s) * rate))
        step = where.length if self.every_s is None else max(round(self.every_s * rate), samples + 1)
        out, at = audio.copy(), list(range(where.first, where.last, step))
        last = where.first
        for a in at:
            last = min(a + samples, where.last)
            out[a:last] *= self._gain(last - a, rate)[:, None]
        facts = {"gap_s": samples / rate, "count": float(len(at))}
        return out, Extent(where.start, last / rate, times=tuple(a / rate for a in at), expected=facts)

    def _gain(self, n: int, rate: int) -> np.ndarray:
        gain = np.zeros(n, np.float32)
        edge = min(round(self.edge_s * rate), n // 2)
        if edge:
            fall = (0.5 + 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)).astype(np.float32)
            gain[:edge], gain[n - edge :] = fall, fall[::-1]
        return gain
