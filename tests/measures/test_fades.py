"""Fades told from strokes, on levels drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span
from vqa_toolkit.measures.fades import faded

BRIGHT, DARK = 120.0, 16.0


def level(down: int, black: int, up: int) -> tuple[Signal, Span]:
    """10 bright frames, ``down`` frames of fall, ``black`` dark ones, ``up`` frames of rise, 10 bright; 25 frames/s."""
    fall, rise = np.linspace(BRIGHT, DARK, down + 2)[1:-1], np.linspace(DARK, BRIGHT, up + 2)[1:-1]
    v = np.concatenate([np.full(10, BRIGHT), fall, np.full(black, DARK), rise, np.full(10, BRIGHT)])
    first = 10 + down
    span = Span(first / 25, (first + black) / 25, first, first + black - 1)
    return Signal("level", "", np.arange(len(v)) / 25, v), span


@pytest.mark.parametrize(("down", "up", "said"), [(12, 12, True), (0, 0, False), (12, 0, False), (0, 12, False)])
def test_both_sides_must_be_gradual(down: int, up: int, said: bool) -> None:
    assert faded(*level(down, 20, up)) is said


def test_black_to_the_end_after_a_fade_counts() -> None:
    signal, span = level(12, 20, 0)
    cut = Signal("level", "", signal.t[: span.last + 1], signal.v[: span.last + 1])
    assert faded(cut, span)


def test_nothing_beside_is_no_fade() -> None:
    flat = Signal("level", "", np.arange(20) / 25, np.full(20, DARK))
    assert not faded(flat, Span(0.0, 0.8, 0, 19))
