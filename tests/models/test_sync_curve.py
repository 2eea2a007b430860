"""Similarity at every offset: where it peaks, with what confidence, and what is unknown."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.models.sync_curve import diagonals, mean_curve, parabola, peak


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
