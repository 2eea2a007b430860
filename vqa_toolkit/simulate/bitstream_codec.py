"""Pictures to compressed packets and back, in memory, with a chosen codec, loss of sync and error concealment.

Pictures are I420 arrays (h·3/2, w) uint8, even sizes: exactly what the encoders take and the decoders give.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple, cast

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Codec = Literal["h264", "hevc", "mpeg2", "mpeg4", "vp8", "vp9"]
FRAMED: tuple[Codec, ...] = ("vp8", "vp9")  # not carried by transport packets: IVF files

ENCODER: dict[str, str] = {
    "h264": "libx264",
    "hevc": "libx265",
    "mpeg2": "mpeg2video",
    "mpeg4": "mpeg4",
    "vp8": "libvpx",
    "vp9": "libvpx-vp9",
}
DECODER: dict[str, str] = {
    "h264": "h264", "hevc": "hevc", "mpeg2": "mpeg2video", "mpeg4": "mpeg4", "vp8": "vp8", "vp9": "vp9",
}  # fmt: skip
CLOCK = Fraction(1, 90_000)  # seconds per tick of MPEG systems


class Coding(NamedTuple):
    """How pictures are compressed. ``quality`` 0 (coarse) … 1 (fine); ``gop`` frames between key frames."""

    codec: Codec = "h264"
    gop: int = 24
    bframes: int = 2
    slices: int = 1
    quality: float = 0.6
    interlaced: bool = False


class Concealment(NamedTuple):
    """How a decoder hides damage: libavcodec's ``ec`` and ``err_detect``, and whether broken frames are shown."""

    ec: str = "guess_mvs+deblock"
    detect: str = ""
    show_corrupt: bool = True


class Unit(NamedTuple):
    """One access unit: presentation and decoding time in ticks of ``CLOCK`` (None = lost), key flag, bytes, and whether the demuxer
    called it corrupt (transport packets were missing)."""

    pts: int | None
    dts: int | None
    key: bool
    data: bytes
    corrupt: bool = False


def encode(pictures: Iterable[Picture], fps: Fraction, coding: Coding) -> bytes:
    """The pictures as an MPEG transport stream (VP8, VP9: an IVF file); picture i is presented i / fps seconds after the first.

    Raises:
        ValueError: when there is no picture.
    """
    sink, source = io.BytesIO(), iter(pictures)
    first = next(source, None)
    if first is None:
        raise ValueError("there must be at least one picture to encode")
    height, width = first.shape[0] * 2 // 3, first.shape[1]
    layout = "ivf" if coding.codec in FRAMED else "mpegts"
    with av.open(sink, "w", format=layout, options={"mpegts_copyts": "1"} if layout == "mpegts" else {}) as out:
        stream = cast(Any, out.add_stream(ENCODER[coding.codec], rate=fps, options=encoder_options(coding)))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = coding.gop
        stream.codec_context.max_b_frames = 0 if coding.codec in FRAMED else coding.bframes
        stream.codec_context.thread_count = 1
        for number, picture in enumerate(itertools.chain([first], source)):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, 1 / fps
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return sink.getvalue()


def encoder_options(coding: Coding) -> dict[str, str]:
    """The encoder's private options for ``coding``."""
    if coding.codec == "h264":
        options = {"preset": "veryfast", "crf": f"{40 - 22 * coding.quality:.1f}", "sc_threshold": "0"}
        if coding.slices > 1:
            options["x264-params"] = f"slices={coding.slices}"
        return options
    if coding.codec == "hevc":
        params = (
            f"crf={40 - 20 * coding.quality:.1f}:keyint={coding.gop}:min-keyint={coding.gop}:bframes={coding.bframes}:"
            f"slices={coding.slices}:pools=1:frame-threads=1:repeat-headers=1:log-level=none:open-gop=0"
        )
        return {"preset": "ultrafast", "x265-params": params}
    if coding.codec == "vp9":
        return {"deadline": "realtime", "cpu-used": "8", "crf": f"{55 - 35 * coding.quality:.0f}", "b": "0"}
    if coding.codec == "vp8":
        return {"deadline": "realtime", "cpu-used": "8", "crf": f"{50 - 40 * coding.quality:.0f}", "b": "4M"}
    scale = max(2, round(20 - 17 * coding.quality))
    options = {"qmin": str(scale), "qmax": str(scale)}
    if coding.interlaced and coding.codec == "mpeg2":
        options["flags"] = "+ildct+ilme"
    return options


def units(stream: bytes) -> list[Unit]:
    """The access units that a demuxer finds, in decoding order; a stream too broken to open has none."""
    found: list[Unit] = []
    try:
        with av.open(io.BytesIO(stream), "r") as source:
            if not source.streams.video:
                return found
            video = source.streams.video[0]
            for packet in source.demux(video):
                if packet.size:
                    scale = float((packet.time_base or CLOCK) / CLOCK)
                    stamps = ticks(packet.pts, scale), ticks(packet.dts, scale)
                    found.append(Unit(*stamps, packet.is_keyframe, bytes(packet), packet.is_corrupt))
    except (av.FFmpegError, ValueError):
        return found
    return found


def ticks(stamp: int | None, scale: float) -> int | None:
    """A time stamp in ticks of ``CLOCK``."""
    return None if stamp is None else round(stamp * scale)


def decode(
    packets: Sequence[Unit], codec: Codec, conceal: Concealment | None = None, span: tuple[int, int] | None = None
) -> list[tuple[int, Picture]]:
    """Decoded pictures with their times in ticks, in presentation order, those in ``span`` [first, last) only."""
    shown = decoded(packets, codec, conceal or Concealment())
    low, high = span or (-(1 << 62), 1 << 62)
    return sorted(((t, p) for t, p in shown if low <= t < high), key=lambda item: item[0])


def decoded(packets: Iterable[Unit], codec: Codec, conceal: Concealment) -> Iterator[tuple[int, Picture]]:
    """Pictures as the decoder gives them; undecodable packets are passed over."""
    context: Any = av.CodecContext.create(DECODER[codec], "r")
    context.thread_count = 1
    context.options = {k: v for k, v in (("ec", conceal.ec), ("err_detect", conceal.detect)) if v}
    if conceal.show_corrupt:
        context.flags |= av.codec.context.Flags.output_corrupt
    last = 0
    for unit in itertools.chain(packets, [None]):
        packet = None
        if unit is not None:
            packet = av.Packet(unit.data)
            packet.pts, packet.dts, packet.time_base = unit.pts, unit.dts, CLOCK
        try:
            frames = context.decode(packet)
        except (av.FFmpegError, ValueError):
            continue
        for frame in frames:
            last = frame.pts if frame.pts is not None else last + 1
            if frame.format.name in ("yuv420p", "yuvj420p"):
                yield last, frame.to_ndarray()


def aligned(times: Sequence[int], decoded: Sequence[tuple[int, Picture]]) -> list[Picture | None]:
    """For each clean time the picture a player shows: the decoded one at that time, else the one before it, held."""
    held: Picture | None = None
    shown: list[Picture | None] = []
    tolerance = 0.5 * min((b - a for a, b in itertools.pairwise(times)), default=2)
    following = 0
    for t in times:
        while following < len(decoded) and decoded[following][0] <= t + tolerance:
            held = decoded[following][1]
            following += 1
        shown.append(held)
    return shown
