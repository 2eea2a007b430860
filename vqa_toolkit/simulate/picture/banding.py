"""Banding: too few codes, so that smooth areas fall into steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import FrameEdit, Yuv

STEP = (4.0, 20.0)  # codes between neighbouring bands at strength 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Banding(FrameEdit):
    """Codes are rounded to multiples of ``step`` after the dither that would hide it is smoothed away."""

    name: ClassVar[str] = "banding"
    defect: ClassVar[str | None] = "banding"

    step: int | None = param(None, unit="codes", low=2, high=64, doc="distance of the bands; by strength")

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> int:
        return self.step if self.step is not None else round(STEP[0] + (STEP[1] - STEP[0]) * self.strength)

    def expected(self, plan: int) -> dict[str, float]:
        return {"step_codes": float(plan)}

    def paint(self, yuv: Yuv, t: float, index: int, plan: int) -> Yuv:
        # A bilateral filter smooths grain and dither, keeps edges: rounding alone would leave a dithered, unbanded sky.
        smooth = np.dstack([cv2.bilateralFilter(np.ascontiguousarray(yuv[..., c]), 7, 10.0, 3.0) for c in range(3)])
        banded = np.rint(smooth.astype(np.float32) / plan) * plan
        return np.asarray(np.clip(banded, 16, 235), dtype=np.uint8)
