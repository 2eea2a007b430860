"""Work done in the page's own run that may take seconds: share done, time left, cancel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import streamlit as st

from vqa_toolkit.errors import UsageError
from vqa_toolkit.ui.words import how_long, plain

Tell: TypeAlias = Callable[[float, str], None]
"""Told (share done, what is being done)."""

SHOWN_AFTER_S = 0.4
"""What is done sooner needs no progress, which would only flicker."""

LEAST_STEP_S = 0.1


@contextmanager
def working(first: str) -> Iterator[Tell]:
    """A progress bar that appears when the work takes long, with a button to stop it.

    Streamlit ends a run at its next word to the page once something was clicked; the bar's own updates are such words,
    so that any click cancels, and the button is a thing to click.

    Raises:
        UsageError: in the run that follows a press of the button, so that the work does not begin anew at once.
    """
    cancel = f"vqa.working.{first}"
    if st.session_state.get(cancel):
        raise UsageError("Stopped. Change a choice above to start again.")
    place = st.empty()
    began = told = time.monotonic()
    bar: list[object] = []

    def tell(share: float, what: str) -> None:
        nonlocal told
        now = time.monotonic()
        if now - began < SHOWN_AFTER_S or now - told < LEAST_STEP_S:
            return
        told = now
        left = (now - began) * (1 - share) / share if share > 0 else None
        text = what if left is None else f"{what} · {how_long(left)} left"
        if not bar:
            with place.container(border=True):
                bar.append(st.progress(0.0, text=plain(first)))
                st.button("Cancel", icon=":material/close:", key=cancel)
        bar[0].progress(min(1.0, max(0.0, share)), text=plain(text))  # type: ignore[attr-defined]

    try:
        yield tell
    finally:
        place.empty()
