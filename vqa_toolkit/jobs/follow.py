"""Watches a child process until it ends, or until somebody must end it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from vqa_toolkit.jobs.child import Child
from vqa_toolkit.jobs.messages import Report

POLL_S = 0.5
"""How often the clock and the wish to cancel are looked at: well under the second a person notices."""

CANCEL_GRACE_S = 2.0
"""How long a child may take to stop by itself: detectors stop between two chunks, each about a second's work."""


class Pulse(NamedTuple):
    """How a child is: seconds since its last word and since its start; CPU seconds since its last word, None if unknown."""

    quiet: float
    elapsed: float
    busy: float | None


def follow(
    child: Child,
    halt: threading.Event,
    *,
    note: Callable[[Report], None],
    cancelled: Callable[[], bool],
    overdue: Callable[[Pulse], str],
) -> str:
    """Pass a child's messages to ``note`` until it ends.

    It is killed when ``halt`` is set, when it does not stop soon after ``cancelled`` came true, and when ``overdue`` says
    why it must be; that sentence is returned, else "".
    """
    began = heard = time.monotonic()
    worked_then = child.worked()
    asked: float | None = None
    while True:
        try:
            report = child.reports.get(timeout=POLL_S)
        except queue.Empty:
            pass
        else:
            if report is None:
                return ""
            heard, worked_then = time.monotonic(), child.worked()
            note(report)
        now = time.monotonic()
        if asked is None and cancelled():
            asked = now
            child.ask_to_stop()
        if halt.is_set() or (asked is not None and now - asked > CANCEL_GRACE_S):
            child.kill()
            return ""
        worked = child.worked()
        busy = None if worked is None or worked_then is None else worked - worked_then
        trouble = overdue(Pulse(now - heard, now - began, busy))
        if trouble:
            child.kill()
            return trouble
