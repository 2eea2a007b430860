"""A stretch of a file's sound, by seeking: for listening to a finding and for drawing it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from vqa_toolkit.core import Need
from vqa_toolkit.errors import MediaUnreadable, UsageError
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.media.open import open_media
from vqa_toolkit.media.probe import probe
from vqa_toolkit.media.sound import SoundClock, SoundDeriver, decode_sound

SEEK_MARGIN_S = 1.0  # decoders of lossy sound need some packets before they are right


class Excerpt(NamedTuple):
    """Sound from ``start`` seconds on: ``samples`` (n, channels) float32 in [−1, 1] at ``rate`` samples/s."""

    start: float
    samples: NDArray[np.float32]
    rate: int

    @property
    def end(self) -> float:
        """When the last sample ends, seconds."""
        return self.start + len(self.samples) / self.rate


def sound_excerpt(
    media: MediaInfo | str | Path,
    start: float = 0.0,
    end: float = float("inf"),
    *,
    rate: int | None = None,
    mono: bool = False,
) -> Excerpt:
    """The sound from ``start`` to ``end`` seconds (clamped to the file); gaps in the stream are silence.

    ``rate`` resamples (None = native); ``mono`` averages the channels.

    Raises:
        MediaUnreadable: when the file has no sound, or none within the span. UsageError: when ``end`` ≤ ``start``.
    """
    if not end > start:
        raise UsageError(f"end must be later than start, got {start:g} s to {end:g} s.")
    info = media if isinstance(media, MediaInfo) else probe(media, digest=False)
    if info.audio is None:
        raise MediaUnreadable(info.path, "it has no sound stream", "Choose a file with sound")
    deriver = SoundDeriver(info.audio, Need("audio", rate=rate, mono=mono))
    blocks: list[tuple[float, NDArray[np.float32]]] = []
    clock = SoundClock()
    for stamped, frame in _frames(info, start):
        begin, new_run = clock.place(stamped, frame.samples, frame.sample_rate)
        if begin >= end:
            break
        blocks += [(float(t[0]), x) for t, x, _ in deriver.push(frame, begin, new_run)]
    blocks += [(float(t[0]), x) for t, x, _ in deriver.flush()]
    return _joined(blocks, max(start, 0.0), end, deriver.rate, info)


def _frames(info: MediaInfo, start: float) -> Iterator[tuple[float | None, AudioFrame]]:
    """Decoded frames with their times from a second before ``start`` on; what cannot be decoded is passed over."""
    with open_media(info.path) as container:
        stream = container.streams.audio[[a.index for a in info.audio_streams or ()].index(info.audio.index)
                                         if info.audio_streams and info.audio else 0]  # fmt: skip
        if start > SEEK_MARGIN_S and stream.time_base:
            target = int((start - SEEK_MARGIN_S + info.start_time) / float(stream.time_base))
            container.seek(max(target, 0), stream=stream, backward=True)
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError):
                return
            for frame in decode_sound(packet)[0]:
                yield (None if frame.time is None else frame.time - info.start_time), frame


def _joined(
    blocks: list[tuple[float, NDArray[np.float32]]], start: float, end: float, rate: int, info: MediaInfo
) -> Excerpt:
    last = max((t + len(x) / rate for t, x in blocks), default=start)
    length = round((min(end, last) - start) * rate)
    if length <= 0:
        raise MediaUnreadable(info.path, f"it has no sound from {start:g} s on", "Choose another span")
    out = np.zeros((length, blocks[0][1].shape[1]), dtype=np.float32)
    for t, x in blocks:
        at = round((t - start) * rate)
        a, b = max(at, 0), min(at + len(x), length)
        if b > a:
            out[a:b] = x[a - at : b - at]
    return Excerpt(start, out, rate)
