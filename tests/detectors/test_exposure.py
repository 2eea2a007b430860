"""Exposure: tones that are lost and gain that jumps within a shot; cuts and fades are neither."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import picture, see
from vqa_toolkit.detectors.exposure import Exposure


def shot(frames: int = 50, seed: int = 0) -> np.ndarray:
    return np.repeat(picture(seed=seed)[None], frames, axis=0)


def test_crushed_shadows_are_found_with_their_share() -> None:
    luma = shot()
    luma[10:30] = np.where(luma[10:30] < 110, 16, luma[10:30])
    (found,) = see(Exposure, luma)[1]
    assert [found.start, found.end] == pytest.approx([0.4, 1.2])
    assert found.value == pytest.approx(np.mean(luma[20] == 16))
    assert (found.severity, found.details["signal"]) == ("issue", "crushed")


def test_a_jump_is_found_with_its_gain() -> None:
    luma = shot().astype(float)
    luma[10:30] = 16 + (luma[10:30] - 16) / 1.5
    (found,) = see(Exposure, np.rint(luma).astype(np.uint8))[1]
    assert [found.start, found.end] == pytest.approx([0.4, 1.2])
    assert found.value == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("kind", ["still", "cut", "fade", "flash", "dark throughout"])
def test_what_is_meant_is_no_issue(kind: str) -> None:
    luma = shot().astype(float)
    if kind == "cut":
        luma[25:] = shot(25, 3)
    elif kind == "fade":
        luma[10:20] = 16 + (luma[10:20] - 16) * np.linspace(1, 0.1, 10)[:, None, None]
        luma[20:] = 20
    elif kind == "flash":
        luma[20:23] = np.minimum(16 + 1.6 * (luma[20:23] - 16), 235)
    elif kind == "dark throughout":
        luma = np.where(luma < 110, 16, luma)
    assert [f for f in see(Exposure, np.rint(luma).astype(np.uint8))[1] if f.severity != "fyi"] == []
