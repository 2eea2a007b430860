"""Clicks, ticks, pops and splices at exact samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import Extent, SoundFault, param
from vqa_toolkit.simulate.sound._span import Range, Samples, by_strength, touched

KINDS = (
    "impulse", "pop", "burst", "step", "words", "dropped", "repeated", "splice", "crackle", "zeroed", "held", "inverted",
)  # fmt: skip
PULSES = ("impulse", "pop", "burst", "step", "words", "crackle")  # added to the programme (words instead of it)
WEAK_PEAK, STRONG_PEAK = 1.5, 20.0  # click peak over the local RMS of the programme
LOCAL_S = 0.05  # the neighbourhood that a click is scaled to
QUIET_PEAK = 0.003  # re full scale: the smallest click, where the programme is silent
APART_S = 0.02  # two clicks are at least this far apart (but for crackle)
EDGE_S = 0.005  # no click this close to the ends of the span
SHORT_S, LONG_S = 0.00005, 0.005  # click durations
ZEROED_S = (0.0005, LONG_S)
BURST_S, RETURN_S = (0.0003, 0.004), (0.001, 0.012)  # length of a burst; time constant of a jump's return
HELD_S, WORDS = (0.001, 0.01), 4  # how long a sample is held, or sound inverted; the most wrong words in a row
CANDIDATES = 24  # places tried for a splice: the strength picks among their jumps


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicks(SoundFault):
    """Clicks at random samples.

    Strength scales their peak over the local RMS (1.5 to 20 times) or the size of the jump.

    ``impulse``: 0.05–1 ms of decaying alternation; ``pop``: one low swing of 1–5 ms; ``burst``: 0.3–4 ms of noise or of a
    ringing tone, as of a scratch; ``step``: a jump that returns within some 10 ms; ``dropped``: 1–25 ms of samples cut
    out; ``repeated``: a buffer of 1–20 ms played again; ``splice``: a jump to another moment; ``zeroed``: 0.5–5 ms of
    zeros; ``inverted``: 1–10 ms with their sign changed; ``held``: a sample repeated for 1–10 ms; ``words``: up to four
    samples replaced by one wrong value of the click's peak, as by a bit error; ``crackle``: dense small impulses.
    Dropped, repeated and splice keep the length: they play displaced sound until the span ends (where the jump back is
    one more click) or the next click. All channels click together. Label times are the first damaged sample of each
    click, of ``held`` the first good one, since a held sample joins what precedes it and jumps to what follows.
    Expected: count, rate_per_s.
    """

    name: ClassVar[str] = "clicks"
    defect: ClassVar[str | None] = "clicks"

    kind: str = param("impulse", choices=KINDS, doc="which sort")
    count: int | None = param(None, unit="clicks", low=1, high=100000, doc="how many; None = by rate_per_s")
    rate_per_s: float = param(2.0, unit="1/s", low=0.01, high=500.0, doc="how many a second (at least one in the span)")
    peak: float | None = param(None, unit="of local RMS", low=0.1, high=1000.0, doc="None = by strength")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Click; see the class."""
        where = touched(self, audio, rate)
        count = self.count
        if count is None:
            count = max(1, round(self.rate_per_s * (5 if self.kind == "crackle" else 1) * where.length / rate))
        at = self._places(audio, where, count, rng)
        out = audio.copy()
        if self.kind in PULSES:
            self._add_pulses(out, audio, at, where, rng)
        elif self.kind in ("zeroed", "inverted"):
            lengths_s = ZEROED_S if self.kind == "zeroed" else HELD_S
            for a in at:
                part = out[a : min(a + int(rng.uniform(*lengths_s) * rate), where.last)]
                part[:] = 0.0 if self.kind == "zeroed" else -part
        elif self.kind == "held":
            ends = np.minimum(at + (rng.uniform(*HELD_S, len(at)) * rate).astype(np.int64), where.last - 1)
            for a, end in zip(at, ends, strict=True):
                out[a:end] = audio[a - 1]
            at = ends
        else:
            self._displace(out, audio, at, where, rng)
            if where.last < len(audio):  # the way back is a jump as well
                at = np.append(at, where.last)
        facts = {"count": float(len(at)), "rate_per_s": len(at) * rate / where.length}
        return out, Extent(where.start, where.end, times=tuple(float(a) / rate for a in at), expected=facts)

    def _places(self, audio: Samples, where: Range, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        edge = min(int(EDGE_S * where.rate), where.length // 4)
        low, high = where.first + edge, where.last - edge - max(2, int(0.001 * where.rate))
        apart = 2 if self.kind == "crackle" else int(APART_S * where.rate)
        room = high - low - (count - 1) * apart
        if room <= 0:
            raise FaultError(
                f"{self.name}: {count} clicks do not fit into {where.length / where.rate:g} s; "
                f"they are {apart / where.rate:g} s apart at least."
            )
        return low + np.sort(rng.integers(0, room, count)) + np.arange(count) * apart

    def _add_pulses(
        self, out: Samples, audio: Samples, at: NDArray[np.int64], where: Range, rng: np.random.Generator
    ) -> None:
        local = int(LOCAL_S * where.rate)
        peak = float(np.exp(by_strength(None, np.log(WEAK_PEAK), np.log(STRONG_PEAK), self.strength)))
        peak = peak if self.peak is None else self.peak
        power = np.concatenate([[0.0], np.cumsum(np.square(audio.astype(np.float64)).mean(axis=1))])
        for a in at:
            near = slice(max(a - local, 0), min(a + local, len(audio)))
            level = np.sqrt((power[near.stop] - power[near.start]) / (near.stop - near.start))
            pulse = self._pulse(where.rate, rng)[: where.last - a]
            scale = max(peak * level, QUIET_PEAK) * (rng.uniform(0.3, 1.0) if self.kind == "crackle" else 1.0)
            if self.kind == "words":
                out[a : a + len(pulse)] = 0.0
            out[a : a + len(pulse)] += (scale * pulse)[:, None].astype(np.float32)

    def _pulse(self, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
        sign = float(rng.choice((-1.0, 1.0)))
        if self.kind == "pop":
            n = max(3, int(rng.uniform(0.001, LONG_S) * rate))
            swing = np.sin(np.pi * (np.arange(n) + 1) / (n + 1)) * np.exp(-3 * np.arange(n) / n)
            swing[0] = max(swing[0], 0.5)
            return np.asarray(sign * swing / np.abs(swing).max())
        if self.kind == "words":
            return np.full(int(rng.integers(1, WORDS + 1)), sign)
        if self.kind == "step":
            tau = rng.uniform(*RETURN_S) * rate
            return np.asarray(sign * np.exp(-np.arange(int(5 * tau) + 2) / tau))
        if self.kind == "burst":
            n = max(4, int(rng.uniform(*BURST_S) * rate))
            ring = np.sin(2 * np.pi * rng.uniform(600.0, 6000.0) / rate * np.arange(n) + rng.uniform(0, np.pi))
            wave = rng.standard_normal(n) if rng.random() < 0.5 else ring
            wave = wave * np.exp(-rng.uniform(1.0, 5.0) * np.arange(n) / n)
            return np.asarray(sign * wave / max(float(np.abs(wave).max()), 1e-9))
        n = max(1, int(np.exp(rng.uniform(np.log(SHORT_S), np.log(0.001))) * rate))
        ring = np.cos(np.pi * rng.uniform(0.2, 1.0) * np.arange(n)) * np.exp(-4 * np.arange(n) / n)
        return np.asarray(sign * ring)

    def _displace(
        self, out: Samples, audio: Samples, at: NDArray[np.int64], where: Range, rng: np.random.Generator
    ) -> None:
        """Play displaced sound from each click on; the jump nearest to the strength's quantile of candidates is taken."""
        stops = np.append(at[1:], where.last)
        read = at.astype(np.int64).copy()
        for i, (a, stop) in enumerate(zip(at, stops, strict=True)):
            offsets = self._offsets(where, rng)
            starts = np.clip(a + offsets, 1, max(len(audio) - (stop - a) - 1, 1))
            before = out[a - 1]
            jumps = np.abs(audio[starts] - before).max(axis=1)
            order = np.argsort(jumps)
            read[i] = starts[order[round((0.5 + 0.5 * self.strength) * (len(order) - 1))]]
            piece = audio[read[i] : read[i] + (stop - a)]
            out[a : a + len(piece)] = piece

    def _offsets(self, where: Range, rng: np.random.Generator) -> NDArray[np.int64]:
        low, high = {"dropped": (0.001, 0.025), "repeated": (-0.02, -0.001), "splice": (0.05, 0.5)}[self.kind]
        offsets = (rng.uniform(low, high, CANDIDATES) * where.rate).astype(np.int64)
        if self.kind == "splice":
            offsets *= rng.choice((-1, 1), CANDIDATES)
        return offsets
