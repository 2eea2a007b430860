"""Votes and stories of lip sync against curves that were drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.measures.sync_stretches import stretches
from vqa_toolkit.measures.sync_verdict import (
    FRAME_MS,
    Story,
    Vote,
    reading,
    sharpen_drift,
    sharpen_step,
    tell,
    theil_sen,
    votes,
)

HALF = 25


def curve(offset_ms: float, height: float = 0.5) -> np.ndarray:
    """A bump of similarity where the sound is early by ``offset_ms``."""
    late = -offset_ms / FRAME_MS
    bump = np.exp(-0.5 * ((np.arange(2 * HALF + 1) - HALF - late) / 1.5) ** 2)
    return np.asarray(height * bump, np.float32)


def line(offsets: list[float]) -> list[Vote]:
    return [Vote(float(i), i + 4.0, o, 0.3) for i, o in enumerate(offsets)]


def rows(offset_at: object, seconds: float) -> Signal:
    t = np.arange(0, seconds, 0.2)
    axes = (Axis("offset", "ms", tuple(float(x) for x in range(2 * HALF + 1))),)
    return Signal("map", "cosine", t, np.stack([curve(offset_at(x)) for x in t]), axes)  # type: ignore[operator]


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
    found = votes(starts, starts + 4, np.array([0, 1, 0]), curves, 0.12)
    assert [round(v.offset) for v in found] == [80]


def test_a_weak_window_is_read_with_its_neighbours() -> None:
    rng = np.random.default_rng(0)
    curves = np.stack([curve(120, 0.10) + rng.normal(0, 0.02, 51) for _ in range(5)])
    starts = np.arange(5.0)
    found = votes(starts, starts + 4, np.zeros(5, int), curves, 0.085)
    assert len(found) == 5
    assert np.median([v.offset for v in found]) == pytest.approx(120, abs=20)


def test_a_constant_stays_constant_under_scatter() -> None:
    story = tell(line([100, 112, 95, 104, 90, 108, 99, 101, 300, 97]))
    assert story.kind == "constant"
    assert story.offset == pytest.approx(100.5)


def test_a_drift_is_told_with_its_slope() -> None:
    story = tell(line([4.0 * i for i in range(40)]))
    assert story.kind == "drift"
    assert story.slope == pytest.approx(240.0)


def test_a_step_is_told_with_its_jump() -> None:
    story = tell(line([0.0] * 15 + [160.0] * 15))
    assert (story.kind, story.jump) == ("step", 160.0)
    assert story.at == pytest.approx(16.5, abs=1.1)


def test_theil_sen_ignores_a_third_of_outliers() -> None:
    t = np.arange(30.0)
    y = 2.0 * t
    y[::4] += 500
    assert theil_sen(t, y) == pytest.approx(2.0, abs=0.3)


def test_a_step_is_located_in_the_map() -> None:
    story = Story("step", 0.0, 0.0, 11.0, 200.0, 0.0)
    found = rows(lambda x: 0.0 if x < 9.0 else 200.0, 20.0)
    assert sharpen_step(story, found.t, found.v) == pytest.approx(9.0, abs=0.21)


def test_a_slope_is_found_in_the_map() -> None:
    story = Story("drift", 100.0, 180.0, np.nan, 0.0, 0.0)
    found = rows(lambda x: 200.0 * x / 60.0, 60.0)
    assert sharpen_drift(story, found.t, found.v) == pytest.approx(200.0, abs=8.0)


@pytest.mark.parametrize(("offset", "found"), [(0, 0), (60, 0), (-150, 0), (75, 1), (-170, 1), (600, 1)])
def test_stretches_are_beyond_the_limits(offset: float, found: int) -> None:
    said = line([float(offset)] * 8)
    out = stretches(said, tell(said), rows(lambda _: offset, 12.0), 67.0, 155.0)
    assert len(out) == found
    assert all((s.start, s.end, s.offset) == (0.0, 11.0, offset) for s in out)


def test_a_stretch_after_a_step_begins_at_the_step() -> None:
    said = line([0.0] * 10 + [240.0] * 10)
    out = stretches(said, tell(said), rows(lambda x: 0.0 if x < 12.0 else 240.0, 24.0), 67.0, 155.0)
    assert len(out) == 1
    assert out[0].start == pytest.approx(12.0, abs=0.41)
    assert out[0].offset == pytest.approx(240.0)
