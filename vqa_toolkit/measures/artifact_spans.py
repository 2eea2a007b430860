"""From probabilities per half second and channel to spans: what must last, and what has an exact place."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span, spans

STEADY_S = 5.0  # from this length on, the limit itself is enough
SHORT_LIMIT = 0.97  # what the median probability of the shortest span must reach
STAYS = 0.6  # of the limit: a span goes on through cells as probable as this, for a pause or a loud word hides what lies beneath
EDGE_SHARE = (
    0.8  # of a span's upper quartile: cells at its ends below this are doubt beside a sure span, not part of it
)
TRIM_DB = 6.0  # dB
CLICK_S = 0.005  # s: the longest click of the field's definition
CLICKS_APART_S = 2.0  # clicks nearer than this are one finding


class Found(NamedTuple):
    """A span with its median probability (of clicks: the largest), its channels (from 0), and the clicks inside (times, dB)."""

    start: float
    end: float
    probability: float
    channels: tuple[int, ...]
    times: tuple[float, ...] = ()
    over_db: float = 0.0


def artifact_spans(
    signal: Signal, bound: float, shortest: float, gap: float, step: float, brief: float = SHORT_LIMIT
) -> list[Found]:
    """Spans of a probability (n, channels) that are high enough for their length.

    The median over a span must reach ``bound`` from 5 s on; shorter spans need more, up to ``brief`` at ``shortest`` seconds
    (linear in length): one second cannot show that something is steady. A span goes on while cells reach ``STAYS`` of ``bound``; at
    its ends those that are much less probable than the span as a whole are left out.
    """
    if not len(signal.t):
        return []
    loudest = signal.v.max(axis=1)
    curve = Signal(signal.name, signal.unit, signal.t, loudest, end=signal.end)
    found = []
    for whole in spans(curve, loudest >= STAYS * bound, min_duration=shortest, merge_gap=gap):
        span = narrowed(whole, curve, shortest)
        inside = signal.v[span.items]
        middle = float(np.median(inside.max(axis=1)))
        share = np.clip((span.end - span.start - shortest) / max(STEADY_S - shortest, step), 0, 1)
        if middle >= max(bound, brief) + share * (bound - max(bound, brief)):
            means = inside.mean(axis=0)
            channels = tuple(np.flatnonzero(means >= min(bound, float(means.max()))).tolist())
            found.append(Found(span.start, span.end, middle, channels))
    return found


def narrowed(span: Span, curve: Signal, shortest: float) -> Span:
    """A span without the cells at its ends that lie below 0.8 of its upper quartile; as it was if that leaves too little."""
    inside = curve.v[span.items]
    kept = np.flatnonzero(inside >= EDGE_SHARE * np.quantile(inside, 0.75))
    first, last = span.first + int(kept[0]), span.first + int(kept[-1])
    start, end = float(curve.t[first]), float(curve.ends[last])
    return Span(start, end, first, last) if end - start >= shortest - 1e-6 else span


def above_the_room(found: Found, floor: Signal, treble: Signal, level: float, shortest: float) -> Found:
    """The part of a span of hiss that lies over the soft noise of a room, of which the network hears both.

    Where the span's quietest place is below ``level`` dBFS, a room is heard there: kept is the longest run of cells whose
    floor in the treble (which voices do not fill) lies 6 dB over that of this place, if it lasts ``shortest`` seconds.
    """
    inside = _within(found, floor)
    channels = list(found.channels)
    if not len(inside) or floor.v[inside][:, channels].max(axis=1).min() >= level:
        return found
    place = int(np.argmin(floor.v[inside][:, channels].max(axis=1)))
    high = treble.v[inside][:, channels].max(axis=1)
    kept = _longest(inside[high >= high[place] + TRIM_DB])
    if not len(kept) or floor.ends[kept[-1]] - floor.t[kept[0]] < shortest - 1e-6:
        return found
    return _cut(found, floor, kept)


def _within(found: Found, signal: Signal) -> NDArray[np.intp]:
    return np.flatnonzero((signal.t >= found.start - 1e-6) & (signal.t < found.end - 1e-6))


def _longest(items: NDArray[np.intp]) -> NDArray[np.intp]:
    """The longest run of consecutive items."""
    return max(np.split(items, np.flatnonzero(np.diff(items) > 1) + 1), key=len)


def _cut(found: Found, signal: Signal, kept: NDArray[np.intp]) -> Found:
    start, end = max(found.start, float(signal.t[kept[0]])), min(found.end, float(signal.ends[kept[-1]]))
    return found._replace(start=start, end=end)


def trimmed(found: Found, floor: Signal) -> Found:
    """The longest part of a span of hiss in which no cell's noise floor (n, channels), dBFS, lies 6 dB under the median.

    Steady noise cannot be where it is quieter than the noise; speech only ever raises a cell's floor.
    """
    inside = _within(found, floor)
    if not len(inside):
        return found
    level = floor.v[inside][:, list(found.channels)].max(axis=1)
    return _cut(found, floor, _longest(inside[level >= np.median(level) - TRIM_DB]))


def quietest(found: Found, floor: Signal) -> float:
    """The lowest noise floor within a span, dBFS, of its loudest channel: steady noise is nowhere quieter than itself."""
    inside = (floor.t >= found.start - 1e-6) & (floor.t < found.end - 1e-6)
    if not inside.any():
        return 0.0
    return float(floor.v[inside][:, list(found.channels)].max(axis=1).min())


def bare(found: Found, tone: Signal, least: float) -> bool:
    """Whether in half of a span's cells or more next to nothing lies beside one line, by ``least`` dB, in every channel of it."""
    inside = _within(found, tone)
    return bool(len(inside)) and bool(np.median(tone.v[inside][:, list(found.channels)], axis=0).max() < least)


def click_spans(signal: Signal, events: Signal, limits: Any) -> list[Found]:
    """Clicks that stand out by ``click_over`` where the network hears clicks, gathered into findings.

    What follows may be louder than what went before by ``click_rise`` at most: else something begins there, as a drum does.
    The same click in several channels counts once; clicks less than 2 s apart belong together. One of them must reach ``clicks``, the
    others half of it: the neighbours of a likely click are likelier than a lone one.
    """
    if not len(signal.t) or not len(events.t):
        return []
    at = np.clip(np.searchsorted(signal.t, events.t, side="right") - 1, 0, len(signal.t) - 1)
    channel = np.minimum(events.v[:, 0].astype(int), signal.v.shape[1] - 1)
    heard = signal.v[at, channel]
    kept = (
        (heard >= 0.5 * limits.clicks) & (events.v[:, 1] >= limits.click_over) & (events.v[:, 2] <= limits.click_rise)
    )
    t, heard, channel, over = events.t[kept], heard[kept], channel[kept], events.v[kept, 1]
    groups = np.split(np.arange(len(t)), np.flatnonzero(np.diff(t) > CLICKS_APART_S) + 1)
    return [
        _gathered(t[g], heard[g], channel[g], over[g]) for g in groups if len(g) and heard[g].max() >= limits.clicks
    ]


def _gathered(t: NDArray[Any], heard: NDArray[Any], channel: NDArray[Any], over: NDArray[Any]) -> Found:
    first = np.diff(t, prepend=-np.inf) > CLICK_S
    times = tuple(float(x) for x in t[first])
    channels = tuple(sorted({int(c) for c in channel}))
    return Found(times[0], times[-1] + CLICK_S, float(heard.max()), channels, times, float(np.median(over)))
