"""Passages that lose tones: they set in at a stroke within a shot, or bend the tones that are left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span, hysteresis, spans
from vqa_toolkit.measures.exposures import CALM, goes_on

OWN = 0.1  # quantile over the title that stands for what it lacks by itself: bars, a black studio
GAP_S = 0.2  # s: passages closer than this are one


class Tones(NamedTuple):
    """Per frame: share lost at one limit, softness of its border, and gain, likeness and structure against the frame before."""

    share: Signal
    soft: NDArray[Any]
    structure: NDArray[Any]
    gain: NDArray[Any]
    likeness: NDArray[Any]


class Loss(NamedTuple):
    """A passage, the share it loses beyond the ``base`` that the title lacks anyway, the bound it passed, and whether it set
    in or ended at a stroke."""

    span: Span
    value: float
    base: float
    bound: float
    sudden: bool


def losses(tones: Tones, limits: Any) -> Iterator[Loss]:
    """Large losses first, then small ones that bend the other tones; both against nothing and against the title's own level."""
    said: list[Span] = []
    own = float(np.quantile(tones.share.v, OWN))
    for base in (0.0, own) if own >= limits.little else (0.0,):
        over = tones.share.v - base
        for found in (*_large(tones, over, base, limits), *_small(tones, over, base, limits)):
            if found.sudden and not near(found.span, said):
                said.append(found.span)
                yield found
            elif not found.sudden and not base:
                yield found


def _large(tones: Tones, over: NDArray[Any], base: float, limits: Any) -> Iterator[Loss]:
    active = hysteresis(over, limits.share, 0.6 * limits.share)
    for span in spans(tones.share, active, merge_gap=GAP_S, min_duration=limits.min_duration):
        value = float(np.median(over[span.items]))
        sudden = sets_in(over, tones.structure, span, 0.5 * value, limits.structure)
        if sudden or (value <= limits.most and float(np.median(tones.soft[span.items])) >= limits.soft):
            yield Loss(span, value, base, limits.share, sudden)


def _small(tones: Tones, over: NDArray[Any], base: float, limits: Any) -> Iterator[Loss]:
    for span in spans(tones.share, over >= limits.little, merge_gap=GAP_S, min_duration=limits.min_duration):
        if turns(over, tones.gain, tones.likeness, span, limits.turn, limits.likeness):
            yield Loss(span, float(np.median(over[span.items])), base, limits.little, True)


def near(span: Span, others: list[Span]) -> bool:
    """Whether ``span`` overlaps or nearly touches one of ``others``."""
    return any(s.start < span.end + 0.1 and span.start < s.end + 0.1 for s in others)


def sets_in(share: NDArray[Any], structure: NDArray[Any], span: Span, step: float, likeness: float) -> bool:
    """Whether the share jumps by ``step`` at either end of ``span`` while the picture stays the same (``likeness``)."""
    into = span.first > 0 and share[span.first] - share[span.first - 1] >= step and structure[span.first] >= likeness
    after = span.last + 1
    out = after < len(share) and share[span.last] - share[after] >= step and structure[after] >= likeness
    return bool(into or out)


def turns(
    share: NDArray[Any], gain: NDArray[Any], likeness: NDArray[Any], span: Span, least: float, like: float
) -> bool:
    """Whether the tones that are left move by a gain of ``least`` or its inverse at an end of ``span``, at a stroke, where most
    of its lost share comes or goes: a fault bends the whole curve, a dark or bright thing that enters leaves the rest."""
    half = 0.5 * float(np.median(share[span.items]))
    size = np.abs(np.log(np.maximum(gain.astype(np.float64), 1e-3)))
    same = goes_on(likeness, like)
    for at in (span.first, span.last + 1):
        if not 0 < at < len(size) - 1 or abs(float(share[at]) - float(share[at - 1])) < half:
            continue
        alone = max(size[at - 1], size[at + 1]) <= CALM * size[at]
        if size[at] >= np.log(least) and same[at] and alone:
            return True
    return False
