"""A finding's still with its place marked: the region as a frame, damaged cells tinted. Static SVG around a JPEG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Finding, Signal
from vqa_toolkit.figures.clock import clock
from vqa_toolkit.figures.style import LIGHT, family
from vqa_toolkit.report.evidence import jpeg_uri, moment
from vqa_toolkit.report.markup import Html, text

_NEAR = 0.25  # s; a map further from the still than this shows another picture
_DAMAGED = 50.0  # percent from which a cell is tinted: more likely damaged than not


def still_svg(
    rgb: NDArray[Any], finding: Finding, signals: Mapping[str, Signal], native: tuple[int, int] | None = None
) -> Html:
    """(h, w, 3) uint8 RGB as an inline SVG.

    A finding's ``region`` is framed; where its detector measured maps in percent (``map``, axes y and x in px of the
    ``native`` width and height), the cells above one half at the still's moment are tinted.
    """
    height, width = rgb.shape[:2]
    label = text(f"The picture at {clock(moment(finding))}")
    image = f'<image href="{jpeg_uri(rgb)}" width="{width}" height="{height}"/>'
    scale = (width / native[0], height / native[1]) if native else None
    marks = (_cells(scale, finding, signals.get("map")) if scale else "") + _frame(width, height, finding)
    return Html(
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}"><title>{label}</title>{image}{marks}</svg>'
    )


def _frame(width: int, height: int, f: Finding) -> str:
    if f.region is None:
        return ""
    x, y, w, h = f.region.x * width, f.region.y * height, f.region.width * width, f.region.height * height
    place = f'x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="none"'
    return f'<rect {place} stroke="#000000" stroke-width="5"/><rect {place} stroke="#ffffff" stroke-width="2"/>'


def _cells(scale: tuple[float, float], f: Finding, maps: Signal | None) -> str:
    if maps is None or maps.v.ndim != 3 or maps.unit != "percent" or not len(maps.t):
        return ""
    nearest = int(np.argmin(np.abs(maps.t - moment(f))))
    if abs(float(maps.t[nearest]) - moment(f)) > _NEAR:
        return ""
    damaged = maps.v[nearest] > _DAMAGED
    # The axes hold cells' centres, so the first is half a cell; the last cells may reach beyond the picture.
    tall, wide = 2 * maps.axes[0].values[0] * scale[1], 2 * maps.axes[1].values[0] * scale[0]
    paint = f'fill="{LIGHT.families[family(f.defect)]}" fill-opacity="0.4" class="cell"'
    steps = np.diff(damaged.astype(np.int8), axis=1, prepend=0, append=0)
    return "".join(
        f'<rect x="{first * wide:.1f}" y="{row * tall:.1f}" width="{(last - first) * wide:.1f}" height="{tall:.1f}" {paint}/>'
        for row in range(len(damaged))
        for first, last in zip(np.flatnonzero(steps[row] == 1), np.flatnonzero(steps[row] == -1), strict=True)
    )
