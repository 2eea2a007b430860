"""The whole clip at a glance: one row per detector, its findings as spans in their defect's colour."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from vqa_toolkit.core import Finding
from vqa_toolkit.figures.clock import amount, between
from vqa_toolkit.figures.lines import length
from vqa_toolkit.figures.style import Mode, colour, layout, theme, time_axis

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

_ROW = 30  # px
_AROUND = 130  # px for title, legend and time axis


def timeline(result: AnalysisResult, mode: Mode = "light") -> go.Figure:
    """A figure with a row per detector, in the order of ``result.outcomes``, and a trace per defect.

    Each finding is a bar from its start to its end and a tick in its middle, so that one frame in an hour is seen too.
    ``customdata`` of either holds the finding's index in ``result.findings``. Rows without an answer say why.
    """
    names = list(result.outcomes)
    figure = go.Figure(
        layout=layout(mode, title=f"Findings in {result.media.name}", height=_AROUND + _ROW * len(names))
    )
    by_defect: dict[str, list[int]] = {}
    for index, finding in enumerate(result.findings):
        by_defect.setdefault(finding.defect, []).append(index)
    for defect, indices in by_defect.items():
        _add(figure, defect, indices, [result.findings[i] for i in indices], mode)
    end = length(result)
    figure.update_xaxes(**time_axis(0.0, end))
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], range=[-0.5, max(len(names), 1) - 0.5])
    figure.update_layout(barmode="overlay", bargap=0.35)
    _blank_rows(figure, result, names, mode)
    return figure


def _add(figure: go.Figure, defect: str, indices: list[int], findings: list[Finding], mode: Mode) -> None:
    rows = [f.detector for f in findings]
    paint = colour(defect, mode)
    shared = {
        "y": rows, "customdata": indices, "hovertext": [_hover(f) for f in findings], "hoverinfo": "text",
        "legendgroup": defect,
    }  # fmt: skip
    bars = go.Bar(
        base=[f.start for f in findings], x=[f.duration for f in findings], orientation="h", name=escape(defect),
        marker={"color": paint, "line": {"width": 0}}, **shared,
    )  # fmt: skip
    ticks = go.Scatter(
        x=[(f.start + f.end) / 2 for f in findings], mode="markers", showlegend=False,
        marker={"symbol": "line-ns", "size": 14, "line": {"color": paint, "width": 2}}, **shared,
    )  # fmt: skip
    figure.add_traces([bars, ticks])


def _hover(f: Finding) -> str:
    number = f"{amount(f.value, f.unit)}, limit {amount(f.limit, f.unit)}"
    return "<br>".join(map(escape, (f"{f.defect} ({f.severity})", between(f.start, f.end), number, f.message)))


def _blank_rows(figure: go.Figure, result: AnalysisResult, names: list[str], mode: Mode) -> None:
    words = {"failed": "did not finish", "not_assessable": "nothing to judge"}
    blank = [(n, words[o.status]) for n, o in result.outcomes.items() if o.status in words]
    rows = {name: len(names) - 1 - i for i, name in enumerate(names)}
    # An empty trace makes every detector a row even when it found nothing.
    figure.add_trace(go.Bar(y=names, x=[0.0] * len(names), orientation="h", hoverinfo="skip", showlegend=False))
    notes = [
        {
            "x": 0, "y": rows[name], "xref": "x", "yref": "y", "text": word, "showarrow": False, "xanchor": "left",
            "font": {"color": theme(mode).muted, "size": 12},
        }
        for name, word in blank
    ]  # fmt: skip
    figure.update_layout(annotations=notes)
