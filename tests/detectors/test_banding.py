"""Banding judged on curves written by hand: the span, the number, the place."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.detectors.banding import Banding, BandingLimits


def test_a_banded_span_names_its_number_and_its_place() -> None:
    t = np.arange(100) / 25
    score = np.where((t >= 1) & (t < 3), 12.0, 0.5)
    where = np.zeros((100, 9, 16))
    where[:, :3, 8:] = 0.2  # the upper right
    axes = (Axis("row", "", tuple(range(9))), Axis("column", "", tuple(range(16))))
    signals = {"score": Signal("score", "of 24", t, score, end=4.0), "map": Signal("map", "", t, where, axes, 4.0)}
    (found,) = Banding.judge(signals, BandingLimits())
    assert (found.start, found.end, found.value, found.limit) == (pytest.approx(1.0), pytest.approx(3.0), 12.0, 5.0)
    assert found.region == pytest.approx((0.5, 0.0, 0.5, 1 / 3))
