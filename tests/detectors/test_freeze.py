"""Freeze: judged from its curves, so that what the shot did before is known."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Severity, Signal
from vqa_toolkit.detectors.freeze import Freeze, FreezeLimits

FPS = 25.0


def judged(moving: float, entry: float, drift: float = 50.0) -> list[tuple[float, float, Severity]]:
    """Still from frame 50 to 99 of 150; before and after, each frame changes by ``moving`` code values on average, and
    frame 50 by ``entry``."""
    still = (np.arange(150) > 50) & (np.arange(150) < 100)
    curves = {
        "step": np.where(still, 0.0, moving),
        "change": np.where(still, 0.0, drift),
        "drift": np.where(still, 0.0, drift),
    }
    curves["step"][50] = entry
    t = np.arange(150) / FPS
    signals = {k: Signal(k, "code values", t, v, end=6.0) for k, v in curves.items()}
    return [(f.start, f.end, f.severity) for f in Freeze.judge(signals, FreezeLimits())]


@pytest.mark.parametrize(
    ("moving", "entry", "severity"),
    [(3.0, 3.0, "blocker"), (20.0, 20.0, "blocker"), (3.0, 40.0, "fyi"), (0.0, 40.0, "fyi")],
    ids=["slow shot", "fast pan", "cut to a card", "cut from card to card"],
)
def test_a_fast_pan_that_stops_is_no_card(moving: float, entry: float, severity: Severity) -> None:
    assert judged(moving, entry) == [(pytest.approx(2.0), pytest.approx(4.0), severity)]


def test_exact_repeats_in_a_shot_where_not_even_grain_moves_are_a_note() -> None:
    assert [s for _, _, s in judged(0.02, 0.02, drift=1.2)] == ["fyi"]
    assert [s for _, _, s in judged(0.4, 0.4, drift=1.2)] == ["blocker"]
