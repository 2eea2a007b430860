"""DC offset: the constant that was added is the value that is reported."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import RATE, hear, noise
from vqa_toolkit.detectors.dc_offset import BLOCK_S, DcOffset


@pytest.mark.parametrize("offset", [0.1, -0.05])
def test_an_offset_is_found_with_its_value_and_place(offset: float) -> None:
    sound = noise(5.0)
    sound[RATE : 3 * RATE] += offset
    _, (found,) = hear(DcOffset, sound)
    assert [found.start, found.end] == pytest.approx([1.0, 3.0], abs=BLOCK_S)
    assert found.details["offset"] == pytest.approx(offset, abs=0.002)  # the noise's own mean over 2 s: 0.1 / √96000
    assert found.value == pytest.approx(abs(offset), abs=0.002)


def test_an_offset_in_one_channel_names_it() -> None:
    sound = noise(3.0)
    sound[:, 1] += 0.08
    _, (found,) = hear(DcOffset, sound)
    assert found.details["channel"] == 2
    assert [found.start, found.end] == pytest.approx([0.0, 3.0])


def test_asymmetric_bursts_with_pauses_are_no_offset() -> None:
    sound = noise(4.0, level=0.001)
    t = np.arange(len(sound)) / RATE
    sound[np.mod(t, 1.0) < 0.6] += 0.05  # 30 ms of mean over a second, but gone in the pauses
    assert hear(DcOffset, sound)[1] == []


def test_deep_bass_is_no_offset() -> None:
    t = np.arange(4 * RATE) / RATE
    sound = np.repeat(0.5 * np.sin(2 * np.pi * 21.0 * t)[:, None], 2, axis=1)
    assert hear(DcOffset, sound)[1] == []
