"""What libvpx says of a VP9 packet: it notices damage that FFmpeg's own decoder passes over in silence.

The entropy decoder decodes something from any bytes. libvpx asks afterwards whether it read beyond the end of a tile, and calls the
frame corrupt if it did; FFmpeg's decoder, whose pictures are shown here as in most players, does not. (Of VP8 libvpx says less than
FFmpeg; of other codecs there is no second decoder.)
"""

from __future__ import annotations

from typing import Any

import av
import av.error

from vqa_toolkit.media.units import complaint_of

DECODERS = {"vp9": "libvpx-vp9"}


class SecondOpinion:
    """Decodes a stream a second time, for its complaints alone. One that has never decoded a picture is not believed: it may not
    know the stream's profile."""

    def __init__(self, decoder: str, extradata: bytes | None) -> None:
        self._context: Any = av.CodecContext.create(decoder, "r")
        self._context.extradata = extradata
        self._able = False

    def of(self, packet: Any) -> str:
        """Its complaint about a packet; empty where it has none."""
        try:
            self._able |= bool(self._context.decode(packet))
        except (av.error.FFmpegError, ValueError) as exc:
            return f"{self._context.name}: {complaint_of(exc)}" if self._able else ""
        return ""


def second_opinion(codec: str, extradata: bytes | None) -> SecondOpinion | None:
    """The other decoder of a codec; None where there is none, or this build of FFmpeg lacks it."""
    name = DECODERS.get(codec)
    return SecondOpinion(name, extradata) if name is not None and name in av.codecs_available else None
