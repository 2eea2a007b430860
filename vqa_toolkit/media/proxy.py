"""A copy that a browser can play, where it cannot play the original: H.264 and AAC, frame for frame at the same times."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from vqa_toolkit.errors import MediaUnreadable
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.media.open import open_media

MOST_LINES = 720  # of a proxy: enough to see damage by, small enough to seek in
CLOCK_HZ = 90_000  # ticks of the proxy's picture times, MPEG's own
RATE_HZ = 48_000
QUALITY = {"preset": "veryfast", "crf": "20", "g": "25", "bf": "0"}  # short groups without B-frames: steps are instant

PICTURES = ("h264", "vp8", "vp9", "av1")
SOUNDS = ("aac", "mp3", "opus", "vorbis", "flac")
CONTAINERS = ("mp4", "mov", "webm", "matroska", "mp3", "wav", "ogg", "flac", "aac")
PIXELS = ("yuv420p", "yuvj420p")


def playable(info: MediaInfo) -> bool:
    """Whether Chromium plays the file as it is (8-bit 4:2:0 of an open or licensed codec in a container it knows)."""
    if not any(name in info.format.split(",") or info.format.startswith(name) for name in CONTAINERS):
        return False
    if info.video and (info.video.codec not in PICTURES or info.video.pixel_format not in PIXELS):
        return False
    return info.audio is None or info.audio.codec in SOUNDS or info.audio.codec.startswith("pcm_s16")


def make_proxy(info: MediaInfo, target: Path) -> Path:
    """Write ``target`` (.mp4) with the pictures and the sound of ``info``'s file at the times of the one clock.

    What does not decode is left out, so that the rest keeps its place in time.

    Raises:
        MediaUnreadable: when nothing decodes.
    """
    part = target.with_name(target.name + ".part")
    try:
        with open_media(info.path) as source, av.open(str(part), "w", format="mp4") as out:
            written = _write(source, out, info)
        if not written:
            raise MediaUnreadable(info.path, "nothing in it decodes", "Watch it in the player it was made for")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _write(source: Any, out: Any, info: MediaInfo) -> int:
    streams = [source.streams[i.index] for i in (info.video, info.audio) if i is not None]
    picture = _picture(out, info) if info.video else None
    sound = out.add_stream("aac", rate=RATE_HZ, layout="stereo") if info.audio else None
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE_HZ)
    last, count = -1, 0
    for frame in _frames(source, streams):
        if frame.time is None:
            continue
        t = frame.time - info.start_time
        if isinstance(frame, VideoFrame) and picture is not None:
            ticks = round(t * CLOCK_HZ)
            if ticks <= last or ticks < 0:
                continue
            last, count = ticks, count + 1
            shown = frame.reformat(width=picture.width, height=picture.height, format="yuv420p")
            shown.pts, shown.time_base = ticks, Fraction(1, CLOCK_HZ)
            out.mux(picture.encode(shown))
        elif isinstance(frame, AudioFrame) and sound is not None:
            for heard in resampler.resample(frame):
                count += 1
                heard.pts = None if heard.pts is None else heard.pts - round(info.start_time * RATE_HZ)
                out.mux(sound.encode(heard))
    for stream in (picture, sound):
        if stream is not None and count:
            out.mux(stream.encode(None))
    return count


def _picture(out: Any, info: MediaInfo) -> Any:
    video = info.video
    if video is None:
        return None
    stream = out.add_stream("libx264", rate=round(video.fps) or 25, options=dict(QUALITY))
    scale = min(1.0, MOST_LINES / max(1, video.coded_height))
    stream.width, stream.height = (max(2, int(n * scale) // 2 * 2) for n in (video.coded_width, video.coded_height))
    stream.pix_fmt, stream.codec_context.time_base = "yuv420p", Fraction(1, CLOCK_HZ)
    return stream


def _frames(source: Any, streams: list[Any]) -> Iterator[Any]:
    """Frames of all streams in file order; packets that do not decode are skipped."""
    try:
        for packet in source.demux(streams):
            try:
                yield from packet.decode()
            except (av.error.FFmpegError, ValueError):
                continue
    except av.error.FFmpegError:
        return
