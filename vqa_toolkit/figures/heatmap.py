"""The damage map over the picture: overlay, A/B against a clean clip, worst pictures, and the numbers of a region."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from vqa_toolkit.core import Box, Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.style import Mode, axes, layout

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

Picture = NDArray[np.uint8]
CELL_PX = 32
_HEIGHT = 420  # px
_WIDTH_MOST = 960  # px an embedded picture is reduced to: pages stay light
# Inferno, perceptually even and readable by the colour-blind, and clear where there is nothing: the picture shows through
_SCALE = [
    [0.0, "rgba(0,0,4,0)"], [0.1, "rgba(40,11,84,0.25)"], [0.3, "rgba(101,21,110,0.7)"], [0.5, "rgba(188,55,84,0.9)"],
    [0.75, "rgba(249,142,9,1)"], [1.0, "rgba(252,255,164,1)"],
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegionStatistics:
    """Damage inside a region over time: shares of its cells above one half, and probabilities, all in [0, 1]."""

    pictures: int
    largest_area: float
    mean_area: float
    peak: float
    worst_time: float


def overlay(picture: Picture, percent: NDArray[Any], t: float, opacity: float = 0.5, mode: Mode = "light") -> go.Figure:
    """The picture (h, w, 3) RGB with the map (rows, cols) in percent over it; axes are px of the picture.

    Raises:
        UsageError: when ``opacity`` is outside [0, 1] or the map is not that of a picture of this shape.
    """
    _check(picture, percent, opacity)
    figure = go.Figure(layout=layout(mode, title=f"Damage at {t:.3f} s", height=_HEIGHT))
    for trace in _traces(picture, percent, opacity):
        figure.add_trace(trace)
    _axes(figure, picture)
    return figure


def side_by_side(
    picture: Picture, clean: Picture, percent: NDArray[Any], t: float, opacity: float = 0.5, mode: Mode = "light"
) -> go.Figure:
    """A/B: the picture under its map, and the same moment of the clean clip, with linked zoom.

    Raises:
        UsageError: when the two pictures differ in shape.
    """
    _check(picture, percent, opacity)
    if picture.shape != clean.shape:
        raise UsageError(
            f"A/B needs two pictures of one size, got {picture.shape[1]}x{picture.shape[0]} and "
            f"{clean.shape[1]}x{clean.shape[0]} px. Give the clean clip at the size of the analysed one."
        )
    titles = ("analysed, with its map", "clean")
    figure = make_subplots(1, 2, shared_xaxes="all", shared_yaxes="all", subplot_titles=titles, horizontal_spacing=0.02)
    for trace in _traces(picture, percent, opacity):
        figure.add_trace(trace, row=1, col=1)
    figure.add_trace(go.Image(source=_encoded(clean), **_place(clean)), row=1, col=2)
    figure.update_layout(layout(mode, title=f"A/B at {t:.3f} s", height=_HEIGHT))
    figure.update_xaxes(**axes(mode))
    figure.update_yaxes(**axes(mode))
    _axes(figure, picture)
    figure.update_yaxes(title_text="", row=1, col=2)
    return figure


def painted(picture: Picture, percent: NDArray[Any], width: int, opacity: float = 0.5) -> Picture:
    """The picture (h, w, 3) RGB, of any size, with its map (rows, cols) in percent painted over it: a thumbnail.

    ``width`` is that of the analysed picture, px: it tells how far the map's cells of 32 px reach. Damage is as opaque as
    it is probable, so what is whole stays as it is.

    Raises:
        UsageError: when ``opacity`` is outside [0, 1].
    """
    if not 0.0 <= opacity <= 1.0:
        raise UsageError(f"opacity must be 0 to 1, got {opacity!r}.")
    height, shown = picture.shape[:2]
    cell = CELL_PX * shown / width
    reach = (max(shown, round(percent.shape[1] * cell)), max(height, round(percent.shape[0] * cell)))
    levels = np.clip(np.nan_to_num(percent.astype(np.float32)), 0, 100).astype(np.float32)
    share = cv2.resize(levels, reach, interpolation=cv2.INTER_NEAREST)[:height, :shown] / 100.0
    paint = cv2.applyColorMap(np.rint(share * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    weight = (opacity * share)[..., None]
    return np.asarray(np.rint(picture * (1 - weight) + paint * weight), dtype=np.uint8)


def worst_times(result: AnalysisResult, count: int = 6, apart: float = 0.5) -> list[float]:
    """Times in seconds of the pictures with the largest damage, worst first, at least ``apart`` seconds from each other.

    Pictures without any cell above one half are left out.
    """
    maps = _map(result.signals)
    areas = (maps.v > 50).mean(axis=(1, 2)) if len(maps.t) else np.zeros(0)
    chosen: list[float] = []
    for i in np.argsort(-areas, kind="stable").tolist():
        if areas[i] <= 0 or len(chosen) >= count:
            break
        if all(abs(float(maps.t[i]) - t) >= apart for t in chosen):
            chosen.append(float(maps.t[i]))
    return chosen


def map_at(result: AnalysisResult, t: float) -> tuple[float, NDArray[Any]]:
    """The map nearest to ``t`` seconds: its time, and (rows, cols) percent.

    Raises:
        UsageError: when the result holds no map.
    """
    maps = _map(result.signals)
    if not len(maps.t):
        raise UsageError("This result holds no damage map; analyse the clip with block_corruption.")
    i = int(np.argmin(np.abs(maps.t - t)))
    return float(maps.t[i]), maps.v[i]


def region_statistics(result: AnalysisResult, region: Box, start: float = 0.0, end: float = np.inf) -> RegionStatistics:
    """Damage of the cells whose centres lie in ``region`` over [start, end) seconds.

    Raises:
        UsageError: when the region holds no cell centre, or no map lies in the time.
    """
    maps = _map(result.signals)
    rows, cols = maps.v.shape[1:]
    y, x = (np.arange(rows) + 0.5) / rows, (np.arange(cols) + 0.5) / cols
    inside = np.ix_(
        (maps.t >= start) & (maps.t < end), (y >= region.y) & (y < region.y + region.height),
        (x >= region.x) & (x < region.x + region.width),
    )  # fmt: skip
    part = maps.v[inside] / 100.0
    if part.size == 0:
        raise UsageError("The region or the time holds no cell of the map; choose a larger one.")
    areas = (part > 0.5).mean(axis=(1, 2))
    times = maps.t[(maps.t >= start) & (maps.t < end)]
    worst = int(np.lexsort((-part.max(axis=(1, 2)), -areas))[0])
    return RegionStatistics(len(part), float(areas.max()), float(areas.mean()), float(part.max()), float(times[worst]))


def _map(signals: Mapping[str, Mapping[str, Signal]]) -> Signal:
    if "map" not in signals.get("block_corruption", {}):
        raise UsageError("This result holds no damage map; analyse the clip with block_corruption.")
    return signals["block_corruption"]["map"]


def _check(picture: Picture, percent: NDArray[Any], opacity: float) -> None:
    if not 0.0 <= opacity <= 1.0:
        raise UsageError(f"opacity must be 0 to 1, got {opacity!r}.")
    expected = tuple(-(-side // CELL_PX) for side in picture.shape[:2])
    if percent.shape != expected and percent.shape != tuple(-(-(s // 2 * 2) // CELL_PX) for s in picture.shape[:2]):
        raise UsageError(
            f"a picture of {picture.shape[1]}x{picture.shape[0]} px has a map of {expected}, got {percent.shape}."
        )


def _traces(picture: Picture, percent: NDArray[Any], opacity: float) -> list[Any]:
    rows, cols = percent.shape
    heat = go.Heatmap(
        z=percent, x=(np.arange(cols) + 0.5) * CELL_PX, y=(np.arange(rows) + 0.5) * CELL_PX, zmin=0, zmax=100,
        opacity=opacity, colorscale=_SCALE, colorbar={"title": {"text": "damage, %"}, "thickness": 12},
        hovertemplate="x %{x:.0f} px, y %{y:.0f} px<br>%{z:.0f} %<extra></extra>",
    )  # fmt: skip
    return [go.Image(source=_encoded(picture), **_place(picture)), heat]


def _place(picture: Picture) -> dict[str, float]:
    """Where plotly puts an embedded picture that may have been reduced: pixel centres in px of the original."""
    step = max(1.0, picture.shape[1] / _WIDTH_MOST)
    return {"dx": step, "dy": step, "x0": step / 2, "y0": step / 2}


def _encoded(picture: Picture) -> str:
    if picture.shape[1] > _WIDTH_MOST:
        height = round(picture.shape[0] * _WIDTH_MOST / picture.shape[1])
        picture = np.asarray(cv2.resize(picture, (_WIDTH_MOST, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    _, png = cv2.imencode(".png", picture[..., ::-1])
    return "data:image/png;base64," + base64.b64encode(png.tobytes()).decode()


def _axes(figure: go.Figure, picture: Picture) -> None:
    figure.update_xaxes(range=[0, picture.shape[1]], title_text="x, px", showgrid=False, constrain="domain")
    figure.update_yaxes(range=[picture.shape[0], 0], title_text="y, px", showgrid=False, scaleanchor="x")
