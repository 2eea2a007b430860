"""Captions against speech: what is said, what is shown, and what is wrong, on one axis of time; and the cues as a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vqa_toolkit.core import Finding, Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.clock import between
from vqa_toolkit.figures.downsample import min_max
from vqa_toolkit.figures.lines import length
from vqa_toolkit.figures.style import Mode, axes, colour, layout, theme, time_axis
from vqa_toolkit.measures.captions import visible

if TYPE_CHECKING:
    from vqa_toolkit.media.captions import CaptionTrack
    from vqa_toolkit.result import AnalysisResult

DETECTORS = ("caption_coverage", "caption_layout", "caption_sync", "caption_text")
_BAR = 0.7  # of a row's height
_HOVER_TEXT = 120  # characters of a cue in a tooltip


class CueRow(NamedTuple):
    """A cue with what was measured of it: ``speed`` in visible characters/s (NaN where unknown), and its findings."""

    track: int
    number: int
    start: float
    end: float
    text: str
    characters: float
    speed: float
    findings: tuple[Finding, ...]


def cue_rows(result: AnalysisResult, tracks: Sequence[CaptionTrack] = ()) -> list[CueRow]:
    """Every cue in order of its start; the text comes from ``tracks``, because a result keeps none.

    A finding belongs to the cue that it names; one about a whole stretch (timing, missing cues) to none of them.

    Raises:
        UsageError: when nothing was measured of captions.
    """
    table = _cues(result)
    sized = "caption_layout" in result.signals and table is result.signals["caption_layout"].get("cues")
    by_cue = _by_cue(result)
    rows = []
    for fact in table.v.tolist():
        track, number, start, end = int(fact[0]), int(fact[1]), fact[2], fact[3]
        text = _text(tracks, track, number)
        characters = fact[4] if sized else float(len(text.replace("\n", ""))) if text else float("nan")
        speed = characters / (end - start) if end > start else float("nan")
        mine = tuple([*by_cue.get((track, number), ()), *by_cue.get((None, number), ())])
        rows.append(CueRow(track, number, start, end, text, characters, speed, mine))
    return sorted(rows, key=lambda r: (r.start, r.track, r.number))


def caption_timeline(
    result: AnalysisResult, tracks: Sequence[CaptionTrack] = (), span: tuple[float, float] | None = None,
    mode: Mode = "light",
) -> go.Figure:  # fmt: skip
    """Probability of speech, under it a row of cues per track, under those the findings; ``span`` zooms to seconds.

    Cues with a finding are drawn in the colour of captions, the others in that of a curve.

    Raises:
        UsageError: when nothing was measured of captions.
    """
    rows, speech = cue_rows(result, tracks), _speech(result)
    found = [f for f in result.findings if f.detector in DETECTORS]
    shares = [0.35, 0.65] if speech is not None else [0.0, 1.0]
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.05, row_heights=shares)
    names = [f"track {n}" for n in sorted({r.track for r in rows})]
    kinds = [d for d in DETECTORS if any(f.detector == d for f in found)]
    high = 150 + 34 * (len(names) + len(kinds)) + (90 if speech is not None else 0)
    figure.update_layout(layout(mode, title="Captions against speech", height=high), barmode="overlay", bargap=1 - _BAR)
    figure.update_xaxes(**axes(mode))
    figure.update_yaxes(**axes(mode))
    if speech is not None:
        _draw_speech(figure, speech, mode)
    _draw_cues(figure, rows, mode)
    _draw_findings(figure, found, mode)
    axis = time_axis(*(span or (0.0, max([length(result), *(r.end for r in rows)]))))
    figure.update_xaxes(**{k: v for k, v in axis.items() if k != "title"})
    figure.update_xaxes(title=axis["title"], row=2, col=1)
    order = [*names, *(d.replace("_", " ") for d in kinds)]
    figure.update_yaxes(categoryorder="array", categoryarray=order[::-1], row=2, col=1)
    return figure


def _draw_speech(figure: go.Figure, speech: Signal, mode: Mode) -> None:
    t, v = min_max(speech.t, speech.v)
    line = {"color": theme(mode).curve, "width": 1, "shape": "hv"}
    figure.add_trace(
        go.Scatter(x=t, y=v, mode="lines", fill="tozeroy", line=line, name="speech", showlegend=False,
                   hovertemplate="%{x:.2f} s: %{y:.2f}<extra>speech</extra>"),
        1, 1,
    )  # fmt: skip
    figure.update_yaxes(title={"text": "speech"}, range=[0, 1], row=1, col=1)


def _draw_cues(figure: go.Figure, rows: Sequence[CueRow], mode: Mode) -> None:
    look = theme(mode)
    for faulty, paint, name in ((False, look.curve, "cue"), (True, colour("captions", mode), "cue with a finding")):
        mine = [r for r in rows if bool(r.findings) == faulty]
        if mine:
            words = [_hover(r) for r in mine]
            _bars(
                figure, [f"track {r.track}" for r in mine], [(r.start, r.end) for r in mine], words, name, paint, 0.85
            )


def _draw_findings(figure: go.Figure, found: Sequence[Finding], mode: Mode) -> None:
    for detector in DETECTORS:
        mine = [f for f in found if f.detector == detector]
        if mine:
            words = [escape(f"{between(f.start, f.end)}  {f.message}") for f in mine]
            name, row = detector.replace("_", " "), [detector.replace("_", " ")] * len(mine)
            _bars(figure, row, [(f.start, f.end) for f in mine], words, name, colour(detector, mode), 0.55)


def _bars(
    figure: go.Figure, rows: list[str], spans: list[tuple[float, float]], words: list[str], name: str, paint: str,
    opacity: float,
) -> None:  # fmt: skip
    trace = go.Bar(
        base=[a for a, _ in spans], x=[max(b - a, 0.02) for a, b in spans], y=rows, orientation="h", name=name,
        marker={"color": paint, "line": {"width": 0}}, opacity=opacity, hovertext=words, hoverinfo="text",
        showlegend=name.startswith("cue"),
    )  # fmt: skip
    figure.add_trace(trace, 2, 1)


def _hover(row: CueRow) -> str:
    said = row.text if len(row.text) <= _HOVER_TEXT else row.text[:_HOVER_TEXT] + "…"
    head = f"{row.number}: {between(row.start, row.end)}" + (
        f", {row.speed:.0f} characters/s" if np.isfinite(row.speed) else ""
    )
    return "<br>".join([escape(head), *map(escape, said.split("\n")), *(escape(f.message) for f in row.findings)])


def _cues(result: AnalysisResult) -> Signal:
    for name in ("caption_layout", "caption_text", "caption_coverage"):
        cues = result.signals.get(name, {}).get("cues")
        if cues is not None:
            return cues
    reasons = {o.reason for d in DETECTORS if (o := result.outcomes.get(d)) and o.reason}
    why = f": {'; '.join(sorted(reasons))}" if reasons else ""
    raise UsageError(f"There is no measurement of captions in this result{why}.")


def _speech(result: AnalysisResult) -> Signal | None:
    for name in ("caption_coverage", "caption_sync"):
        speech = result.signals.get(name, {}).get("speech")
        if speech is not None and len(speech.t):
            return speech
    return None


def _text(tracks: Sequence[CaptionTrack], track: int, number: int) -> str:
    if not 0 < track <= len(tracks) or not 0 < number <= len(tracks[track - 1].cues):
        return ""
    return visible(tracks[track - 1].cues[number - 1].text)


def _by_cue(result: AnalysisResult) -> dict[tuple[int | None, int], list[Finding]]:
    """(track, cue) → the findings that name them; the track is None where a finding names none."""
    named: dict[tuple[int | None, int], list[Finding]] = {}
    for finding in (f for detector in DETECTORS for f in result.every_finding(detector)):
        if "cue" in finding.details:
            named.setdefault((finding.details.get("track"), finding.details["cue"]), []).append(finding)
    return named
