"""Votes of lip sync against curves that were drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.measures.sync_verdict import FRAME_MS, reading, votes

HALF = 25


def curve(offset_ms: float, height: float = 0.5) -> np.ndarray:
    """A bump of similarity where the sound is early by ``offset_ms``."""
    late = -offset_ms / FRAME_MS
    bump = np.exp(-0.5 * ((np.arange(2 * HALF + 1) - HALF - late) / 1.5) ** 2)
    return np.asarray(height * bump, np.float32)


@given(offset=st.floats(-900, 900))
def test_reading_is_positive_when_the_sound_is_early(offset: float) -> None:
    found, sure = reading(curve(offset))
    assert found == pytest.approx(offset, abs=4.0)  # a parabola through a Gaussian's top errs by a tenth of a column
    assert sure == pytest.approx(0.5, abs=0.05)


def test_reading_of_nothing() -> None:
    offset, sure = reading(np.full(51, np.nan))
    assert np.isnan(offset) and sure == 0.0


def test_votes_take_the_surer_track_and_leave_out_the_unsure() -> None:
    starts = np.array([0.0, 0.0, 10.0])
    curves = np.stack([curve(80, 0.5), curve(-400, 0.3), curve(0, 0.05)])
    found = votes(starts, starts + 4, np.full(3, 4.0), np.array([0, 1, 0]), curves, 0.12)
    assert [round(v.offset) for v in found] == [80]


def test_a_weak_window_is_read_with_its_neighbours() -> None:
    rng = np.random.default_rng(0)
    curves = np.stack([curve(120, 0.10) + rng.normal(0, 0.02, 51) for _ in range(5)])
    starts = np.arange(5.0)
    found = votes(starts, starts + 4, np.full(5, 4.0), np.zeros(5, int), curves, 0.085)
    assert len(found) == 5
    assert np.median([v.offset for v in found]) == pytest.approx(120, abs=20)


def test_a_window_of_silence_does_not_weaken_its_neighbours_and_little_speech_counts_for_little() -> None:
    starts = np.arange(5.0)
    curves = np.stack([curve(120, 0.3), *(curve(-600, 0.3),) * 2, *(np.full(51, np.nan),) * 2])
    spoken = np.array([4.0, 0.2, 0.2, 0.0, 0.0])
    found = votes(starts, starts + 4, spoken, np.zeros(5, int), curves, 0.14)
    assert [round(v.offset / 40) for v in found] == [3] * 5
    assert found[0].confidence == pytest.approx(0.3, abs=0.02)
    assert not votes(starts[:1], starts[:1] + 4, spoken[1:2], np.zeros(1, int), curves[:1], 0.14)
