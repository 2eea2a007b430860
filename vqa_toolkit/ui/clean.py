"""The clean clip to compare a run with: the one a simulated clip was made from, or one that a person names."""

from __future__ import annotations

import streamlit as st

from vqa_toolkit.errors import UsageError
from vqa_toolkit.store.clips import Clip, clip_of, clips_of
from vqa_toolkit.store.runs import Run
from vqa_toolkit.ui.session import owner

KEPT = "vqa.clean"


def clean_of(run: Run, clip: Clip) -> Clip | None:
    """The clip that was chosen to compare with, else the one that this was made from, else None."""
    wanted = st.session_state.get(f"{KEPT}.{run.id}", clip.made_from)
    if not wanted:
        return None
    try:
        return clip_of(wanted, owner())
    except UsageError:
        return None


def choose_clean(run: Run, clip: Clip) -> None:
    """A choice among the person's own clips; it holds on every page of the run."""
    known = {c.id: c for c in clips_of(owner()) if c.id != clip.id and not c.missing and not c.pending}
    options = ["", *known]
    kept = st.session_state.get(f"{KEPT}.{run.id}", clip.made_from)
    chosen = st.selectbox(
        "Compare with", options, index=options.index(kept) if kept in options else 0, key=f"vqa.compare.with.{run.id}",
        format_func=lambda i: known[i].name if i else "no clip",
        help="The same content without damage, from its beginning: one of your uploads, or a sample that you opened",
    )  # fmt: skip
    if chosen != kept:
        st.session_state[f"{KEPT}.{run.id}"] = chosen
        st.rerun()
