"""Read what a file says of itself, and decode just enough of it to know where its clock starts."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from vqa_toolkit.errors import MediaRefused
from vqa_toolkit.media.info import AudioInfo, CaptionInfo, MediaInfo, VideoInfo
from vqa_toolkit.media.open import Bounds, open_media, readable_file
from vqa_toolkit.media.tail import Tail, tail_of

FIRST_PACKETS = 400  # packets read to find each stream's first presented frame and its cadence
VFR_SPREAD = 0.15  # a step between packets this share off the median step makes a stream "variable rate"
_MATRIX = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c", 0: "rgb"}
_TRANSFER = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 8: "linear", 13: "srgb", 14: "bt2020-10",
             15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67"}  # fmt: skip
_PRIMARIES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020", 11: "smpte431", 12: "smpte432"}
_FIELD_ORDER = {1: "progressive", 2: "tt", 3: "bb", 4: "tb", 5: "bt"}
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG
SIDECAR_SUFFIXES = (".srt", ".vtt", ".ttml", ".dfxp", ".scc", ".ass", ".ssa", ".sami", ".smi")


def file_sha256(path: str | Path) -> str:
    """SHA-256 of the whole file, hexadecimal."""
    with Path(path).open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The picture stream to analyse: the first that is not cover art."""
    usable = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    return usable[0] if usable else None


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The sound stream to analyse: the default one, else the first."""
    streams = list(container.streams.audio)
    default = [s for s in streams if s.disposition & Disposition.default]
    return next(iter(default or streams), None)


def probe(path: str | Path, *, bounds: Bounds | None = None, digest: bool = True) -> MediaInfo:
    """Facts about the file. ``digest`` computes its SHA-256 (reads all of it).

    Raises:
        MediaUnreadable, MediaRefused: see :func:`~vqa_toolkit.media.open.open_media`.
    """
    resolved = readable_file(path)
    with open_media(resolved, bounds) as container:
        info = _facts(resolved, container)
        info = _with_clock(info, container)
    return replace(info, sha256=file_sha256(resolved)) if digest else info


def _facts(path: Path, container: InputContainer) -> MediaInfo:
    picture, sound = picture_stream(container), sound_stream(container)
    if picture is not None and not (picture.codec_context.width and picture.codec_context.height):
        raise MediaRefused(
            path, "its picture stream has no size, so nothing can be decoded from it", "Remux or re-encode it"
        )
    audio = tuple(_audio(s) for s in container.streams.audio if s.codec_context is not None)
    duration = container.duration / 1e6 if container.duration and container.duration > 0 else math.nan
    tail = tail_of(path) if container.format.name == "mpegts" else Tail(0, 0)
    video = None if picture is None or picture.codec_context is None else _video(picture)
    return MediaInfo(
        path=str(path),
        name=path.name,
        size=path.stat().st_size,
        format=container.format.name,
        duration=duration,
        start_time=(container.start_time or 0) / 1e6,
        bit_rate=float(container.bit_rate or 0),
        video=video,
        audio=next((a for a in audio if sound is not None and a.index == sound.index), None),
        audio_streams=audio,
        captions=_captions(path, container),
        packet_lacks=tail.packet,
        pes_lacks=tail.pes,
    )


def _seconds(ticks: int | None, time_base: float) -> float:
    return math.nan if ticks is None else ticks * time_base


def _video(s: VideoStream) -> VideoInfo:
    c = s.codec_context
    base = float(s.time_base or 0)
    fmt = c.format
    return VideoInfo(
        index=s.index, codec=c.name, width=c.width, height=c.height, coded_width=c.width, coded_height=c.height,
        rotation=0, fps=float(s.average_rate or s.guessed_rate or 0), time_base=base,
        bit_depth=fmt.components[0].bits if fmt else 8, pixel_format=fmt.name if fmt else "",
        full_range=c.color_range == _FULL_RANGE or (fmt is not None and fmt.name.startswith("yuvj")),
        colour_space=_MATRIX.get(int(c.colorspace), ""), transfer=_TRANSFER.get(int(c.color_trc), ""),
        primaries=_PRIMARIES.get(int(c.color_primaries), ""), field_order=_FIELD_ORDER.get(int(c.field_order), ""),
        sample_aspect=float(s.sample_aspect_ratio or 1) or 1.0, vfr=None,
        duration=_seconds(s.duration, base), start=_seconds(s.start_time, base),
    )  # fmt: skip


def _audio(s: AudioStream) -> AudioInfo:
    c = s.codec_context
    base = float(s.time_base or 0)
    bits = c.format.bits if c.format is not None and c.name.startswith(("pcm", "flac", "alac", "wavpack")) else 0
    return AudioInfo(
        index=s.index, codec=c.name, rate=int(c.sample_rate or 0), channels=int(c.channels or 0),
        layout=c.layout.name if c.layout else "", bit_depth=bits, language=s.language or "",
        duration=_seconds(s.duration, base), start=_seconds(s.start_time, base),
    )  # fmt: skip


def _captions(path: Path, container: InputContainer) -> tuple[CaptionInfo, ...]:
    embedded = [
        CaptionInfo(s.index, s.codec_context.name if s.codec_context else "", s.language or "")
        for s in container.streams.subtitles
    ]
    beside = [
        CaptionInfo(-1, suffix[1:], "", str(p))
        for suffix in SIDECAR_SUFFIXES
        if (p := path.with_suffix(suffix)).is_file() and p != path
    ]
    return (*embedded, *beside)


def _first_packets(container: InputContainer, indices: list[int]) -> Iterator[tuple[int, float, float | None, int]]:
    """(stream index, packet time, first decoded frame's time or None, rotation) for the file's first packets."""
    streams = [container.streams[i] for i in indices]
    decoded: set[int] = set()
    try:
        for count, packet in enumerate(container.demux(streams)):
            base = float(packet.time_base)
            shown, rotation = None, 0
            try:
                frames = [] if packet.stream.index in decoded else packet.decode()
            except (av.error.FFmpegError, ValueError):
                frames = []
            for frame in frames:
                if getattr(frame, "pts", None) is not None:
                    shown = float(frame.pts * frame.time_base)  # type: ignore[union-attr,operator]
                    rotation = int(getattr(frame, "rotation", 0))
                    decoded.add(packet.stream.index)
                    break
            yield packet.stream.index, _seconds(packet.pts, base), shown, rotation
            if count > FIRST_PACKETS:
                return
    except (av.error.FFmpegError, ValueError):
        return


def _with_clock(info: MediaInfo, container: InputContainer) -> MediaInfo:
    """Set the clock's origin to the earliest presented frame or sample, and note rotation and cadence."""
    wanted = [s.index for s in (info.video, info.audio) if s is not None]
    first: dict[int, float] = {}
    packets: list[float] = []
    rotation = 0
    for index, t, shown, turned in _first_packets(container, wanted) if wanted else ():
        if shown is not None and index not in first:
            first[index] = shown
            rotation = turned if info.video and index == info.video.index else rotation
        if info.video and index == info.video.index and not math.isnan(t):
            packets.append(t)
        if len(first) == len(wanted) and (info.video is None or len(packets) > FIRST_PACKETS // 4):
            break
    origin = min(first.values(), default=info.start_time)
    video, audio = info.video, info.audio
    if video is not None:
        clockwise = -rotation % 360
        turned_sides = clockwise in (90, 270)
        video = replace(
            video, rotation=clockwise, vfr=_varies(packets), start=first.get(video.index, math.nan) - origin,
            width=video.coded_height if turned_sides else video.coded_width,
            height=video.coded_width if turned_sides else video.coded_height,
        )  # fmt: skip
    if audio is not None:
        audio = replace(audio, start=first.get(audio.index, math.nan) - origin)
    return replace(info, start_time=origin, video=video, audio=audio)


def _varies(packet_times: list[float]) -> bool | None:
    if len(packet_times) < 8:  # too few steps to speak of a cadence
        return None
    steps = np.diff(np.sort(np.asarray(packet_times)))[:-4]  # the newest may still be reordered
    median = float(np.median(steps))
    return bool(np.mean(np.abs(steps - median) > max(VFR_SPREAD * median, 0.0015)) > 0.02)
