"""Rows in time: ages and splits made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.tears import (
    EVIDENCE,
    MOST,
    find_tear,
    held_rows,
    in_rhythm,
    motion,
    on_a_beat,
    row_shares,
    usual_motion,
)


def cells(*rows: float) -> np.ndarray:
    """Rows of ten cells, each row of one value."""
    return np.repeat(np.array(rows, np.float32)[:, None], 10, axis=1)


def test_ages_compare_each_row_with_its_usual_change() -> None:
    usual = usual_motion([cells(11.0, 11.0, 11.0, 0.1)] * 3, [cells(11.0, 20.0, 11.0, 30.0)] * 3)
    changes = cells(1.0, 11.0, 9.0, 0.0), cells(12.0, 18.0, 6.0, 0.0)
    ages = row_shares(changes, usual).min(axis=0)  # 1 code of coding noise goes off
    assert ages[:3].tolist() == pytest.approx([0.0, 1.0, 0.5])
    assert np.isnan(ages[3])  # nothing moves there


def test_only_cells_that_move_before_and_after_can_tell() -> None:
    before, after = cells(8.0, 8.0), cells(8.0, 8.0)
    before[0, :5], after[0, 5:] = 0.0, 0.0  # something came to rest on the right, something else set off on the left
    usual = usual_motion([before] * 3, [after] * 3)
    assert usual[0].tolist() == [0.0] * 10
    assert usual[1].tolist() == [8.0] * 10
    assert usual_motion([cells(200.0)] * 3, [cells(200.0)] * 3).max() == MOST


def test_one_step_of_three_says_nothing_of_what_is_usual() -> None:
    still, fast, slow = cells(0.0), cells(90.0), cells(5.0)
    assert usual_motion([still, slow, fast], [slow, slow, still])[0, 0] == 5.0


def test_motion_reaches_two_cells_to_either_side_and_no_row_further() -> None:
    now = np.zeros((3, 9), np.float32)
    now[1, 4] = 7.0
    assert motion(now, np.zeros_like(now)).tolist() == [[0.0] * 9, [0, 0, 7, 7, 7, 7, 7, 0, 0], [0.0] * 9]


def test_rows_at_rest_for_two_steps_are_held() -> None:
    still, moving = np.zeros(3), np.ones(3)
    assert held_rows(still, moving, still).all()
    assert held_rows(still, still, moving).all()
    assert not held_rows(still, moving, moving).any()  # one picture late, then on: torn
    assert not held_rows(moving, still, still).any()


@pytest.mark.parametrize(("beat", "steady"), [(2, True), (5, True), (7, False)])
def test_bands_that_repeat_on_a_beat_are_told_from_torn_ones(beat: int, steady: bool) -> None:
    ages = np.ones((30, 45))
    ages[15 % beat :: beat, 20:] = 0.0
    assert on_a_beat(ages, 15) is steady


@pytest.mark.parametrize(("repeats", "judders"), [((10, 13, 18), True), ((10, 18), False), ((5, 6, 25), False)])
def test_a_band_among_whole_repeats_is_no_tear(repeats: tuple[int, ...], judders: bool) -> None:
    ages = np.ones((30, 45))
    ages[15, 20:] = 0.0
    ages[list(repeats)] = 0.1
    assert in_rhythm(ages, 15) is judders


def test_bands_of_changing_place_are_on_no_beat() -> None:
    ages = np.ones((30, 45))
    for i, line in ((13, 35), (15, 10), (17, 30)):
        ages[i, line:] = 0.0
    assert not on_a_beat(ages, 15)


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
    ("motion", "rows", "torn"), [(9.0, 15, True), (4.0, 40, True), (4.0, 15, False), (9.0, 8, False)]
)
def test_thin_slow_bands_may_have_paused_by_themselves(motion: float, rows: int, torn: bool) -> None:
    ages, usual = np.ones(100), np.full(100, 8.0)
    ages[-rows:], usual[-rows:] = 0.0, motion
    assert (0.35 * rows * motion >= EVIDENCE * 100) is torn
    assert (find_tear(ages, usual, 6).score > 0.9) is torn
