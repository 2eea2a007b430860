"""Charts and motion graphics as negatives: they move, they are the same for the same seed, and they fit any picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vqa_toolkit.train.corruption_charts import charts, motion_graphics

SIZES = ((256, 448), (48, 64), (360, 202))


def drawn(maker: Callable[..., Any], size: tuple[int, int], seed: int) -> np.ndarray:
    edit = maker(size, np.random.default_rng(seed))
    return np.stack([edit(np.full((*size, 3), 90, np.uint8), i) for i in range(0, 40, 4)])


@pytest.mark.parametrize("maker", [charts, motion_graphics])
@pytest.mark.parametrize("size", SIZES)
def test_every_drawing_fits_the_picture_and_most_move(maker: Callable[..., Any], size: tuple[int, int]) -> None:
    moved = 0
    for seed in range(24):
        pictures = drawn(maker, size, seed)
        assert pictures.shape == (10, *size, 3)
        assert pictures.dtype == np.uint8
        moved += bool((pictures[0] != pictures[-1]).any())
    assert moved > 18


@pytest.mark.parametrize("maker", [charts, motion_graphics])
def test_a_seed_draws_the_same_again_and_another_seed_something_else(maker: Callable[..., Any]) -> None:
    a, again, b = (drawn(maker, SIZES[0], seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(a, again)
    assert (a != b).any()
