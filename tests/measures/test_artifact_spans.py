"""What must last, what has a place, and what is said about it."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.measures.artifact_spans import Found, above_the_room, artifact_spans, click_spans, quietest, trimmed

CHANNELS = Axis("channel", "", (0.0, 1.0))


def probability(left: list[float], right: list[float] | None = None) -> Signal:
    """Half-second cells of two channels."""
    v = np.array([left, right or [0.0] * len(left)], np.float32).T
    return Signal("hum", "probability", np.arange(len(left)) / 2, v, (CHANNELS,), len(left) / 2)


class Bounds:
    """Limits of clicks."""

    clicks, click_over, click_rise = 0.5, 14.0, 9.0


def test_a_long_span_needs_the_limit_a_short_one_more() -> None:
    long, short = [0.0] * 4 + [0.6] * 12 + [0.0] * 4, [0.0] * 4 + [0.6] * 4 + [0.0] * 4
    sure = [0.0] * 4 + [0.99] * 4 + [0.0] * 4
    assert [(f.start, f.end) for f in artifact_spans(probability(long), 0.5, 1.5, 1.0, 0.5)] == [(2.0, 8.0)]
    assert artifact_spans(probability(short), 0.5, 1.5, 1.0, 0.5) == []
    found = artifact_spans(probability(sure), 0.5, 1.5, 1.0, 0.5)
    assert [(f.start, f.end) for f in found] == [(2.0, 4.0)]
    assert found[0].channels == (0,)
    assert found[0].probability == pytest.approx(0.99, abs=1e-3)


def test_doubt_beside_a_sure_span_is_no_part_of_it() -> None:
    doubtful = [0.6] * 3 + [0.99] * 12 + [0.6] * 3
    assert [(f.start, f.end) for f in artifact_spans(probability(doubtful), 0.5, 1.5, 1.0, 0.5)] == [(1.5, 7.5)]
    even = [0.6] * 3 + [0.7] * 12 + [0.6] * 3
    assert [(f.start, f.end) for f in artifact_spans(probability(even), 0.5, 1.5, 1.0, 0.5)] == [(0.0, 9.0)]


def test_to_the_end_of_file() -> None:
    found = artifact_spans(probability([0.0] * 4 + [0.99] * 12), 0.5, 1.5, 1.0, 0.5)
    assert [(f.start, f.end) for f in found] == [(2.0, 8.0)]


def test_hiss_ends_where_the_floor_falls() -> None:
    floor = probability([-55.0] * 2 + [-40.0] * 6 + [-20.0] + [-41.0] + [-56.0] * 3 + [-30.0])
    assert trimmed(Found(0.0, 7.0, 0.9, (0,)), floor)[:2] == (1.0, 5.0)


def test_hiss_over_a_room_is_told_from_the_room_by_its_treble() -> None:
    floor = probability([-58.0] + [-38.0] * 14 + [-50.0])  # a voice fills all but the first and the last cell
    treble = probability([-60.0] * 4 + [-31.0] * 8 + [-58.0] * 4)
    assert above_the_room(Found(0.0, 8.0, 0.99, (0,)), floor, treble, -55.0, 1.5)[:2] == (2.0, 6.0)
    assert above_the_room(Found(0.0, 8.0, 0.99, (0,)), floor, treble, -60.0, 1.5)[:2] == (0.0, 8.0)  # no room so soft
    short = probability([-60.0] * 4 + [-31.0] * 2 + [-58.0] * 10)
    assert above_the_room(Found(0.0, 8.0, 0.99, (0,)), floor, short, -55.0, 1.5)[:2] == (0.0, 8.0)


def test_clicks_need_the_network_and_the_place() -> None:
    heard = probability([0.0] * 4 + [0.9] * 4 + [0.0] * 4)
    rows = [(1.0, 0, 30.0, 0.0), (2.25, 0, 30.0, -20.0), (2.25, 1, 30.0, 0.0), (2.5, 0, 12.0, 0.0), (3.0, 0, 30.0, 15.0),
            (3.75, 0, 20.0, 9.0)]  # fmt: skip
    events = Signal(
        "click_events", "", np.array([r[0] for r in rows]), np.array([r[1:] for r in rows], np.float32),
        (Axis("field", "", (0.0, 1.0, 2.0)),),
    )  # fmt: skip
    found = click_spans(heard, events, Bounds)
    assert len(found) == 1
    assert found[0].times == (2.25, 3.75)  # 1.0 s: not heard; 2.5 s: does not stand out; 3.0 s: an attack
    assert found[0].channels == (0,)
    assert (found[0].start, found[0].end) == (2.25, 3.755)


def test_a_pause_does_not_end_a_span_and_the_middle_counts() -> None:
    paused = [0.8] * 5 + [0.4] * 3 + [0.8] * 4  # nowhere below 0.6 of the limit
    (found,) = artifact_spans(probability(paused), 0.6, 1.5, 0.0, 0.5)
    assert (found.start, found.end, round(found.probability, 2)) == (0.0, 6.0, 0.8)
    gone = [0.8] * 5 + [0.3] * 3 + [0.8] * 4
    assert artifact_spans(probability(gone), 0.6, 1.5, 0.0, 0.5) == []  # two halves, too short for 0.8


def test_noise_is_no_louder_than_the_quietest_place_of_its_span() -> None:
    floor = probability([-30.0, -58.0, -40.0, -20.0], [-70.0, -60.0, -35.0, -70.0])
    assert quietest(Found(0.0, 1.5, 0.99, (0,)), floor) == -58.0
    assert quietest(Found(1.0, 2.0, 0.99, (0,)), floor) == -40.0
    assert quietest(Found(0.0, 2.0, 0.99, (0, 1)), floor) == -58.0
