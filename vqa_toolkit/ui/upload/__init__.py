"""A drop zone that streams one clip to disk through the app's own route."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import streamlit as st

from vqa_toolkit.ui.intake import max_upload_bytes


@cache
def _component() -> Callable[..., Any]:
    folder = resources.files(__name__)
    html, css, js = ((folder / f"upload.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("vqa_upload", html=html, css=css, js=js)


def show_upload(*, base: str, token: str, key: str = "upload") -> str | None:
    """Mount the drop zone; returns the id of the clip that has just been uploaded, if any."""
    data = {"base": base, "token": token, "most": max_upload_bytes()}
    answer = _component()(data=data, key=key, on_uploaded_change=lambda: None)
    uploaded = getattr(answer, "uploaded", None)
    return uploaded if isinstance(uploaded, str) else None
