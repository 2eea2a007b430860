"""Exact stills: the picture that is on screen at a time, by seeking in the analysed file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from vqa_toolkit.core import Need
from vqa_toolkit.errors import MediaUnreadable
from vqa_toolkit.media.derive import PictureDeriver
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.media.open import open_media
from vqa_toolkit.media.probe import probe

TOLERANCE_S = 1e-4  # rounding of times that came through JSON
SEEK_MARGIN_S = 0.5  # seek this much earlier: key frames' timestamps and presentation times differ by reordering


def still(media: MediaInfo | str | Path, t: float, height: int | None = None) -> tuple[float, NDArray[np.uint8]]:
    """The frame on screen at ``t`` seconds: (its own time, (h, w, 3) uint8 RGB); ``height`` bounds the shorter side, px.

    Raises:
        MediaUnreadable: when no frame can be decoded at or before ``t``.
    """
    info = media if isinstance(media, MediaInfo) else probe(media, digest=False)
    if info.video is None:
        raise MediaUnreadable(info.path, "it has no picture stream", "Choose a file with pictures")
    shown = _seek(info, t) or _seek(info, 0.0, until=t)
    if shown is None:
        raise MediaUnreadable(info.path, f"no picture can be decoded at {t:.3f} s", "Choose another time")
    time, frame = shown
    need = Need("rgb", height=height)
    rgb: NDArray[np.uint8] = PictureDeriver(info.video, frozenset({need})).derive(frame, [need])[need]
    return time, rgb.copy()


def _seek(info: MediaInfo, t: float, until: float | None = None) -> tuple[float, VideoFrame] | None:
    """The last frame presented at or before ``until`` (default ``t``), decoding from a key frame before ``t``."""
    stop = (t if until is None else until) + TOLERANCE_S
    best: tuple[float, VideoFrame] | None = None
    if info.video is None:
        return None
    with open_media(info.path) as container:
        if not seek_before(container, info, t):
            return None
        for time, frame in presented(container, info):
            if time > stop and best is not None:
                return best
            if time <= stop:
                best = (time, frame)
    return best


def seek_before(container: InputContainer, info: MediaInfo, t: float) -> bool:
    """Stand at a key frame before ``t`` seconds, or at the start; False when the file refuses."""
    if info.video is None or t <= SEEK_MARGIN_S:
        return True
    target = int((t - SEEK_MARGIN_S + info.start_time) / info.video.time_base)
    try:
        container.seek(max(target, 0), stream=container.streams[info.video.index], backward=True)
    except av.error.FFmpegError:
        return False
    return True


def presented(container: InputContainer, info: MediaInfo) -> Iterator[tuple[float, VideoFrame]]:
    """Presented frames from where ``container`` stands; what cannot be decoded is passed over."""
    packets = container.demux(container.streams[info.video.index if info.video else 0])
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        try:
            frames = packet.decode()
        except (av.error.FFmpegError, ValueError):
            continue
        for frame in frames:
            if isinstance(frame, VideoFrame) and frame.pts is not None and frame.time_base is not None:
                yield float(frame.pts * frame.time_base) - info.start_time, frame
