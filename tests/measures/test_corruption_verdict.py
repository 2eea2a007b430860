"""A picture is damaged when the decision is sure and one cell is, or many are, or the decoder complained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.detectors.block_corruption import BlockCorruption, BlockCorruptionLimits
from vqa_toolkit.measures.corruption_verdict import certain, damaged, quoted, region_of, restless

LIMITS = BlockCorruptionLimits(
    probability=0.9,
    cell=0.95,
    quiet_cell=0.95,
    pair=0.995,
    quiet_pair=0.995,
    speck=0.02,
    broad_cell=0.8,
    broad_area=0.1,
    release=0.7,
)


def flags(p: list[float], peak: list[float], area: list[float], flagged: list[int] | None = None) -> list[bool]:
    named: dict[str, list[float]] = {
        "probability": p,
        "peak": peak,
        "area": area,
        "flagged": [*map(float, flagged or [0] * len(p))],
    }
    return [bool(f) for f in damaged(given(named), LIMITS)]


def given(named: dict[str, list[float]]) -> dict[str, Signal]:
    t = np.arange(len(named["probability"])) / 25
    named = {"pair": [0.0] * len(t), "smaller": [0.9] * len(t), **named}
    axes = (Axis("y", "px", tuple(range(8))), Axis("x", "px", tuple(range(10))))
    empty = Signal("map", "percent", np.zeros(0), np.zeros((0, 8, 10), np.uint8), axes)
    return {"map": empty, **{k: Signal(k, "", t, np.asarray(v, float)) for k, v in named.items()}}


def test_a_sure_decision_needs_a_sure_cell_or_a_broad_area() -> None:
    assert flags([0.95, 0.95, 0.95, 0.85], [0.96, 0.9, 0.7, 0.99], [0.0] * 4) == [True, True, True, True]
    assert flags([0.95, 0.5, 0.95], [0.9, 0.9, 0.7], [0.05, 0.2, 0.3]) == [False] * 3
    assert flags([0.5, 0.95, 0.5], [0.5, 0.85, 0.5], [0.0, 0.2, 0.0]) == [False, True, False]


def test_the_decoder_s_word_lowers_what_is_asked_and_what_was_not_looked_at_is_not_flagged() -> None:
    assert flags([0.6, 0.6], [0.1, 0.1], [0.0, 0.0], [1, 0]) == [True, False]
    assert flags([float("nan")], [float("nan")], [float("nan")]) == [False]


@pytest.mark.parametrize(("cell", "severity"), [(0.3, "fyi"), (0.4, "issue")])
def test_a_complaint_that_no_cell_bears_out_is_a_note(cell: float, severity: str) -> None:
    named = {"probability": [0.6, 0.6], "peak": [cell, 0.1], "area": [0.0, 0.0], "flagged": [1.0, 1.0]}
    (found,) = BlockCorruption.judge(given(named), LIMITS)
    assert found.severity == severity


def test_a_finding_says_whether_the_decoder_complained() -> None:
    named = {"probability": [0.95, 0.95], "peak": [0.97, 0.97], "area": [0.1, 0.1]}
    for flagged in ([0.0, 0.0], [0.0, 1.0]):
        (found,) = BlockCorruption.judge(given({**named, "flagged": flagged}), LIMITS)
        assert found.details["decoder_complained"] is (max(flagged) > 0)
        assert ("the decoder complained" in found.message) is (max(flagged) > 0)


def test_the_region_is_the_box_of_the_cells_above_one_half() -> None:
    percent = np.zeros((4, 5), np.uint8)
    assert region_of(percent) is None
    percent[1, 2], percent[2, 3] = 90, 60
    box = region_of(percent)
    assert box is not None
    assert (box.x, box.y, box.width, box.height) == (0.4, 0.25, 0.4, 0.5)


def test_broad_damage_in_one_picture_is_a_perhaps_and_few_cells_are_not_broad() -> None:
    once = given({"probability": [0.95, 0.5], "peak": [0.9, 0.9], "area": [0.2, 0.2], "flagged": [0.0, 0.0]})
    twice = given({"probability": [0.95, 0.95], "peak": [0.9, 0.9], "area": [0.2, 0.2], "flagged": [0.0, 0.0]})
    assert not certain(once, LIMITS, slice(0, 2))
    assert certain(twice, LIMITS, slice(0, 2))
    assert flags([0.95], [0.9], [0.14]) == [False]  # 11 of 80 cells
    assert flags([0.95], [0.9], [0.15]) == [True]  # 12


def test_a_speck_for_a_moment_is_a_perhaps_unless_the_decoder_complained() -> None:
    moment = {"probability": [0.97, 0.97, 0.5], "peak": [0.98, 0.98, 0.5], "area": [0.007, 0.003, 0.3]}
    assert not certain(given({**moment, "flagged": [0.0] * 3}), LIMITS, slice(0, 3))
    assert certain(given({**moment, "flagged": [1.0, 0.0, 0.0]}), LIMITS, slice(0, 3))
    lasting = {"probability": [0.97] * 5, "peak": [0.98] * 5, "area": [0.005] * 5, "flagged": [0.0] * 5}
    assert certain(given(lasting), LIMITS, slice(0, 5))


def test_what_is_not_seen_in_a_smaller_size_is_a_perhaps_unless_the_decoder_complained_or_much_is_damaged() -> None:
    nan = float("nan")
    lasting = {"probability": [0.97] * 5, "peak": [0.98] * 5, "area": [0.05] * 5, "flagged": [0.0] * 5}
    assert not certain(given({**lasting, "smaller": [0.1, 0.25, nan, nan, 0.2]}), LIMITS, slice(0, 5))
    assert certain(given({**lasting, "smaller": [0.1, 0.5, nan, nan, 0.2]}), LIMITS, slice(0, 5))
    assert not certain(given({**lasting, "smaller": [nan] * 5, "pair": [0.999] * 5}), LIMITS, slice(0, 5))
    assert certain(given({**lasting, "smaller": [0.1] * 5, "flagged": [1.0] * 5}), LIMITS, slice(0, 5))
    assert certain(given({**lasting, "smaller": [0.1] * 5, "area": [0.2] * 5}), LIMITS, slice(0, 5))
    n = 60
    long = {k: [v[0]] * n for k, v in lasting.items()} | {"smaller": [0.1] * n}
    complaint = {at: [float(i == at) for i in range(n)] for at in (20, 50)}
    assert certain(given({**long, "flagged": complaint[20]}), LIMITS, slice(0, 5))  # 0.6 s after the event
    assert not certain(given({**long, "flagged": complaint[50]}), LIMITS, slice(0, 5))  # 1.8 s


def test_two_pictures_that_agree_need_no_sure_decision() -> None:
    limits = replace(LIMITS, quiet_pair=0.7, sure_pair=0.7)
    named = {"probability": [0.5] * 4, "peak": [0.8, 0.2, 0.75, 0.9], "area": [0.01] * 4, "flagged": [0.0] * 4}
    signals = given({**named, "pair": [0.75, 0.1, 0.75, 0.3]})
    assert np.flatnonzero(damaged(signals, limits)).tolist() == [0, 2]
    assert certain(signals, limits, slice(0, 3))
    assert quoted(signals, limits, slice(0, 3)) == (pytest.approx(0.75), 0.7)
    assert quoted(signals, replace(limits, decision=1), slice(0, 3)) == (pytest.approx(0.01), limits.area)


def test_what_passes_the_lower_limits_alone_is_a_perhaps() -> None:
    limits = replace(LIMITS, quiet_cell=0.7, quiet_pair=0.7, sure_cell=0.9, sure_pair=0.85)
    found = {"probability": [0.95] * 3, "area": [0.05] * 3, "flagged": [0.0] * 3}
    for cell, pair, sure in ((0.8, 0.75, False), (0.92, 0.75, True), (0.8, 0.87, True)):
        signals = given({**found, "peak": [cell] * 3, "pair": [pair] * 3})
        assert damaged(signals, limits).all()
        assert certain(signals, limits, slice(0, 3)) is sure


def test_a_title_that_often_looks_damaged_is_asked_for_more() -> None:
    limits = replace(LIMITS, quiet_cell=0.75, quiet_pair=0.8, restless=0.4)
    n = 100  # pictures, four seconds; the one at 2 s is judged
    for level, said in ((0.1, True), (0.6, False)):
        peak, p = np.full(n, level), np.full(n, 0.3)
        peak[50], p[50] = 0.8, 0.95
        named = {"probability": p.tolist(), "peak": peak.tolist(), "area": [0.01] * n, "flagged": [0.0] * n}
        signals = given({**named, "pair": [0.82 if i == 50 else 0.0 for i in range(n)]})
        assert bool(restless(signals, limits)[50]) is not said
        assert bool(damaged(signals, limits)[50]) is said
        assert quoted(signals, limits, slice(50, 51))[1] == 0.9
    few = given({"probability": [0.95] * 8, "peak": [0.8] * 8, "area": [0.01] * 8, "flagged": [0.0] * 8})
    assert damaged(few, limits).all()  # nothing is known of the title's own level


def test_only_pictures_that_were_looked_at_tell_of_a_title() -> None:
    limits = replace(LIMITS, quiet_cell=0.75, restless=0.4)
    peak = np.full(200, np.nan)
    peak[::5], peak[50] = 0.6, 0.8
    signals = given({"probability": [0.3] * 200, "peak": peak.tolist(), "area": [0.0] * 200, "flagged": [0.0] * 200})
    assert restless(signals, limits)[50]
