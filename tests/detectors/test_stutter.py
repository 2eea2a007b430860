"""Stutter judged on curves written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Signal
from vqa_toolkit.detectors.stutter import Stutter, StutterLimits

FPS = 25.0


def judged(change: np.ndarray, t: np.ndarray | None = None) -> list[tuple[str, float, float, float]]:
    times = np.arange(len(change)) / FPS if t is None else t
    signal = Signal("change", "code values", times, change, end=float(times[-1] + 1 / FPS))
    return [(f.severity, f.start, f.end, f.value) for f in Stutter.judge({"change": signal}, StutterLimits())]


def moving(n: int = 100) -> np.ndarray:
    return 10 + np.sin(np.arange(n))


@pytest.mark.parametrize("residue", [0.0, 0.8])
def test_irregular_repeats_are_one_finding(residue: float) -> None:
    change = moving()
    change[[20, 27, 31, 45, 50]] = residue  # re-encoding leaves a little
    assert judged(change) == [("issue", pytest.approx(0.8), pytest.approx(2.04), 5.0)]


def test_one_repeat_is_a_note() -> None:
    change = moving()
    change[40] = 0.0
    assert [f[0] for f in judged(change)] == ["fyi"]


@pytest.mark.parametrize(
    "places", [range(3, 100, 5), range(6, 100, 25), sorted({*range(3, 100, 10), *range(6, 100, 10)})]
)
def test_repeats_on_a_beat_are_a_cadence(places: list[int]) -> None:
    change = moving()
    change[list(places)] = 0.0
    assert judged(change) == []


def test_a_beat_that_pauses_where_little_moves_is_a_cadence() -> None:
    """25 in 30: every sixth picture repeats, which shows only while somebody moves; other repeats beside it are told."""
    change = moving(260)
    change[np.cumsum([30, 6, 30, 6, 6, 37, 6, 6, 6, 6, 6, 42, 12, 6, 6, 6])] = 0.0
    assert judged(change) == []
    change[[46, 63, 81, 92, 105, 160]] = 0.0
    assert [f[0] for f in judged(change)] == ["issue"]


def test_animation_on_twos_is_held_on_purpose() -> None:
    change = moving()
    change[::2] = 0.0
    assert judged(change) == []


def test_motion_that_dies_down_and_returns_has_no_notch() -> None:
    change = 10 * np.abs(np.cos(np.arange(100) / 12)) + 0.05
    assert judged(change) == []


def test_lost_frames_show_in_the_timestamps() -> None:
    keep = np.delete(np.arange(100), [20, 33, 38, 60])
    found = judged(moving()[keep], keep / FPS)
    assert len(found) == 1
    assert found[0][1:] == (pytest.approx(19 / FPS), pytest.approx(61 / FPS), 4.0)


@pytest.mark.parametrize("fast_first", [True, False])
def test_a_rate_that_changes_loses_no_frames(fast_first: bool) -> None:
    """Four seconds at 25 and as many at 12.5 pictures per second, in either order."""
    steps = [1 / FPS] * 100 + [2 / FPS] * 50
    t = np.cumsum([0.0, *(steps if fast_first else steps[::-1])])
    assert judged(moving(len(t)), t) == []


def test_frames_lost_beside_a_change_of_rate_are_still_found() -> None:
    t = np.cumsum([0.0, *([1 / FPS] * 100), *([2 / FPS] * 50)])
    found = judged(np.delete(moving(len(t)), [20, 33, 60, 71]), np.delete(t, [20, 33, 60, 71]))
    assert [f[3] for f in found] == [4.0]


def test_still_shots_are_not_assessed() -> None:
    change = np.full(100, 0.5)
    change[[20, 27, 31, 45]] = 0.0
    assert judged(change) == []
