"""Similarity at every offset: where it peaks, with what confidence, and what is unknown."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.models.sync_curve import diagonals, mean_curve, parabola, peak, seconds_spoken, spoken


def test_diagonals_pair_each_picture_with_the_sounds_around_it() -> None:
    seen, told = torch.eye(3), torch.eye(5)[:, :3]
    whole = torch.tensor([True, True, True, False, True])
    out = diagonals(seen, told, whole, 3)
    np.testing.assert_array_equal(out, [[1, 0, 0], [1, 0, np.nan], [1, np.nan, 0]])


def test_mean_curve_leaves_out_columns_with_too_few_positions() -> None:
    sims = np.array([[1, np.nan], [3, 5]], np.float32)
    np.testing.assert_array_equal(mean_curve(sims, least=2), [2, np.nan])


@given(at=st.floats(3.0, 27.0))
def test_peak_finds_the_top_of_a_parabola_between_columns(at: float) -> None:
    curve = (1 - 0.01 * (np.arange(31) - at) ** 2).astype(np.float32)
    offset, sure = peak(curve)
    assert offset == pytest.approx(at - 15, abs=0.01)
    assert sure > 0


def test_nothing_known_has_no_offset_and_no_confidence() -> None:
    offset, sure = peak(np.full(31, np.nan, np.float32))
    assert np.isnan(offset) and sure == 0.0


def test_parabola_does_not_reach_beyond_an_edge() -> None:
    assert parabola(np.array([3.0, 2.0, 1.0], np.float32), 0) == 0.0


def sound(speech: slice, frames: int = 500) -> np.ndarray:
    """Log-mel (frames, 80) of a quiet room, with speech 40 dB above it in ``speech``."""
    mel = np.full((frames, 80), -13.0, np.float32)
    mel[speech] += 9.2
    return mel


def test_positions_far_from_speech_say_nothing() -> None:
    near = spoken(sound(slice(300, 500)), np.ones(500, bool), positions=70, reach=15)
    assert not near[:20].any()  # their sound, at any offset, ends before 300
    assert near[50:].all()


def test_steady_sound_hides_no_position_and_no_sound_hides_all() -> None:
    assert spoken(sound(slice(0, 0)), np.ones(500, bool), positions=70, reach=15).all()
    assert not spoken(sound(slice(0, 500)), np.zeros(500, bool), positions=70, reach=15).any()


def test_seconds_spoken_counts_positions_with_their_support() -> None:
    sims = np.full((100, 31), np.nan, np.float32)
    assert seconds_spoken(sims) == 0.0
    sims[40:60, 3] = 0.1
    assert seconds_spoken(sims) == pytest.approx((20 + 10) / 25)


def test_a_column_of_few_positions_does_not_win_by_chance() -> None:
    sims = np.full((40, 31), 0.1, np.float32)
    sims[:30, 0] = np.nan
    sims[30:, 0] = 0.9
    assert np.isnan(mean_curve(sims)[0]) and mean_curve(sims)[1] == pytest.approx(0.1)
