"""Blockiness judged on curves written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Finding, Signal
from vqa_toolkit.detectors.blockiness import Blockiness, BlockinessLimits


def judged(grid: np.ndarray, drawn: float = 0.1) -> list[tuple[float, float]]:
    return [(f.start, f.end) for f in findings(grid, drawn)]


def severities(grid: np.ndarray) -> list[str]:
    return [f.severity for f in findings(grid, 0.1)]


def findings(grid: np.ndarray, drawn: float) -> list[Finding]:
    t = np.arange(len(grid)) / 25
    signals = {"grid": Signal("grid", "", t, grid, end=len(t) / 25),
               "drawn": Signal("drawn", "", t, np.full(len(t), drawn), end=len(t) / 25)}  # fmt: skip
    return list(Blockiness.judge(signals, BlockinessLimits()))


def test_a_rise_over_the_titles_own_level_is_found() -> None:
    grid = np.full(100, 0.1)
    grid[25:50] = 0.5
    assert judged(grid) == judged(grid, drawn=0.95) == [(pytest.approx(1.0), pytest.approx(2.0))]


def test_a_title_that_is_blocky_throughout_is_found_unless_it_is_drawn_so() -> None:
    assert judged(np.full(100, 0.5)) == [(0.0, pytest.approx(4.0))]
    assert judged(np.full(100, 0.5), drawn=0.95) == []


@pytest.mark.parametrize(("strength", "severity"), [(0.5, "fyi"), (0.62, "fyi"), (0.7, "issue"), (1.0, "issue")])
def test_a_weak_grid_throughout_is_a_note(strength: float, severity: str) -> None:
    assert severities(np.full(100, strength)) == [severity]


def test_a_weak_grid_that_comes_and_goes_is_an_issue() -> None:
    grid = np.full(100, 0.1)
    grid[25:50] = 0.5
    assert severities(grid) == ["issue"]


def test_an_even_low_grid_is_fine() -> None:
    assert judged(np.full(100, 0.18)) == []
