"""The line above every page of a run: whose verdict this is, and the ways to its other pages, each keeping the finding."""

from __future__ import annotations

import streamlit as st

from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.runs import Run
from vqa_toolkit.ui.places import EVIDENCE, PLACES, Place, address
from vqa_toolkit.ui.session import asked, asked_time
from vqa_toolkit.ui.verdict import LOOK
from vqa_toolkit.ui.words import plain


def run_bar(here: Place, run: Run, clip: Clip, result: AnalysisResult) -> None:
    """Verdict, name, and a link to each page of the run; a page with nothing to show says why when pointed at."""
    word, colour, icon = LOOK[result.verdict]
    finding, t = asked("finding"), asked_time()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="vqa.runbar"):
        st.badge(word, icon=icon, color=colour)
        st.markdown(f"**{plain(clip.name)}**", width="content")
        st.space("stretch")
        for place in PLACES:
            st.page_link(
                place.path, label=place.title, icon=f":material/{place.icon}:", disabled=place == here,
                help=None if place == here else nothing_there(place, result) or None, query_params=address(run.id, finding, t),
            )  # fmt: skip


def nothing_there(place: Place, result: AnalysisResult) -> str:
    """Why a page of evidence has nothing to show for a run; "" when it has."""
    if place not in EVIDENCE or any(result.signals.get(name) for name in place.detectors):
        return ""
    reasons = {o.reason for name in place.detectors if (o := result.outcomes.get(name)) and o.reason}
    return f"Not assessable, because {'; '.join(sorted(reasons))}." if reasons else "This was not measured in this run."
