"""Points of a picture that go opposite ways side by side: detail on the move, which is no flash.

A flash is a pair of opposing changes of an *area* (ITU-R BT.1702, WCAG 2). Text that rolls turns about as many points of
every small area bright as dark at the same time, so that the light of the area stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

CELL = 5  # points, a ninth of the height of 45 lines: text up to 0.3 of the height evens out, tiles that flash do not
OPPOSED = 0.05  # of the picture: where fewer points than this go the other way, nothing cancels
RETURN_S = 0.5  # s: within one flash at the slowest rate that counts a pattern that reverses is back
RETURN_SHARE = 0.1  # of how far a cell went away that it may still differ by when it is back
WENT_AWAY = 0.3  # of a transition's step, mean of a cell's points
MIXED = 0.25  # of a cell's points that go the way of most: where as many go the other way, it is detail on the move


class Balance(NamedTuple):
    """``up``, ``down``: shares of the picture that rise and that fall; ``counts``: points (h, w, bool) that do not cancel."""

    up: float
    down: float
    counts: NDArray[np.bool_]


def balance(
    rising: NDArray[np.bool_], falling: NDArray[np.bool_], shown: Sequence[NDArray[Any]], step: float
) -> Balance:
    """Shares of the picture that rise and that fall; points (h, w) of one cell that go opposite ways at once cancel.

    Not where the cell is :func:`returned` to what it showed: there a pattern stands still and reverses, which is flashing.
    ``shown`` are the values (h, w) of the last :data:`RETURN_S` seconds, the newest last; ``step`` is what a transition takes.
    """
    up, down = float(rising.mean()), float(falling.mean())
    if min(up, down) < OPPOSED:
        return Balance(up, down, np.ones(rising.shape, bool))
    rise, fall = _cells(rising), _cells(falling)
    less = np.where(returned(shown, step), 0, np.minimum(rise, fall))
    mixed = (less >= MIXED * np.maximum(rise, fall)) & (less > 0)
    counts = cv2.resize((~mixed).astype(np.uint8), rising.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    opposed = float(less.mean())
    return Balance(up - opposed, down - opposed, np.asarray(counts))


def returned(shown: Sequence[NDArray[Any]], step: float) -> NDArray[np.bool_]:
    """Which cells show again, in the newest of these pictures, what they showed before they went away in between."""
    away = np.stack([_cells(np.abs(shown[-1] - s)) for s in shown])
    nearest = np.minimum.accumulate(away, axis=0)
    return np.asarray(((away >= WENT_AWAY * step) & (nearest <= RETURN_SHARE * away)).any(axis=0))


def _cells(v: NDArray[Any]) -> NDArray[np.float32]:
    """Means of cells of about :data:`CELL` × :data:`CELL` points that share the picture (h, w) evenly."""
    rows, columns = (max(1, round(n / CELL)) for n in v.shape)
    means = cv2.resize(v.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32).reshape(rows, columns)
