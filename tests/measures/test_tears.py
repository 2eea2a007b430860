"""Rows in time: ages and splits made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.tears import find_tear, row_ages


def test_ages_compare_each_row_with_its_usual_change() -> None:
    usual = np.array([10.8, 10.8, 10.8, 0.1])
    matches = np.array([[0.8, 10.8, 8.0, 0.0], [12.0, 18.0, 5.8, 0.0]])
    ages = row_ages(matches, usual)  # 0.8 codes of coding noise are taken off everything
    assert ages[:3].tolist() == pytest.approx([0.0, 1.0, 0.5])
    assert np.isnan(ages[3])  # nothing moves there


@pytest.mark.parametrize("split", [20, 50, 80])
@pytest.mark.parametrize("top", [True, False])
def test_a_clean_split_scores_one_and_says_where(split: int, top: bool) -> None:
    ages = np.ones(100)
    ages[slice(None, split) if top else slice(split, None)] = 0.0
    tear = find_tear(ages, np.full(100, 8.0), 6)
    assert tear.score == pytest.approx(1.0)
    assert tear.line == pytest.approx(split / 100)


def test_whole_frames_have_no_split() -> None:
    for value in (0.0, 1.0, np.nan):
        assert find_tear(np.full(100, value), np.full(100, 8.0), 6).score == 0.0


def test_slower_rows_are_no_repetition() -> None:
    ages = np.ones(100)
    ages[60:] = 0.2
    assert find_tear(ages, np.full(100, 8.0), 6).score == 0.0


def test_a_gentle_passage_is_no_split() -> None:
    ages = np.clip((np.arange(100) - 40) / 40, 0, 1)
    assert find_tear(ages, np.full(100, 8.0), 6).score < 0.3


@pytest.mark.parametrize(
    ("motion", "others", "torn"), [(7.0, 8.0, True), (20.0, 60.0, True), (5.0, 8.0, False), (7.0, 60.0, False)]
)
def test_rows_that_hardly_move_may_have_been_skipped_by_the_encoder(motion: float, others: float, torn: bool) -> None:
    ages, usual = np.ones(100), np.full(100, others)
    ages[60:], usual[60:] = 0.0, motion
    assert (find_tear(ages, usual, 6).score > 0.9) is torn
