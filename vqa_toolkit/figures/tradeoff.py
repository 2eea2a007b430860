"""What a limit trades: precision for recall, found events for false alarms; and how strong a fault must be."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from vqa_toolkit.core import FloatArray
from vqa_toolkit.figures.evaluate import share_figure
from vqa_toolkit.figures.style import Mode, colour, theme

if TYPE_CHECKING:
    from vqa_toolkit.evaluate.injection import StrengthCurve
    from vqa_toolkit.tune.sweep import Sweep

_HEIGHT = 330  # px
_SHARE = [-0.03, 1.03]


def precision_by_limit(swept: Sweep, value: float, mode: Mode = "light") -> go.Figure:
    """Precision against recall of events as one limit moves over its range; the ring is where it stands (``value``)."""
    figure = share_figure(f"Precision and recall as {_words(swept)} moves", "recall of events", "precision", mode)
    _trace(figure, swept, swept.recall, swept.precision, value, mode)
    figure.update_yaxes(range=_SHARE)
    return figure


def alarms_by_limit(swept: Sweep, value: float, mode: Mode = "light") -> go.Figure:
    """Share of events found against false alarms per hour as one limit moves: the ROC of events."""
    figure = share_figure(
        f"Found and false alarms as {_words(swept)} moves", "false alarms per hour", "recall of events", mode
    )
    _trace(figure, swept, swept.alarms_per_hour, swept.recall, value, mode)
    figure.update_xaxes(range=None, rangemode="tozero")
    return figure


def strength(curve: StrengthCurve, used: float | None = None, mode: Mode = "light") -> go.Figure:
    """Probability of the best finding against the fault's strength; filled where it was caught, hollow where missed.

    ``used`` marks the strength of the demo.
    """
    figure = share_figure(
        f"How strong {curve.defect.replace('_', ' ')} must be to be caught",
        "strength, 0 to 1",
        "probability of the finding",
        mode,
    )
    trials = sorted(curve.trials, key=lambda t: t.strength)
    shade = colour(curve.defect, mode)
    figure.add_trace(
        go.Scatter(
            x=[t.strength for t in trials], y=[t.score for t in trials], mode="lines+markers", name=escape(curve.defect),
            line={"color": shade, "width": 2},
            marker={"size": 12, "color": shade, "line": {"width": 2, "color": shade},
                    "symbol": ["circle" if t.found else "x-thin" for t in trials]},
            customdata=[["caught" if t.found else "missed", _measured(t, curve.unit)] for t in trials],
            hovertemplate="strength %{x:.2f}: %{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        )
    )  # fmt: skip
    if used is not None:
        figure.add_vline(
            x=used,
            line={"color": theme(mode).muted, "dash": "dot", "width": 1.5},
            annotation_text="this demo",
            annotation_position="top left",
        )
    figure.update_yaxes(range=_SHARE)
    return figure


def _measured(trial: Any, unit: str) -> str:
    if trial.value is None or trial.limit is None:
        return "nothing found"
    return escape(f"measured {trial.value:.4g} {unit}, limit {trial.limit:.4g}")


def _words(swept: Sweep) -> str:
    return swept.limit.replace("_", " ")


def _trace(figure: go.Figure, swept: Sweep, x: FloatArray, y: FloatArray, value: float, mode: Mode) -> None:
    """The curve in the order of the limit's values, and a ring where it stands."""
    look = theme(mode)
    unit = escape(swept.unit)
    figure.add_trace(
        go.Scatter(
            x=x, y=y, mode="lines+markers", name="over the limit", line={"color": look.curve, "width": 2},
            marker={"size": 5}, customdata=swept.values,
            hovertemplate=f"limit %{{customdata:.4g}} {unit}<br>%{{x:.3g}}, %{{y:.3f}}<extra></extra>",
        )
    )  # fmt: skip
    at = int(np.argmin(np.abs(swept.values - value)))
    figure.add_trace(
        go.Scatter(
            x=[x[at]], y=[y[at]], mode="markers", name="working point",
            marker={"size": 14, "symbol": "circle-open", "color": look.limit, "line": {"width": 2.5}},
            hovertemplate=f"now: limit {swept.values[at]:.4g} {unit}<extra></extra>",
        )
    )  # fmt: skip
