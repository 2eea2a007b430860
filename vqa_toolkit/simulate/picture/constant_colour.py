"""One colour over the whole picture: what a lost input or a failed decoder shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vqa_toolkit.simulate.core import ClipFacts, param
from vqa_toolkit.simulate.picture.editing import FrameEdit, Yuv, flat

# Y'CbCr BT.709 limited range; "decoder" is what all-zero planes show: dark green, out of legal range.
COLOURS: dict[str, tuple[int, int, int]] = {
    "green": (173, 42, 26), "blue": (32, 240, 118), "red": (63, 102, 240), "grey": (126, 128, 128),
    "white": (235, 128, 128), "magenta": (78, 214, 230), "decoder": (0, 0, 0),
}  # fmt: skip
LOUDEST_GRAIN = 4.0  # codes RMS of the noise over the colour at strength 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantColour(FrameEdit):
    """Every pixel the same. Strength scales purity: 1 = exact, 0 = under noise of 4 codes RMS."""

    name: ClassVar[str] = "constant_colour"
    defect: ClassVar[str | None] = "constant_colour"

    strength: float = param(1.0, unit="of the scale", low=0.0, high=1.0, doc="1 = exact colour, 0 = 4 codes of noise")
    colour: str = param("any", choices=("any", *COLOURS), doc="which colour; any = drawn by the seed")

    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> tuple[str, int]:
        drawn = str(rng.choice(sorted(COLOURS)))
        return drawn if self.colour == "any" else self.colour, int(rng.integers(2**31))

    def paint(self, yuv: Yuv, t: float, index: int, plan: tuple[str, int]) -> Yuv:
        picture = flat(yuv, COLOURS[plan[0]])
        sigma = LOUDEST_GRAIN * (1.0 - self.strength)
        if not sigma:
            return picture
        noise = np.random.default_rng((plan[1], index)).normal(0, sigma, yuv.shape[:2])
        picture[..., 0] = np.clip(np.rint(picture[..., 0] + noise), 1, 254)
        return picture
