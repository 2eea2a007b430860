"""Faults of the file itself: missing stretches of time, a cut-short file, damaged packets, streams of unequal length."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import ClipFacts, Extent, FileFault, Frame, PictureFault, SoundFault, param
from vqa_toolkit.simulate.picture.editing import covered, covers, frame_span
from vqa_toolkit.simulate.reading import read_frames, read_source
from vqa_toolkit.simulate.writing import CopiedTrack, Encoding, PictureTrack, Track, interleave

MISMATCH_S = (
    0.2,
    6.0,
)  # shorter or longer sound at strength 0 and 1 (log): more than 2 frames short or 2 s long matters


class _Gapped(CopiedTrack):
    """Copies packets but those presented in [start, end)."""

    def __init__(self, output: Any, path: Path, kind: str, clock: float, span: tuple[float, float]) -> None:
        self._span, self._clock = span, clock
        super().__init__(output, path, kind, clock, 0.0)

    def step(self) -> None:
        packet = self._packet
        if packet.pts is not None and covers(float(packet.pts * packet.time_base) - self._clock, *self._span):
            self._packet = self._advance()
            return
        super().step()


@dataclass(frozen=True, slots=True, kw_only=True)
class PtsGap(FileFault):
    """All that is presented in [start, end) is missing from the file; what follows keeps its times.

    ``streams``: ``both``, or ``video`` only, so that the sound goes on. Strength means nothing here: the span is the size.
    """

    name: ClassVar[str] = "pts_gap"
    defect: ClassVar[str | None] = "pts_gap"

    streams: str = param("both", choices=("both", "video"), doc="what is missing")

    def apply(self, source: Path, target: Path, facts: ClipFacts, rng: np.random.Generator) -> Extent:
        clip = read_source(source)
        span = (self.start, self.end)
        if not len(clip.times) or covers(float(clip.times[-1]), *span) or covers(float(clip.times[0]), *span):
            raise FaultError(f"pts_gap: start and end must leave pictures on both sides of the gap, got {span} s.")
        with av.open(str(target), "w") as output:
            kept = (f for f in read_frames(clip) if not covers(f.t, *span))
            encoding = Encoding(colours=clip.colours)
            tracks: list[Track] = [PictureTrack(output, kept, clip.time_base, facts.fps, encoding, 0.0)]
            if facts.rate and self.streams == "both":
                tracks.append(_Gapped(output, source, "audio", clip.start, span))
            elif facts.rate:
                tracks.append(CopiedTrack(output, source, "audio", clip.start, 0.0))
            interleave(tracks)
        start, end = frame_span(clip.times, *span, facts)
        return Extent(start, end, expected={"gap_s": end - start})


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncated(FileFault):
    """The file ends, in the middle of a packet, where the picture at ``start`` begins; its index still promises the rest.

    An .mp4 or .mov is written index first, as files for streaming are: with the index last it could not be opened at all.
    """

    name: ClassVar[str] = "truncated"
    defect: ClassVar[str | None] = "truncated"

    def apply(self, source: Path, target: Path, facts: ClipFacts, rng: np.random.Generator) -> Extent:
        clip = read_source(source)
        kind = "video" if facts.width else "audio"
        options = {"movflags": "+faststart"} if target.suffix.lower() in (".mp4", ".m4v", ".mov") else {}
        with av.open(str(target), "w", options=options) as output:
            kinds = [k for k, there in (("video", facts.width), ("audio", facts.rate)) if there]
            interleave([CopiedTrack(output, source, k, clip.start, 0.0) for k in kinds])
        packets = _packets(target, kind)
        late = [p for p in packets if p[0] >= self.start - 1e-3]
        if not late or self.start <= 0:
            raise FaultError(
                f"truncated: start must be later than 0 and before the last picture, got {self.start:g} s."
            )
        _, position, size = min(late, key=lambda p: p[1])
        lost = [p for p in packets if p[1] >= position]  # with what is reordered behind it
        with target.open("r+b") as f:
            f.truncate(position + size // 2)
        return Extent(min(p[0] for p in lost), facts.duration)


def _packets(path: Path, kind: str) -> list[tuple[float, int, int]]:
    """(time s, byte position, bytes) of every packet of the first stream of ``kind``."""
    clip = read_source(path)
    with av.open(str(path)) as container:
        streams: Any = container.streams.video if kind == "video" else container.streams.audio
        return [
            (float(p.pts * p.time_base) - clip.start, int(p.pos or 0), int(p.size))
            for p in container.demux(streams[0])
            if p.pts is not None and p.time_base is not None and (p.pos or 0) > 0
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeError(FileFault):
    """Bytes inside picture packets are overwritten. Strength scales how many packets are hit: 5 % to all of the span.

    Damage lasts until the next key frame; ``times`` are the hit packets' pictures.
    """

    name: ClassVar[str] = "decode_error"
    defect: ClassVar[str | None] = "decode_error"

    run: int = param(48, unit="bytes", low=1, high=4096, doc="overwritten in each hit packet")

    def apply(self, source: Path, target: Path, facts: ClipFacts, rng: np.random.Generator) -> Extent:
        clip = read_source(source)
        hit: list[float] = []
        keys: list[float] = []
        with av.open(str(target), "w") as output:
            damaging = _Damaged(output, source, clip.start, self, rng, hit, keys)
            tracks: list[Track] = [damaging]
            if facts.rate:
                tracks.append(CopiedTrack(output, source, "audio", clip.start, 0.0))
            interleave(tracks)
        if not hit:
            raise FaultError(
                f"decode_error: no picture packet of 32 bytes or more between {self.start:g} and {self.end:g} s."
            )
        end = min((k for k in keys if k > max(hit)), default=facts.duration)
        return Extent(min(hit), end, times=tuple(sorted(hit)), expected={"packets": float(len(hit))})

    def hits(self, rng: np.random.Generator) -> bool:
        """Whether the next packet of the span is damaged."""
        return bool(rng.uniform() < 0.05 + 0.95 * self.strength)


class _Damaged(CopiedTrack):
    """Copies picture packets, overwriting bytes of those that the fault hits."""

    def __init__(
        self, output: Any, path: Path, clock: float, fault: DecodeError, rng: np.random.Generator,
        hit: list[float], keys: list[float],
    ) -> None:  # fmt: skip
        self._fault, self._rng, self._hit, self._keys, self._clock = fault, rng, hit, keys, clock
        super().__init__(output, path, "video", clock, 0.0)

    def step(self) -> None:
        old = self._packet
        t = float((old.pts if old.pts is not None else old.dts) * old.time_base) - self._clock
        if old.is_keyframe:
            self._keys.append(t)
        inside = covers(t, self._fault.start, self._fault.end) and old.size >= 32
        if inside and (self._fault.hits(self._rng) or not self._hit):
            self._packet = self._broken(old)
            self._hit.append(t)
        super().step()

    def _broken(self, old: Any) -> Any:
        data = bytearray(bytes(old))
        run = min(self._fault.run, len(data) // 2)
        at = int(self._rng.integers(len(data) // 3, len(data) - run + 1))  # past the headers, so that it stays a packet
        data[at : at + run] = self._rng.integers(0, 256, run, dtype=np.uint8).tobytes()
        new = av.Packet(bytes(data))
        new.pts, new.dts, new.time_base, new.duration = old.pts, old.dts, old.time_base, old.duration
        new.is_keyframe = old.is_keyframe
        return new


@dataclass(frozen=True, slots=True, kw_only=True)
class AvDuration(SoundFault):
    """The sound ends ``seconds`` before (``shorter``) or after (``longer``) it should; start and end are not used.

    Strength scales the mismatch from 0.2 to 6 s. What is added is the sound's own last seconds, played backwards.
    """

    name: ClassVar[str] = "av_duration"
    defect: ClassVar[str | None] = "av_duration"

    mode: str = param("shorter", choices=("shorter", "longer"), doc="which way")
    seconds: float | None = param(None, unit="s", low=0.02, high=600.0, doc="mismatch; by strength")

    def apply(
        self, audio: NDArray[np.float32], rate: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], Extent]:
        drawn = MISMATCH_S[0] * (MISMATCH_S[1] / MISMATCH_S[0]) ** self.strength
        samples = round((drawn if self.seconds is None else self.seconds) * rate)
        end = len(audio) / rate
        if self.mode == "longer":
            extra = np.resize(audio[::-1], (samples, audio.shape[1])).astype(np.float32)
            longer = np.concatenate([audio, extra])
            return longer, Extent(end, len(longer) / rate, expected={"mismatch_s": samples / rate})
        if samples >= len(audio):
            raise FaultError(
                f"av_duration: seconds must be less than the sound's {end:.3f} s, got {samples / rate:g} s."
            )
        shorter = audio[:-samples].copy()
        return shorter, Extent(len(shorter) / rate, end, expected={"mismatch_s": -samples / rate})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vfr(PictureFault):
    """Frames come at uneven times, some not at all: a phone's or a screen recorder's variable rate.

    Strength scales the share of frames left out (5–40 %) and how far the others are moved (up to 40 % of a step).
    """

    name: ClassVar[str] = "vfr"
    defect: ClassVar[str | None] = "vfr"

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        last = -math.inf
        for frame in frames:
            t = frame.t
            if covers(t, self.start, self.end) and t > 0:
                left_out = rng.uniform() < 0.05 + 0.35 * self.strength
                t += float(rng.uniform(0, 0.4 * max(0.3, self.strength))) / facts.fps
                if left_out:
                    continue
            if t > last:
                last = t
                yield Frame(t, frame.yuv)

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        start, end = frame_span(times, self.start, self.end, facts)
        return Extent(start, end, expected={"frames": float(covered(times, self.start, self.end).sum())})
