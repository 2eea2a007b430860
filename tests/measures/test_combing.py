"""Line structure of woven, exchanged and whole pictures."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.combing import combing, line_order, strips


def scene(shift: int) -> np.ndarray:
    """Diagonal waves 60 px long, moved right by ``shift`` px."""
    y, x = np.mgrid[:120, :240]
    return np.asarray(128 + 80 * np.sin((x - shift + 0.5 * y) * 2 * np.pi / 60), dtype=np.uint8)


def test_whole_frames_do_not_comb_and_woven_ones_do() -> None:
    a, b = scene(0), scene(12)
    woven = b.copy()
    woven[1::2] = a[1::2]
    assert combing(strips(b, 1), strips(a, 1)) == 0.0
    assert combing(strips(woven, 1), strips(a, 1)) > 0.2


def test_still_pictures_say_nothing_about_combing() -> None:
    assert np.isnan(combing(strips(scene(0)), strips(scene(0))))


def test_line_order_turns_over_when_pairs_are_exchanged() -> None:
    y = np.mgrid[:120, :240][0]
    slope = (128 + 60 * np.sin(y * 2 * np.pi / 40)).astype(np.uint8)
    swapped = slope.copy()
    swapped[0::2], swapped[1::2] = slope[1::2], slope[0::2]
    right, wrong = line_order(strips(slope).down), line_order(strips(swapped).down)
    # Neighbouring pairs lie one line apart, or three when exchanged: a third, and the other way about three times.
    assert right == pytest.approx(1 / 3, rel=0.1)
    assert wrong == pytest.approx(3, rel=0.15)


def test_noise_alternates_in_both_directions_and_does_not_count() -> None:
    rng = np.random.default_rng(5)
    a, b = (np.clip(scene(0) + rng.normal(0, 20, (120, 240)), 0, 255).astype(np.uint8) for _ in range(2))
    assert combing(strips(b, 4), strips(a, 4)) < 0.01
