"""Mending lip sync: the measured offset is moved away, and what one move cannot mend is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from tests.cli.conftest import Run, make
from vqa_toolkit.cli.fix_sync import measured_offset
from vqa_toolkit.core import Case, Finding, Outcome, Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.result import AnalysisResult


def first_sound(path: Path) -> float:
    with av.open(str(path)) as source:
        packet = next(p for p in source.demux(audio=0) if p.pts is not None)
        return float((packet.pts or 0) * packet.time_base)


def told(*findings: Finding, offsets: tuple[float, ...] = (80.0, 84.0, 88.0)) -> AnalysisResult:
    offset = Signal("offset", "ms", np.arange(len(offsets), dtype=float), np.asarray(offsets, dtype=np.float32))
    return replace(
        make(Path("a.mp4")), findings=findings, outcomes={"av_sync": Outcome("assessed")},
        signals={"av_sync": {"offset": offset}},
    )  # fmt: skip


def finding(defect: str, value: float) -> Finding:
    return Finding(0.0, 9.0, defect, "av_sync", "issue", 0.9, value, 67.0, "ms", f"It is {value:g}.")


def test_a_given_offset_moves_the_sound_and_names_the_copy(vqa: Run, case_clip: object, tmp_path: Path) -> None:
    clip = case_clip(Case(duration=1.0), ".mkv")  # type: ignore[operator]
    ran = vqa("fix-sync", clip, "--ms", 120, "-o", tmp_path / "copy.mkv")
    assert (ran.code, ran.out) == (0, f"{tmp_path / 'copy.mkv'}\n")
    assert ran.err == "Moved the sound 120 ms later.\n"
    assert first_sound(tmp_path / "copy.mkv") == pytest.approx(first_sound(clip) + 0.12, abs=2e-3)
    again = vqa("fix-sync", clip, "--ms", 120, "-o", tmp_path / "copy.mkv")
    assert again.code == 5
    assert "exists already" in again.err


def test_the_finding_s_offset_goes_before_the_windows_median() -> None:
    assert measured_offset(told(finding("av_sync", -160.0))) == -160.0
    assert measured_offset(told()) == pytest.approx(84.0)


def test_what_one_move_cannot_mend_is_refused() -> None:
    with pytest.raises(UsageError, match=r"It is 30\. No single move"):
        measured_offset(told(finding("av_drift", 30.0)))
    with pytest.raises(UsageError, match="never agree"):
        measured_offset(told(offsets=()))
    unknown = replace(told(), outcomes={"av_sync": Outcome("not_assessable", "no face was found")})
    with pytest.raises(UsageError, match="no face was found"):
        measured_offset(unknown)
