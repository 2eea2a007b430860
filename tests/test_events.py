"""Hysteresis and spans against definitions by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span, hysteresis, spans


def signal(values: list[float], step: float = 0.5, end: float = float("nan")) -> Signal:
    v = np.asarray(values, dtype=np.float64)
    t: Any = np.arange(len(v)) * step
    return Signal("s", "", t, v, (), end)


def test_hysteresis_keeps_what_touches_the_onset() -> None:
    v = np.array([0.4, 0.6, 0.9, 0.6, 0.4, 0.6, 0.4])
    np.testing.assert_array_equal(hysteresis(v, 0.8, 0.5), [False, True, True, True, False, False, False])


def test_hysteresis_takes_a_zero_offset_at_its_word() -> None:
    np.testing.assert_array_equal(hysteresis(np.array([0.0, 1.0, -1.0]), 0.5, 0.0), [True, True, False])


def test_hysteresis_ignores_nan() -> None:
    np.testing.assert_array_equal(hysteresis(np.array([np.nan, 1.0]), 0.5), [False, True])


def test_hysteresis_refuses_an_offset_above_the_onset() -> None:
    with pytest.raises(ValueError, match="offset must not exceed onset"):
        hysteresis(np.zeros(3), 0.5, 0.6)


def test_a_run_ends_where_the_next_item_starts() -> None:
    s = signal([0, 1, 1, 0])
    assert spans(s, s.v > 0.5) == [Span(0.5, 1.5, 1, 2)]


def test_a_run_to_the_end_is_closed_at_the_signal_end() -> None:
    s = signal([0, 1, 1], end=1.25)
    assert spans(s, s.v > 0.5) == [Span(0.5, 1.25, 1, 2)]


def test_gaps_up_to_merge_gap_are_joined_before_short_runs_are_dropped() -> None:
    s = signal([1, 0, 1, 0, 0, 1, 0])
    assert spans(s, s.v > 0.5, merge_gap=0.5, min_duration=1.0) == [Span(0.0, 1.5, 0, 2)]


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.floats(0, 2), st.floats(0, 2))
def test_spans_are_ordered_disjoint_and_long_enough(flags: list[bool], shortest: float, gap: float) -> None:
    s = signal([float(f) for f in flags])
    found = spans(s, s.v > 0.5, min_duration=shortest, merge_gap=gap)
    for span in found:
        assert span.end - span.start >= shortest - 1e-6
        assert flags[span.first] and flags[span.last]
    for a, b in pairwise(found):
        assert b.start - a.end > gap or (gap == 0 and b.start > a.start)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.floats(0, 1000))
def test_spans_move_with_time(flags: list[bool], shift: float) -> None:
    v = np.asarray(flags, dtype=np.float64)
    t: Any = np.arange(len(v)) * 0.04
    here = spans(Signal("s", "", t, v), v > 0.5)
    there = spans(Signal("s", "", t + shift, v), v > 0.5)
    assert [(s.first, s.last) for s in here] == [(s.first, s.last) for s in there]
    np.testing.assert_allclose([s.start + shift for s in here], [s.start for s in there], atol=1e-6)
