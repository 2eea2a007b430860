"""Cell means and their change against hand-made arrays."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.measures.cells import cell_means, top_change


def test_cell_means_are_the_means_of_whole_cells() -> None:
    luma = np.arange(6 * 10, dtype=np.uint8).reshape(6, 10)  # the last two columns fill no cell of four
    expected = luma[:, :8].reshape(3, 2, 2, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(cell_means(luma, 2, 4), expected, atol=1e-4)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.0), (0.95, 7.0)])
def test_top_change_is_a_quantile_over_cells(share: float, expected: float) -> None:
    now = np.zeros((10, 10), np.float32)
    now[0] = 7.0  # a tenth of the cells
    assert top_change(now, np.zeros((10, 10), np.float32), share) == expected
