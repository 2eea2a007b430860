"""Noise judged on curves written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Signal
from vqa_toolkit.detectors.noise import Noise, NoiseLimits


def signals(**curves: np.ndarray) -> dict[str, Signal]:
    t = np.arange(100) / 25
    quiet = {"luma": 1.0, "white": 0.8, "chroma": 0.3, "chroma_white": 0.8, "snow": 0.0, "fresh": 1.0}
    return {k: Signal(k, "", t, curves.get(k, np.full(100, v)), end=4.0) for k, v in quiet.items()}


def burst(level: float, rest: float = 0.5) -> np.ndarray:
    return np.where((np.arange(100) >= 25) & (np.arange(100) < 75), level, rest)


@pytest.mark.parametrize(("kind", "level"), [("luma", 12.0), ("chroma", 4.0), ("snow", 0.02)])
def test_each_kind_is_named_with_its_number(kind: str, level: float) -> None:
    rest = 0.0 if kind == "snow" else 0.5
    (found,) = Noise.judge(signals(**{kind: burst(level, rest)}), NoiseLimits())
    assert found.details["kind"] == kind
    assert (found.start, found.end, found.value) == (pytest.approx(1.0), pytest.approx(3.0), pytest.approx(level))


def test_steep_content_is_not_noise() -> None:
    assert not list(Noise.judge(signals(luma=burst(12.0), white=np.full(100, 0.3)), NoiseLimits()))


def test_texture_that_stays_is_not_noise() -> None:
    assert not list(Noise.judge(signals(luma=burst(12.0), fresh=np.full(100, 0.4)), NoiseLimits()))


def test_coded_noise_is_less_white_and_known_by_its_rise_over_the_titles_own() -> None:
    coded = np.full(100, 0.5)
    (found,) = Noise.judge(signals(luma=burst(8.0, 1.0), white=coded), NoiseLimits())
    assert (found.start, found.end) == (pytest.approx(1.0), pytest.approx(3.0))
    assert not list(Noise.judge(signals(luma=burst(8.0, 4.0), white=coded), NoiseLimits()))
