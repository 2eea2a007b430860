"""A small pristine clip from code, and a decoder of the tests' own: FFmpeg's planes, nothing of the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from vqa_toolkit.core import Case
from vqa_toolkit.simulate import Encoding, make_case

WIDTH, HEIGHT, FPS, DURATION = 192, 108, 25.0, 2.4
NEARLY_LOSSLESS = Encoding(crf=1.0, preset="ultrafast")


class Decoded(NamedTuple):
    """A file's pictures and sound: ``t`` (n,) s, ``y`` (n, h, w), ``u`` and ``v`` (n, h/2, w/2), ``audio`` (n, channels)."""

    t: NDArray[np.float64]
    y: NDArray[np.float32]
    u: NDArray[np.float32]
    v: NDArray[np.float32]
    audio: NDArray[np.float32]
    rate: int

    def inside(self, start: float, end: float) -> NDArray[np.bool_]:
        """Which frames lie in [start, end)."""
        return (self.t >= start - 1e-3) & (self.t < end - 1e-3)


def decode(path: Path) -> Decoded:
    """Everything in ``path`` that decodes, its times as the container gives them."""
    with av.open(str(path)) as container:
        t, planes = [], []
        for frame in container.decode(video=0) if container.streams.video else ():
            t.append(float(frame.pts * frame.time_base))  # type: ignore[operator]
            planes.append(frame.to_ndarray(format="yuv420p").astype(np.float32))
        y, u, v = _split(np.stack(planes)) if planes else (np.empty((0, 0, 0), np.float32),) * 3
    audio, rate = _sound(path)
    return Decoded(np.asarray(t), y, u, v, audio, rate)


def _split(planar: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    count, rows, width = planar.shape
    height = rows * 2 // 3
    quarter = planar[:, height:].reshape(count, -1)
    half = quarter.shape[1] // 2
    shape = (count, height // 2, width // 2)
    return planar[:, :height], quarter[:, :half].reshape(shape), quarter[:, half:].reshape(shape)


def _sound(path: Path) -> tuple[NDArray[np.float32], int]:
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return np.empty((0, 0), np.float32), 0
        stream: Any = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp")
        parts = [r.to_ndarray().T for f in container.decode(stream) for r in resampler.resample(f)]
        return np.concatenate(parts) if parts else np.empty((0, stream.channels), np.float32), stream.rate


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The street, 192×108, 2.4 s, with PCM sound and captions beside it."""
    path = tmp_path_factory.mktemp("clip") / "clean.mkv"
    make_case(Case("street", duration=DURATION), path, width=WIDTH, height=HEIGHT, captions=True, seed=3)
    return path


@pytest.fixture(scope="session")
def clean(clip: Path) -> Decoded:
    """The pristine clip, decoded."""
    return decode(clip)
