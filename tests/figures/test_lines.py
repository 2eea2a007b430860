"""Which curve shows a finding, and which limits are drawn on it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.figures.lines import Line, length, limit_lines, limits_of, shown_on
from vqa_toolkit.result import AnalysisResult


def test_a_finding_is_shown_on_the_curve_of_its_unit(result: AnalysisResult) -> None:
    signals = result.signals["peak"]
    assert [
        shown_on(f, signals) is signals[n] for f, n in zip(result.findings, ("true_peak", "short_term"), strict=True)
    ] == [
        True,
        True,
    ]


def test_among_curves_of_one_unit_the_nearest_value_wins(result: AnalysisResult) -> None:
    loud = result.signals["peak"]["true_peak"]
    other = dataclasses.replace(loud, name="other", v=np.full_like(loud.v, -12.0))
    assert shown_on(result.findings[0], {"other": other, "true_peak": loud}) is loud


def test_a_finding_may_name_its_curve(result: AnalysisResult) -> None:
    named = dataclasses.replace(result.findings[0], details={"signal": "short_term"})
    assert shown_on(named, result.signals["peak"]) is result.signals["peak"]["short_term"]


def test_without_its_unit_the_first_curve_is_taken(result: AnalysisResult) -> None:
    stranger = dataclasses.replace(result.findings[0], unit="frames")
    signals = result.signals["peak"]
    assert shown_on(stranger, signals) is signals["true_peak"]
    assert shown_on(stranger, {n: signals[n] for n in ("map", "total")}) is None


def test_a_finding_of_a_channel_is_shown_on_that_channel(result: AnalysisResult) -> None:
    two = Signal(
        "level", "dBFS", np.arange(3.0), np.array([[0, -9], [0, -9], [0, -9.0]]), (Axis("channel", "", (0.0, 1.0)),)
    )
    quiet = dataclasses.replace(result.findings[0], unit="dBFS", value=0.0, start=0.0, end=2.0, details={"channel": 2})
    shown = shown_on(quiet, {"level": two})
    assert shown is not None
    assert (shown.name, shown.v.tolist()) == ("level_2", [-9.0, -9.0, -9.0])
    either = shown_on(dataclasses.replace(quiet, details={}), {"level": two})
    assert either is not None
    assert either.name == "level_1"  # the one that comes nearest to the value


def test_a_limit_named_after_a_sibling_is_left_to_it(result: AnalysisResult) -> None:
    other = dataclasses.replace(result.signals["peak"]["true_peak"], name="floor")
    limits = limits_of(result)["peak"]
    assert limit_lines(other, limits) == (Line("peak limit", -1.0),)
    assert limit_lines(other, limits, siblings=("floor", "true_peak")) == ()


def test_declared_limits_and_the_finding_s_own_are_drawn_once(result: AnalysisResult) -> None:
    limits = limits_of(result)["peak"]
    peak, loud = result.findings
    assert limit_lines(result.signals["peak"]["true_peak"], limits, [peak, loud]) == (Line("peak limit", -1.0),)
    assert limit_lines(result.signals["peak"]["short_term"], limits, [peak, loud, loud]) == (Line("limit", -23.0),)
    assert limit_lines(result.signals["peak"]["true_peak"], None) == ()


@pytest.mark.parametrize(("name", "lines"), [("held", ()), ("longest_duration", (Line("min duration", 0.1),))])
def test_a_duration_is_a_limit_only_of_durations_so_named(
    result: AnalysisResult, name: str, lines: tuple[Line, ...]
) -> None:
    seconds = Signal(name, "s", np.arange(3.0), np.zeros(3))
    assert limit_lines(seconds, limits_of(result)["peak"]) == lines


def test_length_outlasts_the_last_finding(result: AnalysisResult) -> None:
    assert length(result) == 60.0
    unknown = dataclasses.replace(result, media=dataclasses.replace(result.media, duration=float("nan")))
    assert length(unknown) == 31.0
    assert length(dataclasses.replace(unknown, findings=())) == 1.0
