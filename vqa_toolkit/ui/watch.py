"""A run that is waiting or running: where it stands, how long it will take, and a way to stop it."""

from __future__ import annotations

import streamlit as st

from vqa_toolkit import jobs
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.runs import Run, position, request_cancel, run_of
from vqa_toolkit.ui.session import owner
from vqa_toolkit.ui.words import how_long, plain

STAGES = {
    "start": "Starting", "open": "Opening", "simulate": "Making the faulty clip",
    "measure": "Measuring", "finish": "Summing up", "judge": "Judging", "save": "Saving", "report": "Writing the report",
    "proxy": "Making a playable copy", "done": "Done",
}  # fmt: skip


def watch(run: Run, clip: Clip) -> None:
    """The page of a run that is not over. Closing it changes nothing; opening it again shows the same run."""
    jobs.serve(run.device)
    st.title(plain(clip.name), anchor=False)
    progress(run.id)


@st.fragment(run_every=1.0)
def progress(run_id: str) -> None:
    """Where the run stands, looked up every second; the whole page is drawn again once it is over."""
    run = run_of(run_id, owner())
    if run.over:
        st.rerun()
    with st.container(border=True):
        if run.state == "queued":
            _waiting(run)
        else:
            _running(run)
        if st.button("Cancel", icon=":material/close:", disabled=run.cancel, key="vqa.cancel"):
            request_cancel(run.id, owner())
            st.rerun(scope="fragment")
    st.caption("You may close this page: the analysis goes on, and its result will be in the history.")


def _waiting(run: Run) -> None:
    ahead = position(run)
    st.subheader("Waiting for its turn" if ahead else "Starting", anchor=False)
    st.progress(0.0, text=f"Number {ahead} in the queue: {ahead} before it" if ahead else "Next in the queue")


def _running(run: Run) -> None:
    st.subheader("Stopping" if run.cancel else STAGES.get(run.stage, "Starting"), anchor=False)
    parts = [f"{round(100 * run.share)} %"]
    if run.message:
        parts.append(run.message)
    if run.seconds_left is not None and run.share < 1:
        parts.append(f"{how_long(run.seconds_left)} left")
    if run.attempt > 1:
        parts.append("second attempt: the first died")
    st.progress(min(1.0, max(0.0, run.share)), text=plain(" · ".join(parts)))
