"""One finding in full: the player at its moment, its evidence beside it, its number and limit, and what else was wrong then."""

from __future__ import annotations

import inspect
import math

import plotly.graph_objects as go
import streamlit as st

from vqa_toolkit.core import Finding
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import VqaError
from vqa_toolkit.figures.clock import amount, between
from vqa_toolkit.figures.finding import finding_figure, judged_curve
from vqa_toolkit.figures.lines import gravest
from vqa_toolkit.names import defect_name
from vqa_toolkit.report.terms import term
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.findings import finding_ids, reviews_of
from vqa_toolkit.store.runs import Run
from vqa_toolkit.ui.lookup import drawn_at, still_at
from vqa_toolkit.ui.page import chart, mode
from vqa_toolkit.ui.places import INCIDENT, address, evidence_place
from vqa_toolkit.ui.review import show_review
from vqa_toolkit.ui.session import asked, move_to
from vqa_toolkit.ui.stage import stage
from vqa_toolkit.ui.words import plain

SEVERITY = {"blocker": ("Blocker", "red"), "issue": ("Issue", "orange"), "fyi": ("FYI", "blue")}
EVIDENCE_PX = 400
"""Height of the figure: that of the picture beside it."""

MOST_ROWS = 4
"""Rows under the player: its own and those of what was wrong at the same time, without pushing the numbers off the screen."""

MOST_LISTED = 8
"""Findings listed as simultaneous; more is a list to read on the overview."""


def show_incident(run: Run, clip: Clip, result: AnalysisResult) -> None:
    """The page's body."""
    if not result.findings:
        st.success("Nothing was found in this clip: there is no finding to look at.", icon=":material/check_circle:")
        return
    ids = finding_ids(result.findings)
    if asked("finding") and asked("finding") not in ids:
        st.info("This link names a finding that the run does not have. The gravest is shown.", icon=":material/info:")
    if asked("finding") not in ids:
        first = gravest(result.findings)[0]
        st.query_params.from_dict(address(run.id, ids[result.findings.index(first)]))
    finding = result.findings[ids.index(asked("finding"))]
    _head(run, result, finding, ids)
    left, right = st.columns([1.12, 1], gap="medium")
    with left:
        chosen = stage(INCIDENT, run, clip, result, only=_rows(result, finding))
        if chosen and chosen != ids[result.findings.index(finding)]:
            st.rerun()
        show_review(run.id, asked("finding"), finding, reviews_of(run.id))
        _also(run, result, finding, ids)
    with right:
        _evidence(run, clip, result, finding)
        _facts(finding)
        _terms(finding)


def _rows(result: AnalysisResult, finding: Finding) -> list[str]:
    """The detectors whose rows lie under the player: this finding's, and those that found something at the same time."""
    others = [f.detector for f in _at_the_same_time(result, finding)]
    return list(dict.fromkeys([finding.detector, *others]))[:MOST_ROWS]


def _head(run: Run, result: AnalysisResult, finding: Finding, ids: list[str]) -> None:
    here = result.findings.index(finding)
    word, paint = SEVERITY[finding.severity]
    left, right = st.columns([4, 1.3], vertical_alignment="center")
    with left, st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(plain(defect_name(finding.defect)), anchor=False, width="content")
        st.badge(word, color=paint)  # type: ignore[arg-type]
        st.caption(between(finding.start, finding.end), width="content")
    left.markdown(plain(finding.message))
    with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.caption(f"{here + 1} of {len(ids)}", width="content")
        for label, icon, step in (("Previous finding", "chevron_left", -1), ("Next finding", "chevron_right", 1)):
            if st.button("", icon=f":material/{icon}:", help=label, key=f"vqa.incident.{icon}"):
                move_to(run.id, ids[(here + step) % len(ids)])
                st.rerun()


def _evidence(run: Run, clip: Clip, result: AnalysisResult, finding: Finding) -> None:
    """The figure that shows it best; what needs the clip falls back to the stored curve when the clip will not open."""
    with st.spinner("Fetching the evidence"):
        figure, why = _figure(clip, result, finding)
    figure.update_layout(height=EVIDENCE_PX)
    chart(figure, key="vqa.incident.figure", alt=f"Evidence of {defect_name(finding.defect)}")
    if why:
        st.caption(plain(why))
    place = evidence_place(finding.detector)
    if place is not None:
        st.page_link(
            place.path, label=f"More on the {place.title.lower()} page", icon=f":material/{place.icon}:",
            query_params=address(run.id, asked("finding"), finding.start),
        )  # fmt: skip


def _figure(clip: Clip, result: AnalysisResult, finding: Finding) -> tuple[go.Figure, str]:
    video = result.media.video
    if clip.missing or video is None:
        return finding_figure(result, finding, mode=mode()), ""
    try:
        side = min(video.height, video.width)
        return finding_figure(
            result,
            finding,
            picture=lambda t: still_at(clip, t, side)[1],
            sound=lambda a, b: drawn_at(clip, a, b),
            mode=mode(),
        ), ""
    except VqaError as error:
        return judged_curve(result, finding, mode()), str(error)


def _facts(finding: Finding) -> None:
    known = math.isfinite(finding.value) and math.isfinite(finding.limit)
    cells = {
        f"Measured, {finding.unit}".rstrip(", "): amount(finding.value),
        f"Limit, {finding.unit}".rstrip(", "): amount(finding.limit),
        f"Beyond it by, {finding.unit}".rstrip(", "): amount(finding.value - finding.limit) if known else "–",
        "Probability": f"{finding.score:.0%}" if math.isfinite(finding.score) else "–",
        "Lasts": f"{finding.duration:.2f} s",
    }
    first = st.columns(3)
    for cell, (name, value) in zip([*first, *st.columns(3)], cells.items(), strict=False):
        cell.metric(name, value)


def _terms(finding: Finding) -> None:
    detector = discover().get(finding.detector)
    with st.container(border=True):
        st.markdown(f"**The trade calls it** {plain(term(finding.defect))}")
        standards = " · ".join(finding.standards) or "none of those we know names it"
        st.markdown(f"**Standard** {plain(standards)}")
        if detector is not None:
            first = (inspect.getdoc(detector) or "").split("\n\n")[0]
            st.caption(plain(f"{detector.title} ({finding.detector} {detector.version}): {' '.join(first.split())}"))


def _also(run: Run, result: AnalysisResult, finding: Finding, ids: list[str]) -> None:
    others = _at_the_same_time(result, finding)
    with st.container(border=True, gap="xxsmall"):
        st.markdown("**What else was wrong at that time**")
        if not others:
            st.caption("Nothing: no other finding overlaps this one.")
        for other in others[:MOST_LISTED]:
            other_id = ids[result.findings.index(other)]
            label = f"**{plain(defect_name(other.defect))}** {between(other.start, other.end)}"
            if st.button(label, type="tertiary", help=plain(other.message), key=f"vqa.incident.also.{other_id}"):
                st.query_params.from_dict(address(run.id, other_id))
                st.rerun()
        if len(others) > MOST_LISTED:
            st.caption(f"and {len(others) - MOST_LISTED} more")
        causes = [n for n in result.incidents if result.findings.index(finding) in n.findings and n.cause]
        for incident in causes:
            st.caption(plain(f"Together: {incident.title}. {incident.cause}"))


def _at_the_same_time(result: AnalysisResult, finding: Finding) -> list[Finding]:
    others = [f for f in result.findings if f is not finding and f.start < finding.end and f.end > finding.start]
    return gravest(tuple(others))
