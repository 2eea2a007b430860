"""Colour bars in place of the programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import FrameEdit, Yuv

BARS = ((1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1), (0, 0, 0))  # white … black, R G B
_KR, _KB = 0.2126, 0.0722  # BT.709


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPattern(FrameEdit):
    """Vertical bars: ``ebu75``/``ebu100`` (eight bars, ITU-R BT.471) or ``smpte`` (seven bars, castellations, PLUGE).

    Strength scales the bars' purity: 1 = exact, 0 = under noise of 6 codes RMS.
    """

    __test__ = False  # not a test class, whatever pytest makes of its name

    name: ClassVar[str] = "test_pattern"
    defect: ClassVar[str | None] = "test_pattern"

    strength: float = param(1.0, unit="of the scale", low=0.0, high=1.0, doc="1 = exact bars, 0 = 6 codes of noise")
    pattern: str = param("ebu75", choices=("ebu75", "ebu100", "smpte"), doc="which bars")

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> tuple[Yuv, int]:
        return _bars(facts.width, facts.height, self.pattern), int(rng.integers(2**31))

    def paint(self, yuv: Yuv, t: float, index: int, plan: tuple[Yuv, int]) -> Yuv:
        sigma = 6.0 * (1.0 - self.strength)
        if not sigma:
            return plan[0].copy()
        noise = np.random.default_rng((plan[1], index)).normal(0, sigma, yuv.shape[:2])
        picture = plan[0].copy()
        picture[..., 0] = np.clip(np.rint(picture[..., 0] + noise), 1, 254)
        return picture


def _bars(width: int, height: int, pattern: str) -> Yuv:
    level = 1.0 if pattern == "ebu100" else 0.75
    rgb = np.asarray(BARS, dtype=np.float64) * level
    rgb[0] = 1.0 if pattern != "smpte" else 0.75
    picture = np.empty((height, width, 3), dtype=np.uint8)
    if pattern != "smpte":
        picture[:] = _spread(rgb, width)
        return picture
    castle, base = round(height * 0.67), round(height * 0.75)
    picture[:castle] = _spread(rgb[:7], width)
    reverse = np.asarray([BARS[6], BARS[7], BARS[4], BARS[7], BARS[2], BARS[7], BARS[0]]) * 0.75
    picture[castle:base] = _spread(reverse, width)
    pluge = np.asarray(
        [[0.0, 0.13, 0.3], [1.0, 1.0, 1.0], [0.2, 0.0, 0.4], [0.07] * 3, [0.0] * 3, [0.04] * 3, [0.0] * 3]
    )
    picture[base:] = _spread(pluge, width)
    return picture


def _spread(rgb: NDArray[np.float64], width: int) -> Yuv:
    """Colours (n, 3) in [0, 1] → one row (width, 3) of equal bars, Y'CbCr limited range."""
    luma = rgb @ np.array([_KR, 1 - _KR - _KB, _KB])
    cb, cr = (rgb[:, 2] - luma) / (2 * (1 - _KB)), (rgb[:, 0] - luma) / (2 * (1 - _KR))
    codes = np.rint(np.stack([16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr], -1)).astype(np.uint8)
    return np.asarray(codes[np.minimum(np.arange(width) * len(rgb) // width, len(rgb) - 1)])
