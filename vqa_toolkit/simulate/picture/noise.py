"""Random noise over the picture: of the sensor, of the chroma, or an analogue receiver's snow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import FrameEdit, Yuv

SIGMA = (4.0, 36.0)  # codes RMS at strength 0 and 1
SNOW = (0.002, 0.25)  # share of pixels at strength 0 and 1, on a logarithmic scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise(FrameEdit):
    """``gaussian`` luma and half as much chroma; ``chroma`` only; ``snow``: short white and black dashes. Fresh per frame."""

    name: ClassVar[str] = "noise"
    defect: ClassVar[str | None] = "noise"

    mode: str = param("gaussian", choices=("gaussian", "chroma", "snow"), doc="kind of noise")
    sigma: float | None = param(None, unit="codes RMS", low=0.5, high=100.0, doc="level; by strength")
    density: float | None = param(None, unit="of the pixels", low=0.0001, high=0.9, doc="how much snow; by strength")

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> tuple[float, int]:
        if self.mode == "snow":
            level = self.density if self.density is not None else SNOW[0] * (SNOW[1] / SNOW[0]) ** self.strength
        else:
            level = self.sigma if self.sigma is not None else SIGMA[0] + (SIGMA[1] - SIGMA[0]) * self.strength
        return level, int(rng.integers(2**31))

    def expected(self, plan: tuple[float, int]) -> dict[str, float]:
        return {"density" if self.mode == "snow" else "sigma": plan[0]}

    def paint(self, yuv: Yuv, t: float, index: int, plan: tuple[float, int]) -> Yuv:
        rng = np.random.default_rng((plan[1], index))
        if self.mode == "snow":
            return _snow(yuv, plan[0], rng)
        gains = np.array([1.0, 0.5, 0.5] if self.mode == "gaussian" else [0.0, 1.0, 1.0], dtype=np.float32) * plan[0]
        noise = rng.standard_normal(yuv.shape, dtype=np.float32) * gains.astype(np.float32)
        return np.asarray(np.clip(np.rint(yuv + noise), 1, 254), dtype=np.uint8)


def _snow(yuv: Yuv, density: float, rng: np.random.Generator) -> Yuv:
    """Dashes of one to four pixels, white or black, colourless."""
    height, width = yuv.shape[:2]
    seeds = rng.uniform(0, 1, (height, width)) < density / 2.5  # a dash is 2.5 px long on average
    length = rng.integers(1, 5, (height, width))
    hit = seeds.copy()
    for k in range(1, 4):
        hit[:, k:] |= (seeds & (length > k))[:, :-k]
    picture = yuv.copy()
    shade = rng.integers(16, 236, (height, width))
    shade = np.where(rng.uniform(0, 1, (height, width)) < 0.7, 235, shade).astype(np.uint8)
    picture[hit] = np.stack([shade[hit], np.full(hit.sum(), 128), np.full(hit.sum(), 128)], -1)
    return picture
