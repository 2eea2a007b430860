"""Exposure faults: shadows crushed, highlights clipped, or a sudden jump of brightness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import FrameEdit, Yuv

KNEE = (50.0, 130.0)  # codes above black that are lost at strength 0 and 1
JUMP = (1.2, 2.2)  # gain at strength 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure(FrameEdit):
    """``crushed``: luma below ``knee`` codes becomes black; ``clipped``: above 251 − knee white; ``jump``: × or ÷ gain."""

    name: ClassVar[str] = "exposure"
    defect: ClassVar[str | None] = "exposure"

    mode: str = param("crushed", choices=("crushed", "clipped", "jump"), doc="what is lost")
    direction: str = param("brighter", choices=("brighter", "darker"), doc="where a jump goes")

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Code → luma code: (256,) uint8."""
        y = np.arange(256, dtype=np.float64)
        knee = KNEE[0] + (KNEE[1] - KNEE[0]) * self.strength
        if self.mode == "crushed":
            mapped = 16 + np.maximum(0, y - 16 - knee) * 219 / (219 - knee)
        elif self.mode == "clipped":
            mapped = 16 + np.minimum(219.0, (y - 16) * 219 / (219 - knee))
        else:
            gain = JUMP[0] + (JUMP[1] - JUMP[0]) * self.strength
            mapped = 16 + (y - 16) * (gain if self.direction == "brighter" else 1 / gain)
        return np.clip(np.rint(mapped), 16, 235).astype(np.uint8)

    def paint(self, yuv: Yuv, t: float, index: int, plan: NDArray[np.uint8]) -> Yuv:
        picture = yuv.copy()
        picture[..., 0] = plan[yuv[..., 0]]
        return picture
