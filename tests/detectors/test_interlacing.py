"""Combing and line order judged on curves written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Signal
from vqa_toolkit.detectors.interlacing import Interlacing, InterlacingLimits

FPS = 25.0


def judged(comb: np.ndarray, order: np.ndarray) -> list[tuple[str, float, float]]:
    t = np.arange(len(comb)) / FPS
    signals = {"comb": Signal("comb", "of the moving points", t, comb, end=len(t) / FPS),
               "order": Signal("order", "times", t, order, end=len(t) / FPS)}  # fmt: skip
    return [(f.severity, f.start, f.end) for f in Interlacing.judge(signals, InterlacingLimits())]


def test_combing_is_one_finding_though_motion_pauses() -> None:
    comb = np.zeros(100)
    comb[20:60] = 0.2
    comb[35:40] = np.nan
    assert judged(comb, np.full(100, 0.5)) == [("issue", pytest.approx(0.8), pytest.approx(2.4))]


def test_two_combed_frames_in_five_are_film() -> None:
    comb = np.where(np.isin(np.arange(100) % 5, (2, 3)), 0.2, 0.0)
    assert [s for s, _, _ in judged(comb, np.full(100, 0.5))] == ["fyi"]


def test_exchanged_lines_are_reported_once() -> None:
    comb, order = np.zeros(100), np.full(100, 0.5)
    comb[25:75], order[25:75] = 0.3, 2.0
    assert judged(comb, order) == [("issue", pytest.approx(1.0), pytest.approx(3.0))]


def test_fields_of_two_times_that_pass_for_exchanged_lines_for_a_while_are_combing() -> None:
    comb, order = np.zeros(100), np.full(100, 0.5)
    comb[25:75], order[25:40] = 0.3, 1.2
    assert judged(comb, order) == [("issue", pytest.approx(1.0), pytest.approx(3.0))]
