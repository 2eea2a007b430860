"""The contract's values validate themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Curve, Limits, Need, Signal, at_least, limit
from vqa_toolkit.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class SomeLimits(Limits):
    share: float = limit(0.5, unit="of the picture", low=0.0, high=1.0, origin="by hand", doc="a share")


def test_a_limit_out_of_range_names_unit_and_range() -> None:
    with pytest.raises(ConfigurationError, match=r"'share' must be a number from 0 to 1 of the picture, got 2"):
        SomeLimits(share=2)


@pytest.mark.parametrize("value", ["0.5", True, None, float("nan")])
def test_a_limit_must_be_a_number(value: object) -> None:
    with pytest.raises(ConfigurationError):
        SomeLimits(share=value)  # type: ignore[arg-type]


def test_a_default_outside_its_range_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="outside"):
        limit(2.0, unit="", low=0.0, high=1.0, origin="", doc="")


def test_signal_refuses_unequal_lengths_and_decreasing_times() -> None:
    with pytest.raises(ValueError, match="equal length"):
        Signal("s", "", np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match="decrease"):
        Signal("s", "", np.array([1.0, 0.5]), np.zeros(2))
    with pytest.raises(ValueError, match="axes expected"):
        Signal("s", "", np.zeros(2), np.zeros((2, 3)))


def test_signal_ends_are_the_next_times_and_a_median_step_at_last() -> None:
    s = Signal("s", "", np.array([0.0, 1.0, 3.0, 4.0]), np.zeros(4))
    np.testing.assert_array_equal(s.ends, [1.0, 3.0, 4.0, 5.0])
    assert Signal("s", "", np.array([0.0, 1.0]), np.zeros(2), end=1.25).ends[-1] == 1.25


def test_curve_joins_what_it_was_given() -> None:
    curve = Curve("c", "dB", (Axis("channel", "", (0.0, 1.0)),))
    curve.extend([0.0, 1.0], [[1, 2], [3, 4]], 2.0)
    curve.extend([2.0], [[5, 6]], 3.0)
    joined = curve.signal()
    np.testing.assert_array_equal(joined.v, [[1, 2], [3, 4], [5, 6]])
    assert joined.end == 3.0
    assert Curve("c", "", (Axis("channel", "", (0.0, 1.0)),)).signal().v.shape == (0, 2)


def test_need_reads_like_what_it_asks() -> None:
    assert str(Need("audio", rate=16000, mono=True)) == "audio,rate=16000,mono"
    assert str(Need("luma", height=270)) == "luma,height=270"


def test_severity_order() -> None:
    assert at_least("blocker", "issue") and at_least("issue", "issue") and not at_least("fyi", "issue")
