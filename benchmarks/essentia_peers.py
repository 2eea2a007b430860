"""Essentia's audio problem detectors, where the package is importable (AGPL: an oracle here, never a dependency)."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks import ffmpeg
from benchmarks.ffmpeg import Span
from benchmarks.said import Facts, Said

RATE = 48000
HUM_WINDOW_S = 5.0  # the default of 10 s is longer than the clips


def essentia_peers(clip: Facts) -> Iterable[Said]:
    """Hum, clicks, discontinuities, saturation and gaps; nothing where Essentia is not installed."""
    if not clip.sound or find_spec("essentia") is None:
        return
    from essentia import log

    log.infoActive = log.warningActive = False
    mono = ffmpeg.samples(clip.path)
    yield Said("Essentia HumDetector", "window 5 s", "hum", _hum(mono, clip.seconds))
    for threshold in (30, 45):
        spans = _frames("ClickDetector", mono, 512, 256, detectionThreshold=threshold)
        yield Said("Essentia ClickDetector", f"{threshold} dB", "clicks", spans)
    for energy in (0.001, 0.00001):
        spans = _frames("SaturationDetector", mono, 512, 256, energyThreshold=-1, differentialThreshold=energy)
        yield Said("Essentia SaturationDetector", f"difference {energy:g}", "distortion", spans)
    yield Said("Essentia GapsDetector", "default", "dropout", _frames("GapsDetector", mono, 2048, 1024))


def _hum(mono: np.ndarray[Any, Any], seconds: float) -> list[Span]:
    import essentia.standard as es

    try:
        result = es.HumDetector(sampleRate=RATE, timeWindow=HUM_WINDOW_S)(mono)
    except RuntimeError:  # a signal shorter than the window
        return []
    return [(float(a), min(float(b), seconds)) for a, b in zip(result[3], result[4], strict=True)]


def _frames(kind: str, mono: np.ndarray[Any, Any], size: int, hop: int, **settings: float) -> list[Span]:
    """Spans of a frame-wise detector; it keeps its state and answers in seconds of the whole signal."""
    import essentia.standard as es

    detector = getattr(es, kind)(sampleRate=RATE, frameSize=size, hopSize=hop, **settings)
    found: list[Span] = []
    for frame in es.FrameGenerator(mono, frameSize=size, hopSize=hop, startFromZero=True):
        starts, ends = detector(frame)
        found += [(float(a), float(b)) for a, b in zip(starts, ends, strict=False)]
    return found
