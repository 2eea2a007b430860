"""A page of evidence, whatever its evidence: find the run it is about, or help to choose one, then show it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from vqa_toolkit.errors import VqaError
from vqa_toolkit.figures.style import Mode
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip, clip_of
from vqa_toolkit.store.runs import Run, run_of, runs_of
from vqa_toolkit.ui.choose import chosen_clip, measure
from vqa_toolkit.ui.evidence import result_of
from vqa_toolkit.ui.places import ANALYZE, EVIDENCE, Place, address, detectors_of, evidence_place
from vqa_toolkit.ui.run_bar import nothing_there, run_bar
from vqa_toolkit.ui.session import asked, owner, remember, remembered
from vqa_toolkit.ui.verdict import LOOK
from vqa_toolkit.ui.watch import watch
from vqa_toolkit.ui.words import ago, plain

Body = Callable[[Run, Clip, AnalysisResult], None]

FONT = "Inter, 'Segoe UI', system-ui, -apple-system, 'Helvetica Neue', sans-serif"
"""The theme's own, so that figures are set like the text around them."""

SHOWN_RUNS = 6
"""Runs offered for reopening: the newest; the history has them all."""


def show_page(place: Place, question: str, body: Body, app_folder: Path) -> None:
    """Draw ``body`` for the run that the address names, else for the one looked at last, else offer a choice."""
    run_id = asked("run") or _last()
    if not run_id:
        _offer(place, question, app_folder)
        return
    try:
        run = run_of(run_id, owner())
        clip = clip_of(run.clip_id, run.owner)
        if not run.over:
            watch(run, clip)
        elif run.state != "done":
            st.info(plain(f"{clip.name}: this analysis did not reach its end. {run.reason}"), icon=":material/pending:")
            _leave(place)
        else:
            _done(place, body, run, clip)
    except VqaError as error:
        st.error(plain(str(error)), icon=":material/error:")
        _leave(place)


def _last() -> str:
    """The run looked at last, put into the address, so that the link in the browser is whole."""
    kept = remembered()
    if kept["run"]:
        st.query_params.from_dict(address(kept["run"], kept["finding"]))
        return kept["run"]
    return ""


def _done(place: Place, body: Body, run: Run, clip: Clip) -> None:
    result = result_of(run.id, owner())
    remember(run=run.id, finding=asked("finding"))
    run_bar(place, run, clip, result)
    if clip.missing:
        st.info(clip.missing, icon=":material/movie_off:")
    why = nothing_there(place, result)
    if not why or _heard_of(place, result):
        body(run, clip, result)
        return
    with st.container(border=True, horizontal_alignment="center"):
        st.subheader(f"Nothing to show about {place.title.lower()}", anchor=False)
        st.caption(plain(why))
        if not any(name in result.outcomes for name in place.detectors) and st.button(
            "Measure it now",
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(clip.missing),
            key="vqa.measure",
        ):
            measure(clip, run.profile, tuple(sorted(place.detectors)))
        _leave(place)


def _heard_of(place: Place, result: AnalysisResult) -> bool:
    """Whether other detectors whose evidence belongs here have found something."""
    return any(evidence_place(f.detector) == place for f in result.findings)


def _leave(place: Place) -> None:
    if st.button("Choose another clip", icon=":material/arrow_back:", key="vqa.leave"):
        remember(run="", finding="")
        st.query_params.clear()
        st.rerun()


def _offer(place: Place, question: str, app_folder: Path) -> None:
    """Earlier runs that measured this, and a clip to measure anew."""
    st.title(question, anchor=False)
    fitting = [(run, clip) for run, clip in runs_of(owner()) if run.state == "done" and _measured(place, run)][
        :SHOWN_RUNS
    ]
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        st.subheader("Open a finished run", anchor=False)
        if not fitting:
            st.caption("There is none yet that measured this.")
        for run, clip in fitting:
            word, _, icon = LOOK[run.verdict or "incomplete"]
            label = f"**{plain(clip.name)}** · {word} · {ago(run.created)}"
            if st.button(label, icon=icon, width="stretch", key=f"vqa.open.{run.id}"):
                st.query_params.from_dict(address(run.id))
                st.rerun()
    with right, st.container(border=True):
        st.subheader("Or measure a clip" if place in EVIDENCE else "Or analyze a clip", anchor=False)
        if place not in EVIDENCE:
            st.page_link(ANALYZE.path, label="Choose a clip", icon=":material/play_arrow:")
            return
        chosen = chosen_clip(app_folder)
        st.caption("Only what this page shows is measured: a part of a whole analysis.")
        if st.button("Measure", type="primary", icon=":material/play_arrow:", width="stretch", disabled=chosen is None,
                     key="vqa.measure") and chosen is not None:  # fmt: skip
            measure(chosen, "default", tuple(sorted(place.detectors)))


def _measured(place: Place, run: Run) -> bool:
    return run.detectors is None or place not in EVIDENCE or bool(detectors_of(place) & set(run.detectors))


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """A figure of the library on the page's own ground and in its own type, as wide as its place."""
    clear = "rgba(0,0,0,0)"
    figure.update_layout(paper_bgcolor=clear, plot_bgcolor=clear, font={"family": FONT, "size": 12.5})
    st.plotly_chart(figure, theme=None, key=key, alt=alt, config={"displaylogo": False, "displayModeBar": False})


def mode() -> Mode:
    """The theme that the page is shown in."""
    return "dark" if st.context.theme.type == "dark" else "light"
