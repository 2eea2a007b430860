"""Flashing that may trigger seizures: of luminance, of saturated red, over the whole picture or a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Box
from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import FrameEdit, Yuv, box_slices

RATE_HZ = (3.5, 10.0)  # flashes a second at strength 0 and 1: the standards allow three
RED = (63, 102, 240)  # saturated red, Y'CbCr BT.709
LOCAL_AREA = 0.36  # of the picture: beyond the quarter that BT.1702 allows


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash(FrameEdit):
    """Dark and bright in turn, ``rate`` flashes (pairs) a second. ``local`` flashes a box of ``area`` of the picture.

    The rate is rounded down to what whole frames can show: half a flash lasts at least one frame.
    """

    name: ClassVar[str] = "flash"
    defect: ClassVar[str | None] = "flash"

    mode: str = param("luminance", choices=("luminance", "red", "local"), doc="what flashes")
    rate: float | None = param(None, unit="flashes/s", low=0.5, high=30.0, doc="how fast; by strength")
    area: float = param(LOCAL_AREA, unit="of the picture", low=0.01, high=1.0, doc="size of a local flash")
    depth: float = param(0.8, unit="of full scale", low=0.05, high=1.0, doc="luma from dark to bright")

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> tuple[Box, float]:
        rate = self.rate if self.rate is not None else RATE_HZ[0] + (RATE_HZ[1] - RATE_HZ[0]) * self.strength
        rate = min(rate, facts.fps / 2)
        side = self.area**0.5 if self.mode == "local" else 1.0
        x, y = rng.uniform(0, 1 - side + 1e-9, 2)
        return Box(float(x), float(y), side, side), rate

    def region(self, plan: tuple[Box, float]) -> Box | None:
        return plan[0] if self.mode == "local" else None

    def expected(self, plan: tuple[Box, float]) -> dict[str, float]:
        return {"flashes_per_s": plan[1]}

    def paint(self, yuv: Yuv, t: float, index: int, plan: tuple[Box, float]) -> Yuv:
        bright = int((t - self.start + 1e-6) * 2 * plan[1]) % 2 == 0
        rows, columns = box_slices(yuv, plan[0])
        picture = yuv.copy()
        part = picture[rows, columns].astype(np.float32)
        if self.mode == "red":
            part = 0.15 * part + 0.85 * np.array(RED, dtype=np.float32) if bright else _dim(part, 0.12)
        else:
            low = 16 + 219 * (0.5 - self.depth / 2)
            base = low + 219 * self.depth if bright else low
            part[..., 0] = base + 0.12 * (part[..., 0] - 126)
            part[..., 1:] = 128 + 0.3 * (part[..., 1:] - 128)
        picture[rows, columns] = np.clip(np.rint(part), 16, 240).astype(np.uint8)
        picture[..., 0] = np.minimum(picture[..., 0], 235)
        return picture


def _dim(part: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    zero = np.array([16, 128, 128], dtype=np.float32)
    return ((part - zero) * gain + zero).astype(np.float32)
