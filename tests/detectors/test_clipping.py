"""Clipping: waves cut at a known height; round, noisy and square ones are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import RATE, hear, noise
from vqa_toolkit.detectors.clipping import Clipping
from vqa_toolkit.simulate.scenes.sounds import spread, square_wave
from vqa_toolkit.simulate.sound._codec import recode


def smooth(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise low-passed by a moving mean of 24 samples, peak about 1."""
    x = np.convolve(noise(seconds, 1, 1.0, seed)[:, 0], np.ones(24) / 24, mode="same")
    return np.repeat((x / 0.8)[:, None], 2, axis=1)


@pytest.mark.parametrize("gain", [1.0, 0.25])
def test_flat_tops_are_found_at_full_scale_and_after_attenuation(gain: float) -> None:
    sound = 0.3 * smooth(4.0)
    sound[RATE : 3 * RATE] = np.clip(8 * sound[RATE : 3 * RATE], -1, 1) * gain
    _, (found,) = hear(Clipping, sound)
    assert [found.start, found.end] == pytest.approx([1.0, 3.0], abs=0.01)
    assert found.details["ceiling_dbfs"] == pytest.approx(20 * np.log10(gain), abs=0.05)


def test_a_passage_is_placed_within_its_blocks() -> None:
    """Between two quarters of a second, peaks of 10 ms tell: within two of them, as the sound must first rise to its ceiling."""
    sound = 0.1 * smooth(5.0)
    sound[round(1.13 * RATE) : round(3.37 * RATE)] = np.clip(
        30 * sound[round(1.13 * RATE) : round(3.37 * RATE)], -0.9, 0.9
    )
    _, (found,) = hear(Clipping, sound)
    assert [found.start, found.end] == pytest.approx([1.13, 3.37], abs=0.02)


def test_flat_tops_that_a_codec_has_blurred_are_found() -> None:
    t = np.arange(3 * RATE)[:, None] / RATE
    voices = sum(np.sin(2 * np.pi * f * t) for f in (210, 337, 521))
    sound = 0.4 * np.clip(voices, -2, 2) + noise(3.0, 2, 0.008, 5)  # −40 dB of coding noise
    (found,) = hear(Clipping, sound)[1]
    assert found.details["ceiling_dbfs"] == pytest.approx(20 * np.log10(0.8), abs=0.4)


@pytest.mark.parametrize("kind", ["sine", "noise", "smooth noise", "square wave", "silence"])
def test_what_is_not_clipped(kind: str) -> None:
    t = np.arange(2 * RATE) / RATE
    made = {
        "sine": np.sin(2 * np.pi * 440 * t) * 0.9, "noise": noise(2.0, 1, 0.2)[:, 0], "smooth noise": smooth(2.0)[:, 0] * 0.5,
        "square wave": np.sign(np.sin(2 * np.pi * 220 * t)) * 0.5, "silence": np.zeros(len(t)),
    }  # fmt: skip
    assert hear(Clipping, np.repeat(made[kind][:, None], 2, axis=1))[1] == []


def blurred(x: np.ndarray) -> np.ndarray:
    """What coding does to clipped noise: noise of −25 dB that follows its spectrum, so that no top is flat."""
    rng = np.random.default_rng(7)
    phases = np.exp(2j * np.pi * rng.random((len(x) // 2 + 1, x.shape[1])))
    error = np.fft.irfft(np.fft.rfft(x, axis=0) * phases, len(x), axis=0)
    return np.asarray(x + 10 ** (-25 / 20) * error)


def test_noise_that_coding_has_rounded_is_found_by_its_shelf() -> None:
    sound = 0.1 * noise(5.0, 2, 1.0, 3)
    sound[RATE : 4 * RATE] = np.clip(6.5 * sound[RATE : 4 * RATE], -1, 1)
    (found,) = hear(Clipping, blurred(sound))[1]
    assert [found.start, found.end] == pytest.approx([1.0, 4.0], abs=0.26)
    assert (found.details["signal"], found.unit) == ("shelf", "times")
    assert hear(Clipping, blurred(0.2 * noise(5.0, 2, 1.0, 3)))[1] == []


@pytest.mark.parametrize("seed", [1501, 1504])
def test_notes_of_a_coded_square_wave_are_no_shelf(seed: int) -> None:
    wave = spread(square_wave(8.0, RATE, seed), RATE, 2, seed)
    assert hear(Clipping, recode(wave, RATE, "aac", 128_000)[: len(wave)])[1] == []
