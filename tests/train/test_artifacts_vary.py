"""Varied sound stays clean: a compressor bends no sample, a room adds nothing where there was no sound, a shift no harmonics."""

from __future__ import annotations

import numpy as np

from vqa_toolkit.train.artifacts_data import RATE
from vqa_toolkit.train.artifacts_draw import unheard
from vqa_toolkit.train.artifacts_vary import (
    LONGEST_STRETCH,
    PULSE_HZ,
    SHIFT_HZ,
    crossed,
    levelled,
    pulsing,
    roomy,
    shifted,
    varied,
)


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


def test_a_shift_moves_a_tone_upwards_and_adds_nothing() -> None:
    wave = tone(0.5, 0.5)
    for seed in range(5):
        spectrum = np.abs(np.fft.rfft(shifted(wave, np.random.default_rng(seed)) * np.hanning(RATE)))
        place = int(spectrum.argmax())  # Hz
        assert 440 + SHIFT_HZ[0] - 1 <= place <= 440 + SHIFT_HZ[1] + 1
        spectrum[place - 8 : place + 9] = 0
        assert spectrum.max() < 0.003 * 0.25 * RATE  # 50 dB down


def test_a_rough_voice_has_sidebands_at_its_pulses_alone() -> None:
    wave = tone(0.5, 0.5)
    for seed in range(5):
        out = pulsing(wave, np.random.default_rng(seed))
        assert float(np.abs(out).max()) <= 0.5 + 1e-6
        spectrum = np.abs(np.fft.rfft(out * np.hanning(RATE)))
        spectrum[int(440 - PULSE_HZ[1]) - 8 : int(440 + PULSE_HZ[1]) + 9] = 0
        assert spectrum.max() < 0.003 * 0.25 * RATE


def test_a_crossed_sound_has_the_pitch_of_one_and_the_rhythm_of_the_other() -> None:
    noise = np.random.default_rng(1).standard_normal(RATE).astype(np.float32) * np.float32(0.1)
    beats = np.where((np.arange(RATE) // 4000) % 2 == 0, noise, np.float32(0.01) * noise).astype(np.float32)
    out = crossed(tone(0.5, 0.5), beats)
    assert out.shape == (RATE,)
    assert abs(int(np.abs(np.fft.rfft(out)).argmax()) - 440) <= 8  # Hz
    on, off = (float(np.sqrt(np.mean(out[a + 1200 : a + 2800] ** 2))) for a in (8000, 12_000))
    assert on > 2 * off
    assert np.array_equal(crossed(beats, np.zeros(RATE, np.float32)), beats)


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
