"""Black pictures: full, with a logo left on, or only part of the frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vqa_toolkit.core import Box
from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import BLACK, WHITE, FrameEdit, Yuv, box_slices, flat

DARKEST_LIFT = 14.0  # codes above 16 that the least black black of strength 0 is lifted by


@dataclass(frozen=True, slots=True, kw_only=True)
class Black(FrameEdit):
    """No active picture. Strength scales how black: 1 = code 16 exactly, 0 = lifted by 14 codes with grain.

    ``partial`` blackens a share of the width and leaves the rest: it is not a black picture, and expects no finding
    by the whole-frame definition unless that share is 0.9 or more.
    """

    name: ClassVar[str] = "black"
    defect: ClassVar[str | None] = "black"

    strength: float = param(
        1.0, unit="of the scale", low=0.0, high=1.0, doc="1 = code 16, 0 = lifted by 14 codes, grainy"
    )
    mode: str = param("full", choices=("full", "logo", "partial"), doc="what is left of the picture")
    logo: float = param(0.03, unit="of the area", low=0.0005, high=0.2, doc="size of the white logo left on")
    share: float = param(
        0.95, unit="of the width", low=0.1, high=1.0, doc="how much of the frame a partial black takes"
    )

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> tuple[Box, int]:
        side = self.logo**0.5
        x, y = rng.uniform(0.04, 0.96 - side), rng.choice([0.06, 0.94 - side])
        return Box(float(x), float(y), side, side), int(rng.integers(2**31))

    def region(self, plan: tuple[Box, int]) -> Box | None:
        return Box(0.0, 0.0, self.share, 1.0) if self.mode == "partial" else None

    def paint(self, yuv: Yuv, t: float, index: int, plan: tuple[Box, int]) -> Yuv:
        black = flat(yuv, BLACK)
        lift = DARKEST_LIFT * (1.0 - self.strength)
        if lift:
            rng = np.random.default_rng((plan[1], index))
            luma = 16 + lift * 0.7 + rng.normal(0, lift * 0.1, yuv.shape[:2])
            black[..., 0] = np.clip(np.rint(luma), 16, 235)
        if self.mode == "logo":
            black[box_slices(yuv, plan[0])] = WHITE
        elif self.mode == "partial":
            kept = round(yuv.shape[1] * self.share)
            black[:, kept:] = yuv[:, kept:]
        return black
