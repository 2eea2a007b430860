"""Lost sharpness: out of focus, or enlarged from a smaller picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import FrameEdit, Yuv

SIGMA = (0.8, 4.0)  # px at 360 lines, at strength 0 and 1; grows with the height
FACTOR = (1.5, 5.0)  # enlargement at strength 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Blur(FrameEdit):
    """``focus``: Gaussian of ``sigma`` px. ``upscaled``: reduced by ``factor`` and enlarged again, cubic."""

    name: ClassVar[str] = "blur"
    defect: ClassVar[str | None] = "blur"

    mode: str = param("focus", choices=("focus", "upscaled"), doc="defocus, or enlargement")
    sigma: float | None = param(None, unit="px", low=0.1, high=60.0, doc="Gaussian's deviation; by strength")
    factor: float | None = param(None, unit="times", low=1.1, high=12.0, doc="enlargement; by strength")

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> float:
        if self.mode == "focus":
            by_strength = (SIGMA[0] + (SIGMA[1] - SIGMA[0]) * self.strength) * max(0.5, facts.height / 360.0)
            return by_strength if self.sigma is None else self.sigma
        return FACTOR[0] + (FACTOR[1] - FACTOR[0]) * self.strength if self.factor is None else self.factor

    def expected(self, plan: float) -> dict[str, float]:
        return {"sigma_px" if self.mode == "focus" else "factor": plan}

    def paint(self, yuv: Yuv, t: float, index: int, plan: float) -> Yuv:
        if self.mode == "focus":
            return cv2.GaussianBlur(yuv, (0, 0), plan, borderType=cv2.BORDER_REFLECT).astype(np.uint8, copy=False)
        height, width = yuv.shape[:2]
        small = (max(2, round(width / plan)), max(2, round(height / plan)))
        reduced = cv2.resize(yuv, small, interpolation=cv2.INTER_AREA)
        return cv2.resize(reduced, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)
