"""Which pictures count as damaged: two that agree, one that is very sure, a broad area, and the decoder's word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Box, Signal
from vqa_toolkit.events import hysteresis

AWAY_S, AROUND_S = 1.0, 30.0  # how far from a picture its title's own level is asked, and up to where
OWN_SHARE = 0.9  # of the pictures looked at there have a worst cell of the own level at most
LEAST_LOOKED_AT = 10  # fewer pictures say nothing of a title
BROAD_PICTURES = 2  # that show broad damage before it is more than a perhaps
COMPLAINT_S = 1.0  # from an event to a complaint of the decoder that still speaks for it
BROAD_CELLS = 12  # fewer cells are not broad, however small the picture


def damaged(signals: Mapping[str, Signal], limits: Any) -> NDArray[np.bool_]:
    """(n,) flags of the pictures under v2's limits; pictures that were not looked at are not flagged.

    A picture's probability counts where its worst cell reaches ``cell``, or ``broad_cell`` with at least ``broad_area`` of
    the picture damaged: one half-sure cell says little, many say much. Two pictures that agree on a cell above ``pair`` need
    nothing else (``corruption_agreement``). Where the decoder complained ``flagged_probability`` is enough. ``cell`` and ``pair``
    are lower where the title is quiet otherwise (:func:`restless`).
    """
    p, peak = (np.nan_to_num(signals[name].v) for name in ("probability", "peak"))
    strict = restless(signals, limits)
    telling = (peak >= cell_limits(strict, limits)) | _broad(signals, limits)
    told = _told(signals, limits) | (signals["pair"].v >= pair_limits(strict, limits))
    untold = np.minimum(p, np.nextafter(limits.probability, 0.0))  # goes on with an event, begins none
    shown = np.where(told, limits.probability, np.where(telling, p, untold))
    return hysteresis(shown, limits.probability, min(limits.probability, limits.release))


def certain(signals: Mapping[str, Signal], limits: Any, items: slice) -> bool:
    """Whether an event's pictures say more than *perhaps*: the decoder's word and a cell that bears it out, two of broad damage, or
    more than a speck that is seen at three quarters of its size as well.

    A cell is sure from ``sure_cell`` on, two pictures that agree from ``sure_pair`` on (and from what the title asks for).
    The damaged shares of the pictures with a sure cell, summed, must reach ``speck``: a few blocks for one picture, which
    no decoder complained of, are as often a glint or a moving pattern. Fine patterns that were scaled look damaged at one size and
    not at another; damage does at both (``smaller``). Where the decoder complained within a second, no pattern is to blame.
    """
    p, peak, area = (np.nan_to_num(signals[name].v[items]) for name in ("probability", "peak", "area"))
    strict = restless(signals, limits, items)
    sure = (p >= limits.probability) & (peak >= np.maximum(cell_limits(strict, limits), limits.sure_cell))
    broad = (p >= limits.probability) & _broad(signals, limits)[items]
    agreed = signals["pair"].v[items] >= np.maximum(pair_limits(strict, limits), limits.sure_pair)
    much = area[sure].sum() >= limits.speck or agreed.any()
    backed = (np.nan_to_num(signals["smaller"].v[items]) >= limits.smaller).any() or complaint_near(signals, items)
    seen = _told(signals, limits)[items] & (peak >= limits.flagged_cell)
    return bool((much and backed) or seen.any() or broad.sum() >= BROAD_PICTURES)


def cell_limits(strict: NDArray[np.bool_], limits: Any) -> NDArray[np.float64]:
    """(n,) what a picture's worst cell must reach: ``cell`` in a restless title, ``quiet_cell`` in any other."""
    return np.where(strict, float(limits.cell), float(limits.quiet_cell))


def pair_limits(strict: NDArray[np.bool_], limits: Any) -> NDArray[np.float64]:
    """(n,) how far a picture must agree with another one: ``pair`` in a restless title, ``quiet_pair`` in any other."""
    return np.where(strict, float(limits.pair), float(limits.quiet_pair))


def restless(signals: Mapping[str, Signal], limits: Any, items: slice = slice(None)) -> NDArray[np.bool_]:
    """(n,) flags of pictures ``items`` whose title often looks damaged to the network: textures, tickers, zooms it never learnt.

    The title's own level is the 0.9 quantile of the worst cells of pictures looked at 1 to 30 s away; above ``restless`` it
    says so. A title of which too little is known is not restless. Only seconds with a picture above the lower limits are asked.
    """
    peak = signals["peak"]
    looked = np.isfinite(peak.v)
    t, v = peak.t[looked], peak.v[looked]
    own = peak.v[items]
    found = np.zeros(len(own), dtype=bool)
    asked = np.flatnonzero(np.nan_to_num(own) >= min(limits.quiet_cell, limits.quiet_pair))
    seconds = np.floor(peak.t[items][asked])
    for second in np.unique(seconds):
        first, last = (np.searchsorted(t, second + side) for side in (-AROUND_S, 1 + AROUND_S))
        left, right = (np.searchsorted(t, second + side) for side in (-AWAY_S, 1 + AWAY_S))
        around = np.concatenate([v[first:left], v[right:last]])
        if len(around) >= LEAST_LOOKED_AT:
            found[asked[seconds == second]] = np.quantile(around, OWN_SHARE) > limits.restless
    return found


def quoted(signals: Mapping[str, Signal], limits: Any, items: slice) -> tuple[float, float]:
    """What decided an event, and the limit that it passed: v1's area, else the probability of a picture or of two worst cells;
    where neither passed, the decoder's complaint made up the difference."""
    if limits.decision < 1.5:
        return float(np.nanmax(signals["area"].v[items])), limits.area
    p = np.nan_to_num(signals["probability"].v[items])
    agreed = signals["pair"].v[items]
    asked = pair_limits(restless(signals, limits, items), limits)
    if p.max() < limits.probability and (agreed >= asked).any():
        return float(agreed.max()), float(asked[agreed.argmax()])
    return float(p.max()), limits.probability if p.max() >= limits.probability else limits.flagged_probability


def _broad(signals: Mapping[str, Signal], limits: Any) -> NDArray[np.bool_]:
    peak, area = (np.nan_to_num(signals[name].v) for name in ("peak", "area"))
    cells = max(1, int(np.prod(signals["map"].v.shape[1:])))
    found: NDArray[np.bool_] = (peak >= limits.broad_cell) & (area >= limits.broad_area) & (area * cells >= BROAD_CELLS)
    return found


def _told(signals: Mapping[str, Signal], limits: Any) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (signals["flagged"].v > 0) & (
        np.nan_to_num(signals["probability"].v) >= limits.flagged_probability
    )
    return found


def complaint_near(signals: Mapping[str, Signal], items: slice) -> bool:
    """Whether demuxer or decoder complained of a picture at most a second from pictures ``items``."""
    flagged = signals["flagged"]
    own = flagged.t[items]
    near = (flagged.t >= own[0] - COMPLAINT_S) & (flagged.t <= own[-1] + COMPLAINT_S)
    return bool((flagged.v[near] > 0).any())


def region_of(percent: NDArray[Any]) -> Box | None:
    """The box around all cells above one half, as fractions of the picture."""
    rows, cols = np.flatnonzero(percent.max(axis=1) > 50), np.flatnonzero(percent.max(axis=0) > 50)
    if not len(rows) or not len(cols):
        return None
    height, width = percent.shape
    return Box(
        float(cols[0] / width), float(rows[0] / height),
        float((cols[-1] + 1 - cols[0]) / width), float((rows[-1] + 1 - rows[0]) / height),
    )  # fmt: skip
