"""Matching against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_toolkit.evaluate.matching import match, touching


def test_a_found_label_a_missed_label_and_a_false_alarm() -> None:
    got = match([(2.0, 4.0), (8.0, 9.0)], [(2.1, 4.2), (20.0, 21.0)], 0.5, [0.9, 0.4])
    assert [h.truth for h in got.hits] == [0]
    assert got.hits[0].onset_error == pytest.approx(0.1)
    assert got.hits[0].offset_error == pytest.approx(0.2)
    assert got.hits[0].score == 0.9
    assert got.misses == (1,)
    assert got.alarms == (1,)


def test_pieces_of_one_label_are_one_hit_and_no_alarm() -> None:
    got = match([(2.0, 6.0)], [(2.0, 3.0), (4.0, 5.5)], 0.5, [0.3, 0.8])
    assert got.hits[0].findings == (0, 1)
    assert (got.hits[0].onset_error, got.hits[0].offset_error, got.hits[0].score) == (0.0, -0.5, 0.8)
    assert got.alarms == ()


def test_one_finding_over_two_labels_hits_both() -> None:
    got = match([(2.0, 3.0), (4.0, 5.0)], [(2.0, 5.0)], 0.5)
    assert [h.truth for h in got.hits] == [0, 1]


@pytest.mark.parametrize(("start", "hit"), [(4.49, True), (4.51, False)])
def test_the_tolerance_ends_where_it_says(start: float, hit: bool) -> None:
    # A finding of 20 ms: at 4.49 half of it lies in the widened label [1.5, 4.5].
    assert bool(match([(2.0, 4.0)], [(start, start + 0.02)], 0.5).hits) is hit


def test_a_finding_over_everything_does_not_find_one_second() -> None:
    got = match([(100.0, 101.0)], [(0.0, 3600.0)], 0.5)
    assert got.hits == ()
    assert got.alarms == (0,)


def test_an_instant_is_a_millisecond_long() -> None:
    assert match([(2.0, 2.0)], [(2.2, 2.2)], 0.5).misses == ()


def test_nothing_found_and_nothing_labelled() -> None:
    assert match([(1.0, 2.0)], [], 0.5).misses == (0,)
    assert match([], [(1.0, 2.0), (3.0, 4.0)], 0.5).alarms == (0, 1)
    assert match([], [], 0.5) == ((), (), ())


SPANS = st.lists(st.tuples(st.floats(0, 50), st.floats(0.01, 5)).map(lambda p: (p[0], p[0] + p[1])), max_size=6)


@settings(deadline=None)  # a busy machine is no failure
@given(SPANS, SPANS, st.floats(-100, 100))
def test_shifting_everything_in_time_changes_nothing(
    truths: list[tuple[float, float]], found: list[tuple[float, float]], by: float
) -> None:
    # Shifts by multiples of 1/8 s keep sums of floats exact enough that no tie flips.
    by = round(by * 8) / 8
    a, b = ([(round(s * 8) / 8, round(e * 8) / 8 + 0.25) for s, e in spans] for spans in (truths, found))
    moved_a, moved_b = ([(s + by, e + by) for s, e in spans] for spans in (a, b))
    assert np.array_equal(touching(a, b, 0.3), touching(moved_a, moved_b, 0.3))


@settings(deadline=None)  # a busy machine is no failure
@given(SPANS, SPANS)
def test_every_label_is_hit_or_missed_and_a_wider_tolerance_misses_no_more(
    truths: list[tuple[float, float]], found: list[tuple[float, float]]
) -> None:
    narrow, wide = match(truths, found, 0.2), match(truths, found, 2.0)
    assert len(narrow.hits) + len(narrow.misses) == len(truths)
    assert set(wide.misses) <= set(narrow.misses)
    assert set(wide.alarms) <= set(narrow.alarms)
