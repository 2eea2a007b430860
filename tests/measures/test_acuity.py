"""Edges of known width."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vqa_toolkit.measures.acuity import acuity, line_acuity
from vqa_toolkit.measures.softness import everywhere


def ramp(width: int) -> np.ndarray:
    """Lines that rise from 40 to 200 over ``width`` px in the middle of every 64."""
    tile = np.interp(np.arange(64), [30, 30 + width], [40, 200])
    return np.tile(np.rint(tile).astype(np.uint8), (64, 8))


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_ramp_of_n_pixels_measures_one_over_n(width: int) -> None:
    one_tile = np.ascontiguousarray(ramp(width)[:, :64])  # the next tile would begin with a step back down
    assert line_acuity(one_tile) == pytest.approx(1 / width, rel=0.02)


def test_motion_blur_in_one_direction_keeps_the_other_sharp() -> None:
    picture = np.kron(np.indices((16, 16)).sum(0) % 2, np.ones((40, 40))).astype(np.float64) * 150 + 40
    smeared = np.apply_along_axis(lambda v: np.convolve(v, np.ones(21) / 21, "same"), 1, picture)
    found = acuity(smeared.astype(np.uint8))
    assert found.value > 0.9 and found.regions.min() > 0.9


def test_a_flat_picture_has_no_acuity() -> None:
    found = acuity(np.full((360, 640), 90, np.uint8))
    assert np.isnan(found.value) and np.isnan(found.regions).all()


def test_regions_tell_where_it_is_sharp() -> None:
    board = np.kron(np.indices((18, 32)).sum(0) % 2, np.ones((40, 40))).astype(np.uint8) * 150 + 40
    board[:240] = cv2.GaussianBlur(board, (0, 0), 5)[:240]  # the upper third
    regions = acuity(board).regions.reshape(3, 3)
    assert regions[0].max() < 0.25 and regions[1:].min() > 0.9


@pytest.mark.parametrize(("parts", "all_over"), [(9, True), (5, True), (3, False)])
def test_a_loss_counts_when_most_of_the_picture_has_it(parts: int, all_over: bool) -> None:
    sharp = np.full((3, 9), 0.6)
    soft = sharp.copy()
    soft[:, :parts] = 0.3
    assert everywhere(sharp, soft) is all_over


@pytest.mark.parametrize("deviation", [6.0, 12.0])
def test_grain_makes_no_picture_sharp(deviation: float) -> None:
    """Blurred edges stay blurred under noise, which steps from pixel to pixel itself."""
    board = np.kron(np.indices((9, 16)).sum(0) % 2, np.ones((40, 40))).astype(np.uint8) * 150 + 40
    soft = cv2.GaussianBlur(board, (0, 0), 3)
    noise = np.random.default_rng(0).normal(0, deviation, soft.shape)
    assert acuity(np.clip(soft + noise, 0, 255).astype(np.uint8)).value < 0.5 < acuity(board).value
