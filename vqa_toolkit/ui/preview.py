"""A small look at the chosen clip before it is analysed, streamed by range from the app's own route."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

HTML = """<figure><video controls preload="metadata" aria-label="Preview of the chosen clip"></video></figure>"""
CSS = """
figure { margin: 6px 0 0; border-radius: 12px; overflow: hidden; border: 1px solid var(--st-border-color); background: #05070a; }
video { display: block; width: 100%; max-height: 46vh; }
"""
SCRIPT = """
export default function ({ data, parentElement }) {
  const video = parentElement.querySelector("video");
  if (video.dataset.url !== data.url) { video.dataset.url = data.url; video.src = data.url + "#t=1"; }
  return () => { video.removeAttribute("src"); video.load(); };
}
"""


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("vqa_preview", html=HTML, css=CSS, js=SCRIPT)


def show_preview(url: str, *, key: str) -> None:
    """Mount the preview of the media at ``url``."""
    _component()(data={"url": url}, key=key)
