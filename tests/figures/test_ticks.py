"""Round numbers on axes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.figures.ticks import tick_label, time_ticks, value_ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(-60.0, 0.0, [-60.0, -40.0, -20.0, 0.0]), (0.0, 1.0, [0.0, 0.5, 1.0]), (3.0, 3.0, [3.0])],
)
def test_value_ticks(low: float, high: float, ticks: list[float]) -> None:
    assert value_ticks(low, high) == ticks


@pytest.mark.parametrize(
    ("start", "end", "ticks"),
    [(0.0, 60.0, [0, 10, 20, 30, 40, 50, 60]), (3.0, 5.0, [3, 3.5, 4, 4.5, 5]), (0.0, 7200.0, [0, 900, 1800, 2700,
     3600, 4500, 5400, 6300, 7200]), (1.0, 1.0, [1])],
)  # fmt: skip
def test_time_ticks(start: float, end: float, ticks: list[float]) -> None:
    assert time_ticks(start, end) == ticks


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e6))
def test_ticks_lie_within_and_are_evenly_spaced(low: float, span: float) -> None:
    for ticks in (value_ticks(low, low + span), time_ticks(abs(low), abs(low) + span)):
        assert len(ticks) <= 12
        steps = {round(b - a, 6) for a, b in pairwise(ticks)}
        assert len(steps) <= 1 or max(steps) - min(steps) <= 1e-5 * max(steps) + 2e-6  # binary rounding of decimals


@pytest.mark.parametrize(
    ("seconds", "step", "label"),
    [
        (0.0, 1.0, "0:00"),
        (75.0, 15.0, "1:15"),
        (3725.0, 300.0, "1:02:05"),
        (61.5, 0.5, "1:01.5"),
        (0.25, 0.05, "0:00.25"),
    ],
)
def test_tick_label(seconds: float, step: float, label: str) -> None:
    assert tick_label(seconds, step) == label
