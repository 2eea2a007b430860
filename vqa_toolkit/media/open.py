"""Open files that strangers made, safely: local files only, known containers only, bounded everywhere."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import av.logging
from av.container import InputContainer

from vqa_toolkit.errors import ConfigurationError, MediaRefused, MediaUnreadable

# Demuxers we mean. Playlists (concat, hls, dash), image sequences and devices are left out: they open other files.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "mpeg", "mxf", "flv", "asf", "ogg", "wav", "w64",
    "aiff", "caf", "flac", "mp3", "aac", "ac3", "eac3", "dts", "amr", "h264", "hevc", "mpegvideo", "m4v", "ivf", "obu",
    "vvc", "dv", "gxf", "nut", "yuv4mpegpipe", "mpegtsraw", "rm", "loas", "truehd", "wv", "ape", "au",
)  # fmt: skip
PROTOCOLS = "file"
FORBIDDEN_EXTENSIONS = "give a video or sound file such as .mp4, .mov, .mkv, .ts, .mxf, .wav"
PROBE_BYTES = 20_000_000  # bytes that stream discovery may read
PROBE_MICROSECONDS = 10_000_000
OPEN_TIMEOUT_S = 20.0
MEGAPIXELS_VARIABLE = "VQA_MAX_MEGAPIXELS"
MOST_MEGAPIXELS = 67.0  # 8192 x 8192 px; streams up to this are opened, so that the refusal can name their size


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a file may ask of us; counted while decoding, never taken from a header.

    ``max_pixels`` is the size of a picture: 4K (8.3 megapixels) and 6K (19.4) are analysed, 8K (33.2) is refused, for it
    takes four times the time and memory of 4K and shows the same defects when it is scaled down. The variable
    ``VQA_MAX_MEGAPIXELS`` changes it for the command line and the app, this argument for a caller.
    """

    max_side_px: int = 8192
    max_pixels: int = 20_000_000
    max_duration_s: float = 4 * 3600.0
    max_frames: int = 500_000
    max_streams: int = 8


def usual_bounds() -> Bounds:
    """The bounds that hold where a caller names none: the defaults, with the size of ``VQA_MAX_MEGAPIXELS`` if it is set.

    Raises:
        ConfigurationError: the variable is no number from 0.1 to 67.
    """
    said = os.environ.get(MEGAPIXELS_VARIABLE, "")
    if not said:
        return Bounds()
    try:
        megapixels = float(said)
    except ValueError:
        megapixels = math.nan
    if not 0.1 <= megapixels <= MOST_MEGAPIXELS:
        raise ConfigurationError(
            f"{MEGAPIXELS_VARIABLE} must be a number from 0.1 to {MOST_MEGAPIXELS:.0f}, got {said!r}. Correct or unset it."
        )
    return Bounds(max_pixels=round(megapixels * 1e6))


def readable_file(path: str | Path) -> Path:
    """``path`` as an absolute path to an existing, non-empty, regular file.

    Raises:
        MediaUnreadable: one sentence that says which of these it is not.
    """
    given = Path(path)
    try:
        resolved = given.expanduser().resolve()
        exists, is_dir, is_file = resolved.exists(), resolved.is_dir(), resolved.is_file()
        size = resolved.stat().st_size if is_file else 0
    except (OSError, ValueError, RuntimeError) as exc:
        raise MediaUnreadable(str(given)[:120], "this path cannot be used", "Give the path of a media file") from exc
    if not exists:
        raise MediaUnreadable(given, "there is no such file", "Check the path")
    if is_dir:
        raise MediaUnreadable(given, "this is a folder, not a media file", "Give one file inside it")
    if not is_file:
        raise MediaUnreadable(given, "this is not a regular file", "Copy the media into a file first")
    if size == 0:
        raise MediaUnreadable(given, "the file is empty (0 bytes)", "Copy or upload it again")
    return resolved


def open_media(path: str | Path, bounds: Bounds | None = None) -> InputContainer:
    """Open ``path`` with protocol and format whitelists and size limits on every picture stream (None = the usual ones).

    Raises:
        MediaUnreadable: missing, empty, damaged beyond opening, or not a media container.
        MediaRefused: a limit of ``bounds`` is exceeded.
    """
    resolved = readable_file(path)
    bounds = bounds or usual_bounds()
    av.logging.set_level(None)
    options = {
        "protocol_whitelist": PROTOCOLS,
        "format_whitelist": ",".join(FORMATS),
        "probesize": str(PROBE_BYTES),
        "analyzeduration": str(PROBE_MICROSECONDS),
        "enable_drefs": "0",
        "max_pixels": str(max(round(MOST_MEGAPIXELS * 1e6), bounds.max_pixels)),
        "max_streams": "64",
    }
    try:
        container = av.open(
            f"file:{resolved}", "r", options=options, metadata_errors="replace", timeout=(OPEN_TIMEOUT_S, None)
        )
    except (av.error.FFmpegError, ValueError, OverflowError, MemoryError) as exc:
        raise MediaUnreadable(
            path, _why_not(resolved, exc), "If it plays elsewhere, remux it; else copy it again"
        ) from exc
    try:
        _check_streams(path, container, bounds)
    except MediaRefused:
        container.close()
        raise
    return container


def _why_not(path: Path, exc: BaseException) -> str:
    with path.open("rb") as f:
        head = f.read(4096)
    if head[4:8] in (b"ftyp", b"moov", b"mdat") and b"moov" not in head:
        return "the file ends before its index (moov), so it was cut short or is still being written"
    printable = sum(32 <= b < 127 or b in (9, 10, 13) for b in head)
    if head and printable > 0.95 * len(head):
        return "this is a text file or a playlist, not a media container"
    text = str(exc).split(":")[0].strip() if isinstance(exc, av.error.FFmpegError) else ""
    detail = (
        f" ({exc.strerror})" if isinstance(exc, av.error.FFmpegError) and exc.strerror else f" ({text})" if text else ""
    )
    return f"this is not a media container that can be opened{detail}"


def _check_size(path: str | Path, width: int, height: int, bounds: Bounds) -> None:
    if max(width, height) > bounds.max_side_px:
        raise MediaRefused(
            path, f"its picture is {width}x{height} px, more than {bounds.max_side_px} px a side", "Scale it down first"
        )
    if width * height > bounds.max_pixels:
        raise MediaRefused(
            path,
            f"its picture of {width}x{height} px is {width * height / 1e6:.1f} megapixels, more than the "
            f"{bounds.max_pixels / 1e6:.4g} allowed, because decoding it would take too much time and memory",
            f"Scale it down to 4K first, or set {MEGAPIXELS_VARIABLE}={math.ceil(width * height / 1e6)}",
        )


def _check_streams(path: str | Path, container: InputContainer, bounds: Bounds) -> None:
    streams = container.streams
    if not streams.video and not streams.audio and not streams.subtitles:
        raise MediaRefused(path, "the file has no picture, sound or caption stream", "Give a media file")
    if len(streams) > bounds.max_streams:
        raise MediaRefused(
            path,
            f"it has {len(streams)} streams, more than the {bounds.max_streams} allowed",
            "Extract those that matter",
        )
    for stream in streams.video:
        width, height = stream.codec_context.width, stream.codec_context.height
        _check_size(path, width, height, bounds)
        stream.codec_context.options = {"max_pixels": str(bounds.max_pixels)}
    length = (container.duration or 0) / 1e6
    if math.isfinite(length) and length > bounds.max_duration_s * 1.02:
        raise MediaRefused(
            path,
            f"it says it is {length / 3600:.1f} h long, more than the {bounds.max_duration_s / 3600:.0f} h allowed",
            "Cut it into parts",
        )
