"""Constant colour and test patterns: exact areas, noise, cards and other bars."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import picture, see
from vqa_toolkit.detectors.constant_colour import ConstantColour
from vqa_toolkit.detectors.test_pattern import TestPattern

RGB = ((1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1), (0, 0, 0))


def clip(y: int = 126, cb: int = 128, cr: int = 128, frames: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """A shot whose frames 10 to 20 are one colour."""
    luma = np.repeat(picture()[None], frames, axis=0)
    chroma = np.full((frames, 90, 160, 2), 120, np.uint8)
    luma[10:20], chroma[10:20] = y, (cb, cr)
    return luma, chroma


def test_a_colour_is_found_and_named() -> None:
    (found,) = see(ConstantColour, *clip(173, 42, 26))[1]
    assert [found.start, found.end] == pytest.approx([0.4, 0.8])
    assert (found.value, found.severity) == (1.0, "issue")
    assert [found.details[k] for k in ("y", "cb", "cr")] == [173, 42, 26]


@pytest.mark.parametrize(("new_shot", "severity"), [(False, "issue"), (True, "fyi")])
def test_noise_does_not_hide_it_and_a_short_white_between_shots_is_a_note(new_shot: bool, severity: str) -> None:
    luma, chroma = clip(235)
    rng = np.random.default_rng(0)
    luma[10:20] = np.clip(rng.normal(225, 4, luma[10:20].shape), 0, 255).astype(np.uint8)
    if new_shot:
        luma[20:] = picture(seed=5)
    (found,) = see(ConstantColour, luma, chroma)[1]
    assert found.severity == severity


def test_a_dip_to_white_is_a_note() -> None:
    luma, chroma = clip(235)
    for k, share in enumerate((0.25, 0.5, 0.75, 0.97)):  # into white and back
        for i in (6 + k, 23 - k):
            luma[i] = np.rint(luma[i] * (1 - share) + 235 * share)
    assert {f.severity for f in see(ConstantColour, luma, chroma)[1]} == {"fyi"}


def test_black_and_cards_with_lettering_are_not_it() -> None:
    assert see(ConstantColour, *clip(16))[1] == []
    luma, chroma = clip(60, 160, 110)
    luma[10:20, 120:150, 150:330] = 235  # 4 % of the picture
    assert see(ConstantColour, luma, chroma)[1] == []


def bars(count: int, level: float = 0.75) -> tuple[np.ndarray, np.ndarray]:
    rgb = np.array(RGB[:count]) * level
    y = rgb @ [0.2126, 0.7152, 0.0722]
    codes = np.rint(
        np.column_stack([16 + 219 * y, 128 + 112 * (rgb[:, 2] - y) / 0.9278, 128 + 112 * (rgb[:, 0] - y) / 0.7874])
    )
    luma = codes[np.arange(480) * count // 480, 0]
    chroma = codes[np.arange(160) * count // 160, 1:]
    return np.tile(luma, (270, 1)).astype(np.uint8), np.tile(chroma, (90, 1, 1)).astype(np.uint8)


@pytest.mark.parametrize(("count", "level"), [(8, 0.75), (8, 1.0), (7, 0.75)])
def test_bars_are_found(count: int, level: float) -> None:
    luma, chroma = clip()
    luma[10:20], chroma[10:20] = bars(count, level)
    (found,) = see(TestPattern, luma, chroma)[1]
    assert [found.start, found.end] == pytest.approx([0.4, 0.8])
    assert found.value > 0.99


@pytest.mark.parametrize("kind", ["picture", "grey steps", "reversed", "striped"])
def test_what_are_no_bars(kind: str) -> None:
    luma, chroma = clip()
    y, c = bars(8)
    if kind == "grey steps":
        c = np.full_like(c, 128)
    elif kind == "reversed":
        y, c = y[:, ::-1], c[:, ::-1]
    elif kind == "striped":
        y = y.copy()
        y[::40] = y[1::40] = y[2::40] = y[3::40] = 16
        y[4::40] = y[5::40] = y[6::40] = y[7::40] = 16
    if kind != "picture":
        luma[10:20], chroma[10:20] = y, c
    assert see(TestPattern, luma, chroma)[1] == []


def test_a_grid_is_found() -> None:
    luma, chroma = clip()
    luma[10:20] = 16
    luma[10:20, 15::30] = luma[10:20, :, 15::30] = 235
    (found,) = see(TestPattern, luma, chroma)[1]
    assert [found.start, found.end] == pytest.approx([0.4, 0.8])
    assert found.details == {"signal": "grid"}
