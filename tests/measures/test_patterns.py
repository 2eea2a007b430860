"""Grids against pictures drawn from their definition."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.detectors.fed import picture
from vqa_toolkit.measures.patterns import grid_pattern


def crosshatch(light: int = 235, ground: int = 16, pitch: int = 120, width: int = 4) -> np.ndarray:
    drawn = np.full((1080, 1920), ground, np.uint8)
    for k in range(width):
        drawn[pitch // 2 + k :: pitch] = light
        drawn[:, pitch // 2 + k :: pitch] = light
    return np.asarray(cv2.resize(drawn, (480, 270), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize(
    ("light", "ground", "pitch", "width"), [(235, 16, 120, 4), (16, 235, 96, 4), (180, 16, 120, 2), (235, 128, 60, 8)]
)
def test_crosshatch_is_explained_even_under_noise(light: int, ground: int, pitch: int, width: int) -> None:
    drawn = crosshatch(light, ground, pitch, width)
    assert grid_pattern(drawn) > 0.97
    noisy = np.clip(drawn + np.random.default_rng(0).normal(0, 3, drawn.shape), 0, 255).astype(np.uint8)
    assert grid_pattern(noisy) > 0.95


@pytest.mark.parametrize("side", [20, 45])
def test_squares_are_explained(side: int) -> None:
    rows, columns = np.indices((270, 480)) // side
    assert grid_pattern(np.where((rows + columns) % 2, 235, 16).astype(np.uint8)) == 1.0


def test_what_is_no_grid() -> None:
    text = np.full((270, 480), 16, np.uint8)
    for k in range(6):
        cv2.putText(text, "Directed by somebody", (20, 40 + 40 * k), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 235, 2)
    uneven = np.full((270, 480), 16, np.uint8)
    uneven[[20, 60, 200, 260]] = 235
    uneven[:, [30, 50, 300, 420]] = 235
    stripes = np.where(np.indices((270, 480))[0] // 15 % 2, 235, 16).astype(np.uint8)
    for drawn in (picture(), text, uneven, stripes, np.full((270, 480), 16, np.uint8)):
        assert grid_pattern(drawn) < 0.9
