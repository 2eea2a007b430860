"""A result with every kind of evidence, made up by hand for a clip of three seconds, 320x180."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from vqa_toolkit.core import Axis, Finding, Outcome, Signal
from vqa_toolkit.measures.artifact_scan import ARTIFACTS
from vqa_toolkit.media.probe import probe
from vqa_toolkit.profile import load_profile
from vqa_toolkit.result import AnalysisResult

OFFSETS = (Axis("offset", "ms", tuple((np.arange(51) - 25.0) * -40.0)),)
LATE_MS = -240.0
DETECTORS = ("block_corruption", "audio_artifacts", "av_sync", "caption_layout", "caption_coverage")


def evident_result(path: Path) -> AnalysisResult:
    """Damage at 1.0 s in the lower left quarter, hum at 0.5–2 s, sound 240 ms late, the second cue too fast."""
    findings = (
        Finding(0.0, 3.0, "av_sync", "av_sync", "blocker", 0.9, LATE_MS, -155.0, "ms", "The sound is 240 ms late against the lips.",
                standards=("EBU R37",), details={"signal": "offset"}),
        Finding(0.5, 2.0, "hum", "audio_artifacts", "issue", 0.95, 0.95, 0.6, "probability", "Hum for 1.5 s.", details={"f0_hz": 50.0}),
        Finding(0.96, 1.2, "block_corruption", "block_corruption", "blocker", 0.99, 0.99, 0.9, "probability",
                "Damaged blocks for 0.24 s.", details={"worst_time": 1.0}),
        Finding(1.5, 2.0, "caption_layout", "caption_layout", "issue", 0.8, 40.0, 20.0, "characters/s",
                "Cue 2 reads at 40 characters per second.", details={"rule": "reading speed", "track": 1, "cue": 2}),
        Finding(2.5, 2.6, "odd", "no_such_detector", "fyi", math.nan, math.nan, math.nan, "", "Something <b>odd</b>."),
    )  # fmt: skip
    return AnalysisResult(
        media=probe(path),
        profile=load_profile("default"),
        signals={
            "block_corruption": _damage(),
            "audio_artifacts": _artifacts(),
            "av_sync": _lips(),
            "caption_layout": _cues(),
            "caption_coverage": {"speech": Signal("speech", "probability", np.arange(90) / 30.0, np.full(90, 0.7))},
        },
        outcomes={name: Outcome("assessed") for name in DETECTORS},
        findings=findings,
        incidents=(),
        versions={},
    )


def _damage() -> dict[str, Signal]:
    t = np.arange(75) / 25.0
    maps = np.zeros((75, 6, 10), dtype=np.uint8)
    maps[25, 3:, :5] = 90
    axes = (Axis("y", "px", tuple(32.0 * n for n in range(6))), Axis("x", "px", tuple(32.0 * n for n in range(10))))
    area = (maps > 50).mean(axis=(1, 2)).astype(np.float32)
    return {
        "probability": Signal("probability", "probability", t, np.where(area > 0, 0.99, 0.01)),
        "area": Signal("area", "share of cells", t, area),
        "map": Signal("map", "percent", t, maps, axes, 3.0),
    }


def _artifacts() -> dict[str, Signal]:
    t, channel = np.arange(6) / 2.0, (Axis("channel", "", (1.0, 2.0)),)
    curves = {name: np.full((6, 2), 0.05, dtype=np.float32) for name in ARTIFACTS}
    curves["hum"][1:4] = 0.95
    return {name: Signal(name, "probability", t, v, channel, 3.0) for name, v in curves.items()}


def _lips() -> dict[str, Signal]:
    offsets = np.array(OFFSETS[0].values)
    curve = np.exp(-(((offsets - LATE_MS) / 60.0) ** 2)).astype(np.float32)
    t, rows = np.arange(3.0), np.arange(0, 3, 0.2)
    return {
        "offset": Signal("offset", "ms", t, np.full(3, LATE_MS)),
        "confidence": Signal("confidence", "cosine", t, np.full(3, 0.9)),
        "similarity": Signal("similarity", "cosine", t, np.stack([curve] * 3), OFFSETS),
        "window_end": Signal("window_end", "s", t, t + 4),
        "spoken": Signal("spoken", "s", t, np.full(len(t), 4.0)),
        "track": Signal("track", "", t, np.zeros(3, np.int16)),
        "map": Signal("map", "cosine", rows, np.stack([curve] * len(rows)), OFFSETS),
        "map_track": Signal("map_track", "", rows, np.zeros(len(rows), np.int16)),
        "faces": Signal(
            "faces", "", rows, np.tile([0.5, 0.5, 0.4], (len(rows), 1)), (Axis("face", "", (0.0, 1.0, 2.0)),)
        ),
    }


def _cues() -> dict[str, Signal]:
    # track, cue, start, end, characters, longest line, lines, gap, language, frame rate
    rows = np.array(
        [[1, 1, 0.2, 1.2, 12, 12, 1, 0.3, 1, 25], [1, 2, 1.5, 2.0, 20, 20, 1, np.nan, 1, 25]], dtype=np.float64
    )
    axis = Axis("fact", "", tuple(float(n) for n in range(10)))
    return {"cues": Signal("cues", "", rows[:, 2], rows, (axis,), 2.0)}
