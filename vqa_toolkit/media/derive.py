"""Decoded frames → the views that detectors declared. Each view is computed once per frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from vqa_toolkit.core import Need
from vqa_toolkit.media.info import VideoInfo

_DIRECT_LUMA = ("yuv4", "yuvj4", "yuva4", "gray", "nv1", "nv2", "p010", "p016", "p210", "p410")
_HD_LINES = 720  # unsaid colour matrices are BT.709 from here up, BT.601 below: the players' convention
_COLOUR_SPACES = {
    "bt709": Colorspace.ITU709, "smpte170m": Colorspace.SMPTE170M, "bt470bg": Colorspace.ITU624,
    "bt2020nc": Colorspace.BT2020, "bt2020c": Colorspace.BT2020, "smpte240m": Colorspace.SMPTE240M,
}  # fmt: skip


def scaled_size(width: int, height: int, short_side: int | None) -> tuple[int, int]:
    """(width, height) with the shorter side at most ``short_side`` px, the aspect kept, never enlarged."""
    if short_side is None or min(width, height) <= short_side:
        return width, height
    scale = short_side / min(width, height)
    return max(2, round(width * scale)), max(2, round(height * scale))


def area_scaled(plane: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """``plane`` brought to ``size`` (width, height) by the mean of the area that each new pixel covers.

    Whole halvings come first: OpenCV has vector code for those alone, eight times as fast as a direct reduction by four.
    Each rounds, so that a value may differ from the direct mean by half a code value.
    """
    while (
        plane.shape[1] % 2 == plane.shape[0] % 2 == 0
        and plane.shape[1] >= 2 * size[0]
        and plane.shape[0] >= 2 * size[1]
    ):
        plane = cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA)
    if size != (plane.shape[1], plane.shape[0]):
        plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return plane


def _plane(frame: VideoFrame, index: int, dtype: type, width: int, height: int) -> NDArray[Any]:
    plane = frame.planes[index]
    row = plane.line_size // np.dtype(dtype).itemsize
    flat: NDArray[Any] = np.frombuffer(memoryview(plane), dtype=dtype, count=row * height)
    return flat.reshape(height, row)[:, :width]


def _to_8_bits(plane: NDArray[Any], depth: int) -> NDArray[np.uint8]:
    """Code values of ``depth`` bits rounded to 8."""
    if depth > 8:
        plane = np.minimum((plane.astype(np.uint32) + (1 << (depth - 9))) >> (depth - 8), 255)
    return plane.astype(np.uint8, copy=False)


class PictureDeriver:
    """Derives every declared picture view of one frame; the plane work that views share is done once per frame."""

    def __init__(self, info: VideoInfo, needs: frozenset[Need]) -> None:
        self.info = info
        self.needs = needs
        self._turns = {0: 0, 90: 3, 180: 2, 270: 1}.get(info.rotation, 0)  # np.rot90 turns anticlockwise
        self._reformatter = VideoReformatter()
        self._luma: NDArray[Any] | None = None
        self._source: VideoFrame | None = None

    def derive(self, frame: VideoFrame, needs: list[Need]) -> dict[Need, Any]:
        """The views of ``frame`` for ``needs``, presented upright, at the size of the stream's first frame."""
        self._luma = self._source = None
        return {need: self._one(frame, need) for need in needs}

    def _one(self, frame: VideoFrame, need: Need) -> Any:
        if need.kind == "planes":
            return self._planes(frame)
        make = {"rgb": self._rgb, "luma": self._luma8, "chroma": self._chroma8}[need.kind]
        picture = make(frame, need.height)
        return np.ascontiguousarray(np.rot90(picture, self._turns)) if self._turns else picture

    def _yuv(self, frame: VideoFrame) -> VideoFrame:
        """``frame`` in a planar or semi-planar YUV (or grey) format of the stream's own size."""
        if self._source is None:
            same_size = (frame.width, frame.height) == (self.info.coded_width, self.info.coded_height)
            if frame.format.name.startswith(_DIRECT_LUMA) and not frame.format.name.endswith("be") and same_size:
                self._source = frame
            else:
                self._source = self._reformatter.reformat(
                    frame, self.info.coded_width, self.info.coded_height,
                    frame.format.name if frame.format.name.startswith("yuv4") else "yuv444p",
                )  # fmt: skip
        return self._source

    def _native_luma(self, frame: VideoFrame) -> tuple[NDArray[Any], int]:
        """(h, w) luma as coded and its depth in bits."""
        yuv = self._yuv(frame)
        depth = yuv.format.components[0].bits
        if self._luma is None:
            self._luma = _plane(yuv, 0, np.uint8 if depth == 8 else np.uint16, yuv.width, yuv.height)
            if depth > 8 and yuv.format.name.startswith(("p010", "p016", "p210", "p410")):
                self._luma = self._luma >> (16 - depth)
        return self._luma, depth

    def _luma8(self, frame: VideoFrame, short_side: int | None) -> NDArray[np.uint8]:
        luma, depth = self._native_luma(frame)
        size = scaled_size(luma.shape[1], luma.shape[0], short_side)
        return _to_8_bits(area_scaled(luma, size), depth)

    def _chroma8(self, frame: VideoFrame, short_side: int | None) -> NDArray[np.uint8]:
        width, height = scaled_size(self.info.coded_width, self.info.coded_height, short_side)
        y, u, v = self._planes(frame, upright=False)
        if u.shape == (0, 0):
            return np.full((height, width, 2), 128, dtype=np.uint8)
        depth = 8 if y.dtype == np.uint8 else self._yuv(frame).format.components[0].bits
        both = [_to_8_bits(area_scaled(p, (width, height)), depth) for p in (u, v)]
        return np.stack(both, axis=-1)

    def _planes(self, frame: VideoFrame, *, upright: bool = True) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """(y, u, v) at native depth; u and v are empty (0, 0) arrays for grey material."""
        yuv = self._yuv(frame)
        if yuv.format.name.startswith("gray"):
            luma, _ = self._native_luma(frame)
            none = np.empty((0, 0), dtype=luma.dtype)
            return np.rot90(luma, self._turns if upright else 0), none, none
        if yuv.format.name.startswith(("nv", "p0", "p2", "p4")):
            planar = "yuv420p" if yuv.format.components[0].bits == 8 else "yuv420p10le"
            yuv = self._reformatter.reformat(yuv, yuv.width, yuv.height, planar)
        dtype = np.uint8 if yuv.format.components[0].bits == 8 else np.uint16
        turns = self._turns if upright else 0
        y, u, v = (np.rot90(_plane(yuv, i, dtype, yuv.planes[i].width, yuv.planes[i].height), turns) for i in range(3))
        return y, u, v

    def _rgb(self, frame: VideoFrame, short_side: int | None) -> NDArray[np.uint8]:
        width, height = scaled_size(self.info.coded_width, self.info.coded_height, short_side)
        fallback = Colorspace.ITU709 if self.info.coded_height >= _HD_LINES else Colorspace.SMPTE170M
        yuv_like = not frame.format.is_rgb
        rgb = self._reformatter.reformat(
            frame, width, height, "rgb24",
            src_colorspace=_COLOUR_SPACES.get(self.info.colour_space, fallback) if yuv_like else None,
            src_color_range=(ColorRange.JPEG if self.info.full_range else ColorRange.MPEG) if yuv_like else None,
            dst_color_range=ColorRange.JPEG if yuv_like else None,
            interpolation="AREA" if (width, height) != (frame.width, frame.height) else "BILINEAR",
        )  # fmt: skip
        flat = _plane(rgb, 0, np.uint8, 3 * width, height)
        return np.ascontiguousarray(flat).reshape(height, width, 3)
