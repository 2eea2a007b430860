"""Decoded sound → float samples on the one clock, at the rates that detectors declared."""

from __future__ import annotations

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from vqa_toolkit.core import FloatArray, Need
from vqa_toolkit.media.info import AudioInfo
from vqa_toolkit.media.units import complaint_of

JITTER_S = (
    0.02  # timestamps may wander this far before a gap or overlap is believed (containers round to 1 ms or to a packet)
)
Block = tuple[FloatArray, NDArray[np.float32], float]  # times (n,), samples (n, channels), end


class SoundClock:
    """Gives decoded frames a continuous time; a jump beyond :data:`JITTER_S` starts a new run of samples."""

    def __init__(self) -> None:
        self.expected: float | None = None

    def place(self, stamped: float | None, samples: int, rate: int) -> tuple[float, bool]:
        """(start time of this frame, whether a new run starts), seconds. Frames without a timestamp continue the run."""
        jumped = self.expected is None or (stamped is not None and abs(stamped - self.expected) > JITTER_S)
        start = (stamped or 0.0) if jumped else self.expected
        placed = float(start if start is not None else 0.0)
        if jumped and self.expected is not None:
            placed = max(placed, self.expected)  # time never runs backwards
        self.expected = placed + samples / rate
        return placed, jumped


class SoundDeriver:
    """One declared sound view: native or resampled, all channels or their mean."""

    def __init__(self, info: AudioInfo, need: Need) -> None:
        self.info, self.need = info, need
        self.rate = int(need.rate or info.rate)
        self._resampler: AudioResampler | None = None
        self._run_start = 0.0
        self._run_samples = 0

    def push(self, frame: AudioFrame, start: float, new_run: bool) -> list[Block]:
        """Blocks that ``frame`` completes; ``new_run`` flushes what the resampler still holds first."""
        blocks = self.flush() if new_run and self._resampler is not None else []
        if self._resampler is None:
            layout = frame.layout.name if frame.layout.name and frame.layout.nb_channels == self.info.channels else None
            self._resampler = AudioResampler(format="flt", layout=layout or self.info.layout or None, rate=self.rate)
            self._run_start, self._run_samples = start, 0
        return blocks + self._take(self._resampler.resample(frame))

    def flush(self) -> list[Block]:
        """What the resampler still holds; ends the run."""
        if self._resampler is None:
            return []
        blocks = self._take(self._resampler.resample(None))
        self._resampler = None
        return blocks

    def _take(self, frames: list[AudioFrame]) -> list[Block]:
        blocks: list[Block] = []
        for frame in frames:
            if not frame.samples:
                continue
            channels = frame.layout.nb_channels
            data = np.frombuffer(memoryview(frame.planes[0]), dtype=np.float32, count=frame.samples * channels).reshape(
                -1, channels
            )
            samples = data.mean(axis=1, keepdims=True, dtype=np.float32) if self.need.mono else self._fit(data)
            t = self._run_start + (self._run_samples + np.arange(frame.samples)) / self.rate
            self._run_samples += frame.samples
            blocks.append((t, samples, self._run_start + self._run_samples / self.rate))
        return blocks

    def _fit(self, data: NDArray[np.float32]) -> NDArray[np.float32]:
        """``data`` with the channel count of the stream's header (a stream may change it midway)."""
        wanted = self.info.channels
        if data.shape[1] == wanted:
            return data.copy()
        out = np.zeros((len(data), wanted), dtype=np.float32)
        shared = min(wanted, data.shape[1])
        out[:, :shared] = data[:, :shared]
        return out


def decode_sound(packet: av.Packet[AudioStream]) -> tuple[list[AudioFrame], str]:
    """(frames, error text) of one sound packet; a decoder's refusal is a fact, not an exception."""
    try:
        return packet.decode(), ""
    except (av.error.FFmpegError, ValueError) as exc:
        return [], complaint_of(exc)
