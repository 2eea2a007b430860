"""The bench: player, findings, incidents and one track per detector in one component, with one cursor over all.

Its parts are the JavaScript files in this folder, joined in the order of their names into one module.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import streamlit as st


class Answer(NamedTuple):
    """What a person did at the bench since the last run of the page: a finding picked, another page asked for."""

    picked: str | None
    went: Any


@cache
def _assets() -> tuple[str, str]:
    """Style and script, read once."""
    folder = resources.files(__name__)
    scripts = sorted(f.name for f in folder.iterdir() if f.name.endswith(".js"))
    style = (folder / "bench.css").read_text("utf-8")
    return style, "\n".join((folder / name).read_text("utf-8") for name in scripts)


@cache
def _component() -> Callable[..., Any]:
    style, script = _assets()
    return st.components.v2.component("vqa_bench", css=style, js=script)


def show_bench(data: dict[str, Any], *, key: str) -> Answer:
    """Mount the bench; returns what was done at it."""
    answer = _component()(data=data, key=key, on_picked_change=lambda: None, on_went_change=lambda: None)
    picked = getattr(answer, "picked", None)
    return Answer(picked if isinstance(picked, str) else None, getattr(answer, "went", None))
