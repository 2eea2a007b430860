"""A running median keeps steps and drops single values."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.smooth import running_median


def test_steps_stay_and_spikes_go() -> None:
    assert running_median(np.array([0, 0, 9, 0, 0, 5, 5, 5]), 3).tolist() == [0, 0, 0, 0, 0, 5, 5, 5]


def test_nothing_gives_nothing() -> None:
    assert len(running_median(np.zeros(0), 5)) == 0


def test_even_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="odd"):
        running_median(np.zeros(3), 4)
