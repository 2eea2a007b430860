"""Block means and noise estimates against numpy by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.blocks import block_means, difference_noise, median_of_counts, structured_change

RNG = np.random.default_rng(3)


def test_block_means_by_hand() -> None:
    picture = RNG.integers(0, 256, (24, 40)).astype(np.uint8)
    by_hand = picture[:24, :40].reshape(3, 8, 5, 8).mean(axis=(1, 3))
    np.testing.assert_allclose(block_means(picture), by_hand, atol=1e-3)


def test_pictures_below_a_block_give_their_mean() -> None:
    assert block_means(np.full((5, 5), 7, np.uint8)).tolist() == [[7.0]]


@pytest.mark.parametrize("sigma", [2.0, 5.0, 8.0])
def test_noise_of_a_still_picture_is_measured(sigma: float) -> None:
    ramp = np.linspace(40, 200, 480)[None, :].repeat(270, 0)
    a, b = (np.clip(ramp + RNG.normal(0, sigma, ramp.shape), 0, 255).astype(np.uint8) for _ in range(2))
    assert difference_noise(a, b) == pytest.approx(sigma * 2**0.5, rel=0.1)
    assert structured_change(a, b, difference_noise(a, b)) == 0.0


def test_a_moved_picture_is_content_not_noise() -> None:
    texture = np.kron(RNG.integers(40, 200, (34, 60)), np.ones((8, 8))).astype(np.uint8)
    moved = np.roll(texture, 2, axis=1)
    assert structured_change(moved, texture, difference_noise(moved, texture)) > 10.0


def test_median_of_counts_interpolates() -> None:
    assert median_of_counts(np.array([2, 2, 2, 2])) == pytest.approx(2.0)
    assert median_of_counts(np.zeros(10, dtype=int)) == 0.0
