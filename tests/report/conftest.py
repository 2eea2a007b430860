"""One result with all that a report must survive: hostile text, NaN, infinities, every severity and outcome."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from vqa_toolkit.core import Box, Chunk, Detector, Finding, Incident, Limits, Need, Outcome, Signal, limit
from vqa_toolkit.media.info import AudioInfo, MediaInfo, VideoInfo
from vqa_toolkit.profile import Profile
from vqa_toolkit.result import AnalysisResult

HOSTILE = "<script>alert(1)</script>\x1b[31m\"'&.mp4"


@dataclass(frozen=True, slots=True)
class BlackLimits(Limits):
    """Limits of the stand-in."""

    dark_share: float = limit(0.98, unit="share", low=0.5, high=1.0, origin="ffmpeg blackdetect", doc="dark pixels")
    min_duration: float = limit(0.12, unit="s", low=0.0, high=10.0, origin="EBU 0016B", doc="shorter is not reported")


class Black(Detector):
    """Stands in for a detector: a picture without a picture."""

    name, version, title, defects = "black", "1", "Black frames", ("black",)
    needs = (Need("luma"),)
    limits = BlackLimits
    standards = ("EBU QC 0016B",)

    def update(self, chunk: Chunk) -> None:
        """Measures nothing."""

    def finish(self) -> Iterable[Signal]:
        """Nothing was measured."""
        return ()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Finds nothing."""
        return ()


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vqa_toolkit.detectors.discover", lambda: {"black": Black})


@pytest.fixture
def media() -> MediaInfo:
    picture = VideoInfo(
        0, "h264", 1280, 720, 1280, 720, 0, 25.0, 1 / 12800, 8, "yuv420p", False, "bt709", "bt709", "bt709",
        "progressive", 1.0, False, 20.0, 0.0,
    )  # fmt: skip
    sound = AudioInfo(1, "aac", 48000, 2, "stereo", 0, "en", 20.0, 0.0)
    return MediaInfo(
        f"/clips/{HOSTILE}", HOSTILE, 1_000_000, "mp4", 20.0, 0.0, math.nan, picture, sound, (sound,), (), "a" * 64,
        ("=the clock starts at 1 h",),
    )  # fmt: skip


@pytest.fixture
def findings() -> tuple[Finding, ...]:
    return (
        Finding(
            4.0, 6.0, "black", "black", "blocker", 0.97, 1.0, 0.98, "share", "No picture for 2.0 s.",
            Box(0.25, 0.25, 0.5, 0.5), ("EBU QC 0016B",),
            {"worst_time": 4.5, "mean": math.nan, "tuple": (1, np.float32(2.5))},
        ),
        Finding(8.0, 8.04, "freeze", "freeze", "issue", 0.6, -math.inf, -60.0, "dB", '=HYPERLINK("http://x")'),
        Finding(19.0, 20.0, "silence", "silence", "fyi", 0.5, -72.5, -60.0, "dBFS", "<b>quiet</b>"),
    )  # fmt: skip


@pytest.fixture
def result(media: MediaInfo, findings: tuple[Finding, ...]) -> AnalysisResult:
    t = np.arange(500) / 25.0
    dark = np.where((t >= 4.0) & (t < 6.0), 1.0, 0.1).astype(np.float32)
    dark[300:320] = np.nan
    return AnalysisResult(
        media=media,
        profile=Profile("broadcast"),
        signals={"black": {"dark": Signal("dark", "share", t, dark, end=20.0)}, "freeze": {}, "silence": {}},
        outcomes={
            "black": Outcome("assessed", "", ("judged at 8 bits",)),
            "freeze": Outcome("assessed"),
            "hum": Outcome("failed", "ValueError: <boom>\x00"),
            "loudness": Outcome("not_assessable", "the clip is shorter than 3 s"),
            "silence": Outcome("assessed"),
        },
        findings=findings,
        incidents=(Incident(4.0, 8.04, "blocker", "No picture", "the source was lost", (0, 1)),),
        versions={"vqa_toolkit": "0.1.0", "black": "1"},
    )


@pytest.fixture
def clean(result: AnalysisResult) -> AnalysisResult:
    import dataclasses

    outcomes = {n: o for n, o in result.outcomes.items() if o.status != "failed"}
    return dataclasses.replace(result, findings=(), incidents=(), outcomes=outcomes)
