"""A slow camera over a still: it moves little from picture to picture, shows no border, and a seed draws it again."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.train.corruption_clips import to_bgr, to_i420
from vqa_toolkit.train.corruption_stills import slow_camera

COUNT = 20


def still(height: int, width: int) -> list[np.ndarray]:
    """A smooth picture whose brightness falls from the middle to its edges, as many times as a clip has pictures."""
    y, x = np.mgrid[:height:1, :width:1].astype(np.float64)
    away = np.hypot(y / height - 0.5, x / width - 0.5)
    return [to_i420(np.repeat((250 - 250 * away)[..., None], 3, axis=2).astype(np.uint8))] * COUNT


@pytest.mark.parametrize("size", [(256, 448), (64, 48)])
def test_every_shot_keeps_the_size_and_moves_little_at_a_time(size: tuple[int, int]) -> None:
    clip, moved = still(*size), 0
    for seed in range(24):
        shown = slow_camera(clip, np.random.default_rng(seed))
        assert len(shown) == COUNT
        lumas = np.stack([to_bgr(p)[..., 1] for p in shown]).astype(np.float64)
        assert lumas.shape == (COUNT, *size)
        steps = np.abs(np.diff(lumas, axis=0)).mean(axis=(1, 2))
        assert steps.max() < 10
        moved += bool(steps.max() > 0.01)
    assert moved > 18


def test_a_zoom_never_shows_what_lies_outside_of_the_still() -> None:
    clip = still(256, 448)
    dark = to_bgr(clip[0]).min()
    for seed in range(24):
        shown = slow_camera(clip, np.random.default_rng(seed))
        assert min(to_bgr(p).min() for p in shown) >= dark - 3  # the corners are darkest, and all shots lie within them


def test_a_seed_draws_the_same_again_and_another_seed_something_else() -> None:
    clip = still(128, 160)
    a, again, b = (np.stack(slow_camera(clip, np.random.default_rng(seed))) for seed in (3, 3, 4))
    np.testing.assert_array_equal(a, again)
    assert (a != b).any()
