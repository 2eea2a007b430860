"""The plotly figures: rows, spans, limits and curve are where the result says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from vqa_toolkit.core import Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.curve import curve
from vqa_toolkit.figures.style import DARK, LIGHT, colour
from vqa_toolkit.figures.timeline import timeline
from vqa_toolkit.result import AnalysisResult


def test_timeline_has_a_row_per_detector_and_a_span_per_finding(result: AnalysisResult) -> None:
    figure = timeline(result)
    assert list(figure.layout.yaxis.categoryarray) == ["clicks", "hum", "peak"]  # plotly counts from the bottom
    bars = [t for t in figure.data if t.type == "bar" and t.name]
    assert [(b.name, b.base[0], b.x[0], b.y[0], b.customdata[0]) for b in bars] == [
        ("true_peak", 30.0, pytest.approx(0.1), "peak", 0),
        ("loudness", 30.0, pytest.approx(1.0), "peak", 1),
    ]
    assert bars[0].marker.color == colour("true_peak")
    assert [(a.text, a.y) for a in figure.layout.annotations] == [("nothing to judge", 1), ("did not finish", 0)]
    assert tuple(figure.layout.xaxis.range) == (0.0, 60.0)
    assert list(figure.layout.xaxis.ticktext) == ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00"]


def test_curve_keeps_its_spike_its_limit_and_its_span(result: AnalysisResult) -> None:
    figure = curve(result, "peak", "true_peak", points=400)
    line = figure.data[0]
    assert len(line.x) <= 400
    assert np.nanmax(line.y) == 0.5
    assert 30.0 <= line.x[np.nanargmax(line.y)] < 30.1
    assert np.isnan(line.y[(line.x > 1.2) & (line.x < 1.8)]).all()  # minus infinity is a gap, not a cliff
    span, rule = figure.layout.shapes
    assert (span.x0, span.x1, span.fillcolor) == (30.0, 30.1, colour("true_peak"))
    assert (rule.y0, rule.y1, rule.line.color) == (-1.0, -1.0, LIGHT.limit)
    assert figure.layout.annotations[0].text == "peak limit -1"
    assert figure.layout.yaxis.title.text == "true peak, dBTP"
    assert figure.layout.xaxis.title.text == "time, min:s"


def test_themes_differ_only_in_their_colours(result: AnalysisResult) -> None:
    dark = curve(result, "peak", mode="dark")
    assert (dark.layout.paper_bgcolor, dark.data[0].line.color) == (DARK.background, DARK.curve)
    assert timeline(result, "dark").data[0].marker.color == colour("true_peak", "dark")


def test_hostile_words_are_escaped(result: AnalysisResult) -> None:
    figure = timeline(result)
    assert figure.layout.title.text == "Findings in &lt;b&gt;.mp4"
    assert "&lt;i&gt;Too&lt;/i&gt; loud." in figure.data[0].hovertext[0]


@pytest.mark.parametrize(
    ("detector", "name", "said"),
    [
        ("nobody", None, "It has: peak, hum"),
        ("hum", None, "It has: none"),
        ("peak", "map", "true_peak, short_term, total"),
    ],
)
def test_what_cannot_be_drawn_says_what_can(result: AnalysisResult, detector: str, name: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        curve(result, detector, name)


def test_a_result_without_findings_or_detectors_is_drawn(result: AnalysisResult) -> None:
    empty = dataclasses.replace(result, findings=(), outcomes={}, signals={})
    assert len(timeline(empty).layout.shapes) == 0
    assert curve(dataclasses.replace(result, findings=()), "peak").layout.annotations[0].text == "peak limit -1"


def test_many_findings_do_not_make_many_shapes(result: AnalysisResult) -> None:
    many = tuple(dataclasses.replace(result.findings[0], start=i * 0.05, end=i * 0.05 + 0.01) for i in range(1000))
    figure = curve(dataclasses.replace(result, findings=many), "peak", "true_peak")
    assert len(figure.layout.shapes) == 300 + 1  # spans, and the limit


def test_a_limit_far_below_the_peaks_is_still_seen(result: AnalysisResult) -> None:
    t = np.arange(100) / 25
    values = np.where(np.arange(100) % 50 == 0, 200.0, 0.0)
    signals = {"peak": {"change": Signal("change", "code values", t, values)}}
    finding = dataclasses.replace(result.findings[0], start=1.0, end=2.0, unit="code values", limit=0.6)
    figure = curve(dataclasses.replace(result, signals=signals, findings=(finding,)), "peak")
    (named,) = figure.layout.annotations
    assert figure.layout.yaxis.type == "log"
    assert (figure.layout.shapes[-1].y0, named.text) == (0.6, "limit 0.6")
    assert named.y == pytest.approx(np.log10(0.6))
    assert (np.nanmax(figure.data[0].y), np.nanmin(figure.data[0].y)) == (200.0, pytest.approx(0.6 / 10**1.5))
    lower = {"peak": {"change": Signal("change", "code values", t, values / 50)}}
    assert curve(dataclasses.replace(result, signals=lower, findings=(finding,)), "peak").layout.yaxis.type == "linear"
