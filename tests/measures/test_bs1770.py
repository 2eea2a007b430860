"""BS.1770 against its own table and EBU Tech 3341's signals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import sosfilt

from vqa_toolkit.measures.bs1770 import channel_weights, integrated, k_weighting, loudness_range, true_peak

# ITU-R BS.1770-4, tables 1 and 2: coefficients at 48 kHz
TABLE = [
    [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
    [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
]


def energy(samples: NDArray[np.float64], rate: int, layout: str = "stereo") -> NDArray[np.float64]:
    weighted = sosfilt(k_weighting(rate), samples, axis=0)
    block = rate // 10
    squares = (weighted[: len(weighted) // block * block] ** 2).reshape(-1, block, samples.shape[1]).mean(axis=1)
    return np.asarray(squares @ channel_weights(layout, samples.shape[1]))


def tone(seconds: float, dbfs: float, rate: int = 48000, hz: float = 1000.0) -> NDArray[np.float64]:
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return np.stack([wave, wave], axis=1)


def test_filters_equal_the_recommendations_table() -> None:
    np.testing.assert_allclose(k_weighting(48000), TABLE, atol=1e-6)


@pytest.mark.parametrize("rate", [32000, 44100, 48000, 96000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_tech_3341_tones_read_their_level(level: float, rate: int) -> None:
    """EBU Tech 3341 cases 1 and 2: a stereo 1 kHz tone at L dBFS reads L LUFS ± 0.1."""
    assert integrated(energy(tone(20, level, rate), rate)) == pytest.approx(level, abs=0.1)


def test_tech_3341_case_3_gates_the_quiet_ends() -> None:
    parts = [tone(10, -36.0), tone(60, -23.0), tone(10, -36.0)]
    assert integrated(energy(np.concatenate(parts), 48000)) == pytest.approx(-23.0, abs=0.1)


def test_tech_3342_case_1_range() -> None:
    """EBU Tech 3342 case 1: 20 s at −20 then 20 s at −30 dBFS reads 10 LU ± 1."""
    parts = [tone(20, -20.0), tone(20, -30.0)]
    assert loudness_range(energy(np.concatenate(parts), 48000)) == pytest.approx(10.0, abs=1.0)


def test_silence_has_no_loudness() -> None:
    assert np.isnan(integrated(energy(np.zeros((48000, 2)), 48000)))


def test_true_peak_sees_between_samples() -> None:
    """BS.1770 annex 2's tone at a quarter of the rate, 45° off the samples: the peak is 3.01 dB above every sample."""
    t = np.arange(4800)
    wave = (0.5 * np.sin(np.pi / 2 * t + np.pi / 4)).astype(np.float32)[:, None]
    peaks = 20 * np.log10(true_peak(wave)[100:-100].max() / 0.5)
    assert peaks == pytest.approx(0.0, abs=0.2)  # annex 2 allows +0.2/−0.4 dB
    assert 20 * np.log10(np.abs(wave).max() / 0.5) == pytest.approx(-3.01, abs=0.01)


def test_lfe_counts_nothing_and_surrounds_more() -> None:
    np.testing.assert_array_equal(channel_weights("5.1", 6), [1, 1, 1, 0, 1.41, 1.41])
    np.testing.assert_array_equal(channel_weights("stereo", 2), [1, 1])
