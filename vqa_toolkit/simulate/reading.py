"""The clip a fault is applied to: its facts, its pictures one by one, and its sound, on the toolkit's one clock.

Time 0 is the file's earliest presented frame or sample; offsets between streams stay true.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.media.open import open_media
from vqa_toolkit.media.probe import picture_stream, probe, sound_stream
from vqa_toolkit.simulate.core import ClipFacts, Frame
from vqa_toolkit.simulate.pixels import to_yuv

GAP_S = 0.005  # shorter steps between sound frames are timestamp rounding (1 ms in Matroska), not gaps
EDGE_S = 0.0006  # a frame this little before a bound belongs to what follows: Matroska rounds to the millisecond
SEEK_S = 3.0  # beginnings later than this are sought, not decoded up to
UNSAID = 2  # AVCOL_*_UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Source:
    """A clip on disk. ``start`` is the container time that the one clock calls 0; ``times`` (n,) are its frames' times."""

    path: Path
    facts: ClipFacts
    start: float
    times: NDArray[np.float64]
    sound_end: float
    time_base: Fraction
    video_codec: str = ""
    sound_codec: str = ""
    colours: tuple[int, int, int] = (UNSAID, UNSAID, UNSAID)  # primaries, transfer, matrix

    @property
    def step(self) -> float:
        """Seconds per frame, typical."""
        return 1.0 / self.facts.fps if self.facts.fps else 0.0


def read_source(path: Path) -> Source:
    """Facts by demultiplexing every packet; only the first pictures are decoded.

    Raises:
        MediaError: when the file cannot be used as media.
    """
    info = probe(path, digest=False)
    with open_media(path) as container:
        video, audio = picture_stream(container), sound_stream(container)
        times, ends = _packet_times(container, [s for s in (video, audio) if s is not None], info.start_time)
        context: Any = video.codec_context if video is not None else None
        colours = (int(context.color_primaries), int(context.color_trc), int(context.colorspace)) if context else None
        base = Fraction(video.time_base) if video is not None and video.time_base else Fraction(1, 90000)
    return Source(
        path, _facts(info, times, ends), info.start_time, times, ends["audio"], base,
        info.video.codec if info.video else "", info.audio.codec if info.audio else "", colours or (UNSAID,) * 3,
    )  # fmt: skip


def _packet_times(container: Any, streams: list[Any], start: float) -> tuple[NDArray[np.float64], dict[str, float]]:
    times: list[float] = []
    ends = {"video": 0.0, "audio": 0.0}
    for packet in container.demux(streams):
        if packet.pts is None:
            continue
        t = float(packet.pts * packet.time_base) - start
        kind = packet.stream.type
        ends[kind] = max(ends[kind], t + float((packet.duration or 0) * packet.time_base))
        if kind == "video" and t > -GAP_S:
            times.append(t)
    return np.unique(np.round(np.asarray(times, dtype=np.float64), 9)), ends


def _facts(info: MediaInfo, times: NDArray[np.float64], ends: dict[str, float]) -> ClipFacts:
    video, audio = info.video, info.audio
    fps = video.fps if video else 0.0
    if video and not fps:
        fps = 1.0 / float(np.median(np.diff(times))) if len(times) > 1 else 25.0
    duration = max(ends["video"], float(times[-1]) + 0.5 / fps) if len(times) else ends["audio"]
    return ClipFacts(
        video.width if video else 0, video.height if video else 0, fps, duration,
        audio.rate if audio else 0, audio.channels if audio else 0,
    )  # fmt: skip


def read_frames(source: Source, begin: float = 0.0, end: float = math.inf) -> Iterator[Frame]:
    """The presented pictures of [begin, end) in order; closes the file when exhausted or dropped."""
    with open_media(source.path) as container:
        stream = picture_stream(container)
        if stream is None:
            return
        stream.thread_type = "AUTO"
        if begin > SEEK_S:
            container.seek(round((begin + source.start) * 1e6))
        last = -math.inf
        for frame in container.decode(stream):
            t = frame.time - source.start if frame.time is not None else last + source.step
            if t >= end - EDGE_S:
                return
            if t < max(-GAP_S, begin - EDGE_S) or t <= last:
                continue
            last = t
            yield Frame(t, to_yuv(frame))


def read_sound(source: Source) -> NDArray[np.float32]:
    """The whole sound as (n, channels) float32, sample 0 at time 0 of the one clock; late starts and gaps are zeros."""
    rate = source.facts.rate
    pieces: list[NDArray[np.float32]] = []
    with open_media(source.path) as container:
        resampler = av.AudioResampler(format="fltp")
        at = 0
        frames: Iterator[Any] = container.decode(sound_stream(container))
        for frame in frames:
            samples = np.concatenate([r.to_ndarray() for r in resampler.resample(frame)], axis=1).T
            begin = at if frame.time is None else round((frame.time - source.start) * rate)
            if begin > at + GAP_S * rate or (at == 0 and begin > 0):
                pieces.append(np.zeros((begin - at, samples.shape[1]), dtype=np.float32))
                at = begin
            elif at == 0 and begin < 0:
                samples = samples[-begin:]
            pieces.append(samples)
            at += len(samples)
    if not pieces:
        return np.zeros((0, source.facts.channels), dtype=np.float32)
    return np.ascontiguousarray(np.concatenate(pieces), dtype=np.float32)
