"""How sharpness is lost: at once and all over the picture, as by a fault, or slowly, in parts, or with a new shot."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.events import Span

ABRUPT_FRAMES = 3  # a fault sets in within so many frames; focus and motion take longer
CUT = 3.0  # times the usual change: a new shot
FALL = 0.25  # of the acuity outside: what counts as a loss


def sets_in_at_once(span: Span, value: NDArray[np.float64], change: NDArray[Any], regions: NDArray[Any]) -> bool:
    """Whether sharpness falls or returns within ABRUPT_FRAMES while the scene goes on, and all over the picture."""
    inside = float(np.median(value[span.items]))
    for edge in (span.first, span.last + 1):
        a, b = max(edge - ABRUPT_FRAMES, 0), min(edge + ABRUPT_FRAMES, len(value))
        if edge <= 1 or edge >= len(value) - 1:
            continue
        outside = float(np.median(value[a:edge]) if edge == span.first else np.median(value[edge:b]))
        near = slice(max(edge - 1, 0), edge + 2)
        usual = float(np.median(change[max(edge - 12, 0) : edge + 12]))
        cut = float(change[near].max()) > CUT * usual + 4.0
        within = value[edge : edge + 2] if edge == span.first else value[max(edge - 2, 0) : edge]
        reached = float(within.min()) <= inside + 0.35 * (outside - inside)
        far, near_by = (
            (slice(a, edge), slice(edge, edge + ABRUPT_FRAMES))
            if edge == span.first
            else (slice(edge, b), slice(a, edge))
        )
        if outside - inside >= FALL * outside and reached and not cut and everywhere(regions[far], regions[near_by]):
            return True
    return False


def everywhere(sharp: NDArray[Any], soft: NDArray[Any]) -> bool:
    """Whether most regions (frames, regions) fall: lettering that comes or goes sharpens its own region only."""
    with warnings.catch_warnings():  # a region without an edge in any frame
        warnings.simplefilter("ignore", RuntimeWarning)
        known = ~(np.isnan(sharp).all(axis=0) | np.isnan(soft).all(axis=0))
        fallen = np.nanmedian(soft[:, known].astype(np.float32), axis=0) <= (1 - FALL) * np.nanmedian(
            sharp[:, known].astype(np.float32), axis=0
        )
    return bool(fallen.mean() >= 0.5) if known.any() else True
