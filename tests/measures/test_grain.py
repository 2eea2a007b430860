"""Noise of known level is measured as that level."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.grain import ROWS_STEP, line_noise, lines, spikes


@pytest.mark.parametrize("sigma", [2.0, 6.0, 15.0])
def test_white_noise_measures_its_own_deviation(sigma: float) -> None:
    rng = np.random.default_rng(3)
    luma = np.clip(np.rint(128 + rng.normal(0, sigma, (480, 640))), 0, 255).astype(np.uint8)
    measured, white, _ = line_noise(lines(luma).middle)
    assert measured == pytest.approx(sigma, rel=0.25)  # the flattest fifth of tiles reads a little low
    assert 0.75 < white < 1.1  # 1 for white noise, less what choosing the flattest tiles takes away


def test_a_slope_is_not_noise() -> None:
    luma = np.tile(np.linspace(30, 220, 640).astype(np.uint8), (480, 1))
    measured, white, _ = line_noise(lines(luma).middle)
    assert measured < 0.6
    assert white < 0.5


def test_clipped_places_are_left_out() -> None:
    assert np.isnan(line_noise(lines(np.full((480, 640), 16, np.uint8)).middle).sigma)


def test_spikes_are_counted_once_and_only_when_new() -> None:
    luma = np.full((240, 320), 60, np.uint8)
    first = ROWS_STEP // 2
    luma[first, 10:14] = 235
    rows = len(range(first, 239, ROWS_STEP))
    now = lines(luma)
    assert spikes(now, None) == pytest.approx(4 / (rows * 320))
    assert spikes(now, now) == 0.0


def test_fresh_noise_is_new_in_each_picture_and_texture_is_not() -> None:
    rng = np.random.default_rng(7)
    first, second = (np.rint(128 + rng.normal(0, 8, (480, 640))).astype(np.uint8) for _ in range(2))
    before = lines(first).middle
    # Choosing the flattest tiles makes the picture itself read low, so the ratio comes out somewhat above 1.
    assert 0.95 < line_noise(lines(second).middle, before).fresh < 1.3
    assert line_noise(before, before).fresh == 0.0
