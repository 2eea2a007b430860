"""The lip-sync detector: judgement on drawn signals, and real speakers moved by known amounts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.measures.test_sync_verdict import curve
from vqa_toolkit import analyze
from vqa_toolkit.core import Axis, Case, Finding, Signal
from vqa_toolkit.detectors.av_sync import AvSync, AvSyncLimits
from vqa_toolkit.media.remux import move_sound

OFFSETS = (Axis("offset", "ms", tuple((np.arange(51) - 25.0) * -40.0)),)


def judged(offset_at: Callable[[float], float], seconds: float = 30.0, height: float = 0.5) -> list[Finding]:
    """Findings for a face whose sound is early by ``offset_at(t)`` ms at t seconds."""
    t, rows = np.arange(0.0, seconds - 3.0), np.arange(0.0, seconds, 0.2)
    signals = {
        "similarity": Signal("similarity", "", t, np.stack([curve(offset_at(x + 2.0), height) for x in t]), OFFSETS),
        "window_end": Signal("window_end", "s", t, t + 4.0),
        "spoken": Signal("spoken", "s", t, np.full(len(t), 4.0)),
        "track": Signal("track", "", t, np.zeros(len(t), np.int16)),
        "map": Signal("map", "", rows, np.stack([curve(offset_at(x), height) for x in rows]), OFFSETS),
        "map_track": Signal("map_track", "", rows, np.zeros(len(rows), np.int16)),
    }
    return list(AvSync.judge(signals, AvSyncLimits()))


@pytest.mark.parametrize("offset", [0.0, 45.0, -125.0])
def test_within_what_nobody_notices_there_is_no_finding(offset: float) -> None:
    assert judged(lambda _: offset) == []


@pytest.mark.parametrize(("offset", "words"), [(120.0, "120 ms early"), (-240.0, "240 ms late")])
def test_a_constant_offset_is_one_finding_with_its_sign_in_words(offset: float, words: str) -> None:
    (found,) = judged(lambda _: offset)
    assert (found.defect, found.severity, found.unit) == ("av_sync", "blocker", "ms")
    assert found.value == pytest.approx(offset, abs=3.0)
    assert words in found.message
    assert (found.start, found.end) == (0.0, 30.0)


def test_what_is_not_believed_is_not_judged() -> None:
    assert judged(lambda _: 400.0, height=0.08) == []


def test_a_drift_has_its_slope() -> None:
    found = {f.defect: f for f in judged(lambda t: 300.0 * t / 60.0, seconds=60.0)}
    assert found["av_drift"].value == pytest.approx(300.0, abs=10.0)
    assert found["av_drift"].details["mode"] == "drift"
    assert found["av_sync"].start > 8.0  # the limit of 67 ms is crossed at 13.4 s


def test_a_step_has_its_time_and_its_jump() -> None:
    found = {f.defect: f for f in judged(lambda t: 0.0 if t < 17.0 else 200.0)}
    assert found["av_drift"].details["at"] == pytest.approx(17.0, abs=0.5)
    assert found["av_drift"].value == pytest.approx(200.0, abs=5.0)
    assert found["av_sync"].start == pytest.approx(17.0, abs=0.5)


def test_sound_that_is_moved_for_some_seconds_is_one_stretch_between_two_jumps() -> None:
    found = judged(lambda t: 300.0 if 8.0 <= t < 15.0 else 0.0)
    (off,) = (f for f in found if f.defect == "av_sync")
    assert (off.start, off.end) == (pytest.approx(8.0, abs=0.3), pytest.approx(15.0, abs=0.3))
    assert off.value == pytest.approx(300.0, abs=5.0)
    jumps = [f for f in found if f.defect == "av_drift"]
    assert [round(float(f.details["at"])) for f in jumps] == [8, 15]
    assert [(round(f.start), round(f.end)) for f in jumps] == [(0, 15), (8, 30)]


def test_no_face_is_not_assessable(case_clip: Callable[..., Path]) -> None:
    outcome = analyze(case_clip(Case(duration=3.0)), detectors=["av_sync"], cache=False).outcomes["av_sync"]
    assert outcome.status == "not_assessable"
    assert "no face" in outcome.reason


def heard_offset(clip: Path) -> float:
    signal = analyze(clip, detectors=["av_sync"], cache=False).signals["av_sync"]["offset"]
    return float(np.median(signal.v))


@pytest.mark.corpus
def test_a_known_move_is_measured_within_a_picture(pristine: Path, tmp_path: Path) -> None:
    clip = sorted((pristine / "talking").glob("hdtf_Jeb*.mp4"))[0]
    base = heard_offset(clip)
    late = move_sound(clip, tmp_path / "late.mkv", 320.0)
    assert heard_offset(late) - base == pytest.approx(-320.0, abs=40.0)
