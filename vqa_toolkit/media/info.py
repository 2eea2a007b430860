"""What a file says about itself, read without trusting it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """The picture stream. ``width``/``height`` are as presented (after ``rotation``), ``coded_*`` as stored, in px."""

    index: int
    codec: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int  # degrees clockwise that a player turns the picture: 0, 90, 180, 270
    fps: float  # average frames/s by the container's word; 0 when unknown
    time_base: float  # seconds per tick
    bit_depth: int
    pixel_format: str
    full_range: bool
    colour_space: str  # matrix: bt709, smpte170m, …; "" when unsaid
    transfer: str
    primaries: str
    field_order: str  # progressive, tt, bb, tb, bt or ""
    sample_aspect: float
    vfr: bool | None  # by the first packets' timestamps; None when unknown
    duration: float  # seconds by the container's word; NaN when unknown
    start: float  # the stream's first PTS by the container's word, seconds on the one clock


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """A sound stream."""

    index: int
    codec: str
    rate: int
    channels: int
    layout: str
    bit_depth: int  # 0 for lossy codecs that have none
    language: str
    duration: float
    start: float


@dataclass(frozen=True, slots=True)
class CaptionInfo:
    """A caption track: a stream of the file, or a file beside it (``path`` not empty)."""

    index: int
    codec: str
    language: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A media file: ``start_time`` is the container time that the one clock calls 0; ``duration`` is seconds from there."""

    path: str
    name: str
    size: int  # bytes
    format: str
    duration: float
    start_time: float
    bit_rate: float  # bits/s
    video: VideoInfo | None
    audio: AudioInfo | None  # the stream that is analysed
    audio_streams: tuple[AudioInfo, ...] = ()
    captions: tuple[CaptionInfo, ...] = ()
    sha256: str = ""
    notes: tuple[str, ...] = ()
    packet_lacks: int = 0  # bytes that the last transport packet is known to lack; 0 where it is whole, or none
    pes_lacks: int = 0  # bytes that the last PES packets are known to lack
