"""Varied sound stays clean: a compressor bends no sample and a room adds nothing where there was no sound."""

from __future__ import annotations

import numpy as np

from vqa_toolkit.train.artifacts_data import RATE
from vqa_toolkit.train.artifacts_draw import unheard
from vqa_toolkit.train.artifacts_vary import LONGEST_STRETCH, levelled, roomy, varied


def tone(loud: float, soft: float) -> np.ndarray:
    """A second of 440 Hz, soft in its second half."""
    t = np.arange(RATE) / RATE
    return np.asarray(np.where(t < 0.5, loud, soft) * np.sin(2 * np.pi * 440 * t), np.float32)


def test_a_compressor_lessens_the_difference_and_adds_no_harmonics() -> None:
    wave = tone(0.5, 0.05)
    for seed in range(5):
        out = levelled(wave, np.random.default_rng(seed))
        loud, soft = (float(np.sqrt(np.mean(out[a : a + 6400] ** 2))) for a in (8000, 25_000))
        assert 1.1 < loud / soft < 9.0  # 10 before
        spectrum = np.abs(np.fft.rfft(out[8000:14_400] * np.hanning(6400)))
        assert spectrum[87:90].max() > 100 * spectrum[170:].max()  # nothing at 880 Hz and above, 40 dB down


def test_a_room_rings_after_the_sound_and_is_silent_before_it() -> None:
    click = np.zeros(RATE, np.float32)
    click[1000] = 0.5
    for seed in range(5):
        out = roomy(click, np.random.default_rng(seed))
        assert np.abs(out[:1000]).max() < 1e-6
        assert 0 < float(np.square(out[1001:]).sum()) <= 0.25 * 1.01  # at most as loud as the direct sound
        first, later = (float(np.square(out[1001 + a : 1001 + a + 1000]).sum()) for a in (0, 1500))
        assert first > later


def test_varied_sound_has_the_length_that_was_asked_for() -> None:
    wave = np.tile(tone(0.5, 0.05), 2)
    for seed in range(20):
        out = varied(wave[: int(RATE * LONGEST_STRETCH) + 2], RATE, np.random.default_rng(seed))
        assert out.shape == (RATE,)
        assert out.dtype == np.float32
        assert np.isfinite(out).all()


def test_a_second_without_sound_is_no_example_of_a_fault() -> None:
    assert unheard(np.full(2 * RATE, 1e-5, np.float32))
    assert not unheard(np.full(2 * RATE, 1e-3, np.float32))
