"""Two pictures agree on damage that comes and goes; on a texture that always looks like damage nobody need agree."""

from __future__ import annotations

import numpy as np

from vqa_toolkit.measures.corruption_agreement import Agreement


def agreed(cells: dict[int, dict[tuple[int, int], float]], pictures: int = 250) -> np.ndarray:
    """Values of ``pictures`` at 25 frames/s in which the cells given by picture are likely damaged."""
    found = Agreement()
    for k in range(pictures):
        seen = np.zeros((4, 5), np.float32)
        for cell, p in cells.get(k, {}).items():
            seen[cell] = seen[cell[0], 4] = p
        found.push(k / 25, seen)
    found.finish()
    assert found.t == [k / 25 for k in range(pictures)]
    return np.array(found.v)


def test_one_cell_in_two_pictures_near_each_other() -> None:
    v = agreed(
        {
            100: {(1, 1): 0.9},
            105: {(1, 1): 0.7},
            150: {(1, 1): 0.9},
            161: {(1, 1): 0.9},
            200: {(0, 0): 0.9},
            201: {(3, 3): 0.9},
        }
    )
    assert np.flatnonzero(v).tolist() == [100, 105]  # 0.44 s apart, and another cell, are no agreement
    np.testing.assert_allclose(v[[100, 105]], 0.7)


def test_one_cell_alone_is_no_agreement() -> None:
    found = Agreement()
    for k in range(10):
        found.push(k / 25, np.eye(1, 6, 2, dtype=np.float32))
    found.finish()
    assert not any(found.v)


def test_what_is_always_so_is_content_but_two_seconds_of_it_are_damage() -> None:
    always = agreed({k: {(2, 2): 0.9} for k in range(250)})
    assert not always.any()
    lasting = agreed({k: {(2, 2): 0.9} for k in range(100, 150)})
    assert np.flatnonzero(lasting).tolist() == list(range(100, 150))


def test_a_short_clip_that_is_damaged_throughout_is_believed() -> None:
    assert agreed({k: {(2, 2): 0.9} for k in range(50)}, 50).all()
