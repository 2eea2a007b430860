"""Min/max downsampling: spikes, ends and gaps survive."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vqa_toolkit.figures.downsample import min_max

values = hnp.arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e6, 1e6))


def test_one_sample_spike_among_a_million_survives() -> None:
    v = np.zeros(1_000_000, dtype=np.float32)
    v[654_321] = 7.0
    t, kept = min_max(np.arange(1_000_000) / 25.0, v, 4000)
    assert len(t) <= 4000
    assert kept.max() == 7.0
    assert t[kept.argmax()] == 654_321 / 25.0


@given(v=values, points=st.integers(4, 60))
def test_extremes_order_ends_and_budget_hold(v: np.ndarray, points: int) -> None:
    t, kept = min_max(np.arange(len(v), dtype=np.float64), v, points)
    assert len(t) == len(kept) <= max(points, 4)
    assert (kept.min(), kept.max()) == (v.min(), v.max())
    assert bool(np.all(np.diff(t) > 0))
    assert (t[0], t[-1]) == (0, len(v) - 1)
    assert np.array_equal(kept, v[t.astype(int)])


def test_a_gap_stays_a_gap() -> None:
    v = np.ones(1000)
    v[400:600] = np.nan
    t, kept = min_max(np.arange(1000.0), v, 100)
    inside = (t > 420) & (t < 580)
    assert inside.any()
    assert bool(np.isnan(kept[inside]).all())


def test_wrong_shapes_and_budgets_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        min_max(np.arange(3.0), np.arange(3.0), 3)
    with pytest.raises(ValueError, match="both be"):
        min_max(np.arange(3.0), np.zeros((3, 2)))
