"""Flashes: transitions counted by hand, and EA IRIS's expectations frame by frame."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.detectors.fed import FPS, see
from vqa_toolkit.core import Signal
from vqa_toolkit.detectors.flash import Flash
from vqa_toolkit.measures.flashes import count_transitions, luminance_and_red
from vqa_toolkit.media.decode import Decoder
from vqa_toolkit.media.probe import probe
from vqa_toolkit.simulate.scenes.quiet import CREDITS

SHAPE = (90, 160)


def flashing(rate_hz: float, low: int = 40, high: int = 200, area: float = 1.0, seconds: float = 3.0) -> np.ndarray:
    """Luma whose left part alternates ``rate_hz`` times a second between two codes."""
    t = np.arange(round(seconds * FPS)) / FPS
    luma = np.full((len(t), *SHAPE), low, np.uint8)
    luma[:, :, : round(area * SHAPE[1])] = np.where(np.mod(t * rate_hz + 1e-9, 1) < 0.5, low, high)[:, None, None]
    return luma


@pytest.mark.parametrize(("rate_hz", "found"), [(3.0, 0), (5.0, 1)])
def test_more_than_three_flashes_a_second_fail(rate_hz: float, found: int) -> None:
    assert len(see(Flash, flashing(rate_hz))[1]) == found


@pytest.mark.parametrize(
    ("change", "found"), [({"area": 0.24}, 0), ({"area": 0.27}, 1), ({"low": 215, "high": 235}, 0), ({"high": 70}, 0)]
)
def test_small_bright_and_faint_flashes_do_not_count(change: dict[str, float], found: int) -> None:
    assert len(see(Flash, flashing(5.0, **change))[1]) == found  # type: ignore[arg-type]


def test_flashing_that_is_kept_up_is_an_issue() -> None:
    luma = flashing(2.5, seconds=8.0)
    (found,) = see(Flash, luma)[1]
    assert found.details["extended"]
    assert see(Flash, luma[:75])[1] == []


def test_saturated_red_flashes_are_found_at_equal_luminance() -> None:
    frames = np.arange(75)
    luma = np.full((75, *SHAPE), 63, np.uint8)
    chroma = np.full((75, *SHAPE, 2), 128, np.uint8)
    chroma[(frames // 2) % 2 == 1] = (102, 240)
    kinds = {f.details["kind"] for f in see(Flash, luma, chroma)[1]}
    assert "red" in kinds


def test_luminance_and_redness_of_known_colours() -> None:
    luma = np.array([[16, 235, 63]], np.uint8)
    chroma = np.array([[[128, 128], [128, 128], [102, 240]]], np.uint8)
    light, red, saturated = luminance_and_red(luma, chroma, full_range=False)
    assert light[0] == pytest.approx([0.0, 1.0, 0.2126], abs=0.01)
    assert red[0] == pytest.approx([0.0, 0.0, 320.0], abs=5.0)
    assert saturated[0].tolist() == [False, False, True]


def rolling(speed: float, size: int, weight: int, low: int, high: int, across: bool = False) -> np.ndarray:
    """Three seconds of luma (n, 270, 480): a page of capitals that rolls by ``speed`` picture heights a second."""
    page = np.full((810, 1440), low, np.uint8)
    line = "   ".join(CREDITS)
    for n, y in enumerate(range(size, 810 + size, round(1.5 * size))):
        letters, place = (line[7 * n % 60 :] + line) * 3, (-20, y)
        cv2.putText(page, letters, place, cv2.FONT_HERSHEY_SIMPLEX, size / 22, high, weight, cv2.LINE_AA)
    steps = [round(i / FPS * speed * 270) for i in range(75)]
    return np.stack([np.roll(page, -step, 1 if across else 0)[:270, :480] for step in steps])


@pytest.mark.parametrize("across", [False, True], ids=["up", "across"])
@pytest.mark.parametrize("colours", [(16, 235), (235, 16)], ids=["white on black", "black on white"])
@pytest.mark.parametrize("speed", [1.0, 2.0, 3.0])
def test_text_that_rolls_fast_is_no_flash(speed: float, colours: tuple[int, int], across: bool) -> None:
    """It turns half of the points each way at once, in every small area."""
    assert see(Flash, rolling(speed, 8, 2, *colours, across=across))[1] == []


def test_a_flash_is_found_behind_rolling_text_and_beside_it() -> None:
    text = rolling(1.0, 12, 2, 16, 235)
    light = flashing(5.0)[:, :1, :1]
    behind = np.maximum(text, light)
    beside = np.where(np.arange(480) < 0.28 * 480, light, text).astype(np.uint8)
    assert len(see(Flash, behind)[1]) == len(see(Flash, beside)[1]) == 1


@pytest.mark.parametrize("side", [11, 25, 36, 50], ids=lambda px: f"squares of {px} px")
def test_a_chequerboard_that_reverses_is_a_flash(side: int) -> None:
    """Neighbouring squares cancel as moving detail would, but the picture comes back."""
    odd = np.add.outer(np.arange(270) // side, np.arange(480) // side) % 2 == 1
    bright = flashing(5.0)[:, 0, 0] > 100
    board = np.where(odd == bright[:, None, None], 200, 40).astype(np.uint8)
    assert len(see(Flash, board)[1]) == 1


HALVES = {
    "top and bottom": lambda y, x: y < 135,
    "left and right": lambda y, x: x < 240,
    "even chequers": lambda y, x: (y // 30 + x // 30) % 2 == 0,
}


@pytest.mark.parametrize("where", HALVES.values(), ids=HALVES.keys())
@pytest.mark.parametrize(("rate_hz", "found"), [(3.0, 0), (5.0, 1), (12.5, 1)])
def test_halves_that_flash_in_opposition_are_a_flash(where: object, rate_hz: float, found: int) -> None:
    """As much of the picture rises as falls at any time, yet each half flashes."""
    part = where(*np.mgrid[:270, :480])  # type: ignore[operator]
    bright = flashing(rate_hz)[:, 0, 0] > 100
    luma = np.where(part == bright[:, None, None], 200, 40).astype(np.uint8)
    both, alone = see(Flash, luma)[1], see(Flash, np.where(part, luma, 40).astype(np.uint8))[1]
    assert [(f.start, f.end, f.value) for f in both] == [(f.start, f.end, f.value) for f in alone]
    assert len(both) == found


@pytest.mark.parametrize("parts", [3, 4])
def test_a_light_that_goes_round_flashes_as_often_as_each_place_does(parts: int) -> None:
    """Every step of it turns a part on and another off; a place flashes once a round, here ten steps a second."""
    step = np.arange(75) * 10 // 25
    x = np.arange(480) * parts // 480
    luma = np.where(x[None, None, :] == (step % parts)[:, None, None], 200, 40)
    turns = see(Flash, np.broadcast_to(luma, (75, 270, 480)).astype(np.uint8))[0]["luminance_turns"]
    assert turns.v[25:, turns.axes[0].values.index(0.25)].max() == pytest.approx(20 / parts, abs=1)


def test_columns_that_flash_one_after_the_other_are_no_flash_of_their_sum() -> None:
    """Five columns of 7 % flash five times a second, each a frame after the one before: never a quarter within 0.1 s."""
    t, column = np.arange(75)[:, None, None], np.arange(480) * 14 // 480
    lit = ((t + column) % 5 < 1) & (column < 5)
    signals, found = see(Flash, np.broadcast_to(np.where(lit, 200, 40), (75, 270, 480)).astype(np.uint8))
    turns = signals["luminance_turns"]
    assert turns.v[25:, turns.axes[0].values.index(0.25)].min() >= 9
    assert found == []


CLIPS = [("iris_3Hz_6s", 1.0, 1.0), ("iris_extendedFLONG", 1.0, 1.0), ("iris_GradualRedIncrease", 1.0, 0.9)]


@pytest.mark.parametrize(("name", "luminance", "red"), CLIPS)
def test_transitions_are_those_of_iris(name: str, luminance: float, red: float, pristine: Path) -> None:
    """Share of frames with IRIS's own count; red ramps may differ by the frame in which a quarter of the points is passed."""
    path = pristine / "golden" / f"{name}.mp4"
    info = probe(path)
    detector = Flash(info)
    for chunk in Decoder(info, detector.needs).chunks():
        detector.update(chunk)
    signals = {s.name: s for s in detector.finish()}
    rows = list(csv.DictReader(path.with_suffix(".csv").read_text().splitlines(), skipinitialspace=True))
    for kind, column, least in (("luminance", "LuminanceTransitions", luminance), ("red", "RedTransitions", red)):
        counted = _counts(signals, kind)
        wanted = [int(row[column]) for row in rows]
        assert np.mean(counted == np.array(wanted)) >= least


def _counts(signals: dict[str, Signal], kind: str) -> np.ndarray:
    rising, falling = signals[f"{kind}_rising"], signals[f"{kind}_falling"]
    return count_transitions(rising.t, rising.v, falling.v, 0.25, 1.0)
