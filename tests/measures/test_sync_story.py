"""Stories of lip sync and the stretches that follow from them, against maps that were drawn by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.measures.test_sync_verdict import curve
from vqa_toolkit.measures.sync_story import Story, agreeing, line_through, spoken, tell
from vqa_toolkit.measures.sync_stretches import stretches
from vqa_toolkit.measures.sync_verdict import Vote

At = Callable[[float], float]
LEAST = 0.2


def drawn(offset_at: At, seconds: float, height: float = 0.35, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Times and rows of a map whose bump lies at ``offset_at(t)`` ms."""
    t = np.arange(0.1, seconds, 0.2)
    rng = np.random.default_rng(4)
    return t, np.stack([curve(offset_at(float(x)), height) for x in t]) + rng.normal(0, noise, (len(t), 51)) * (
        noise > 0
    )


def line(offset_at: At, seconds: float) -> list[Vote]:
    """A vote a second."""
    return [Vote(float(k), k + 4.0, offset_at(k + 2.0), 0.3) for k in range(round(seconds) - 3)]


def told(offset_at: At, seconds: float, noise: float = 0.0) -> Story:
    t, v = drawn(offset_at, seconds, noise=noise)
    return tell(line(offset_at, seconds), t, v, np.zeros(len(t), int), LEAST)


@pytest.mark.parametrize("offset", [-613.0, 0.0, 18.0, 100.0])
def test_a_constant_stays_constant_under_noise(offset: float) -> None:
    story = told(lambda _: offset, 24.0, noise=0.15)
    assert (story.kind, story.jumps, story.slope) == ("constant", (), 0.0)
    assert story.offset == pytest.approx(
        offset, abs=6.0
    )  # noise of 0.15 over 120 rows moves the peak by 2 ms (deviation)


@pytest.mark.parametrize("slope", [-900.0, -200.0, 200.0, 1500.0])
def test_a_drift_is_told_with_its_slope(slope: float) -> None:
    story = told(lambda t: slope * (t - 12.0) / 60.0 + 40.0, 24.0, noise=0.05)
    assert story.kind == "drift"
    assert story.slope == pytest.approx(slope, abs=30.0)  # noise of 0.05 moves the ends by 5 ms (deviation): 12 ms/min
    assert story.offset_at(12.0) == pytest.approx(40.0, abs=8.0)


@pytest.mark.parametrize(("slope", "kind"), [(-120.0, "constant"), (-300.0, "drift")])
def test_over_several_shots_a_drift_must_pass_what_their_readings_differ_by(slope: float, kind: str) -> None:
    t, v = drawn(lambda x: slope * x / 60.0, 24.0)
    votes = line(lambda x: slope * x / 60.0, 24.0)
    assert tell(votes, t, v, np.zeros(len(t), int), LEAST).kind == "drift"
    shots = [vote._replace(track=int(vote.start >= 12.0)) for vote in votes]
    assert tell(shots, t, v, np.where(t < 12.0, 0, 1), LEAST).kind == kind


def test_a_long_drift_is_told_from_averaged_rows() -> None:
    story = told(lambda t: 5.0 * (t - 600.0) / 60.0, 1200.0)
    assert story.kind == "drift"
    assert story.slope == pytest.approx(5.0, abs=0.2)  # the ends are found to 2 ms in 20 min


def test_a_slope_is_read_even_where_it_is_too_small_to_be_told() -> None:
    t, v = drawn(lambda x: 20.0 * x / 60.0, 24.0)
    assert line_through(t, v).slope == pytest.approx(20.0, abs=3.0)
    assert told(lambda x: 20.0 * x / 60.0, 24.0).kind == "constant"


@pytest.mark.parametrize("at", [3.0, 9.0, 20.6])
def test_a_step_is_told_with_its_time_and_its_jump(at: float) -> None:
    story = told(lambda t: -80.0 if t < at else 160.0, 24.0, noise=0.05)
    assert story.kind == "step"
    ((when, jump),) = story.jumps
    assert when == pytest.approx(at, abs=0.3)
    assert jump == pytest.approx(240.0, abs=15.0)
    assert story.offset == pytest.approx(-80.0, abs=10.0)


def test_there_and_back_again_is_two_jumps() -> None:
    story = told(lambda t: 300.0 if 8.0 <= t < 14.0 else 0.0, 24.0, noise=0.05)
    assert [round(when) for when, _ in story.jumps] == [8, 14]
    assert [round(story.offset_at(t), -1) for t in (5.0, 10.0, 20.0)] == [0.0, 300.0, 0.0]


def test_a_second_of_something_else_is_no_jump() -> None:
    assert told(lambda t: 400.0 if 10.0 <= t < 11.2 else 0.0, 24.0).kind == "constant"


def test_without_a_map_the_votes_have_the_say() -> None:
    votes = [Vote(0.0, 4.0, 100.0, 0.3), Vote(1.0, 5.0, 120.0, 0.3), Vote(2.0, 6.0, 700.0, 0.3)]
    assert tell(votes, np.empty(0), np.empty((0, 51)), np.empty(0, int), LEAST) == Story("constant", 120.0)


def test_rows_are_of_the_face_that_voted_and_of_the_surer_one() -> None:
    t = np.array([1.0, 1.0, 9.0, 9.0, 30.0])
    tracks = np.array([0, 1, 0, 1, 0])
    v = np.arange(5.0)[:, None] * np.ones((5, 51))
    votes = [Vote(0.0, 4.0, 0.0, 0.5, 0), Vote(0.0, 10.0, 0.0, 0.3, 1)]
    rows = spoken(votes, t, v, tracks)
    assert rows.t.tolist() == [1.0, 9.0]
    assert rows.v[:, 0].tolist() == [0.0, 3.0]  # at 9 s only face 1 voted; 30 s lies beyond every vote


@pytest.mark.parametrize(("offset", "found"), [(0, 0), (60, 0), (-150, 0), (75, 1), (-170, 1), (600, 1)])
def test_stretches_are_beyond_the_limits(offset: float, found: int) -> None:
    out = stretches(line(lambda _: offset, 11.0), Story("constant", float(offset)), 67.0, 155.0)
    assert len(out) == found
    assert all((s.start, s.end, s.offset) == (0.0, 11.0, offset) for s in out)


def test_a_stretch_after_a_step_begins_at_the_step() -> None:
    story = Story("step", 0.0, jumps=((12.0, 240.0),))
    (out,) = stretches(line(story.offset_at, 23.0), story, 67.0, 155.0)
    assert (out.start, out.end, out.offset) == (12.0, 23.0, 240.0)


def test_a_stretch_of_a_drift_begins_where_it_crosses_the_limit() -> None:
    story = Story("drift", 100.0, 300.0, 20.0)  # 67 ms at 13.4 s
    (out,) = stretches(line(story.offset_at, 40.0), story, 67.0, 155.0)
    assert out.start == pytest.approx(13.4)
    assert out.end == 40.0


def test_windows_that_contradict_the_map_say_nothing() -> None:
    story = Story("constant", 3.0)
    assert not agreeing([Vote(0.0, 1.9, 959.0, 0.22)], story)
    mixed = [Vote(0.0, 4.0, 20.0, 0.3), Vote(1.0, 5.0, -15.0, 0.3), Vote(2.0, 6.0, 700.0, 0.25)]
    assert agreeing(mixed, story) == mixed[:2]
    jumping = Story("step", 0.0, jumps=((10.0, 320.0),))
    assert len(agreeing([Vote(4.0, 8.0, 0.0, 0.3), Vote(12.0, 16.0, 320.0, 0.3)], jumping)) == 2


def test_a_slope_through_noise_is_no_drift() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(0.1, 9.7, 0.2)
    for _ in range(20):
        v = rng.normal(0, 0.15, (len(t), 51))
        assert tell([Vote(3.0, 7.0, -140.0, 0.21)], t, v, np.zeros(len(t), int), LEAST).kind == "constant"
