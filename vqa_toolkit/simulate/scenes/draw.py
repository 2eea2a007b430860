"""Drawing for procedural scenes: BGR canvases, textures, sensor grain, and the way to Y'CbCr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Bgr = NDArray[np.uint8]
Yuv = NDArray[np.uint8]

# BT.709 full-range B'G'R' (0–255) → limited-range Y'CbCr: rows Y, Cb, Cr; last column is the offset.
_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB
_MATRIX = np.array(
    [
        [_KB * 219 / 255, _KG * 219 / 255, _KR * 219 / 255, 16.0],
        [0.5 * 224 / 255, -_KG / (1 - _KB) * 112 / 255, -_KR / (1 - _KB) * 112 / 255, 128.0],
        [-_KB / (1 - _KR) * 112 / 255, -_KG / (1 - _KR) * 112 / 255, 0.5 * 224 / 255, 128.0],
    ]
)


class Shot(NamedTuple):
    """The picture to draw: size in px, frames/s, how many frames, and the seed of everything random."""

    width: int
    height: int
    fps: float
    frames: int
    seed: int

    def rng(self, *key: int) -> np.random.Generator:
        """A generator for this shot and ``key``."""
        return np.random.default_rng([self.seed, *key])

    @property
    def unit(self) -> float:
        """Pixels per 1/180 of the height: sizes written for 320×180 scale with it."""
        return self.height / 180.0


Painter = Callable[[Shot], Iterator[Yuv]]


def to_yuv(bgr: Bgr) -> Yuv:
    """(h, w, 3) B'G'R' full range → Y'CbCr BT.709 limited range."""
    return np.asarray(cv2.transform(bgr, _MATRIX), dtype=np.uint8)


def texture(
    rng: np.random.Generator, height: int, width: int, octaves: int = 5, fade: float = 0.6
) -> NDArray[np.float32]:
    """Multi-octave value noise (height, width) in about [-1, 1]; ``fade`` is the gain from one octave to the finer next."""
    total = np.zeros((height, width), dtype=np.float32)
    gain = 1.0
    for octave in range(octaves):
        cells = 2 ** (octave + 2)
        grid = rng.uniform(-1, 1, (max(2, cells * height // width), cells)).astype(np.float32)
        total += gain * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        gain *= fade
    return total / max(1e-6, float(np.abs(total).max()))


def tinted(field: NDArray[np.float32], dark: tuple[int, ...], light: tuple[int, ...]) -> Bgr:
    """A field in [-1, 1] as a picture between two B'G'R' colours."""
    share = np.clip(field * 0.5 + 0.5, 0, 1)[..., None]
    return np.asarray(np.asarray(dark) * (1 - share) + np.asarray(light) * share, dtype=np.uint8)


class Grain:
    """Sensor noise: Gaussian, ``luma`` and ``chroma`` codes RMS, fresh every frame from a small bank of fields."""

    _BANK = 6

    def __init__(self, shot: Shot, luma: float = 1.5, chroma: float = 0.7) -> None:
        rng = shot.rng(991)
        size = (self._BANK, shot.height + 64, shot.width + 64, 3)
        gains = np.array([luma, chroma, chroma], dtype=np.float32)
        self._fields = np.rint(rng.standard_normal(size, dtype=np.float32) * gains).astype(np.int16)
        self._rng = rng
        self._shape = (shot.height, shot.width)

    def add(self, yuv: Yuv) -> Yuv:
        """``yuv`` with noise, kept inside 16–235."""
        down, across = (int(n) for n in self._rng.integers(0, 64, 2))
        field = self._fields[int(self._rng.integers(self._BANK))]
        noise = field[down : down + self._shape[0], across : across + self._shape[1]]
        return np.asarray(np.clip(yuv.astype(np.int16) + noise, 16, 235), dtype=np.uint8)


def write(canvas: Bgr, text: str, x: float, y: float, height: float, colour: tuple[int, ...] = (235, 235, 235)) -> None:
    """Letters of ``height`` px with their baseline's left end at (x, y), drawn in place."""
    scale = max(0.25, height / 22.0)  # the font's capitals are 22 px tall at scale 1
    cv2.putText(
        canvas,
        text,
        (round(x), round(y)),
        cv2.FONT_HERSHEY_SIMPLEX,
        scale,
        colour,
        max(1, round(scale * 1.6)),
        cv2.LINE_AA,
    )


def shifted(picture: Bgr, x: float, y: float, width: int, height: int) -> Bgr:
    """The window of ``picture`` at sub-pixel (x, y), sharp by Lanczos interpolation; edges are mirrored."""
    matrix = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(picture, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, dtype=np.uint8)
