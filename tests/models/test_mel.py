"""Log-mel frames: where they are, what a tone looks like, what lies outside the sound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.models import mel


def tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * mel.RATE)) / mel.RATE).astype(np.float32)


def test_filters_sum_to_one_and_rise_in_frequency() -> None:
    bank = mel.filters()
    assert bank.shape == (80, 257)
    np.testing.assert_allclose(bank.sum(axis=1), 1.0, rtol=1e-5)
    centres = bank @ np.arange(257)
    assert (np.diff(centres) >= 0).all()


@pytest.mark.parametrize("hz", [300.0, 1000.0, 4000.0])
def test_a_tone_peaks_in_the_band_whose_centre_is_nearest(hz: float) -> None:
    centres = mel.filters() @ (np.arange(257) * mel.RATE / mel.FFT)
    loudest = int(mel.log_mel(tone(hz), 50, 1)[0].argmax())
    nearest = np.diff(centres)[max(loudest - 1, 0) : loudest + 1].max()
    assert abs(centres[loudest] - hz) <= max(nearest, mel.RATE / mel.FFT)  # within one band or one bin


def test_a_click_is_loudest_in_the_frame_at_its_time() -> None:
    x = np.zeros(mel.RATE, np.float32)
    x[37 * mel.HOP] = 1.0  # at 370 ms
    assert int(mel.log_mel(x, 0, 100).sum(axis=1).argmax()) == 37


def test_outside_the_sound_is_silence_at_the_floor() -> None:
    out = mel.log_mel(tone(500.0, 0.1), -100, 50)
    np.testing.assert_allclose(out, np.log(mel.FLOOR), rtol=1e-6)
    assert mel.log_mel(tone(500.0), 3, 0).shape == (0, 80)


@given(first=st.integers(-20, 80), count=st.integers(1, 30))
def test_frames_do_not_depend_on_where_the_request_begins(first: int, count: int) -> None:
    x = tone(700.0) * np.linspace(0, 1, mel.RATE, dtype=np.float32)
    whole = mel.log_mel(x, -20, 130)
    np.testing.assert_allclose(mel.log_mel(x, first, count), whole[first + 20 : first + 20 + count], atol=1e-4)
