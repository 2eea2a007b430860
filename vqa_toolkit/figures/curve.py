"""One measured curve with the limits it was judged by and the findings that came of it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from vqa_toolkit.core import Finding, Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.clock import titled
from vqa_toolkit.figures.downsample import MAX_POINTS, min_max
from vqa_toolkit.figures.lines import (
    Line,
    channel_curves,
    curves,
    gravest,
    length,
    limit_lines,
    limits_of,
    shown_on,
)
from vqa_toolkit.figures.style import Mode, colour, layout, theme, time_axis

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

_HEIGHT = 280  # px
_MOST_SPANS = 300  # shapes; more make a page slow


def curve(
    result: AnalysisResult, detector: str, signal: str | None = None, mode: Mode = "light", points: int = MAX_POINTS
) -> go.Figure:
    """The named signal of a detector over time (its first curve when no name is given).

    The trace has at most ``points`` points and keeps every spike; limits are dashed lines with their name; findings
    that are seen on this curve are shaded in their defect's colour.

    Raises:
        UsageError: no such detector or signal, or one that is no curve.
    """
    shown = _chosen(result, detector, signal)
    named = titled(shown.name, shown.unit)
    figure = go.Figure(layout=layout(mode, title=f"{detector}: {named}", height=_HEIGHT))
    t, v = min_max(shown.t, np.where(np.isfinite(shown.v), shown.v, np.nan), points)
    figure.add_trace(
        go.Scatter(
            x=t, y=v, mode="lines" if len(t) > 1 else "markers", name=escape(shown.name), connectgaps=False,
            line={"color": theme(mode).curve, "width": 1.5}, hovertemplate="%{x:.3f} s<br>%{y:.4g}<extra></extra>",
        )
    )  # fmt: skip
    signals = result.signals[detector]
    findings = [f for f in result.findings if f.detector == detector and _named(f, signals) == shown.name]
    lines = limit_lines(shown, limits_of(result).get(detector), findings, signals)
    # Set at once: add_vrect and add_hline copy the whole layout each time (300 of them took minutes).
    figure.update_layout(
        shapes=[
            *(_span(f, mode) for f in gravest(tuple(findings))[:_MOST_SPANS]),
            *(_rule(line, mode) for line in lines),
        ],
        annotations=[_name(line, mode) for line in lines],
    )
    figure.update_xaxes(**time_axis(0.0, length(result)))
    figure.update_yaxes(title={"text": escape(named)})
    figure.update_layout(showlegend=False)
    return figure


def _span(f: Finding, mode: Mode) -> dict[str, Any]:
    paint = colour(f.defect, mode)
    return {
        "type": "rect", "xref": "x", "yref": "y domain", "x0": f.start, "x1": f.end, "y0": 0, "y1": 1, "layer": "below",
        "fillcolor": paint, "opacity": 0.25, "line": {"width": 1, "color": paint},
    }  # fmt: skip


def _rule(line: Line, mode: Mode) -> dict[str, Any]:
    dashed = {"color": theme(mode).limit, "dash": "dash", "width": 1.5}
    return {
        "type": "line",
        "xref": "x domain",
        "yref": "y",
        "x0": 0,
        "x1": 1,
        "y0": line.value,
        "y1": line.value,
        "line": dashed,
    }


def _name(line: Line, mode: Mode) -> dict[str, Any]:
    return {
        "text": escape(f"{line.name} {line.value:g}"), "xref": "x domain", "yref": "y", "x": 1, "y": line.value,
        "xanchor": "right", "yanchor": "bottom", "showarrow": False, "font": {"color": theme(mode).limit},
    }  # fmt: skip


def _named(finding: Finding, signals: Mapping[str, Signal]) -> str:
    shown = shown_on(finding, signals)
    return shown.name if shown else ""


def _chosen(result: AnalysisResult, detector: str, name: str | None) -> Signal:
    signals = result.signals.get(detector)
    if signals is None:
        raise UsageError(f"There is no detector {detector!r} in this result. It has: {', '.join(result.signals)}.")
    flat = {s.name: s for s in (*signals.values(), *channel_curves(signals)) if s.v.ndim == 1}
    if name is None:
        lasting = [*curves(signals), *flat.values()]
        if lasting:
            return lasting[0]
    elif name in flat:
        return flat[name]
    raise UsageError(f"{detector} has no curve {name or ''!r}. It has: {', '.join(flat) or 'none'}.")
