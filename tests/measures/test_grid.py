"""The coding grid: made by quantising each 8×8 block's mean, absent elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.grid import blockiness


def texture(seed: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(80, 160, (12, 22))
    rows = np.array([np.interp(np.linspace(0, 21, 640), np.arange(22), r) for r in coarse])
    return np.array([np.interp(np.linspace(0, 11, 360), np.arange(12), c) for c in rows.T]).T


@pytest.mark.parametrize("offset", [0, 3])
def test_block_means_show_a_grid_wherever_it_starts(offset: int) -> None:
    smooth = texture()
    blocks = smooth.reshape(45, 8, 80, 8).mean(axis=(1, 3))
    coded = np.kron(np.rint(blocks / 4) * 4, np.ones((8, 8)))[offset:, offset:].astype(np.uint8)
    assert blockiness(coded).strength > 1.0
    assert blockiness(np.rint(smooth).astype(np.uint8)).strength < 0.2


def test_vertical_bars_alone_are_no_grid() -> None:
    bars = np.tile(np.repeat(np.arange(80) % 2 * 20 + 100, 8), (360, 1)).astype(np.uint8)
    assert blockiness(bars).strength == 0.0


def test_large_drawn_steps_are_left_out() -> None:
    board = np.kron(np.indices((45, 80)).sum(0) % 2, np.ones((8, 8))) * 150 + 40
    assert blockiness(board.astype(np.uint8)).strength < 0.1


def test_edges_on_the_grid_tell_drawn_blocks_from_coded_ones() -> None:
    rng = np.random.default_rng(6)
    drawn = np.kron(rng.choice([40, 60, 150, 200], (45, 80)), np.ones((8, 8))).astype(np.uint8)
    assert blockiness(drawn).drawn == 1.0
    smooth = texture()
    coded = np.kron(smooth.reshape(45, 8, 80, 8).mean(axis=(1, 3)), np.ones((8, 8)))
    coded[:, 100:] += 60  # an object's edge inside a block column
    assert blockiness(coded.clip(0, 255).astype(np.uint8)).drawn < 0.5
