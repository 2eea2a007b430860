"""Tearing: one frame shows two times, split at a horizontal line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, Extent, Frame, PictureFault, param
from vqa_toolkit.simulate.picture.editing import Yuv, covered, covers, frame_span

SHARE = (0.25, 1.0)  # share of covered frames that tear at strength 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tearing(PictureFault):
    """Below each odd tear line the picture is ``lag`` frames old. Strength scales how many frames tear: 25 % to all.

    ``lines`` tear lines; ``speed`` moves them down by that share of the height every frame (0 = drawn anew per frame).
    ``times`` are the torn frames.
    """

    name: ClassVar[str] = "tearing"
    defect: ClassVar[str | None] = "tearing"

    lines: int = param(1, unit="lines", low=1, high=4, doc="tear lines per torn frame")
    lag: int = param(1, unit="frames", low=1, high=8, doc="how old the lower part is")
    speed: float = param(0.0, unit="of the height per frame", low=0.0, high=0.5, doc="0 = a new place every frame")

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        past: deque[Yuv] = deque(maxlen=self.lag)
        torn, places = self._draw(facts, rng)
        index = 0
        for frame in frames:
            picture = frame.yuv
            if covers(frame.t, self.start, self.end):
                if len(past) == self.lag and torn[index]:
                    picture = self._tear(picture, past[0], places[index])
                index += 1
            past.append(frame.yuv)
            yield Frame(frame.t, picture)

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        torn, _ = self._draw(facts, rng)
        inside = np.flatnonzero(covered(times, self.start, self.end))
        hit = inside[torn[: len(inside)]]
        hit = hit[hit >= self.lag]
        if not len(hit):
            return Extent(*frame_span(times, self.start, self.end, facts))
        end = float(times[hit[-1] + 1]) if hit[-1] + 1 < len(times) else facts.duration
        return Extent(float(times[hit[0]]), end, None, tuple(times[hit].tolist()), {"frames": float(len(hit))})

    def _draw(self, facts: ClipFacts, rng: np.random.Generator) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        count = int(np.ceil((min(self.end, facts.duration) - self.start) * facts.fps * 2)) + 4  # VFR may be denser
        torn = rng.uniform(0, 1, count) < SHARE[0] + (SHARE[1] - SHARE[0]) * self.strength
        torn[0] = True
        if self.speed:
            first = np.sort(rng.uniform(0.1, 0.9, self.lines))
            places = (first[None] + self.speed * np.arange(count)[:, None]) % 1.0
        else:
            places = rng.uniform(0.12, 0.88, (count, self.lines))
        return torn, np.sort(np.clip(places, 0.02, 0.98), axis=1)

    @staticmethod
    def _tear(new: Yuv, old: Yuv, places: NDArray[np.float64]) -> Yuv:
        picture = new.copy()
        rows = [round(p * len(new)) for p in places.tolist()] + [len(new)]
        for top, bottom in zip(rows[0::2], rows[1::2], strict=False):
            picture[top:bottom] = old[top:bottom]
        return picture
