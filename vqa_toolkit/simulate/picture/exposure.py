"""Exposure faults: shadows crushed, highlights clipped, or a sudden jump of brightness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, Extent, Frame, PictureFault, param
from vqa_toolkit.simulate.picture.editing import Yuv, edited, frame_span

KNEE = (50.0, 130.0)  # codes above black that are lost at strength 0 and 1
JUMP = (1.2, 2.2)  # gain at strength 0 and 1
LEFT = 10.0  # percent of the first covered picture that keeps its tones: with less it is a black or a white picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure(PictureFault):
    """``crushed``: luma below ``knee`` codes becomes black; ``clipped``: above 251 − knee white; ``jump``: × or ÷ gain.

    Pictures that are dark or bright themselves bend the knee: a tenth of the first covered one is left.
    """

    name: ClassVar[str] = "exposure"
    version: ClassVar[str] = "2"
    defect: ClassVar[str | None] = "exposure"

    mode: str = param("crushed", choices=("crushed", "clipped", "jump"), doc="what is lost")
    direction: str = param("brighter", choices=("brighter", "darker"), doc="where a jump goes")

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        def paint(yuv: Yuv, table: NDArray[np.uint8]) -> Yuv:
            picture = yuv.copy()
            picture[..., 0] = table[yuv[..., 0]]
            return picture

        return edited(frames, self.start, self.end, lambda yuv: self._table(yuv[..., 0]), paint)

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        return Extent(*frame_span(times, self.start, self.end, facts))

    def _table(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Code → luma code: (256,) uint8, from the first covered picture."""
        y = np.arange(256, dtype=np.float64)
        knee = KNEE[0] + (KNEE[1] - KNEE[0]) * self.strength
        dark, bright = np.percentile(luma, [LEFT, 100.0 - LEFT])
        if self.mode == "crushed":
            knee = float(np.clip(bright - 16, 1.0, knee))
            mapped = 16 + np.maximum(0, y - 16 - knee) * 219 / (219 - knee)
        elif self.mode == "clipped":
            knee = float(np.clip(235 - dark, 1.0, knee))
            mapped = 16 + np.minimum(219.0, (y - 16) * 219 / (219 - knee))
        else:
            gain = JUMP[0] + (JUMP[1] - JUMP[0]) * self.strength
            mapped = 16 + (y - 16) * (gain if self.direction == "brighter" else 1 / gain)
        return np.clip(np.rint(mapped), 16, 235).astype(np.uint8)
