"""The head of a finished run: the verdict in words, the clip, what could not be judged, and what to take away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from vqa_toolkit.report import to_csv, to_html, to_json, to_junit, verdict_sentence
from vqa_toolkit.report.text import describe
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.runs import Run, report_path
from vqa_toolkit.ui.profiles import profile_label
from vqa_toolkit.ui.words import plain

Colour = Literal["green", "red", "orange"]
LOOK: dict[str, tuple[str, Colour, str]] = {
    "pass": ("Pass", "green", ":material/check_circle:"),
    "fail": ("Fail", "red", ":material/cancel:"),
    "incomplete": ("Incomplete", "orange", ":material/pending:"),
}


def show_verdict(result: AnalysisResult, run: Run, clip: Clip) -> None:
    """Verdict and facts on the left; downloads and the next step on the right."""
    left, right = st.columns([3.2, 1], vertical_alignment="top")
    with left:
        st.subheader(plain(verdict_sentence(result)), anchor=False)
        st.caption(
            plain(" · ".join([*describe(result.media).split(" · ")[1:], f"profile {profile_label(run.profile)}"]))
        )
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        with st.popover("Report", icon=":material/download:"):
            _downloads(result, run, clip)
        if st.button("New", icon=":material/add:", help="Analyze another clip", key="vqa.new"):
            st.query_params.clear()
            st.rerun()
    _unjudged(result)


def _downloads(result: AnalysisResult, run: Run, clip: Clip) -> None:
    stem = f"{clip.name.rsplit('.', 1)[0][:60] or 'clip'} {run.id[:6]}"
    kinds: list[tuple[str, str, str, Callable[[], str]]] = [
        ("HTML, with stills", "html", "text/html", lambda: _html(result, run)),
        ("JSON", "json", "application/json", lambda: to_json(result)),
        ("CSV", "csv", "text/csv", lambda: to_csv(result)),
        ("JUnit XML", "xml", "application/xml", lambda: to_junit(result)),
    ]
    st.caption("One file that opens anywhere")
    for label, suffix, mime, write in kinds:
        name, key = f"{stem}.{suffix}", f"vqa.download.{suffix}"
        st.download_button(label, write, file_name=name, mime=mime, width="stretch", on_click="ignore", key=key)


def _html(result: AnalysisResult, run: Run) -> str:
    """The report that the worker wrote with stills beside the result, else one without."""
    written = report_path(run.id)
    return written.read_text("utf-8") if written.is_file() else to_html(result)


def _unjudged(result: AnalysisResult) -> None:
    """Detectors that failed or had nothing to judge: a result, never silence."""
    failed = {n: o for n, o in result.outcomes.items() if o.status == "failed"}
    blind = {n: o for n, o in result.outcomes.items() if o.status == "not_assessable"}
    if result.incomplete:
        st.warning(plain(f"Cut short: {result.incomplete}"), icon=":material/pending:")
    for name, outcome in failed.items():
        st.warning(plain(f"{name} did not finish: {outcome.reason}"), icon=":material/warning:")
    noted = [(n, note) for n, o in result.outcomes.items() for note in o.notes]
    if not blind and not noted:
        return
    with st.expander(f"Not assessable: {len(blind)} · notes: {len(noted)}", icon=":material/visibility_off:"):
        for name, outcome in blind.items():
            st.markdown(f"**{plain(name)}**: not assessable, because {plain(outcome.reason)}")
        for name, note in noted:
            st.markdown(f"**{plain(name)}**: {plain(note)}")
