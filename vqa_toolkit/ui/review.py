"""What people think of the selected finding: confirm, dismiss or comment, with a reason. Nothing is overwritten."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

import streamlit as st

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import VqaError
from vqa_toolkit.names import defect_name
from vqa_toolkit.store.findings import Opinion, Review, add_review
from vqa_toolkit.ui.words import ago, plain

CHOICES: dict[Opinion, str] = {"confirm": "Confirm", "dismiss": "Dismiss", "comment": "Comment"}
REASONS = {
    "confirm": "What makes it real?",
    "dismiss": "Creative intent? False alarm? Why?",
    "comment": "What should others know?",
}
PAST = {"confirm": "confirmed", "dismiss": "dismissed", "comment": "commented"}


def show_review(run_id: str, finding_id: str, finding: Finding, reviews: Sequence[Review]) -> None:
    """The selected finding's reviews, and a form for one more."""
    mine = [r for r in reviews if r.finding_id == finding_id]
    title = f"Review: {defect_name(finding.defect)}" + (f" ({len(mine)})" if mine else "")
    with st.expander(title, icon=":material/rate_review:", expanded=bool(mine)):
        for review in mine:
            st.markdown(f"**{plain(review.who)}** {PAST[review.verdict]}, {ago(review.at)}: {plain(review.reason)}")
        _form(run_id, finding_id)


def _form(run_id: str, finding_id: str) -> None:
    with st.form(f"vqa.review.{finding_id}", border=False, clear_on_submit=True):
        verdict = st.segmented_control(
            "Verdict", list(CHOICES), default="confirm", required=True, format_func=lambda v: CHOICES[v],
            label_visibility="collapsed", key=f"vqa.opinion.{finding_id}",
        )  # fmt: skip
        reason = st.text_input(
            "Reason", placeholder=REASONS.get(str(verdict), ""), max_chars=2000, key=f"vqa.reason.{finding_id}"
        )
        if st.form_submit_button("Save", icon=":material/save:"):
            try:
                add_review(run_id, finding_id, who=_who(), verdict=verdict, reason=reason)
            except VqaError as error:
                st.error(plain(str(error)), icon=":material/error:")
                return
            st.rerun()


def _who() -> str:
    """The name to write under a review: the account that runs the app, where the system tells."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
