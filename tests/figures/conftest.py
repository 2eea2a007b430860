"""A result of one loud detector, one silent one and one that failed, over sixty seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Chunk, Detector, Finding, Limits, Need, Outcome, Signal, limit
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.profile import Profile
from vqa_toolkit.result import AnalysisResult


@dataclass(frozen=True, slots=True)
class PeakLimits(Limits):
    """Limits of the stand-in, two in one unit."""

    peak_limit: float = limit(-1.0, unit="dBTP", low=-20.0, high=3.0, origin="EBU R128", doc="true peak")
    min_duration: float = limit(0.1, unit="s", low=0.0, high=9.0, origin="chosen", doc="shorter is not reported")


class Peak(Detector):
    """Stands in for a detector of sound."""

    name, version, title, defects = "peak", "1", "Peaks", ("true_peak",)
    needs = (Need("audio"),)
    limits = PeakLimits

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
    monkeypatch.setattr("vqa_toolkit.detectors.discover", lambda: {"peak": Peak})


@pytest.fixture
def result() -> AnalysisResult:
    t = np.arange(6000) / 100.0
    peak = np.full(6000, -12.0, dtype=np.float32)
    peak[3000:3010] = 0.5
    peak[100:200] = -np.inf
    maps = np.zeros((60, 2, 2), dtype=np.float32)
    cell = Axis("row", "px", (0.0, 1.0))
    media = MediaInfo("/x/<b>.mp4", "<b>.mp4", 1, "mp4", 60.0, 0.0, 1e6, None, None)
    return AnalysisResult(
        media=media,
        profile=Profile(),
        signals={
            "peak": {
                "true_peak": Signal("true_peak", "dBTP", t, peak),
                "short_term": Signal("short_term", "LUFS", t, peak),
                "map": Signal("map", "share", np.arange(60.0), maps, (cell, cell)),
                "total": Signal("total", "LUFS", np.zeros(1), np.array([-23.0])),
            },
            "hum": {},
        },
        outcomes={
            "peak": Outcome("assessed"),
            "hum": Outcome("not_assessable", "no sound"),
            "clicks": Outcome("failed", "x"),
        },
        findings=(
            Finding(30.0, 30.1, "true_peak", "peak", "issue", 0.9, 0.5, -1.0, "dBTP", "<i>Too</i> loud."),
            Finding(30.0, 31.0, "loudness", "peak", "fyi", 0.9, 0.5, -23.0, "LUFS", "Loud."),
        ),
        incidents=(),
        versions={"vqa_toolkit": "0"},
    )
