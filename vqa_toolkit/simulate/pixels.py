"""Decoded pictures ↔ (h, w, 3) uint8 Y'CbCr 4:4:4 limited range. 8-bit 4:2:0 survives the round trip bit for bit."""

from __future__ import annotations

from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Yuv = NDArray[np.uint8]

FULL_RANGE = 2  # AVCOL_RANGE_JPEG
LIMITED_RANGE = 1  # AVCOL_RANGE_MPEG

_CODES = np.arange(256, dtype=np.float64)
# BT.709: luma 16–235, chroma 16–240 around 128.
_TO_LIMITED = np.rint(np.stack([16 + _CODES * 219 / 255] + [128 + (_CODES - 128) * 224 / 255] * 2, -1)).astype(np.uint8)
_TO_FULL = np.clip(np.rint(np.stack([(_CODES - 16) * 255 / 219] + [128 + (_CODES - 128) * 255 / 224] * 2, -1)), 0, 255)


def plane(frame: av.VideoFrame, index: int) -> NDArray[Any]:
    """One plane of ``frame`` as a writable view (h, w), uint8 or uint16 by its depth."""
    source = frame.planes[index]
    deep = frame.format.components[index].bits > 8
    rows = np.frombuffer(memoryview(source), dtype=np.uint16 if deep else np.uint8)
    return rows.reshape(source.height, -1)[:, : source.width]


def to_yuv(frame: av.VideoFrame) -> Yuv:
    """The picture as presented: (h, w, 3) uint8, the source's own matrix, limited range, rotation applied."""
    full = frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
    if frame.format.name not in ("yuv420p", "yuvj420p", "yuv444p", "yuvj444p"):
        frame = frame.reformat(format="yuvj444p" if full else "yuv444p")
    y, u, v = plane(frame, 0), plane(frame, 1), plane(frame, 2)
    if u.shape != y.shape:
        u, v = (_replicate(c, y.shape) for c in (u, v))
    yuv = np.stack([y, u, v], axis=-1)
    if full:
        yuv = cv2.LUT(yuv, _TO_LIMITED[None]).astype(np.uint8)
    turns = round(getattr(frame, "rotation", 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(yuv, turns)) if turns else yuv


def from_yuv(yuv: Yuv, pixel_format: str = "yuv420p", full_range: bool = False) -> av.VideoFrame:
    """A frame of planar ``pixel_format`` (8 bits or more); chroma is averaged where it is subsampled."""
    height, width = yuv.shape[:2]
    frame = av.VideoFrame(width, height, pixel_format)
    frame.color_range = FULL_RANGE if full_range else LIMITED_RANGE
    depth = frame.format.components[0].bits
    if full_range:
        yuv = cv2.LUT(yuv, np.rint(_TO_FULL).astype(np.uint8)[None]).astype(np.uint8)
    for index in range(3):
        target = plane(frame, index)
        values = np.ascontiguousarray(yuv[..., index])
        if target.shape != values.shape:
            values = _average(values, target.shape)
        target[...] = values if depth == 8 else values.astype(np.uint16) << (depth - 8)
    return frame


def _replicate(c: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    across, down = -(-shape[1] // c.shape[1]), -(-shape[0] // c.shape[0])
    return c.repeat(down, axis=0).repeat(across, axis=1)[: shape[0], : shape[1]]


def _average(values: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """``values`` reduced to ``shape`` by the mean of whole cells (edges repeated), so that replicas come back exactly."""
    down, across = -(-values.shape[0] // shape[0]), -(-values.shape[1] // shape[1])
    pad = ((0, shape[0] * down - values.shape[0]), (0, shape[1] * across - values.shape[1]))
    if any(p[1] for p in pad):
        values = np.pad(values, pad, mode="edge")
    return cv2.resize(values, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
