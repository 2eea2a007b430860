"""False contours: a posterised sky against the sky, and against flat artwork."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.contours import banding, evenness, second_height, straightness


def sky() -> np.ndarray:
    y, x = np.mgrid[:270, :480]
    return np.asarray(60 + 0.35 * y + 0.1 * x)


@pytest.mark.parametrize("step", [6, 12, 20])
def test_posterised_slopes_band_and_plain_ones_do_not(step: int) -> None:
    assert banding(np.rint(sky()).astype(np.uint8)).score == 0.0
    assert banding((np.rint(sky() / step) * step).astype(np.uint8)).score > 5.0


def test_artwork_with_steps_of_all_heights_does_not_band() -> None:
    rng = np.random.default_rng(2)
    patches = np.kron(rng.uniform(90, 130, (9, 16)), np.ones((30, 30))).astype(np.uint8)
    assert banding(patches).score < 5.0


def test_evenness_of_one_height_is_whole_and_of_all_heights_nothing() -> None:
    one = np.zeros(32)
    one[12] = 1000
    assert evenness(one) == 1.0
    assert evenness(np.full(32, 100.0)) == 0.0


def test_a_picture_drawn_on_a_grid_is_not_banded() -> None:
    rng = np.random.default_rng(2)
    blocks = rng.choice([80, 92, 104], (15, 27)).astype(np.uint8)  # even steps, straight edges in both directions
    assert banding(np.kron(blocks, np.ones((18, 18), np.uint8))).score == 0.0
    assert straightness(np.eye(100, dtype=np.uint8), 0) == pytest.approx(0.2)


def test_a_second_height_beside_a_scenes_own_small_steps_is_banding() -> None:
    """Counts of a banded development clip (steps of 10 to 12 codes) and of the same clip before: codes 0 to 31."""
    banded = np.array([0, 0, 1536, 944, 543, 225, 119, 99, 68, 132, 300, 496, 529, 90, 10, 6, 7, 4, 5, 3, *([0] * 12)])
    clean = np.array([0, 0, 4592, 833, 270, 217, 98, 54, 44, 32, 24, 53, 33, 7, 8, 4, 2, 3, 1, 0, *([0] * 12)])
    assert evenness(banded) == 0.0  # the commonest height is the smallest
    assert second_height(banded, 0.05) > 5 / 24
    assert second_height(clean, 0.06) < 1 / 24
