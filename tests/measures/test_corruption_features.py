"""Numbers per cell: many pictures at once are the same as one by one, and say what is drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.measures.corruption_features import cell_features, features, grids
from vqa_toolkit.measures.corruption_motion import moved

Planes = NDArray[np.uint8]


def pictures(n: int, height: int = 96, width: int = 128) -> tuple[Planes, Planes, Planes, Planes]:
    rng = np.random.default_rng(2)
    y, before = rng.integers(16, 235, (2, n, height, width)).astype(np.uint8)
    u, v = rng.integers(16, 240, (2, n, height // 2, width // 2)).astype(np.uint8)
    return y, u, v, before


def test_nothing_is_compared_across_pictures() -> None:
    planes = pictures(5)
    together = features(*planes)
    y, u, v, before = planes
    alone = np.concatenate([features(y[[i]], u[[i]], v[[i]], before[[i]]) for i in range(5)])
    assert together.shape == (5, 3, 4, 132)
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_a_flat_still_grey_cell_says_so() -> None:
    y, u, v, before = pictures(1)
    y[0, 32:64, 32:64] = before[0, 32:64, 32:64] = 128
    u[0, 16:32, 16:32] = v[0, 16:32, 16:32] = 128
    own = cell_features(y, u, v, before, moved(y, before))[0]
    flat, frozen, grey = own[..., 6], own[..., 7], own[..., 47]
    assert (flat[1, 1], frozen[1, 1], grey[1, 1]) == (1.0, 1.0, 1.0)
    assert flat.sum() == frozen.sum() == grey.sum() == 1.0


def test_steps_on_the_grid_are_told_from_steps_beside_it() -> None:
    on, off = np.zeros((2, 64, 64), np.float32)
    on[:, 24:], off[:, 28:] = 50, 50
    found = {"on": grids(on[None]), "off": grids(off[None])}
    assert found["on"][1].max() == np.log1p(np.float32(50))  # the strongest step of a cell that lies on the grid
    assert found["on"][2].max() == 0.0
    assert found["off"][1].max() == 0.0
    assert found["off"][2].max() == np.log1p(np.float32(50))


def test_sizes_off_the_cell_are_filled_with_the_edge() -> None:
    y, u, v, before = pictures(1, 80, 100)
    assert features(y, u, v, before).shape == (1, 3, 4, 132)
