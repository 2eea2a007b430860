"""One measured curve with the limits it was judged by and the findings that came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from vqa_toolkit.core import Finding, FloatArray, Signal
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
_STEEP = 30.0  # peak over limit from which a linear axis would lay the limit on the floor
_DECADES_BELOW = 1.5  # of a limit, that a logarithmic axis shows


def curve(
    result: AnalysisResult, detector: str, signal: str | None = None, mode: Mode = "light", points: int = MAX_POINTS
) -> go.Figure:
    """The named signal of a detector over time (its first curve when no name is given).

    The trace has at most ``points`` points and keeps every spike; limits are dashed lines with their name; findings
    that are seen on this curve are shaded in their defect's colour. Where the curve rises to 30 times its limits and more
    the axis is logarithmic, from a thirtieth of the lowest limit on (what lies below is drawn at the edge).

    Raises:
        UsageError: no such detector or signal, or one that is no curve.
    """
    shown = _chosen(result, detector, signal)
    named = titled(shown.name, shown.unit)
    figure = go.Figure(layout=layout(mode, title=f"{detector}: {named}", height=_HEIGHT))
    signals = result.signals[detector]
    findings = [f for f in result.findings if f.detector == detector and _named(f, signals) == shown.name]
    lines = limit_lines(shown, limits_of(result).get(detector), findings, signals)
    t, v = min_max(shown.t, np.where(np.isfinite(shown.v), shown.v, np.nan), points)
    floor = _log_floor(v, lines)
    if floor:
        v = np.maximum(v, floor)
    figure.add_trace(
        go.Scatter(
            x=t, y=v, mode="lines" if len(t) > 1 else "markers", name=escape(shown.name), connectgaps=False,
            line={"color": theme(mode).curve, "width": 1.5}, hovertemplate="%{x:.3f} s<br>%{y:.4g}<extra></extra>",
        )
    )  # fmt: skip
    # Set at once: add_vrect and add_hline copy the whole layout each time (300 of them took minutes).
    figure.update_layout(
        shapes=[
            *(_span(f, mode) for f in gravest(tuple(findings))[:_MOST_SPANS]),
            *(_rule(line, mode) for line in lines),
        ],
        annotations=[_name(line, mode, logarithmic=bool(floor)) for line in lines],
    )
    figure.update_xaxes(**time_axis(0.0, length(result)))
    figure.update_yaxes(title={"text": escape(named)}, type="log" if floor else "linear", exponentformat="none")
    figure.update_layout(showlegend=False)
    return figure


def _log_floor(v: FloatArray, lines: tuple[Line, ...]) -> float:
    """Where a logarithmic axis begins; 0 where a linear one shows the limits well enough, or is needed."""
    top = float(np.nanmax(v, initial=0.0))
    limits = [line.value for line in lines]
    if not limits or min(limits) <= 0 or top < _STEEP * max(limits) or float(np.nanmin(v, initial=0.0)) < 0:
        return 0.0
    return float(min(limits) * 10**-_DECADES_BELOW)


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


def _name(line: Line, mode: Mode, *, logarithmic: bool) -> dict[str, Any]:
    y = math.log10(line.value) if logarithmic else line.value  # plotly places shapes by value, words by exponent
    return {
        "text": escape(f"{line.name} {line.value:g}"), "xref": "x domain", "yref": "y", "x": 1, "y": y,
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
