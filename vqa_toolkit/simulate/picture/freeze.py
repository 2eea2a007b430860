"""Freeze: the picture before the fault stays, exactly or under a capture device's noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, Extent, Frame, PictureFault, param
from vqa_toolkit.simulate.picture.editing import Yuv, covers, frame_span

LOUDEST_GRAIN = 3.0  # codes RMS of capture noise at strength 0: the hardest freeze to see


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze(PictureFault):
    """Covered frames repeat the first one. Strength 1 is exact; ``mode=capture`` adds noise, 3 codes RMS at strength 0.

    The first covered frame is still new; what repeats begins one frame later. The label spans from the first covered
    frame, which is when the picture that stays was first shown.
    """

    name: ClassVar[str] = "freeze"
    defect: ClassVar[str | None] = "freeze"

    mode: str = param("exact", choices=("exact", "capture"), doc="exact repeats, or repeats under fresh noise")
    grain: float | None = param(None, unit="codes RMS", low=0.0, high=10.0, doc="capture noise; by strength")

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        held: Yuv | None = None
        for frame in frames:
            if not covers(frame.t, self.start, self.end):
                yield frame
                continue
            held = frame.yuv if held is None else held
            yield Frame(frame.t, self._captured(held, rng))

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        start, end = frame_span(times, self.start, self.end, facts)
        return Extent(start, end)

    def _captured(self, held: Yuv, rng: np.random.Generator) -> Yuv:
        if self.mode == "exact":
            return held
        sigma = self.grain if self.grain is not None else LOUDEST_GRAIN * (1.0 - self.strength)
        noise = rng.standard_normal(held.shape, dtype=np.float32) * sigma
        noise[..., 1:] *= 0.5  # chroma is sampled at half the resolution, so its noise is averaged
        return np.clip(np.rint(held + noise), 1, 254).astype(np.uint8)
