"""Blur judged on curves written by hand: sudden loss, slow focus, new shots."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Finding, Signal
from vqa_toolkit.detectors.blur import Blur, BlurLimits

FPS = 25.0


def judged(acuity: np.ndarray, change: np.ndarray | None = None) -> list[tuple[str, float, float]]:
    return [(f.severity, f.start, f.end) for f in found_in(acuity, change)]


def found_in(acuity: np.ndarray, change: np.ndarray | None = None) -> list[Finding]:
    t = np.arange(len(acuity)) / FPS
    moves = np.full(len(t), 2.0) if change is None else change
    signals = {"acuity": Signal("acuity", "of 1", t, acuity, end=len(t) / FPS),
               "regions": Signal("regions", "of 1", t, np.tile(acuity[:, None], 9), (Axis("region", "", tuple(range(9))),)),
               "change": Signal("change", "code values", t, moves, end=len(t) / FPS)}  # fmt: skip
    return list(Blur.judge(signals, BlurLimits()))


def test_sharpness_that_drops_at_once_is_an_issue() -> None:
    acuity = np.full(100, 0.6)
    acuity[30:60] = 0.3
    assert judged(acuity) == [("issue", pytest.approx(1.2), pytest.approx(2.4))]


def test_a_focus_pull_is_a_note() -> None:
    acuity = np.interp(np.arange(150), [0, 40, 70, 90, 120, 150], [0.6, 0.6, 0.2, 0.2, 0.6, 0.6])
    assert [s for s, _, _ in judged(acuity)] == ["fyi"]


def test_a_much_softer_shot_between_cuts_is_a_note() -> None:
    acuity, change = np.full(100, 0.6), np.full(100, 2.0)
    acuity[30:60] = 0.3
    change[[30, 60]] = 40.0
    assert judged(acuity, change) == []
    acuity[30:60] = 0.2
    assert [s for s, _, _ in judged(acuity, change)] == ["fyi"]


def test_a_title_without_any_sharp_edge_is_soft_throughout() -> None:
    assert judged(np.full(100, 0.12)) == [("issue", 0.0, pytest.approx(4.0))]


def test_frames_without_edges_say_nothing() -> None:
    acuity = np.full(100, 0.6)
    acuity[30:60] = np.nan
    assert judged(acuity) == []


def test_the_value_lies_beyond_the_limit_that_it_is_told_with() -> None:
    """Most of a blurred stretch may lie within the hysteresis above the limit."""
    acuity = np.full(100, 0.6)
    acuity[30:60] = 0.39
    acuity[40:45] = 0.3
    (found,) = found_in(acuity)
    assert found.value == pytest.approx(0.3) and found.value < found.limit
    assert "0.30, 50%" in found.message
