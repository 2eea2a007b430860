"""An excerpt is the very samples of the file, where its times say."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from vqa_toolkit.errors import MediaUnreadable, UsageError
from vqa_toolkit.media.excerpt import sound_excerpt

RATE = 8000


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """Five seconds whose sample n is n / 2¹⁶, mono, 16 bits."""
    path = tmp_path / "ramp.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.arange(5 * RATE) // 2).astype("<i2").tobytes())
    return path


def test_samples_and_times_are_exact(ramp: Path) -> None:
    got = sound_excerpt(ramp, 2.5, 3.25)
    assert (got.start, got.rate, got.end) == (2.5, RATE, 3.25)
    np.testing.assert_array_equal(got.samples[:, 0] * 2**15, np.arange(20_000, 26_000) // 2)


def test_the_end_is_clamped_and_the_whole_is_the_default(ramp: Path) -> None:
    assert sound_excerpt(ramp, 4.0, 99.0).end == pytest.approx(5.0)
    assert len(sound_excerpt(ramp).samples) == 5 * RATE


def test_what_is_not_there_is_said(ramp: Path) -> None:
    with pytest.raises(UsageError, match="later than start"):
        sound_excerpt(ramp, 3.0, 3.0)
    with pytest.raises(MediaUnreadable, match="no sound from 9 s on"):
        sound_excerpt(ramp, 9.0)
