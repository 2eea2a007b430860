"""Freeze: judged from its curves, so that what the shot did before is known."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from vqa_toolkit.core import Severity, Signal
from vqa_toolkit.detectors.freeze import Freeze, FreezeLimits
from vqa_toolkit.measures.stillness import Changes

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
    curves["redrawn"] = curves["drift"]
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


SCROLL = np.linspace(9.0, 2.0, 25)
FILM = np.full(25, 4.0)


def severities(*moves: np.ndarray, hold: float = 3.0, after: float = 3.0) -> list[Severity]:
    """Of pictures that change by ``moves`` (mean change a frame) with a hold of 3 s after each but the last."""
    step = np.concatenate([*chain.from_iterable((m, np.zeros(round(hold * FPS))) for m in moves[:-1]), moves[-1]])
    step = np.append(step, np.full(round(after * FPS), step[-1]))
    drift = np.where(step > 0, 50.0, 0.0)
    t = np.arange(len(step)) / FPS
    curves = {"step": step, "change": drift, "drift": drift, "redrawn": drift}
    signals = {k: Signal(k, "code values", t, v, end=len(t) / FPS) for k, v in curves.items()}
    return [f.severity for f in Freeze.judge(signals, FreezeLimits())]


def test_pages_that_are_scrolled_and_read_are_notes() -> None:
    """The picture stands most of the time, and begins to move at another pace than it stopped at."""
    assert severities(*[SCROLL] * 5, after=0.2) == ["fyi"] * 4


def test_a_page_that_changes_at_once_and_stands_again_is_a_note() -> None:
    line = np.array([2.0])
    assert severities(SCROLL, line, SCROLL, line, SCROLL, line, SCROLL, after=0.2) == ["fyi"] * 6


@pytest.mark.parametrize("missed", [14.0, 6.0, 4.0], ids=["jumps far", "jumps a little", "is paused"])
def test_films_that_stall_again_and_again_are_frozen(missed: float) -> None:
    """They jump by what they missed, or go on at the pace at which they stopped."""
    back = np.append(missed, FILM[1:])
    assert severities(FILM, *[back] * 4, after=0.2) == ["blocker"] * 4


def test_one_hold_among_motion_is_frozen_however_it_goes_on() -> None:
    assert severities(FILM, SCROLL, after=9.0) == ["blocker"]


def test_a_hold_to_the_end_of_a_film_is_frozen() -> None:
    assert severities(np.full(100, 4.0), np.array([]), after=0.0) == ["blocker"]


GRAIN = np.random.default_rng(5)
SHAPES = np.kron(GRAIN.uniform(16, 235, (9, 16)), np.ones((30, 30)))


def entered(pictures: list[np.ndarray]) -> list[Severity]:
    """Severities of the freezes when the last of ``pictures`` stands for 3 s."""
    changes = Changes()
    shown = [np.clip(p, 0, 255).astype(np.uint8) for p in [*pictures, *[pictures[-1]] * 75]]
    rows = np.array([changes.push(k / FPS, p) for k, p in enumerate(shown)])
    t = np.arange(len(rows)) / FPS
    names = ("change", "drift", "step", "redrawn")
    signals = {n: Signal(n, "code values", t, v, end=len(t) / FPS) for n, v in zip(names, rows.T, strict=True)}
    return [f.severity for f in Freeze.judge(signals, FreezeLimits()) if f.start > 0]


def test_a_card_that_faded_in_is_a_note() -> None:
    assert entered([16 + k / 25 * (SHAPES - 16) for k in range(26)]) == ["fyi"]


def test_a_shot_that_stops_after_it_faded_in_is_frozen() -> None:
    assert entered([16 + min(k / 12, 1) * (np.roll(SHAPES, 4 * k, axis=1) - 16) for k in range(26)]) == ["blocker"]


def test_a_static_shot_whose_grain_stops_did_not_fade_in() -> None:
    assert entered([SHAPES + GRAIN.normal(0, 3, SHAPES.shape) for _ in range(26)]) == ["blocker"]
