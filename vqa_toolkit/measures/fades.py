"""Whether a picture went dark, or came back, by a fade or at a stroke."""

from __future__ import annotations

import numpy as np

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span

WINDOW_S = (
    1.0  # s beside a dark span in which a fade shows; shorter fades show wholly, longer ones by their last second
)
LARGEST_STEP = 0.5  # of the whole change that one frame's step of a fade may reach
LEAST_CHANGE = 6.0  # code values of mean luma: less than this is no change to speak of


def faded(level: Signal, span: Span) -> bool:
    """Whether ``level`` (mean luma, code values) falls gradually into ``span`` and rises gradually out of it.

    A side at the signal's very start or end counts as gradual when the other side is: programmes fade in from black.
    """
    begin = int(np.searchsorted(level.t, span.start - WINDOW_S, "left"))
    end = int(np.searchsorted(level.t, span.end + WINDOW_S, "right"))
    parts = (level.v[begin : span.first + 1], level.v[span.last : end])
    sides = [part.astype(np.float64) for part in parts if len(part) > 1]
    return bool(sides) and all(_gradual(v) for v in sides)


def beside(signal: Signal, span: Span) -> str:
    """Which fades a faded ``span`` of ``signal`` has: none where the signal begins, or ends, with it."""
    if span.first == 0:
        return "before a fade-in"
    return "after a fade-out" if span.last == len(signal.t) - 1 else "between a fade-out and a fade-in"


def _gradual(level: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    whole = float(level.max() - level.min())
    return whole >= LEAST_CHANGE and float(np.abs(np.diff(level)).max()) <= LARGEST_STEP * whole
