"""Which stretches of a picture's change curves show nothing new."""

from __future__ import annotations

import numpy as np

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span, hysteresis, runs, spans

LOOK_BACK_S = 0.4  # slow zooms and pans show against a picture this much earlier
POP = 1.6  # times the limit that a key frame's coding step within a noisy freeze may reach
EXACT = 0.15  # code values: median change up to which repeats count as exact; coding alone leaves 0.0 to 0.1
CONTEXT_S = 1.0  # s before a stretch that tell whether the shot moved at all


def still_stretches(change: Signal, drift: Signal, change_limit: float, drift_limit: float) -> list[Span]:
    """Spans in which neither ``change`` (from frame to frame) nor ``drift`` (over 0.4 s) reaches its limit.

    Single steps up to :data:`POP` times the change limit do not end a span. Drift counts once its look-back lies inside.
    """
    unchanged = hysteresis(-change.v, -change_limit, -POP * change_limit)
    firsts, lasts = runs(unchanged)
    if not len(firsts):
        return []
    began = np.repeat(change.t[firsts], lasts - firsts + 1)
    at = np.flatnonzero(unchanged)
    still = np.zeros(len(unchanged), dtype=bool)
    still[at] = ~((drift.v[at] >= drift_limit) & (change.t[at] >= began + LOOK_BACK_S))
    return spans(change, still)


def activity_before(drift: Signal, first: int) -> float:
    """Median ``drift`` over the second before item ``first``; infinity when nothing lies before it."""
    start = float(drift.t[first])
    before = drift.v[:first][drift.t[:first] >= start - CONTEXT_S]
    return float(np.median(before)) if before.size else float("inf")
