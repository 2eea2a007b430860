"""Signal levels outside the legal range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, Extent, Frame, PictureFault, param
from vqa_toolkit.simulate.picture.editing import Yuv, edited, frame_span

EXCESS = (12.0, 16.0)  # codes beyond 16 and 235 at strength 0 and 1: EBU R103 tolerates 11
BLACK_Y, WHITE_Y = 16.0, 235.0
TAIL = 2.0  # percent of the first picture's pixels that end beyond each limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels(PictureFault):
    """Luma is stretched so that 2 % of the first covered picture lies ``excess`` codes beyond 16 and 235; or chroma is.

    ``luma`` moves both ends, ``white`` and ``black`` one of them, ``chroma`` multiplies the colour difference by 1 + 2·strength.
    """

    name: ClassVar[str] = "levels"
    defect: ClassVar[str | None] = "levels"

    mode: str = param("luma", choices=("luma", "white", "black", "chroma"), doc="which limit is broken")
    excess: float | None = param(None, unit="codes", low=1.0, high=20.0, doc="how far beyond; by strength")

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        def paint(yuv: Yuv, table: NDArray[np.uint8]) -> Yuv:
            return np.stack([table[yuv[..., c], c] for c in range(3)], axis=-1)

        return edited(frames, self.start, self.end, self._table, paint)

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        start, end = frame_span(times, self.start, self.end, facts)
        return Extent(start, end, expected={} if self.mode == "chroma" else {"excess_codes": self._excess()})

    def _excess(self) -> float:
        return self.excess if self.excess is not None else EXCESS[0] + (EXCESS[1] - EXCESS[0]) * self.strength

    def _table(self, yuv: Yuv) -> NDArray[np.uint8]:
        """Code → code for Y, Cb, Cr: (256, 3) uint8."""
        codes = np.arange(256, dtype=np.float64)
        luma, chroma = codes, codes
        if self.mode == "chroma":
            chroma = 128 + (codes - 128) * (1 + 2 * self.strength)
        else:
            low, high = np.percentile(yuv[..., 0], [TAIL, 100 - TAIL])
            to_low = BLACK_Y - self._excess() if self.mode in ("luma", "black") else low
            to_high = WHITE_Y + self._excess() if self.mode in ("luma", "white") else high
            luma = to_low + (codes - low) * (to_high - to_low) / max(1.0, high - low)
        return np.clip(np.rint(np.stack([luma, chroma, chroma], -1)), 0, 255).astype(np.uint8)
