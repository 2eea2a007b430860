"""Blur judged on curves written by hand: sudden loss, slow focus, new shots."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.detectors.blur import Blur, BlurLimits

FPS = 25.0


def judged(acuity: np.ndarray, change: np.ndarray | None = None) -> list[tuple[str, float, float]]:
    t = np.arange(len(acuity)) / FPS
    moves = np.full(len(t), 2.0) if change is None else change
    signals = {"acuity": Signal("acuity", "of 1", t, acuity, end=len(t) / FPS),
               "regions": Signal("regions", "of 1", t, np.tile(acuity[:, None], 9), (Axis("region", "", tuple(range(9))),)),
               "change": Signal("change", "code values", t, moves, end=len(t) / FPS)}  # fmt: skip
    return [(f.severity, f.start, f.end) for f in Blur.judge(signals, BlurLimits())]


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
