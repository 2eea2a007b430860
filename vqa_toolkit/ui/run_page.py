"""One run: waiting, running, cut short, or done with everything it found."""

from __future__ import annotations

import streamlit as st

from vqa_toolkit.errors import VqaError
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip, clip_of
from vqa_toolkit.store.findings import finding_ids, reviews_of
from vqa_toolkit.store.runs import Run, run_of
from vqa_toolkit.ui.aha import pairs_of, show_injected
from vqa_toolkit.ui.choose import start
from vqa_toolkit.ui.evidence import result_of
from vqa_toolkit.ui.places import ANALYZE
from vqa_toolkit.ui.review import show_review
from vqa_toolkit.ui.run_bar import run_bar
from vqa_toolkit.ui.session import asked, owner, remember
from vqa_toolkit.ui.stage import stage
from vqa_toolkit.ui.verdict import show_verdict
from vqa_toolkit.ui.watch import watch
from vqa_toolkit.ui.words import plain


def show_run(run_id: str) -> None:
    """The page of a run that the address names; an id that is not this browser's gets a sentence, nothing else."""
    try:
        run = run_of(run_id, owner())
        clip = clip_of(run.clip_id, run.owner)
        if not run.over:
            watch(run, clip)
        elif run.state == "done":
            show_result(result_of(run.id, owner()), run, clip)
        else:
            _cut_short(run, clip)
    except VqaError as error:
        st.error(plain(str(error)), icon=":material/error:")
        if st.button("Choose a clip", icon=":material/arrow_back:", key="vqa.back"):
            remember(run="", finding="")
            st.query_params.clear()
            st.rerun()


def _cut_short(run: Run, clip: Clip) -> None:
    st.title(plain(clip.name), anchor=False)
    with st.container(border=True):
        st.badge("Incomplete", icon=":material/pending:", color="orange")
        st.subheader("Cancelled" if run.state == "cancelled" else "The analysis did not reach its end", anchor=False)
        st.write(plain(run.reason))
        with st.container(horizontal=True):
            gone = bool(clip.missing)
            if st.button("Run again", type="primary", icon=":material/replay:", disabled=gone, key="vqa.again"):
                start(clip, run.profile)
            if st.button("Choose another clip", icon=":material/arrow_back:", key="vqa.other"):
                st.query_params.clear()
                st.rerun()


def show_result(result: AnalysisResult, run: Run, clip: Clip) -> None:
    """Verdict, bench, and the review of the selected finding."""
    run_bar(ANALYZE, run, clip, result)
    show_verdict(result, run, clip)
    if clip.missing:
        st.info(clip.missing, icon=":material/movie_off:")
    ids = finding_ids(result.findings)
    if asked("finding") and asked("finding") not in ids:
        st.info("This link names a finding that the run does not have. All it found is below.", icon=":material/info:")
    if clip.origin == "simulated":
        show_injected(pairs_of(clip, result), result)
    chosen = stage(ANALYZE, run, clip, result)
    if chosen:
        show_review(run.id, chosen, result.findings[ids.index(chosen)], reviews_of(run.id))
