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


def curve(luma: np.ndarray, knee: float) -> np.ndarray:
    """Shadows below ``knee`` codes above black lost, the other tones stretched to fill the range."""
    return np.rint(16 + np.maximum(0.0, luma.astype(float) - 16 - knee) * 219 / (219 - knee)).astype(np.uint8)


@pytest.mark.parametrize(("knee", "kind"), [(150.0, "whole"), (42.0, "whole"), (60.0, "letterboxed")])
def test_much_and_little_loss_and_loss_beside_bars_are_found(knee: float, kind: str) -> None:
    """At 150 codes 4 % of the picture is left, at 42 a few hundredths are lost; bars are a loss that the title has anyway."""
    luma = shot()
    if kind == "letterboxed":
        luma[:, :36] = luma[:, -36:] = 16
    luma[10:30] = curve(luma[10:30], knee)
    (found,) = [f for f in see(Exposure, luma)[1] if f.severity != "fyi"]
    assert [found.start, found.end] == pytest.approx([0.4, 1.2])
    assert found.details["signal"] == "crushed"


def test_a_black_box_that_appears_is_no_loss() -> None:
    luma = shot()
    luma[10:30, 200:250, 60:300] = 16
    assert [f for f in see(Exposure, luma)[1] if f.severity != "fyi"] == []


def test_a_cut_to_a_bright_mark_on_black_is_no_loss() -> None:
    luma = shot()
    luma[10:30] = 16
    luma[10:30, 100:140, 200:300] = 230
    assert [f for f in see(Exposure, luma)[1] if f.severity != "fyi"] == []


def test_a_jump_in_a_fast_shot_that_is_undone_is_found_over_its_span() -> None:
    """Everything moves by a tenth of the width in every frame, so that neighbours resemble each other only somewhat."""
    wide = np.concatenate([picture(seed=k) for k in range(4)], axis=1)
    width = picture().shape[1]
    luma = np.stack([np.roll(wide, -k * width // 60, axis=1)[:, :width] for k in range(60)]).astype(float)
    luma[20:40] = 16 + (luma[20:40] - 16) / 1.5
    signals, found = see(Exposure, np.rint(luma).astype(np.uint8))
    assert float(np.median(signals["likeness"].v)) < 0.97
    assert [(f.start, f.end) for f in found if f.severity != "fyi"] == [(pytest.approx(0.8), pytest.approx(1.6))]
