"""A threshold session: which clips, which detector; then the bench of sliders, numbers, curves and profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from vqa_toolkit.core import Detector, limit_fields
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import UsageError, VqaError
from vqa_toolkit.evaluate.measured import Measured
from vqa_toolkit.profile import load_profile
from vqa_toolkit.simulate.core import Label
from vqa_toolkit.store.runs import runs_of
from vqa_toolkit.tune import Session
from vqa_toolkit.ui.corpus_source import folder_clips
from vqa_toolkit.ui.labelled import keep_labels, labelled_runs, measured_run
from vqa_toolkit.ui.profiles import profile_choices, profile_label
from vqa_toolkit.ui.session import owner
from vqa_toolkit.ui.tune_bench import show_bench
from vqa_toolkit.ui.words import ago, plain
from vqa_toolkit.ui.working import working

RUNS, FOLDER = "Runs in this app", "A folder on this machine"
SESSION = "vqa.tune.session"


def show_tuning() -> None:
    """The labelled clips, the detector, and the bench."""
    st.title("Tune a detector", anchor=False)
    st.caption("Stored signals are judged anew at every move of a slider. Nothing is decoded.")
    source = st.segmented_control(
        "Labelled clips", [RUNS, FOLDER], default=RUNS, required=True, key="vqa.tune.source.kind",
        label_visibility="collapsed",
    )  # fmt: skip
    session = _of_runs() if source == RUNS else _of_folder()
    if session is not None:
        show_bench(session)
    if source == RUNS:
        _labels_file()


def _of_runs() -> Session | None:
    runs = labelled_runs(owner())
    if not runs:
        _empty()
        return None
    labels = [x for _, _, truth in runs.values() for x in truth.labels]
    left, middle, right = st.columns([1, 0.8, 1.4], gap="medium")
    with left:
        detector = _detector(labels)
    with middle:
        profile = _profile()
    with right:
        wanted = st.multiselect(
            "Labelled runs", list(runs), default=list(runs), key="vqa.tune.runs",
            format_func=lambda i: f"{runs[i][1].name[:44]} ({runs[i][2].source})",
        )  # fmt: skip
    if not wanted:
        st.info("Choose at least one labelled run.", icon=":material/info:")
        return None
    truths = tuple((i, hash(runs[i][2].labels and str(runs[i][2]))) for i in wanted)

    def clips() -> list[Measured]:
        measured = []
        for i in wanted:
            try:
                measured.append(measured_run(*runs[i], detector.name))
            except VqaError as error:
                st.warning(plain(str(error)), icon=":material/info:")
        return measured

    return _session(detector, profile, ("runs", truths), clips)


def _of_folder() -> Session | None:
    left, middle, right = st.columns([1, 0.8, 1.4], gap="medium")
    with left:
        detector = _detector(())
    with middle:
        profile = _profile()
    with right:
        found = folder_clips(detector)
    if found is None:
        return None
    return _session(detector, profile, ("folder", found.key), found.clips)


def _detector(labels: Sequence[Label]) -> type[Detector]:
    """The detectors that have limits, those that some label names first."""
    known = {n: k for n, k in discover().items() if limit_fields(k.limits)}
    labelled = {x.defect for x in labels}
    names = sorted(known, key=lambda n: labelled.isdisjoint(known[n].defects))
    chosen = st.selectbox("Detector", names, format_func=lambda n: known[n].title, key="vqa.tune.detector")
    return known[chosen]


def _profile() -> str:
    """The profile that the sliders start from; one that cannot be read is said and left out."""
    good = []
    for choice in profile_choices():
        try:
            load_profile(choice)
            good.append(choice)
        except VqaError as error:
            st.error(plain(str(error)), icon=":material/error:")
    return st.selectbox("Start from", good, format_func=profile_label, key="vqa.tune.base")


def _session(detector: type[Detector], profile: str, key: Any, clips: Any) -> Session | None:
    """The session of this tab, made anew when the clips, the detector or the profile changed."""
    whole = (detector.name, detector.version, profile, key)
    kept = st.session_state.get(SESSION)
    if kept is None or kept[0] != whole:
        try:
            with working("Reading the signals") as tell:
                made = Session(detector, tuple(clips()), load_profile(profile))
                made.prepare(lambda done, of: tell(done / of, f"Judging every clip once: {done} of {of}"))
        except UsageError as error:
            st.info(plain(str(error)), icon=":material/info:")
            return None
        st.session_state[SESSION] = kept = (whole, made)
    session: Session = kept[1]
    if not session.clips:
        st.info("None of these clips can be read.", icon=":material/info:")
        return None
    return session


def _empty() -> None:
    with st.container(border=True, horizontal_alignment="center"):
        st.subheader("No labelled runs yet", anchor=False)
        st.caption(
            "A clip broken on the Demo page knows its faults. A run whose findings were confirmed or dismissed does too, "
            "and any run that you give a labels file."
        )
        st.page_link("pages/demo/page.py", label="Break a clip", icon=":material/bolt:")


def _labels_file() -> None:
    """Take a labels file for one of the finished runs."""
    runs = [(run, clip) for run, clip in runs_of(owner()) if run.state == "done"]
    if not runs:
        return
    with st.expander("Add a labels file", icon=":material/label:"):
        st.caption('JSON: {"labels": [{"defect": "freeze", "start": 12.0, "end": 14.5}]}, times in seconds.')
        number = st.selectbox(
            "It labels", range(len(runs)), key="vqa.labels.run",
            format_func=lambda n: f"{runs[n][1].name[:50]} · {ago(runs[n][0].created)}",
        )  # fmt: skip
        given = st.file_uploader("Labels file", ["json"], key="vqa.labels.file")
        if given is None:
            return
        try:
            count = keep_labels(runs[number][0], given.getvalue(), given.name)
        except VqaError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.success(plain(f"{count} labels kept for {runs[number][1].name}."), icon=":material/check:")
        _named(runs[number][0].id)


def _named(run_id: str) -> None:
    """Draw the page again once, so that the run appears among the labelled ones."""
    if st.session_state.get("vqa.labels.kept") != run_id:
        st.session_state["vqa.labels.kept"] = run_id
        st.session_state.pop("vqa.tune.runs", None)
        st.rerun()
