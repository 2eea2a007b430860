"""Dropouts: lost sound is found to the block, pauses and long silence are not it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import RATE, hear, noise
from vqa_toolkit.detectors.dropout import BLOCK_S, Dropout


@pytest.mark.parametrize("gap_s", [0.02, 0.1, 0.4])
def test_a_gap_is_found_to_one_block(gap_s: float) -> None:
    sound = noise(2.0)
    sound[RATE : RATE + round(gap_s * RATE)] = 0
    _, (found,) = hear(Dropout, sound)
    assert found.defect == "dropout"
    assert found.start == pytest.approx(1.0, abs=BLOCK_S)
    assert found.end == pytest.approx(1.0 + gap_s, abs=BLOCK_S)
    assert found.value == pytest.approx(-120.0, abs=1e-4)  # stored as float32
    assert "channel" not in found.details


def test_a_gap_in_one_channel_names_it() -> None:
    sound = noise(2.0)
    sound[RATE : RATE + RATE // 10, 1] = 0
    _, (found,) = hear(Dropout, sound)
    assert found.details["channel"] == 2


def test_digital_silence_of_half_a_second_is_not_a_dropout() -> None:
    sound = noise(3.0)
    sound[RATE : RATE + RATE // 2] = 0
    assert hear(Dropout, sound)[1] == []
    sound[RATE : RATE + RATE // 2] = 10 ** (-60 / 20) * noise(0.5, level=1.0, seed=1)  # a hissing gap is
    assert len(hear(Dropout, sound)[1]) == 1


def test_a_pause_that_fades_is_not_a_dropout() -> None:
    sound = noise(2.0)
    t = np.arange(len(sound)) / RATE
    decay = np.where(t < 0.8, 1.0, 10 ** (-3.5 * (t - 0.8) / 0.15))  # 70 dB in 150 ms, as a hall's early decay
    sound *= np.where(t < 1.1, np.maximum(decay, 10 ** (-60 / 20)), 1.0)[:, None]
    assert hear(Dropout, sound)[1] == []


def test_a_gap_at_the_end_is_no_gap_inside_programme() -> None:
    sound = noise(1.0)
    sound[round(0.8 * RATE) :] = 0
    assert hear(Dropout, sound)[1] == []
