"""Where the cascade looks: all cells belong to tiles, evidence prefers the grid, and a choice keeps to its budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.measures.corruption_cascade import choose, evidence, same_shot, tiles

SIDE = st.integers(min_value=32, max_value=2200)


@given(height=SIDE, width=SIDE)
def test_tiles_cover_every_cell_and_every_pixel(height: int, width: int) -> None:
    rows, cols = -(-height // 32), -(-width // 32)
    cells, pixels = np.zeros((rows, cols), dtype=int), np.zeros((height, width), dtype=bool)
    for tile in tiles(height, width):
        cells[tile.cell_rows, tile.cell_cols] += 1
        pixels[tile.rows, tile.cols] = True
        assert tile.rows.stop - tile.rows.start <= 160 and tile.cols.stop - tile.cols.start <= 160
        for place, written in ((tile.rows, tile.cell_rows), (tile.cols, tile.cell_cols)):
            assert place.start % 8 == 0  # on the grid of the transform blocks
            assert abs(place.start - 32 * written.start) < 32
    assert cells.min() >= 1 and pixels.all()


def test_a_new_block_on_the_grid_is_better_evidence_than_one_beside_it() -> None:
    rng = np.random.default_rng(2)
    before = rng.integers(100, 140, (320, 320)).astype(np.uint8)
    parts = tiles(320, 320)
    scores = []
    for offset in (0, 7):
        now = before.copy()
        now[176 + offset : 224 + offset, 176 + offset : 240 + offset] += 60
        found = evidence(now, before, parts)
        assert int(found.argmax()) == 3  # the lower right tile
        scores.append(float(found.max()))
    assert scores[0] > 1.5 * scores[1]
    assert np.all(evidence(before, before, parts) == 0)


@given(
    n=st.integers(1, 15), count=st.integers(1, 90), budget=st.integers(1, 60), turn=st.integers(0, 1000),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_a_choice_has_no_repeats_and_keeps_to_its_budget(n: int, count: int, budget: int, turn: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.random((n, count)).astype(np.float32)
    chosen = choose(scores, set(), np.zeros(n, dtype=bool), budget, turn)
    assert len(set(chosen)) == len(chosen) == min(budget, n * count)
    assert all(0 <= i < n and 0 <= k < count for i, k in chosen)


def test_flagged_pictures_come_first_and_the_sweep_sees_all() -> None:
    scores = np.random.default_rng(0).random((12, 40)).astype(np.float32)
    flagged = np.zeros(12, dtype=bool)
    flagged[5] = True
    assert (5, int(scores[5].argmax())) in choose(scores, set(), flagged, 20, 0)
    still = np.zeros((12, 40), np.float32)
    seen = {k for turn in range(40) for _, k in choose(still, set(), np.zeros(12, dtype=bool), 20, turn)}
    assert seen == set(range(40))


def test_what_was_damaged_is_looked_at_again() -> None:
    chosen = choose(np.zeros((12, 40), np.float32), {17}, np.zeros(12, dtype=bool), 20, 0)
    assert {(0, 17), (6, 17)} <= set(chosen)


def test_the_best_evidence_is_seen_before_the_rest() -> None:
    scores = np.zeros((12, 40), np.float32)
    scores[3, 9], scores[7, 30] = 2.0, 1.0
    chosen = choose(scores, set(), np.zeros(12, dtype=bool), 12, 1)
    assert {(3, 9), (7, 30)} <= set(chosen)


def test_a_small_picture_is_looked_at_whole() -> None:
    chosen = choose(np.zeros((3, 2), np.float32), set(), np.zeros(3, dtype=bool), 6, 0)
    assert set(chosen) == {(i, k) for i in range(3) for k in range(2)}
    assert len(tiles(144, 176)) == pytest.approx(2)


def test_a_new_shot_is_one_that_changed_nearly_everywhere() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.integers(16, 235, (2, 180, 320)).astype(np.uint8)
    half = a.copy()
    half[:90] = b[:90]
    assert same_shot(a, a)
    assert same_shot(half, a)  # damage of half a picture is not a cut
    assert not same_shot(b, a)
    assert same_shot(np.full_like(a, 100), np.full_like(a, 105))
    assert not same_shot(np.full_like(a, 100), np.full_like(a, 120))  # a flash
