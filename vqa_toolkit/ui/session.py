"""Who is looking, and what this tab remembers: typed, namespaced keys with one table of defaults."""

from __future__ import annotations

import re
import time
from typing import Literal, TypedDict, cast
from urllib.parse import urlencode

import streamlit as st

from vqa_toolkit.store.clips import Clip
from vqa_toolkit.ui.gate import COOKIE, TOKEN_HOURS, issue_token, owner_of_cookie

Source = Literal["sample", "upload", "path"]

RENEW_S = TOKEN_HOURS * 3600 / 2
"""A token older than this is replaced at the next rerun; until then the addresses of media stay the same."""

MOVED = "vqa.moved"
STALE_S = 1.5
"""A browser sends its address with every rerun it asks for; for this long after a move that may be the old one."""

ID = re.compile(r"[0-9a-f]{8,16}(-\d{1,3})?")


class Remembered(TypedDict):
    """What a tab keeps between reruns. Everything else is in the address or in the database."""

    clip: str  # id of the chosen clip; "" = none yet
    run: str  # id of the run looked at last; "" = none yet
    finding: str  # id of the finding looked at last in that run
    token: str
    token_time: float


DEFAULTS: Remembered = {"clip": "", "run": "", "finding": "", "token": "", "token_time": 0.0}
PREFIX = "vqa."


def remembered() -> Remembered:
    """This tab's memory, with defaults where nothing was kept."""
    state = st.session_state
    return cast(Remembered, {name: state.get(PREFIX + name, default) for name, default in DEFAULTS.items()})


def remember(**values: object) -> None:
    """Keep values for the next rerun; the names are those of :class:`Remembered`."""
    for name, value in values.items():
        if name not in DEFAULTS:
            raise KeyError(name)
        st.session_state[PREFIX + name] = value


def owner() -> str:
    """The owner of this browser's clips and runs."""
    return owner_of_cookie(st.context.cookies.get(COOKIE))


def token() -> str:
    """This tab's token for the app's own routes."""
    kept = remembered()
    if not kept["token"] or time.time() - kept["token_time"] > RENEW_S:
        remember(token=issue_token(owner()), token_time=time.time())
    return remembered()["token"]


def base() -> str:
    """What comes before ``/vqa/…`` in an address: the server's base path, usually empty."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def media_url(clip: Clip) -> str:
    """Where this tab fetches a clip's media; "" when the file cannot be played any more."""
    if clip.missing or not clip.sha256:
        return ""
    return f"{base()}/vqa/media/{clip.sha256}?{urlencode({'token': token()})}"


def asked(name: str) -> str:
    """An id from the address, or "" when it does not look like one: nothing in an address is trusted."""
    value = st.query_params.get(name, "")
    if name == "finding":
        value = _unless_left(value)
    return value if ID.fullmatch(value) else ""


def move_to(run: str, finding: str) -> None:
    """Put another finding into the address. A rerun that the browser asked for before it heard of this does not undo it."""
    st.session_state[MOVED] = (st.query_params.get("finding", ""), finding, time.monotonic())
    st.query_params.from_dict({"run": run, "finding": finding})


def _unless_left(finding: str) -> str:
    """``finding``, or the one just moved to where the address is still that of before."""
    left, entered, moment = st.session_state.get(MOVED, ("", "", -STALE_S))
    if finding != left or finding == entered or time.monotonic() - moment >= STALE_S:
        return finding
    st.query_params.from_dict({"run": st.query_params.get("run", ""), "finding": entered})
    return str(entered)


def asked_time() -> float | None:
    """The time ``t`` from the address, seconds within a day, or None."""
    try:
        value = float(st.query_params.get("t", ""))
    except ValueError:
        return None
    return value if 0.0 <= value <= 86400.0 else None
