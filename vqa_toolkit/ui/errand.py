"""The progress of an errand on any page: stage, share done, time left, position while it waits, cancel."""

from __future__ import annotations

import streamlit as st

from vqa_toolkit.jobs import errands
from vqa_toolkit.store.errands import Errand, cancel_errand, errand_of, errands_ahead
from vqa_toolkit.ui.session import owner
from vqa_toolkit.ui.words import how_long, plain


def show_errand(errand: Errand) -> None:
    """Where it stands, looked up every second; the page is drawn again once it is over. Closing the tab changes nothing."""
    errands.serve()
    _progress(errand.id)


@st.fragment(run_every=1.0)
def _progress(errand_id: str) -> None:
    errand = errand_of(errand_id, owner())
    if errand.over:
        st.rerun()
    ahead = errands_ahead(errand)
    if ahead:
        text = f"Waiting: number {ahead} in the queue"
    else:
        parts = ["Stopping" if errand.cancel else errand.message or "Starting", f"{round(100 * errand.share)} %"]
        if errand.seconds_left is not None and errand.share < 1:
            parts.append(f"{how_long(errand.seconds_left)} left")
        text = " · ".join(parts)
    with st.container(border=True):
        st.progress(min(1.0, max(0.0, errand.share)), text=plain(text))
        if st.button("Cancel", icon=":material/close:", disabled=errand.cancel, key=f"vqa.errand.{errand.id}"):
            cancel_errand(errand.id, owner())
            st.rerun(scope="fragment")
