"""Tearing judged on scores written by hand, and measured on rows moved by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from vqa_toolkit.core import Chunk, Signal, View
from vqa_toolkit.detectors.tearing import LUMA, Tearing, TearingLimits

FPS = 25.0


def scene(i: float) -> np.ndarray:
    """Textured picture of 270 lines moving 5 px a frame to the right."""
    y, x = np.mgrid[:270, :480]
    u = x - 5.0 * i
    return np.asarray(128 + 45 * np.sin(u / 9) * np.cos(y / 14) + 30 * np.sin(u / 23 + y / 31), dtype=np.uint8)


def measured(pictures: list[np.ndarray]) -> dict[str, Signal]:
    running = Tearing(SimpleNamespace(video=None))
    t = np.arange(len(pictures)) / FPS
    running.update(Chunk(0, 0.0, len(t) / FPS, True, {LUMA: View(t, np.stack(pictures), len(t) / FPS)}))
    return {s.name: s for s in running.finish()}


@pytest.mark.parametrize("lag", [1, 3])
def test_torn_frames_are_found_at_their_line(lag: int) -> None:
    pictures = [scene(i) for i in range(35)]
    for i in (10, 14, 19, 24):
        pictures[i] = np.vstack([scene(i)[:162], scene(i - lag)[162:]])
    signals = measured(pictures)
    torn = np.flatnonzero(signals["score"].v >= TearingLimits().score)
    assert torn.tolist() == [10, 14, 19, 24]
    assert signals["line"].v[torn] == pytest.approx(0.6, abs=0.02)  # 162 of 270 lines, to a cell of two
    (found,) = Tearing.judge(signals, TearingLimits())
    assert (found.start, found.end, found.value) == (pytest.approx(0.4), pytest.approx(25 / FPS), 4.0)


def test_whole_repeated_frames_are_not_torn() -> None:
    pictures = [scene(i - (i in (10, 14, 19))) for i in range(30)]
    assert not list(Tearing.judge(measured(pictures), TearingLimits()))


def test_a_moving_half_beside_a_still_half_is_not_torn() -> None:
    pictures = [np.vstack([scene(i)[:135], scene(0)[135:]]) for i in range(30)]
    assert not list(Tearing.judge(measured(pictures), TearingLimits()))


def face(i: float, shift: float = 0.0) -> np.ndarray:
    """A still picture of 270 lines in which only a band of 60 px of 480 moves, by about 2 px a frame."""
    y, x = np.mgrid[:270, :480]
    still = 128 + 40 * np.sin(x / 11) * np.cos(y / 17)
    u = x - 2.0 * (i - shift)
    moving = 128 + 45 * np.sin(u / 8 + y / 23)
    return np.asarray(np.where((x >= 200) & (x < 260) & (y > 60) & (y < 240), moving, still), np.uint8)


def test_little_that_moves_is_enough_to_tell() -> None:
    pictures = [face(i) for i in range(35)]
    for i, line in ((10, 150), (14, 120), (19, 170), (25, 140)):
        pictures[i] = np.vstack([face(i)[:line], face(i, 1)[line:]])
    (found,) = Tearing.judge(measured(pictures), TearingLimits())
    assert found.value == 4.0


def test_a_tear_that_nothing_moves_across_cannot_be_seen() -> None:
    pictures = [face(i) for i in range(35)]
    for i in (10, 14, 19, 25):
        pictures[i] = np.vstack([face(i)[:250], face(i, 1)[250:]])
        assert (pictures[i] == face(i)).all()
    assert not measured(pictures)["score"].v.any()


@pytest.mark.parametrize("held", [2, 3, 5])
def test_a_layer_at_a_lower_rate_is_not_torn(held: int) -> None:
    """The lower half on twos or threes, or with every fifth picture shown twice, as film at 30 frames/s is."""
    late = [i // held * held if held < 5 else i * 4 // 5 for i in range(40)]
    pictures = [np.vstack([scene(i)[:135], scene(j)[135:]]) for i, j in enumerate(late)]
    assert not list(Tearing.judge(measured(pictures), TearingLimits()))


def test_a_hand_that_stops_for_some_frames_is_not_torn() -> None:
    stops = {12, 13, 17, 18, 19, 24, 25}
    at = np.cumsum([0.0 if i in stops else 1.0 for i in range(35)])
    pictures = [np.vstack([scene(i)[:135], scene(at[i])[135:]]) for i in range(35)]
    assert not list(Tearing.judge(measured(pictures), TearingLimits()))
