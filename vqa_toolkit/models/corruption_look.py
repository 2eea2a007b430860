"""What the block-corruption network is shown of a picture and its neighbours, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.measures.corruption_features import BLOCK, Beside, features

TO_LIMITED = np.rint(16 + np.arange(256) * 219 / 255).astype(np.uint8)
Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


class Measured(NamedTuple):
    """What is measured of looks of one size: ``cells`` (n, features, 4·rows, 4·cols) for the head; the luma ``beside`` them
    (n, 4, h, w), before and after, each as it was and as motion makes it, in limited-range code values; after a glance its map's
    logits ``glanced`` (n, rows, cols)."""

    cells: NDArray[np.float32]
    beside: NDArray[np.uint8]
    glanced: NDArray[np.float32] | None = None

    @property
    def past(self) -> NDArray[np.float32]:
        """The luma beside, (n, 4, h, w) in [0, 1], for the trunk."""
        scaled: NDArray[np.float32] = np.clip((self.beside.astype(np.float32) - 16.0) / 219.0, 0.0, 1.0)
        return scaled

    def of(self, number: int) -> Measured:
        """What was measured of one look."""
        one = slice(number, number + 1)
        return Measured(self.cells[one], self.beside[one], None if self.glanced is None else self.glanced[one])

    @classmethod
    def joined(cls, parts: Sequence[Measured]) -> Measured:
        """Several looks' facts as one."""
        seen = [p.glanced for p in parts if p.glanced is not None]
        glanced = np.concatenate(seen) if len(seen) == len(parts) else None
        return cls(np.concatenate([p.cells for p in parts]), np.concatenate([p.beside for p in parts]), glanced)


class Look(NamedTuple):
    """What the network sees at once: an RGB picture (h, w, 3) uint8 and the luma before and after it (h, w) uint8 full range;
    ``facts`` where they have been measured before."""

    rgb: NDArray[np.uint8]
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    facts: Measured | None = None


class Seen(NamedTuple):
    """The network's answer: ``map`` (rows, cols) probability per 32-px cell, ``frame`` the decision's probability; a glance's
    ``facts`` save a look from measuring them again."""

    map: NDArray[np.float32]
    frame: float
    facts: Measured | None = None


def eight_bits(plane: NDArray[Any], depth: int) -> NDArray[np.uint8]:
    """Code values of ``depth`` bits as 8 bits, cut off; no copy at 8."""
    return (plane >> (depth - 8)).astype(np.uint8) if plane.dtype != np.uint8 else plane


def to_rgb(planes: Planes, depth: int, full_range: bool) -> NDArray[np.uint8]:
    """Y'CbCr planes of any subsampling as RGB (h, w, 3), BT.601 whatever the file says: as the network was taught."""
    y, u, v = (eight_bits(p, depth) for p in planes)
    height, width = y.shape[0] // 2 * 2, y.shape[1] // 2 * 2
    size = (width // 2, height // 2)
    if u.size == 0:
        u = v = np.full((size[1], size[0]), 128, dtype=np.uint8)
    if full_range:  # to limited, which the conversion below expects
        y = limited(y, 219 / 255, 16)
        u, v = (limited(c, 224 / 255, 128 * (1 - 224 / 255)) for c in (u, v))
    small = [c if c.shape == size[::-1] else cv2.resize(c, size, interpolation=cv2.INTER_AREA) for c in (u, v)]
    flat = np.concatenate([y[:height, :width].reshape(-1), *(c.reshape(-1) for c in small)])
    return np.asarray(cv2.cvtColor(flat.reshape(-1, width), cv2.COLOR_YUV2RGB_I420), dtype=np.uint8)


def limited(plane: NDArray[np.uint8], gain: float, lift: float) -> NDArray[np.uint8]:
    """Full-range code values as limited ones."""
    return np.asarray(cv2.convertScaleAbs(plane, alpha=gain, beta=lift), dtype=np.uint8)


def full_luma(y: NDArray[Any], depth: int, full_range: bool) -> NDArray[np.uint8]:
    """Luma as full-range 8 bits, even size."""
    plain = eight_bits(y, depth)[: y.shape[0] // 2 * 2, : y.shape[1] // 2 * 2]
    if full_range:
        return plain
    table = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(np.ascontiguousarray(plain), table), dtype=np.uint8)


def measured(looks: Sequence[Look]) -> Measured:
    """Features and motion of looks of one size, through the same conversions as in training."""
    height, width = looks[0].rgb.shape[0] // 2 * 2, looks[0].rgb.shape[1] // 2 * 2
    flats = np.stack([cv2.cvtColor(look.rgb[:height, :width], cv2.COLOR_RGB2YUV_I420) for look in looks]).astype(
        np.uint8
    )
    y, chroma = flats[:, :height], flats[:, height:].reshape(len(looks), 2, height // 2, width // 2)
    sides = [
        Beside.of(y, TO_LIMITED[np.stack([luma[:height, :width] for luma in lumas])])
        for lumas in ([look.before for look in looks], [look.after for look in looks])
    ]
    found = features(y, chroma[:, 0], chroma[:, 1], sides[0], sides[1])
    return Measured(found, np.stack([layer for s in sides for layer in (s.luma, s.motion.luma)], axis=1))


def known(looks: Sequence[Look]) -> Measured:
    """Features and motion of looks of one size, measured only where that was not done before."""
    facts = [look.facts for look in looks if look.facts is not None]
    return Measured.joined(facts) if len(facts) == len(looks) else measured(looks)


def padded(look: Look, least: int = 64) -> Look:
    """A picture of fewer than ``least`` px a side, mirrored at its ends."""
    down, right = max(0, least - look.rgb.shape[0]), max(0, least - look.rgb.shape[1])
    if not down and not right:
        return look
    rgb = np.pad(look.rgb, ((0, down), (0, right), (0, 0)), mode="symmetric")
    before, after = (np.pad(p, ((0, down), (0, right)), mode="symmetric") for p in (look.before, look.after))
    return Look(rgb, before, after, look.facts)


def smaller(look: Look, size: float) -> Look:
    """The pictures at ``size`` of theirs, in whole blocks of 8 px, at least eight of them."""
    height, width = (max(8 * BLOCK, round(side * size / BLOCK) * BLOCK) for side in look.rgb.shape[:2])
    planes = (look.rgb, look.before, look.after)
    rgb, before, after = (
        np.asarray(cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA), np.uint8) for p in planes
    )
    return Look(rgb, before, after)
