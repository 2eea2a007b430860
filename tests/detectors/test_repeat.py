"""Repeat: the buffer's length, how often it is played and where."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import RATE, hear, noise
from vqa_toolkit.detectors.repeat import Repeat


def repeated(sound: np.ndarray, start: float, end: float, buffer_s: float) -> np.ndarray:
    first, last, size = round(start * RATE), round(end * RATE), round(buffer_s * RATE)
    out = sound.copy()
    out[first:last] = sound[first + np.arange(last - first) % size]
    return out


@pytest.mark.parametrize(("buffer_s", "end"), [(0.05, 1.6), (0.05, 2.5), (0.1, 2.5), (0.12, 1.68), (0.3, 3.3)])
def test_a_repeated_buffer_is_found_with_its_period(buffer_s: float, end: float) -> None:
    _, (found,) = hear(Repeat, repeated(noise(5.0), 1.2, end, buffer_s))
    assert found.start == pytest.approx(1.2, abs=0.03)
    assert found.end == pytest.approx(end, abs=0.03)
    assert found.details["period_s"] == pytest.approx(buffer_s, abs=2e-4)  # the correlation is taken at 16 kHz
    assert found.details["repeats"] == pytest.approx((end - 1.2) / buffer_s - 1, abs=0.6)


def test_coding_noise_does_not_hide_it() -> None:
    sound = repeated(noise(4.0), 1.0, 3.0, 0.15) + noise(4.0, 2, 0.1 * 10 ** (-15 / 20), 7)
    (found,) = hear(Repeat, sound)[1]
    assert [found.start, found.end] == pytest.approx([1.0, 3.0], abs=0.04)


@pytest.mark.parametrize("kind", ["noise", "tone", "hum", "silence"])
def test_what_does_not_repeat(kind: str) -> None:
    t = np.arange(3 * RATE) / RATE
    made = {"noise": noise(3.0, 1)[:, 0], "tone": 0.3 * np.sin(2 * np.pi * 440 * t), "silence": np.zeros(len(t)),
            "hum": 0.1 * sum(np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 9))}  # fmt: skip
    assert hear(Repeat, np.repeat(np.asarray(made[kind])[:, None], 2, axis=1))[1] == []


def test_signals_do_not_depend_on_the_pieces() -> None:
    sound = repeated(noise(3.0), 1.0, 2.0, 0.1)
    whole, pieces = hear(Repeat, sound, chunk_s=3.0)[0], hear(Repeat, sound, chunk_s=0.37)[0]
    for name in whole:
        np.testing.assert_allclose(whole[name].t, pieces[name].t, atol=1e-9)
        np.testing.assert_allclose(whole[name].v, pieces[name].v, atol=1e-6)
