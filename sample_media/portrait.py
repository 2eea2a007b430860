"""A photograph that speaks: the mouth, jaw, eyelids and head of a portrait moved by phonemes and loudness.

Coordinates are px of scikit-image's 512×512 astronaut; the work is done at SCALE times that.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_media.draw import Picture, sharpened
from sample_media.sound import RATE, Phoneme, Sound

SCALE = 3
X0, Y0, X1, Y1 = 140, 20, 320, 200  # the head
MOUTH_X, MOUTH_Y, HALF = 225.3, 140.6, 22.5  # middle of the corners, half the width
UPPER, LOWER = 4.3, 8.7  # inner edges of the lips below the corners' line, in the middle
EYES = ((202.8, 101.0), (246.5, 103.0))
INSIDE = np.array([62, 20, 22], np.float32)  # the mouth behind the teeth
TONGUE = np.array([150, 72, 70], np.float32)

# Opening in px of the lower lip (negative = towards the upper lip), rounding 0…1, by the first letter that fits.
SHAPES: dict[str, tuple[float, float]] = {
    "_": (-2.5, 0.0),
    "m": (-5.5, 0.0),
    "b": (-5.5, 0.0),
    "p": (-5.5, 0.0),
    "f": (-3.6, 0.0),
    "v": (-3.4, 0.0),
    "w": (0.5, 1.0),
    "u": (1.5, 1.0),
    "U": (2.0, 0.8),
    "O": (5.0, 0.8),
    "o": (4.5, 0.8),
    "0": (6.0, 0.4),
    "a": (7.5, 0.3),
    "A": (7.5, 0.35),
    "V": (6.0, 0.25),
    "e": (5.0, 0.1),
    "E": (5.5, 0.1),
    "3": (4.5, 0.4),
    "@": (4.5, 0.1),
    "i": (2.0, -0.3),
    "I": (3.2, -0.2),
    "S": (0.5, 0.6),
    "Z": (0.5, 0.6),
    "t": (0.0, 0.0),
    "d": (0.3, 0.0),
    "s": (-0.8, 0.0),
    "z": (-0.6, 0.0),
    "T": (1.5, 0.0),
    "D": (1.5, 0.0),
    "r": (1.8, 0.4),
}
OTHER = (1.8, 0.0)
LEAD = 0.05  # s by which the mouth takes a shape before it is heard: 0.02 after to 0.07 before in chained syllables, up to 0.2 before
# elsewhere (Schwartz and Savariaux, PLoS Comput. Biol. 10(7), e1003743, 2014)
ARTICULATION = 0.045  # s, half-width of the smoothing between one shape and the next


def mouth(phonemes: Sequence[Phoneme], speech: Sound, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3): opening px, rounding and loudness 0…1 at ``times``, blended across neighbouring phonemes and LEAD ahead of them."""
    grid = np.arange(0, len(speech) / RATE + 0.5, 0.005)
    target = np.tile(np.array(SHAPES["_"]), (len(grid), 1))
    for p, following in zip(phonemes, [*phonemes[1:], Phoneme(grid[-1], "_")], strict=True):
        shape = SHAPES.get(p.name[:1], OTHER)
        target[(grid >= p.t) & (grid < following.t)] = shape
    power = np.convolve(speech**2, np.ones(RATE // 25) / (RATE // 25), "same")
    loud = np.sqrt(np.interp(grid, np.arange(len(speech)) / RATE, power))
    loud = np.clip(loud / (np.percentile(loud[loud > 1e-3], 85) + 1e-9), 0, 1.15)
    opening = np.where(target[:, 0] > 0, target[:, 0] * (0.35 + 0.65 * loud), target[:, 0])
    kernel = np.hanning(2 * round(ARTICULATION / 0.005) + 1)
    smooth = [np.convolve(v, kernel / kernel.sum(), "same") for v in (opening, target[:, 1], loud)]
    return np.stack([np.interp(times + LEAD, grid, v) for v in smooth], 1)


class Portrait:
    """The astronaut; ``speaking`` gives the whole picture at SCALE with the face in a given state."""

    def __init__(self, photo: Picture) -> None:
        self._still = sharpened(photo, SCALE)
        ys, xs = np.mgrid[Y0 * SCALE : Y1 * SCALE, X0 * SCALE : X1 * SCALE].astype(np.float32)
        self._x, self._y = xs / SCALE, ys / SCALE
        dx, dy = self._x - 228, self._y - 108
        self._head = np.exp(-((dx / 62) ** 4) - (dy / 66) ** 4).astype(np.float32)

    def speaking(self, opening: float, rounding: float, nod: float, turn: float, blink: float) -> Picture:
        """``opening`` px, ``rounding`` −1…1, ``nod`` and ``turn`` px of the head, ``blink`` 0 open … 1 shut."""
        x = self._x - turn * self._head
        y = self._y - nod * self._head
        x = MOUTH_X + (x - MOUTH_X) * (
            1 + 0.3 * rounding * np.exp(-(((x - MOUTH_X) / 30) ** 2) - ((y - 147) / 16) ** 2)
        )
        arch = np.clip(1 - ((x - MOUTH_X) / HALF) ** 2, 0, 1)
        top, bottom = MOUTH_Y + UPPER * arch, MOUTH_Y + LOWER * arch
        down = max(opening, -(LOWER - UPPER) - 1.1) * arch**0.85
        jaw = max(opening, -1.0) * 0.8 * np.exp(-(((x - MOUTH_X) / 34) ** 4))
        share = np.clip((y - bottom - down - 6) / 14, 0, 1)
        fade_out = np.clip((190 - y) / 16, 0, 1)
        moved = (down * (1 - share) + jaw * share) * fade_out
        lips = np.clip((y - bottom - down) * SCALE / 2 + 0.5, 0, 1)
        y_face = np.where(y > np.minimum(bottom + down, top + 2), y - moved * lips, y)
        for ex, ey in EYES:
            reach = np.where(
                y < ey, ((y - ey) / 12) ** 2, ((y - ey) / 5) ** 4
            )  # a slope under 1, or the lid would fold
            near = np.exp(-(((x - ex) / 10.5) ** 4) - reach)
            y_face = y_face - 7.5 * blink * near
        face = cv2.remap(
            self._still,
            (x * SCALE).astype(np.float32),
            (y_face * SCALE).astype(np.float32),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        ).astype(np.float32)
        gap = np.clip((y - bottom + 1.0) * SCALE / 3, 0, 1) * (1 - lips) * (arch > 0.02)
        depth = np.clip((y - bottom) / max(opening, 1.0), 0, 1)[..., None]
        inside = INSIDE * (1 - depth) + TONGUE * 0.8 * depth
        inside = inside * (0.45 + 0.55 * arch[..., None])
        face += (gap * np.clip(opening / 1.5, 0, 1))[..., None] * (inside - face)
        picture = self._still.copy()
        picture[Y0 * SCALE : Y1 * SCALE, X0 * SCALE : X1 * SCALE] = np.clip(face, 0, 255).astype(np.uint8)
        return picture
