"""Two captures' curves over one another, B moved to where it fits A: the evidence for an offset."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vqa_toolkit.figures.downsample import min_max
from vqa_toolkit.figures.style import Mode, layout, theme, time_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vqa_toolkit.evaluate.align import Pair

_ROW = 110  # px
_POINTS = 1600


def aligned(pairs: Sequence[Pair], shift: float, step: float, mode: Mode = "light") -> go.Figure:
    """One row per curve, in spreads from its own slow mean; A solid, B dotted and moved by ``shift`` s. ``step``: s a point."""
    look = theme(mode)
    figure = make_subplots(rows=len(pairs), shared_xaxes=True, vertical_spacing=0.06)
    figure.update_layout(layout(mode, title="", height=60 + _ROW * len(pairs)))
    ends = [0.0]
    for row, pair in enumerate(pairs, 1):
        for name, values, moved, line in (
            ("A", pair.a, 0.0, {"color": look.curve, "width": 1.5}),
            ("B, moved", pair.b, shift, {"color": look.limit, "width": 1.2, "dash": "dot"}),
        ):
            t, v = min_max(np.arange(len(values), dtype=np.float64) * step + moved, values, _POINTS)
            ends += [float(t[0]), float(t[-1])]
            figure.add_trace(
                go.Scatter(x=t, y=v, mode="lines", name=name, line=line, showlegend=row == 1, hoverinfo="skip"),
                row=row, col=1,
            )  # fmt: skip
        figure.update_yaxes(
            title={"text": escape(pair.name), "font": {"size": 11}},
            showticklabels=False,
            gridcolor=look.grid,
            row=row,
            col=1,
        )
    figure.update_xaxes(gridcolor=look.grid, linecolor=look.grid, zeroline=False)
    figure.update_xaxes(**time_axis(min(ends), max(ends)), row=len(pairs), col=1)
    return figure
