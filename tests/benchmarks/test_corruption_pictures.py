"""FFmpeg's blockdetect by tiles: the worst tile counts, and a picture smaller than a tile is one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks import corruption
from vqa_toolkit.train.corruption_clips import to_i420


def test_the_worst_tile_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def brightness(pictures: Sequence[np.ndarray]) -> list[float]:
        return [float(p[: p.shape[0] * 2 // 3].mean()) for p in pictures]

    picture = to_i420(np.zeros((320, 640, 3), np.uint8))
    picture[160:320, 320:480] = 200
    monkeypatch.setattr(corruption, "blockdetect", brightness)
    assert corruption.tiled(picture) == 200.0


@pytest.mark.parametrize("size", [(96, 320), (320, 96), (64, 64)])
def test_a_side_smaller_than_a_tile_is_one(size: tuple[int, int]) -> None:
    assert corruption.tiled(to_i420(np.zeros((*size, 3), np.uint8))) >= 0.0
