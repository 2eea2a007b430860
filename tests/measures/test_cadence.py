"""Beats and stumbles against sequences written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.cadence import beat, held_share, is_cadence, notches, on_beat, pulled, regular, surrounding


@pytest.mark.parametrize(
    ("places", "legal"),
    [
        (range(0, 30, 5), True),  # 24 in 30
        ([2, 5, 7, 10, 12, 15, 17], True),  # 2:3, as 24 in 60
        ([7, 32, 57, 82, 106], True),  # 24 in 25, a long beat
        ([6, 9, 16, 19, 26, 29, 36], True),  # 20 in 25
        ([0, 4, 9, 12, 17, 20, 24, 29, 33], False),
        ([3, 9, 13, 20, 23, 31, 33], False),
        ([1, 3, 5, 9, 11, 17, 19, 23], True),  # drawn on twos, some pictures held for longer
        ([0, 5, 10], False),  # too few to be a beat
    ],
)
def test_a_beat_keeps_its_distance_within_a_frame(places: list[int], legal: bool) -> None:
    assert regular(np.array(list(places))) is legal


PAUSED = np.cumsum([3, 6, 30, 6, 6, 37, 6, 6, 6, 6, 6, 42, 12, 6, 6, 6])  # 25 in 29.97, unseen where little moves


def test_a_beat_that_pauses_is_one() -> None:
    assert not regular(PAUSED)
    assert beat(PAUSED) == 6
    assert on_beat(np.array([100, 136, 142, 148]), 6)


FILM = np.arange(3600) * 24 / 59.94 % 1 >= 24 / 59.94  # a minute of film in 59.94: which frames show nothing new


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_film_in_60_is_a_cadence_where_only_some_of_its_repeats_are_seen(share: float) -> None:
    draw = np.random.default_rng(0)
    assert all(is_cadence(FILM & (draw.random(3600) < share), 0) for _ in range(20))
    assert all(is_cadence((FILM & (draw.random(3600) < share))[400:900], 0) for _ in range(20))


@pytest.mark.parametrize("share", [0.1, 0.2, 0.37])
@pytest.mark.parametrize("frames", [240, 600, 3600])
def test_repeats_at_random_are_no_film_in_60(share: float, frames: int) -> None:
    draw = np.random.default_rng(1)
    assert not any(pulled(draw.random(frames) < share) for _ in range(500))


@pytest.mark.parametrize("rate_hz", [2.0, 3.0, 5.0, 7.0])
@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
def test_stumbles_at_random_keep_no_beat(rate_hz: float, fps: float) -> None:
    """One at random in every slot, as the simulator draws them."""
    slot = round(fps / rate_hz)
    drawn = np.random.default_rng(0).integers(0, max(1, slot - 2), (200, 40))
    assert not any(beat(np.arange(40) * slot + offsets) for offsets in drawn)


def test_surrounding_motion_ignores_a_cut_and_takes_the_quieter_side() -> None:
    change = np.array([4.0] * 8 + [90.0] + [2.0] * 8)
    around = surrounding(change)
    assert around[4] == 4.0
    assert around[12] == 2.0
    assert around[8] == 2.0  # at the cut: the smaller of both sides


def test_a_notch_has_steep_shoulders() -> None:
    change = np.array([5, 5, 0, 5, 5, 2, 1, 2, 5], float)
    low = np.array([0, 0, 1, 0, 0, 0, 1, 0, 0], bool)
    assert np.flatnonzero(notches(change, low, np.full(9, 2.5))).tolist() == [2]


def test_held_share_counts_repeats_around() -> None:
    repeats = np.tile([True, False], 10)
    assert held_share(repeats, 4)[5:15] == pytest.approx(0.5)
