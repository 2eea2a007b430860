"""Level steps: laws of the arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.measures.level_steps import band_levels, change_between, near_steps

RNG = np.random.default_rng(3)


@given(st.floats(-25, 25))
def test_a_gain_is_an_even_change(db: float) -> None:
    levels = RNG.uniform(-60, -20, (120, 11))
    change = change_between(levels, levels + db)
    assert change.db == pytest.approx(db) and change.spread == pytest.approx(0, abs=1e-9)


def test_too_quiet_is_no_change() -> None:
    assert change_between(np.full((60, 11), -110.0), np.full((60, 11), -100.0)).db == 0


def test_near_step_of_known_height() -> None:
    levels = np.full((40, 11), -40.0)
    levels[20:] -= 6.0
    near = near_steps(levels)
    assert int(np.argmin(near)) in (19, 20)
    assert near.min() == pytest.approx(-6.0, abs=0.01) and np.count_nonzero(np.abs(near) > 5.9) == 2


def test_band_level_of_a_tone() -> None:
    """A tone of amplitude 0.5 holds 0.125 of full scale² (one side of the spectrum: half of it), −12.0 dB, in its band."""
    x = (0.5 * np.sin(2 * np.pi * 1200 * np.arange(4800) / 48000)).astype(np.float32).reshape(10, 480, 1)
    level = band_levels(x, 48000.0)
    assert level.shape == (10, 11)
    assert level[5].argmax() == 5  # 1000 to 1500 Hz
    assert level[5, 5] == pytest.approx(10 * np.log10(0.125 / 2), abs=0.3)
