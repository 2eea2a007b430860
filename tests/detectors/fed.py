"""Detectors fed with arrays: no file, no codec, so that the truth is known to the sample."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Chunk, Detector, Finding, Need, Signal, View

RATE = 48_000
FPS = 25.0


def hear(
    cls: type[Detector], sound: NDArray[Any], *, chunk_s: float = 1.0, **limits: float
) -> tuple[dict[str, Signal], list[Finding]]:
    """Signals and findings of a sound detector for samples (n, channels) at :data:`RATE`."""
    audio = SimpleNamespace(rate=RATE, channels=sound.shape[1], layout="")
    running = cls(SimpleNamespace(audio=audio, video=None))  # type: ignore[arg-type]
    x, t, step = sound.astype(np.float32), np.arange(len(sound)) / RATE, round(chunk_s * RATE)
    for index, a in enumerate(range(0, len(x), step)):
        b = min(a + step, len(x))
        view = View(t[a:b], x[a:b], b / RATE)
        running.update(Chunk(index, a / RATE, b / RATE, b == len(x), {Need("audio"): view}))
    return _judged(cls, running, limits)


def see(
    cls: type[Detector],
    luma: NDArray[np.uint8],
    chroma: NDArray[np.uint8] | None = None,
    *,
    full_range: bool = False,
    **limits: float,
) -> tuple[dict[str, Signal], list[Finding]]:
    """Signals and findings of a picture detector for luma (n, h, w) and chroma (n, h', w', 2; None = grey) at :data:`FPS`."""
    video = SimpleNamespace(full_range=full_range, bit_depth=8, colour_space="bt709", coded_height=luma.shape[1])
    running = cls(SimpleNamespace(audio=None, video=video))  # type: ignore[arg-type]
    colour = np.full((len(luma), 90, 160, 2), 128, np.uint8) if chroma is None else chroma
    t = np.arange(len(luma)) / FPS
    views = {}
    for need in cls.needs:
        if need.kind == "planes":
            kept = np.arange(0, len(luma), round(FPS / (need.rate or FPS)))
            data = [(luma[i], colour[i][..., 0], colour[i][..., 1]) for i in kept]
            views[need] = View(t[kept], data, len(luma) / FPS)
        else:
            views[need] = View(t, luma if need.kind == "luma" else colour, len(luma) / FPS)
    running.update(Chunk(0, 0.0, len(luma) / FPS, True, views))
    return _judged(cls, running, limits)


def _judged(
    cls: type[Detector], running: Detector, limits: dict[str, float]
) -> tuple[dict[str, Signal], list[Finding]]:
    signals = {s.name: s for s in running.finish()}
    return signals, list(cls.judge(signals, cls.limits(**limits)))


def noise(seconds: float, channels: int = 2, level: float = 0.1, seed: int = 0) -> NDArray[np.float64]:
    """Independent white noise of RMS ``level`` in every channel, (n, channels)."""
    return level * np.random.default_rng(seed).standard_normal((round(seconds * RATE), channels))


def picture(height: int = 270, width: int = 480, seed: int = 0) -> NDArray[np.uint8]:
    """A structured picture (h, w) between codes 40 and 200: smooth random patches."""
    import cv2

    coarse = np.random.default_rng(seed).uniform(40, 200, (9, 16)).astype(np.float32)
    return np.asarray(np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 40, 200), np.uint8)
