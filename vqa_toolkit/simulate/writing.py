"""Writing media through PyAV: pictures encoded, sound encoded, or either copied packet by packet, interleaved by time.

Sound codec by container: ``.mov``, ``.mkv`` and ``.wav`` carry PCM, exact to the sample; ``.mp4`` carries AAC, whose
priming is skipped by an edit list, so times stay true (tested), but whose samples are an approximation.
"""

from __future__ import annotations

import math
import platform
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.media.open import open_media
from vqa_toolkit.media.probe import picture_stream, sound_stream
from vqa_toolkit.simulate.core import Frame
from vqa_toolkit.simulate.pixels import FULL_RANGE, LIMITED_RANGE, from_yuv

SOUND_CODECS: Mapping[str, str] = {
    ".mp4": "aac", ".m4v": "aac", ".m4a": "aac", ".ts": "aac", ".mov": "pcm_s16le", ".mkv": "pcm_s16le",
    ".wav": "pcm_s16le", ".avi": "pcm_s16le", ".mxf": "pcm_s16le",
}  # fmt: skip
LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
BLOCK = 1024  # samples per encoded sound frame: AAC's frame
# With its AVX-512 code x264 gave two different streams from the same frames in one run of six on an AMD EPYC (80 runs); with
# its code up to AVX2, or up to SSE4.2, the same one in 60 of 60. Naming instruction sets works on x86 only.
REPEATABLE = "asm=SSE4.2,SSE4.1,SSSE3,SSE3,SSE2Fast,MMX2,SSE2" if platform.machine() in ("x86_64", "AMD64") else ""
BT709 = (1, 1, 1)  # primaries, transfer, matrix


@dataclass(frozen=True, slots=True)
class Encoding:
    """How edited streams are encoded. ``crf`` 0–51 (18 is visually lossless); ``sound_bit_rate`` bits/s for AAC."""

    video_codec: str = "libx264"
    crf: float = 18.0
    preset: str = "veryfast"
    pixel_format: str = ""  # "" = yuv420p, or yuv444p for odd sizes
    full_range: bool = False
    sound_codec: str = ""  # "" = by the container
    sound_bit_rate: int = 256_000
    colours: tuple[int, int, int] = BT709
    options: Mapping[str, str] = field(default_factory=dict)


class Track(ABC):
    """One stream being written. ``time`` is when its next item is presented; infinite once all is written."""

    time: float = 0.0

    @abstractmethod
    def step(self) -> None:
        """Write the next item."""


class PictureTrack(Track):
    """Encodes frames; ``times`` collects what was presented when. ``delay`` seconds is added to every time."""

    def __init__(
        self, output: Any, frames: Iterator[Frame], base: Fraction, fps: float, encoding: Encoding, delay: float
    ) -> None:
        self._output, self._frames, self._base, self._encoding, self._delay = output, frames, base, encoding, delay
        self.times: list[float] = []
        self._duration = max(1, round(1 / fps / base))
        self._next = next(self._frames, None)
        self.time = self._next.t if self._next else math.inf
        if self._next is None:
            raise FaultError("The clip has no picture that can be decoded, so there is nothing to edit.")
        self._stream = self._open(self._next.yuv.shape[1], self._next.yuv.shape[0], fps)

    def _open(self, width: int, height: int, fps: float) -> Any:
        e = self._encoding
        rate = Fraction(fps).limit_denominator(1001 * 60)
        x26 = e.video_codec.startswith("libx26")
        options = {"crf": f"{e.crf:g}", "preset": e.preset} if x26 else {}
        if e.video_codec == "libx264" and REPEATABLE:
            options["x264-params"] = REPEATABLE
        stream = self._output.add_stream(e.video_codec, rate=rate, options={**options, **e.options})
        stream.width, stream.height = width, height
        odd = width % 2 or height % 2
        stream.pix_fmt = e.pixel_format or ("yuv444p" if odd else "yuv420p")
        context = stream.codec_context
        if x26:  # MPEG-2 has no finer clock than its frame rate
            context.time_base = self._base
        else:
            self._base, self._duration = 1 / rate, 1
        context.color_primaries, context.color_trc, context.colorspace = e.colours
        context.color_range = FULL_RANGE if e.full_range else LIMITED_RANGE
        return stream

    def step(self) -> None:
        frame, self._next = self._next, next(self._frames, None)
        if frame is None:
            return
        picture = from_yuv(frame.yuv, self._stream.pix_fmt, self._encoding.full_range)
        picture.pts = round((frame.t + self._delay) / self._base)
        picture.time_base = self._base
        picture.duration = self._duration
        self.times.append(frame.t)
        self._output.mux(self._stream.encode(picture))
        self.time = self._next.t if self._next else math.inf
        if self._next is None:
            self._output.mux(self._stream.encode(None))


class SoundTrack(Track):
    """Encodes samples (n, channels) float32, the first presented at ``delay`` seconds."""

    def __init__(
        self, output: Any, audio: NDArray[np.float32], rate: int, codec: str, bit_rate: int, delay: float
    ) -> None:
        self._output, self._audio, self._rate, self._at = output, audio, rate, 0
        self._first = round(delay * rate)
        channels = audio.shape[1]
        self._layout = LAYOUTS[channels]
        self._stream = output.add_stream(codec, rate=rate, layout=self._layout)
        self._pcm = codec.startswith("pcm_s16") or codec == "flac"
        # A transport stream has no edit list to skip AAC's priming; without that packet the first sample is at 0 again.
        self._drop_priming = codec == "aac" and output.format.name == "mpegts"
        if self._pcm:
            self._stream.codec_context.format = "s16"
        else:
            self._stream.bit_rate = bit_rate
        self.time = 0.0 if len(audio) else math.inf

    def step(self) -> None:
        block = self._audio[self._at : self._at + BLOCK]
        if self._pcm:
            codes = np.clip(np.rint(block.astype(np.float64) * 32768.0), -32768, 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(codes.reshape(1, -1), format="s16", layout=self._layout)
        else:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout=self._layout)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._at + self._first
        packets = self._stream.encode(frame)
        if self._drop_priming and packets:
            packets, self._drop_priming = packets[1:], False
        self._output.mux(packets)
        self._at += len(block)
        self.time = self._at / self._rate
        if self._at >= len(self._audio):
            self.time = math.inf
            self._output.mux(self._stream.encode(None))


class CopiedTrack(Track):
    """Copies one stream's packets as they are, on the one clock."""

    def __init__(self, output: Any, path: Path, kind: str, start: float, delay: float) -> None:
        self._output, self._shift = output, delay - start
        self._input: Any = open_media(path)
        source: Any = picture_stream(self._input) if kind == "video" else sound_stream(self._input)
        self._stream = output.add_stream_from_template(source)
        self._decode_times = _missing_decode_times(path, source.index)
        self._packets = self._input.demux(source)
        self._packet = self._advance()

    def _advance(self) -> Any:
        packet = next((p for p in self._packets if p.size and (p.dts if p.pts is None else p.pts) is not None), None)
        if packet is None:
            self.time = math.inf
            self._input.close()
            return None
        if self._decode_times is not None:
            packet.dts = next(self._decode_times)
        self.time = float(packet.dts * packet.time_base) + self._shift
        return packet

    def step(self) -> None:
        packet = self._packet
        shift = round(self._shift / packet.time_base)
        packet.dts += shift
        if packet.pts is not None:
            packet.pts += shift
        packet.stream = self._stream
        self._output.mux(packet)
        self._packet = self._advance()


def _missing_decode_times(path: Path, index: int) -> Iterator[int] | None:
    """Decode times for a stream whose container keeps none for reordered pictures (Matroska); None when all are there.

    The presentation times sorted, moved back by as much as the deepest reordering asks: increasing, never after the PTS.
    """
    with open_media(path) as container:
        packets = [(p.pts, p.dts) for p in container.demux(container.streams[index]) if p.size]
    if all(dts is not None for _, dts in packets):
        return None
    shown = [pts for pts, _ in packets if pts is not None]
    ordered = sorted(shown)
    back = max(after - before for after, before in zip(ordered, shown, strict=True))
    return iter([t - back for t in ordered])


def interleave(tracks: list[Track]) -> None:
    """Write all tracks to their ends, always the one that is furthest behind."""
    while (track := min(tracks, key=lambda x: x.time)).time < math.inf:
        track.step()


def sound_codec(target: Path, encoding: Encoding, delay: float) -> str:
    """The codec for edited sound: AAC in .mp4 and .ts, else PCM; PCM too in an .mp4 that starts late.

    (There the edit list that skips AAC's priming is taken by the late start, and the sound would come 21 ms early.)
    """
    suffix = target.suffix.lower()
    return encoding.sound_codec or ("pcm_s16le" if delay and suffix == ".mp4" else SOUND_CODECS.get(suffix, "aac"))
