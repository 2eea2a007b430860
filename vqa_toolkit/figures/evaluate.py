"""How good a detector is, as figures: PR, ROC, events against false alarms, detection curve, confusion, a limit's sweep."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from vqa_toolkit.core import FloatArray
from vqa_toolkit.figures.style import Mode, colour, layout, theme

if TYPE_CHECKING:
    from vqa_toolkit.evaluate.run import DefectEvaluation, Evaluation
    from vqa_toolkit.tune.sweep import Sweep

_HEIGHT = 340  # px
_ROW = 26  # px of a confusion matrix
_SHARE = [-0.02, 1.02]


def precision_recall(one: DefectEvaluation, mode: Mode = "light") -> go.Figure:
    """Precision against recall, second by second; the working point is where everything reported counts."""
    name, pr = one.score.defect, one.pr
    figure = share_figure(f"{name}: precision and recall, second by second", "recall", "precision", mode)
    _line(figure, pr.recall, pr.precision, pr.threshold, name, mode)
    _working_point(figure, pr.recall, pr.precision, pr.threshold > 0, mode)
    return figure


def roc(one: DefectEvaluation, mode: Mode = "light") -> go.Figure:
    """True against false positive rate, second by second, with the diagonal of chance."""
    name, curve = one.score.defect, one.roc
    area = f", area {curve.area:.3f}" if np.isfinite(curve.area) else ""
    figure = share_figure(f"{name}: ROC, second by second{area}", "false positive rate", "true positive rate", mode)
    chance = {"color": theme(mode).muted, "dash": "dot", "width": 1}
    figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=chance, hoverinfo="skip", name="chance"))
    _line(figure, curve.false_rate, curve.true_rate, curve.threshold, name, mode)
    _working_point(figure, curve.false_rate, curve.true_rate, curve.threshold > 0, mode)
    return figure


def events(one: DefectEvaluation, mode: Mode = "light") -> go.Figure:
    """Share of events found against false alarms per minute."""
    name, curve = one.score.defect, one.events
    figure = share_figure(f"{name}: events found", "false alarms per minute", "event recall", mode)
    _line(figure, curve.alarms_per_minute, curve.recall, curve.threshold, name, mode)
    figure.update_xaxes(range=None, rangemode="tozero")
    return figure


def detection(one: DefectEvaluation, mode: Mode = "light") -> go.Figure:
    """Recall against the strength of the fault, with 95 % intervals (Wilson)."""
    name, points = one.score.defect, one.strength
    figure = share_figure(f"{name}: how strong it must be to be found", "strength, 0 to 1", "recall", mode)
    figure.add_trace(
        go.Scatter(
            x=[p.strength for p in points], y=[p.recall for p in points], mode="lines+markers", name=escape(name),
            line={"color": colour(name, mode), "width": 2}, marker={"size": 8},
            error_y={
                "type": "data", "symmetric": False, "color": theme(mode).muted,
                "array": [p.interval.high - p.recall for p in points],
                "arrayminus": [p.recall - p.interval.low for p in points],
            },
            customdata=[[p.hits, p.events] for p in points],
            hovertemplate="strength %{x:.2f}<br>%{customdata[0]} of %{customdata[1]} found<extra></extra>",
        )
    )  # fmt: skip
    return figure


def confusion(evaluation: Evaluation, mode: Mode = "light") -> go.Figure:
    """Row: what damaged the clip; column: what was found in it, as a share of that row's clips."""
    look = theme(mode)
    rows = list(evaluation.confusion)
    used = {c for row in evaluation.confusion.values() for c, share in row.items() if share > 0}
    columns = [c for c in next(iter(evaluation.confusion.values()), {}) if c in used]
    shares = [[evaluation.confusion[r][c] for c in columns] for r in rows]
    figure = go.Figure(
        go.Heatmap(
            z=shares, x=[escape(c) for c in columns], y=[escape(r) for r in rows], zmin=0, zmax=1, xgap=1, ygap=1,
            colorscale=[[0, look.surface], [1, look.curve]],
            text=[[f"{v:.0%}" if v else "" for v in row] for row in shares], texttemplate="%{text}",
            colorbar={"title": {"text": "share of clips"}},
            hovertemplate="%{y} called %{x}: %{z:.0%} of clips<extra></extra>",
        ),
        layout=layout(mode, title="What was called what", height=140 + _ROW * max(len(rows), 4)),
    )  # fmt: skip
    figure.update_xaxes(title={"text": "found"}, tickangle=-45)
    figure.update_yaxes(title={"text": "fault"}, autorange="reversed")
    return figure


def sweep(swept: Sweep, detector: str, mode: Mode = "light") -> go.Figure:
    """Expected cost per hour over a limit's range, with the current and the cheapest value and its interval."""
    look = theme(mode)
    name = f"{swept.limit.replace('_', ' ')}, {swept.unit}".rstrip(", ")
    figure = share_figure(f"{detector}: cost by {swept.limit.replace('_', ' ')}", name, "cost per hour", mode)
    figure.add_trace(
        go.Scatter(
            x=swept.values, y=swept.costs, mode="lines+markers", line={"color": look.curve, "width": 2}, name="cost",
            hovertemplate="%{x:.4g}<br>cost %{y:.4g} per hour<extra></extra>",
        )
    )  # fmt: skip
    if np.isfinite(swept.interval.low):
        figure.add_vrect(
            x0=swept.interval.low, x1=swept.interval.high, fillcolor=look.curve, opacity=0.12, line_width=0
        )
    for value, dash, words in ((swept.current, "dash", "now"), (swept.best, "solid", "cheapest")):
        figure.add_vline(x=value, line={"color": look.limit, "dash": dash, "width": 1.5}, annotation={"text": words})
    figure.update_xaxes(range=None)
    figure.update_yaxes(range=None, rangemode="tozero")
    return figure


def share_figure(title: str, x: str, y: str, mode: Mode) -> go.Figure:
    """An empty figure of one share in [0, 1] against another."""
    figure = go.Figure(layout=layout(mode, title=title, height=_HEIGHT))
    figure.update_xaxes(title={"text": escape(x)}, range=_SHARE)
    figure.update_yaxes(title={"text": escape(y)}, range=_SHARE)
    figure.update_layout(showlegend=False)
    return figure


def _line(figure: go.Figure, x: FloatArray, y: FloatArray, threshold: FloatArray, defect: str, mode: Mode) -> None:
    figure.add_trace(
        go.Scatter(
            x=x, y=y, mode="lines+markers", name=escape(defect), line={"color": colour(defect, mode), "width": 2},
            marker={"size": 4}, customdata=threshold,
            hovertemplate="%{x:.3f}, %{y:.3f}<br>score at least %{customdata:.3g}<extra></extra>",
        )
    )  # fmt: skip


def _working_point(figure: go.Figure, x: FloatArray, y: FloatArray, reported: Any, mode: Mode) -> None:
    """Where all findings count: the last point whose threshold is above zero."""
    at = np.flatnonzero(reported)
    if not len(at):
        return
    figure.add_trace(
        go.Scatter(
            x=[x[at[-1]]], y=[y[at[-1]]], mode="markers", name="working point",
            marker={"size": 12, "symbol": "circle-open", "color": theme(mode).limit, "line": {"width": 2}},
            hovertemplate="working point: %{x:.3f}, %{y:.3f}<extra></extra>",
        )
    )  # fmt: skip
