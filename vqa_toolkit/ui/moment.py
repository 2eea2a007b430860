"""A clip of a folder at one time: the evidence of a finding in a clip that was never a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from vqa_toolkit.errors import VqaError
from vqa_toolkit.evaluate.clips import Clip
from vqa_toolkit.figures.clock import clock
from vqa_toolkit.media.probe import file_sha256
from vqa_toolkit.store.clips import add_clip, clip_of, note_sha256
from vqa_toolkit.ui.preview import CSS
from vqa_toolkit.ui.session import media_url, owner
from vqa_toolkit.ui.words import plain

CHOSEN = "vqa.tune.moment"
LEAD_S = 1.0
"""The player starts this much before the moment, so that it is seen coming."""

HTML = """<figure><video controls preload="auto" aria-label="The clip at the chosen time"></video></figure>"""
SCRIPT = """
export default function ({ data, parentElement }) {
  const video = parentElement.querySelector("video");
  const wanted = data.url + "|" + data.t;
  if (video.dataset.wanted === wanted) return;
  video.dataset.wanted = wanted;
  video.src = data.url;
  video.addEventListener("loadedmetadata", () => { video.currentTime = data.t; }, { once: true });
}
"""


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("vqa_moment", html=HTML, css=CSS, js=SCRIPT)


def offer_moment(clip: Clip, t: float, text: str, *, key: str) -> None:
    """A line that, when clicked, shows the clip at ``t`` below the list."""
    if st.button(text, icon=":material/play_circle:", type="tertiary", key=key):
        st.session_state[CHOSEN] = (clip, t)


def show_moment() -> None:
    """The chosen clip at the chosen time, where one was chosen."""
    chosen = st.session_state.get(CHOSEN)
    if chosen is None:
        return
    clip, t = chosen
    try:
        kept = add_clip(clip.path.resolve(), owner=owner(), name=clip.path.name, origin="path")
        if not kept.sha256:
            note_sha256(kept.id, file_sha256(kept.path))
            kept = clip_of(kept.id, owner())
    except VqaError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.markdown(f"**{plain(clip.path.name)}** at {clock(t)}")
    _component()(data={"url": media_url(kept), "t": max(0.0, t - LEAD_S)}, key="vqa.tune.moment.player")
