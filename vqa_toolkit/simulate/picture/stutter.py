"""Cadence faults: frames shown twice or lost in a moving shot; and a legal pulldown as their hard negative."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, Extent, Frame, PictureFault, param
from vqa_toolkit.simulate.picture.editing import Yuv, covered, covers, frame_span

RATE_HZ = (1.0, 6.0)  # hiccups a second at strength 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stutter(PictureFault):
    """Hiccups at random instants, 1 (strength 0) to 6 (strength 1) a second, never next to each other.

    ``duplicate``: the picture of ``run`` frames is replaced by the one before, then motion jumps on. ``drop``: those frames
    are missing from the file, so the one before stays up longer. ``times`` are the first replaced or missing frames.
    """

    name: ClassVar[str] = "stutter"
    defect: ClassVar[str | None] = "stutter"

    mode: str = param("duplicate", choices=("duplicate", "drop"), doc="repeat a picture, or lose it")
    run: int = param(1, unit="frames", low=1, high=12, doc="how many frames each hiccup takes")
    rate: float | None = param(None, unit="hiccups/s", low=0.05, high=12.0, doc="how often; by strength")

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        held: Yuv | None = None
        index, chosen = 0, self._chosen(facts, rng)
        for frame in frames:
            hit = False
            if covers(frame.t, self.start, self.end):
                hit = held is not None and index < len(chosen) and bool(chosen[index])
                index += 1
            if not hit:
                held = frame.yuv
                yield frame
            elif self.mode == "duplicate" and held is not None:
                yield Frame(frame.t, held)

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        inside = np.flatnonzero(covered(times, self.start, self.end))
        chosen = self._chosen(facts, rng)[: len(inside)]
        hit = inside[np.flatnonzero(chosen[: len(inside)])]
        hit = hit[hit > 0]  # the clip's very first frame has none before it to repeat
        if not len(hit):
            return Extent(*frame_span(times, self.start, self.end, facts))
        first = hit[np.flatnonzero(np.diff(hit, prepend=-2) > 1)]
        start = float(times[hit[0]])
        end = float(times[hit[-1] + 1]) if hit[-1] + 1 < len(times) else facts.duration
        expected = {"frames": float(len(hit)), "hiccups": float(len(first))}
        return Extent(start, end, None, tuple(float(t) for t in times[first]), expected)

    def _chosen(self, facts: ClipFacts, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Which covered frames are hit: (n,) bool, n by the nominal frame rate."""
        span = min(self.end, facts.duration) - self.start
        count = int(np.ceil(span * facts.fps)) + 2
        rate = self.rate if self.rate is not None else RATE_HZ[0] + (RATE_HZ[1] - RATE_HZ[0]) * self.strength
        slot = max(self.run + 2, round(facts.fps / rate))
        hits = np.zeros(count, dtype=bool)
        for begin in range(1, max(2, count - 3 - self.run), slot):
            at = begin + int(rng.integers(0, max(1, slot - self.run - 1)))
            hits[at : min(at + self.run, count - 3)] = True
        return hits


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulldown(PictureFault):
    """Every four frames become five, evenly spaced, the last shown twice: 24 carried in 30, a legal cadence (no defect)."""

    name: ClassVar[str] = "pulldown"
    defect: ClassVar[str | None] = None

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        step = 1.0 / facts.fps
        group: list[Frame] = []
        for frame in frames:
            if not covers(frame.t, self.start, self.end):
                yield from group
                group = []
                yield frame
                continue
            group.append(frame)
            if len(group) == 4:
                for k, n in enumerate((0, 1, 2, 3, 3)):
                    yield Frame(group[0].t + k * 0.8 * step, group[n].yuv)
                group = []
        yield from group

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        return Extent(*frame_span(times, self.start, self.end, facts))
