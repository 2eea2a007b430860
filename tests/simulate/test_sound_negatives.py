"""Made hard negatives of the sound: of any length and rate, bounded, seeded; and impacts ring, which clicks do not."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.simulate.sound.negatives import NEGATIVES, impacts


@pytest.mark.parametrize("name", NEGATIVES)
@pytest.mark.parametrize(("n", "rate"), [(32_000, 32_000), (9_001, 8_000)])
def test_every_sound_has_the_length_asked_for_and_is_made_again_from_its_seed(name: str, n: int, rate: int) -> None:
    first, again, other = (NEGATIVES[name](n, rate, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert first.shape == (n,)
    assert np.isfinite(first).all()
    assert 0 < np.abs(first).max() < 1.3
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_impacts_stand_out_and_ring_on() -> None:
    rate, ringing = 32_000, 0
    for seed in range(20):
        wave = impacts(4 * rate, rate, np.random.default_rng(seed))
        at = int(np.abs(wave).argmax())
        before, after = (
            np.square(wave[max(0, a) : max(0, a) + 128]).sum() for a in (at - 192, at + 32)
        )  # 4 ms each, 2 ms before and 1 ms after
        assert np.abs(wave[at]) > 5 * np.sqrt(np.square(wave).mean())
        ringing += bool(after > 1.5 * before)
    assert ringing >= 16
