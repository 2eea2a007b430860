"""Interlacing left in progressive frames: two times woven line by line, or the lines of each pair exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, Extent, Frame, PictureFault, param
from vqa_toolkit.simulate.picture.editing import Yuv, covers, frame_span


@dataclass(frozen=True, slots=True, kw_only=True)
class Interlacing(PictureFault):
    """``weave``: odd lines are one frame old. ``field_order``: odd and even lines of each pair are exchanged.

    Strength below 1 mixes the damaged lines with the true ones: 0.5 leaves half of the combing's height.
    """

    name: ClassVar[str] = "interlacing"
    defect: ClassVar[str | None] = "interlacing"

    strength: float = param(1.0, unit="of the scale", low=0.05, high=1.0, doc="1 = full combing")
    mode: str = param("weave", choices=("weave", "field_order"), doc="two times in one frame, or exchanged lines")

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        before: Yuv | None = None
        for frame in frames:
            if covers(frame.t, self.start, self.end):
                old = frame.yuv if before is None else before
                yield Frame(frame.t, self._combed(frame.yuv, old))
            else:
                yield frame
            before = frame.yuv

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        return Extent(*frame_span(times, self.start, self.end, facts))

    def _combed(self, new: Yuv, old: Yuv) -> Yuv:
        picture = new.copy()
        if self.mode == "weave":
            picture[1::2] = old[1::2]
        else:
            whole = len(new) // 2 * 2
            picture[0:whole:2], picture[1:whole:2] = new[1:whole:2], new[0:whole:2]
        if self.strength == 1.0:
            return picture
        mixed = picture.astype(np.float32) * self.strength + new.astype(np.float32) * (1 - self.strength)
        return np.rint(mixed).astype(np.uint8)
