"""The damage map as a figure and as numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Box, Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.heatmap import map_at, overlay, region_statistics, side_by_side, worst_times
from vqa_toolkit.result import AnalysisResult


def result() -> AnalysisResult:
    """Ten maps of 4×6 cells, one every 0.4 s: one damaged cell at 0.8 s, six at 2.0 s, seven at 2.4 s."""
    maps = np.zeros((10, 4, 6), dtype=np.uint8)
    maps[2, 0, 0] = 90
    maps[5, 1, :] = 80
    maps[6, 1, :] = 80
    maps[6, 2, 0] = 60
    axes = (
        Axis("y", "px", tuple(16.0 + 32 * i for i in range(4))),
        Axis("x", "px", tuple(16.0 + 32 * i for i in range(6))),
    )
    signal = Signal("map", "percent", np.asarray([0.4 * i for i in range(10)]), maps, axes)
    return cast(AnalysisResult, SimpleNamespace(signals={"block_corruption": {"map": signal}}))


PICTURE = np.full((128, 192, 3), 90, dtype=np.uint8)


def test_worst_first_and_apart() -> None:
    assert worst_times(result(), count=5, apart=0.5) == pytest.approx([2.4, 0.8])
    assert worst_times(result(), count=5, apart=0.1) == pytest.approx([2.4, 2.0, 0.8])


def test_region_by_hand() -> None:
    found = region_statistics(result(), Box(0.0, 0.25, 1.0, 0.25))  # the second row of cells
    assert found.pictures == 10
    assert found.largest_area == pytest.approx(1.0)
    assert found.mean_area == pytest.approx(0.2)
    assert found.peak == pytest.approx(0.8)
    assert found.worst_time == pytest.approx(2.0)
    with pytest.raises(UsageError, match="larger"):
        region_statistics(result(), Box(0.0, 0.0, 0.01, 0.01))


def test_the_nearest_map() -> None:
    t, percent = map_at(result(), 2.5)
    assert t == pytest.approx(2.4)
    assert percent[2, 0] == 60


def test_overlay_covers_the_picture_in_pixels() -> None:
    t, percent = map_at(result(), 2.0)
    figure: Any = overlay(PICTURE, percent, t, opacity=0.3)
    image, heat = figure.data
    assert image.type == "image" and heat.type == "heatmap"
    assert heat.opacity == pytest.approx(0.3)
    assert heat.x[0] == 16 and heat.y[-1] == 112
    assert tuple(figure.layout.xaxis.range) == (0, 192) and tuple(figure.layout.yaxis.range) == (128, 0)
    assert "px" in figure.layout.xaxis.title.text and "%" in heat.colorbar.title.text


def test_a_and_b_zoom_together() -> None:
    t, percent = map_at(result(), 2.0)
    figure: Any = side_by_side(PICTURE, PICTURE, percent, t)
    assert [trace.type for trace in figure.data] == ["image", "heatmap", "image"]
    assert figure.layout.xaxis2.matches == "x" or figure.layout.xaxis.matches == "x2"
    with pytest.raises(UsageError, match="one size"):
        side_by_side(PICTURE, PICTURE[:64], percent, t)


@pytest.mark.parametrize("opacity", [-0.1, 1.5])
def test_opacity_is_checked(opacity: float) -> None:
    with pytest.raises(UsageError, match="opacity"):
        overlay(PICTURE, np.zeros((4, 6)), 0.0, opacity)


def test_a_map_of_another_picture_is_refused() -> None:
    with pytest.raises(UsageError, match="has a map of"):
        overlay(PICTURE, np.zeros((5, 6)), 0.0)
