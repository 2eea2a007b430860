"""Painted blocks: each way of spoiling a block does what its name says."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vqa_toolkit.simulate.painted import SPOILT, Mode, Patch, paint


def picture() -> NDArray[np.uint8]:
    rng = np.random.default_rng(4)
    return rng.integers(60, 180, (64, 96, 3)).astype(np.uint8)


def painted(mode: Mode) -> NDArray[np.uint8]:
    """Four blocks of 16 px in the second row of blocks, from the second on."""
    yuv = picture()
    paint(yuv, Patch(mode, 16, 7, 4, False, 0.0, 1.0, 11), [], 0)
    return yuv


@pytest.mark.parametrize("mode", sorted(SPOILT))
def test_only_the_patch_is_touched(mode: Mode) -> None:
    changed = (painted(mode) != picture()).any(axis=2)
    assert changed[16:32, 16:80].mean() > 0.5
    changed[16:32, 16:80] = False
    assert not changed.any()


def test_a_coarse_block_is_its_own_mean() -> None:
    block, before = painted("coarse")[16:32, 16:32], picture()[16:32, 16:32]
    assert np.ptp(block.reshape(-1, 3), axis=0).tolist() == [0, 0, 0]
    np.testing.assert_allclose(block[0, 0], before.reshape(-1, 3).mean(axis=0), atol=0.6)


def test_a_tinted_block_keeps_its_shape() -> None:
    offset = painted("tint")[16:32, 16:80].astype(int) - picture()[16:32, 16:80]
    assert all(np.ptp(offset[..., c]) == 0 for c in range(3)) and np.abs(offset).max() >= 12


def test_a_graded_run_goes_from_its_first_column_to_one_value() -> None:
    run, before = painted("gradient")[16:32, 16:80], picture()[16:32, 16:80]
    np.testing.assert_array_equal(run[:, 0], before[:, 0])
    assert np.ptp(run[:, -1, 0]) <= 1
