"""Numbers per 8-px block: many pictures at once are the same as one by one, and say what is drawn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vqa_toolkit.measures.corruption_features import FEATURES, LEFT, Beside, edges, features
from vqa_toolkit.models import corruption_net
from vqa_toolkit.models.corruption_turned import backwards, mirrored

Planes = NDArray[np.uint8]


def pictures(n: int, height: int = 96, width: int = 128) -> list[Planes]:
    """Y, U, V and the luma before and after, of smooth noise that optical flow can follow."""
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 256, (3, n, height, width)).astype(np.uint8)
    y, before, after = (np.stack([cv2.GaussianBlur(p, (0, 0), 1.5) for p in planes]) for planes in noise)
    u, v = rng.integers(16, 240, (2, n, height // 2, width // 2)).astype(np.uint8)
    return [np.asarray(p, dtype=np.uint8) for p in (y, u, v, before, after)]


def measured(planes: list[Planes]) -> NDArray[np.float32]:
    y, u, v, before, after = planes
    return features(y, u, v, Beside.of(y, before), Beside.of(y, after))


def test_nothing_is_compared_across_pictures() -> None:
    planes = pictures(5)
    together = measured(planes)
    alone = np.concatenate([measured([p[[i]] for p in planes]) for i in range(5)])
    assert together.shape == (5, FEATURES, 12, 16)
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_the_network_expects_as_many() -> None:
    assert corruption_net.FEATURES == FEATURES
    assert max(LEFT) < FEATURES


def test_a_flat_still_grey_block_says_so() -> None:
    y, u, v, before, after = pictures(1)
    for plane in (y, before, after):
        plane[0, 32:64, 32:64] = 128
    u[0, 16:32, 16:32] = v[0, 16:32, 16:32] = 128
    found = measured([y, u, v, before, after])[0]
    inside = (slice(5, 7), slice(5, 7))  # blocks that motion from outside does not reach
    assert (found[35][inside] == 1.0).all() and found[35].sum() == 16
    assert (found[2][inside] == 0.0).all() and (found[3][inside] == 0.0).all()  # no change either way
    assert (found[27][inside] == 0.0).all() and (found[29][inside] == 0.0).all()  # no colour


def test_what_came_and_went_is_left_by_both_neighbours() -> None:
    y, u, v, before, after = pictures(1)
    before[:], after[:] = y, y
    y[0, 40:48, 56:64] = 255 - y[0, 40:48, 56:64]
    found = measured([y, u, v, before, after])[0]
    assert found[6].argmax() == 5 * 16 + 7
    after[:] = y  # it stays: what follows explains it
    stays = measured([y, u, v, before, after])[0]
    assert stays[6].max() == 0.0 and stays[4].argmax() == 5 * 16 + 7


def test_steps_on_the_grid_are_told_from_steps_beside_it() -> None:
    on, off = np.zeros((2, 64, 64), np.float32)
    on[:, 24:], off[:, 28:] = 50, 50
    left, upper = edges(on, 1, 0)
    assert (left[:, 3] == np.log1p(np.float32(50))).all() and np.count_nonzero(left) == 8 and not upper.any()
    assert not edges(off, 1, 0)[0].any()
    assert (edges(off, 1, 4)[0][:, 3] == np.log1p(np.float32(50))).all()
    assert (edges(on.T.copy(), 1, 0)[1][3] == np.log1p(np.float32(50))).all()


@pytest.mark.parametrize("axis", [2, 3])
def test_a_mirrored_picture_has_mirrored_features(axis: int) -> None:
    planes = pictures(2)
    turned = measured([np.ascontiguousarray(np.flip(p, axis - 1)) for p in planes])
    expected = mirrored(torch.from_numpy(measured(planes)), axis).numpy()
    still = [0, 1, 2, 3, 11, 12, *range(15, 23), *range(27, 33), 35]  # flow is no mirror image of itself
    np.testing.assert_allclose(turned[:, still], expected[:, still], atol=1e-5)


def test_backwards_the_picture_after_is_the_one_before() -> None:
    y, u, v, before, after = pictures(2)
    found = backwards(torch.from_numpy(measured([y, u, v, before, after]))).numpy()
    np.testing.assert_allclose(found, measured([y, u, v, after, before]), atol=1e-6)


def test_sizes_off_the_cell_are_filled_with_the_edge() -> None:
    assert measured(pictures(1, 80, 100)).shape == (1, FEATURES, 12, 16)
