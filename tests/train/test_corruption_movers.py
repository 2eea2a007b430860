"""Fast things as negatives: they come into the picture, they are the same for the same seed, and they fit any picture."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.train.corruption_clips import Clip, edited, to_i420
from vqa_toolkit.train.corruption_movers import flying_titles, passing

SIZES = ((256, 448), (64, 96), (360, 202))


def plain(size: tuple[int, int], level: int) -> Clip:
    return [to_i420(np.full((*size, 3), level, np.uint8))] * 20


def passed(size: tuple[int, int], seed: int) -> np.ndarray:
    return np.stack(passing(plain(size, 40), plain(size, 200), np.random.default_rng(seed)))


def titled(size: tuple[int, int], seed: int) -> np.ndarray:
    return np.stack(edited(plain(size, 40), flying_titles(size, np.random.default_rng(seed))))


@pytest.mark.parametrize("made", [passed, titled])
@pytest.mark.parametrize("size", SIZES)
def test_most_come_into_the_picture_and_move(made, size: tuple[int, int]) -> None:  # type: ignore[no-untyped-def]
    untouched = np.stack(plain(size, 40))
    came = moved = 0
    for seed in range(24):
        pictures = made(size, seed)
        assert pictures.shape == untouched.shape
        assert pictures.dtype == np.uint8
        came += bool((np.abs(pictures.astype(int) - untouched) > 8).any())
        moved += bool((pictures[8:] != pictures[7:-1]).any())
    assert came >= 18
    assert moved >= 18


@pytest.mark.parametrize("made", [passed, titled])
def test_a_seed_draws_the_same_again_and_another_seed_something_else(made) -> None:  # type: ignore[no-untyped-def]
    a, again, b = (made(SIZES[0], seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(a, again)
    assert (a != b).any()


def test_what_passes_is_lit_like_what_it_is_made_of() -> None:
    pictures = [passed(SIZES[0], seed)[:, : SIZES[0][0]] for seed in range(24)]
    assert max(int(p.max()) for p in pictures) > 180
    assert all(int(p.max()) <= 255 and int(p.min()) >= 16 for p in pictures)
