"""Bars that were not there: above and below, at the sides, or all round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from vqa_toolkit.core import Box
from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import BLACK, FrameEdit, Yuv, flat

SHARE = (0.05, 0.2)  # of the side, each bar, at strength 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox(FrameEdit):
    """Black bars of ``share`` of the side each; the picture is squeezed into the rest, or cropped by them (``crop``)."""

    name: ClassVar[str] = "letterbox"
    defect: ClassVar[str | None] = "letterbox"

    mode: str = param("letterbox", choices=("letterbox", "pillarbox", "window"), doc="where the bars are")
    fit: str = param("squeeze", choices=("squeeze", "crop"), doc="what becomes of the picture")
    share: float | None = param(None, unit="of the side", low=0.01, high=0.45, doc="one bar's size; by strength")

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> Box:
        share = self.share if self.share is not None else SHARE[0] + (SHARE[1] - SHARE[0]) * self.strength
        x = round(share * facts.width) / facts.width if self.mode != "letterbox" else 0.0
        y = round(share * facts.height) / facts.height if self.mode != "pillarbox" else 0.0
        return Box(x, y, 1 - 2 * x, 1 - 2 * y)

    def region(self, plan: Box) -> Box | None:
        return plan

    def paint(self, yuv: Yuv, t: float, index: int, plan: Box) -> Yuv:
        height, width = yuv.shape[:2]
        left, top = round(plan.x * width), round(plan.y * height)
        right, bottom = width - left, height - top
        picture = flat(yuv, BLACK)
        inner = yuv[top:bottom, left:right]
        if self.fit == "squeeze":
            inner = cv2.resize(yuv, (right - left, bottom - top), interpolation=cv2.INTER_AREA).astype(
                np.uint8, copy=False
            )
        picture[top:bottom, left:right] = inner
        return picture
