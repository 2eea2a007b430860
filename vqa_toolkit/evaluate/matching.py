"""Which findings answer which labels: spans against spans, with a stated tolerance. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vqa_toolkit.core import FloatArray

LEAST_INSIDE = 0.2
"""Share of a finding that must lie in the widened label: a finding over a whole hour does not "find" one bad second."""
INSTANT_S = 1e-3  # a span without length counts as one millisecond long


class Hit(NamedTuple):
    """A label that was found. Errors are seconds, found minus true; ``score`` is the best of the findings that touch it."""

    truth: int
    findings: tuple[int, ...]
    onset_error: float
    offset_error: float
    score: float


class Matching(NamedTuple):
    """Labels found and missed, and the findings that answer none. Indices are those of the inputs."""

    hits: tuple[Hit, ...]
    misses: tuple[int, ...]
    alarms: tuple[int, ...]


def touching(truths: ArrayLike, found: ArrayLike, edge: float) -> NDArray[np.bool_]:
    """(n truths, m findings) bool: finding j answers truth i.

    It does when it overlaps [start − edge, end + edge] and at least ``LEAST_INSIDE`` of it lies in there. Spans are
    (n, 2) seconds.
    """
    a = np.asarray(truths, dtype=np.float64).reshape(-1, 2)
    b = np.asarray(found, dtype=np.float64).reshape(-1, 2)
    length = np.maximum(b[:, 1] - b[:, 0], INSTANT_S)
    stop = b[:, 0] + length
    overlap = np.minimum(a[:, None, 1] + edge, stop) - np.maximum(a[:, None, 0] - edge, b[:, 0])
    touches: NDArray[np.bool_] = (overlap > 0) & (overlap >= LEAST_INSIDE * length - 1e-9)
    return touches


def match(
    truths: Sequence[tuple[float, float]],
    found: Sequence[tuple[float, float]],
    edge: float,
    scores: Sequence[float] | None = None,
) -> Matching:
    """Match labelled spans with found spans, both (start, end) in seconds.

    A label is hit when any finding touches it (see :func:`touching`); several findings inside one label are one hit in
    pieces, and one finding over two labels hits both. What touches no label is a false alarm. Onset and offset errors
    are those of the findings' common hull.
    """
    touch = touching(truths, found, edge)
    values: FloatArray = np.ones(len(found)) if scores is None else np.asarray(scores, dtype=np.float64)
    hits, misses = [], []
    for i, (start, end) in enumerate(truths):
        own: list[int] = np.flatnonzero(touch[i]).tolist()
        if not own:
            misses.append(i)
            continue
        first, last = min(found[j][0] for j in own), max(found[j][1] for j in own)
        hits.append(Hit(i, tuple(own), first - start, last - end, float(values[own].max())))
    alarms = np.flatnonzero(~touch.any(axis=0)) if len(truths) else np.arange(len(found))
    return Matching(tuple(hits), tuple(misses), tuple(alarms.tolist()))
