"""Phase: correlation of constructed pairs, and passages of known place."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import RATE, hear, noise
from vqa_toolkit.detectors.phase import BLOCK_S, Phase
from vqa_toolkit.errors import NotAssessable


def stereo(seconds: float, side: float) -> np.ndarray:
    """A common signal and independent side noise of ``side`` times its RMS: correlation 1 / (1 + side²)."""
    mid = noise(seconds, 1, 0.1, 1)
    return mid + noise(seconds, 2, 0.1 * side, 2)


def test_inversion_is_found_with_its_correlation() -> None:
    sound = stereo(6.0, 0.2)
    sound[RATE : 4 * RATE, 1] *= -1
    _, (found,) = hear(Phase, sound)
    assert [found.start, found.end] == pytest.approx([1.0, 4.0], abs=BLOCK_S)
    assert found.value == pytest.approx(-1 / 1.04, abs=0.01)
    assert found.details["degrees"] == pytest.approx(np.degrees(np.arccos(-1 / 1.04)), abs=1.5)


def test_pauses_do_not_end_the_passage_and_do_not_count() -> None:
    sound = stereo(5.0, 0.1)
    sound[RATE : 4 * RATE, 1] *= -1
    sound[2 * RATE : 3 * RATE] *= 1e-4
    _, (found,) = hear(Phase, sound)
    assert [found.start, found.end] == pytest.approx([1.0, 4.0], abs=BLOCK_S)


def test_a_passage_of_little_over_a_second_is_found() -> None:
    sound = stereo(4.0, 0.2)
    sound[RATE : round(2.2 * RATE), 1] *= -1
    (found,) = hear(Phase, sound)[1]
    assert [found.start, found.end] == pytest.approx([1.0, 2.2], abs=BLOCK_S)


@pytest.mark.parametrize("kind", ["in phase", "unrelated", "short"])
def test_what_is_not_inverted(kind: str) -> None:
    sound = noise(4.0) if kind == "unrelated" else stereo(4.0, 0.2)
    if kind == "short":
        sound[RATE : RATE + RATE // 2, 1] *= -1
    assert hear(Phase, sound)[1] == []


def test_mono_is_not_assessable() -> None:
    with pytest.raises(NotAssessable, match="one channel"):
        hear(Phase, noise(1.0, 1))
