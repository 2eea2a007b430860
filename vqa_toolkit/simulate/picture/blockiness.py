"""Blockiness: the blocks of a coarse transform coder, left unsmoothed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import FrameEdit, Yuv

BLOCK = 8  # px, as in MPEG-2, JPEG and H.263
QUANTISER = (5.0, 60.0)  # code values of the DC step at strength 0 and 1, on a logarithmic scale
SLOPE = 0.5  # growth of the step per order of frequency, about that of MPEG's default matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Blockiness(FrameEdit):
    """Each 8×8 block's DCT coefficients are rounded to multiples of ``quantiser`` · (1 + (u + v) / 2), in all planes."""

    name: ClassVar[str] = "blockiness"
    defect: ClassVar[str | None] = "blockiness"

    quantiser: float | None = param(None, unit="code values", low=1.0, high=200.0, doc="step of the mean; by strength")

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> float:
        by_strength = QUANTISER[0] * (QUANTISER[1] / QUANTISER[0]) ** self.strength
        return by_strength if self.quantiser is None else self.quantiser

    def expected(self, plan: float) -> dict[str, float]:
        return {"quantiser": plan}

    def paint(self, yuv: Yuv, t: float, index: int, plan: float) -> Yuv:
        height, width = yuv.shape[:2]
        padded = np.pad(yuv, ((0, -height % BLOCK), (0, -width % BLOCK), (0, 0)), mode="edge").astype(np.float32)
        rows, columns = padded.shape[0] // BLOCK, padded.shape[1] // BLOCK
        blocks = padded.reshape(rows, BLOCK, columns, BLOCK, 3).transpose(0, 2, 4, 1, 3)
        basis = _cosines()
        # The mean's coefficient is eight times the mean, so a step of 8 · plan rounds means to multiples of plan.
        order = np.add.outer(np.arange(BLOCK), np.arange(BLOCK))
        step = (plan * (1 + SLOPE * order) * np.where(order == 0, BLOCK, 2)).astype(np.float32)
        coarse = basis.T @ (np.rint(basis @ blocks @ basis.T / step) * step) @ basis
        whole = coarse.transpose(0, 3, 1, 4, 2).reshape(padded.shape)[:height, :width]
        return np.asarray(np.clip(np.rint(whole), 16, 240), dtype=np.uint8)


def _cosines() -> NDArray[np.float32]:
    """The orthonormal DCT-II of eight samples as a matrix (8, 8)."""
    k, n = np.mgrid[:BLOCK, :BLOCK]
    basis = np.cos(np.pi * (2 * n + 1) * k / (2 * BLOCK)) * np.sqrt(2 / BLOCK)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis, np.float32)
