"""Intersection over union against cells counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.errors import ResultError
from vqa_toolkit.evaluate.maps import MapScore, map_score, read_mask


def _signal(maps: np.ndarray, times: list[float]) -> Signal:
    axes = tuple(Axis(n, "cell", tuple(map(float, range(k)))) for n, k in zip("yx", maps.shape[1:], strict=True))
    return Signal("map", "probability", np.array(times), maps, axes)


def test_iou_by_hand() -> None:
    truth = np.zeros((1, 4, 4), dtype=np.float32)
    truth[0, :2, :2] = 1.0  # four cells
    found = np.zeros((1, 4, 4), dtype=np.float32)
    found[0, :2, 1:3] = 0.9  # four cells, two of them right
    score = map_score(np.array([1.0]), truth, _signal(found, [1.01]))
    assert score == MapScore(2, 6, 1)
    assert score.iou == pytest.approx(1 / 3)


def test_a_picture_without_a_map_near_it_was_not_found() -> None:
    truth = np.ones((1, 2, 2), dtype=np.float32)
    assert map_score(np.array([1.0]), truth, _signal(truth, [1.2])).iou == 0.0
    assert map_score(np.array([1.0]), truth, _signal(truth[:0], [])).iou == 0.0


def test_per_cent_and_another_grid() -> None:
    truth = np.zeros((1, 2, 2), dtype=np.float32)
    truth[0, 0, 0] = 1.0
    found = np.zeros((1, 4, 4), dtype=np.uint8)
    found[0, :2, :2] = 100
    assert map_score(np.array([0.0]), truth, _signal(found, [0.0]), full=100.0).iou == 1.0


def test_scores_add_and_nothing_is_unknown() -> None:
    assert MapScore(1, 2, 1) + MapScore(2, 2, 1) == MapScore(3, 4, 2)
    assert np.isnan(MapScore(0, 0, 5).iou)


def test_a_mask_that_is_no_mask(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(b"no")
    with pytest.raises(ResultError, match=r"a\.npz: not a readable mask"):
        read_mask(path)
