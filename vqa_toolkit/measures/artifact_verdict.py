"""What of the network's word becomes a finding: each artifact by its own rule, from measurements that back or deny it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from vqa_toolkit.core import Finding, Signal
from vqa_toolkit.measures.artifact_explain import explain
from vqa_toolkit.measures.artifact_scan import STEP_S
from vqa_toolkit.measures.artifact_spans import (
    SHORT_LIMIT,
    STEADY_S,
    Found,
    above_the_room,
    artifact_spans,
    bare,
    click_spans,
    quietest,
    trimmed,
)
from vqa_toolkit.measures.hum_lines import denied, whole
from vqa_toolkit.measures.hum_tracks import wanders

Signals = Mapping[str, Signal]

SETTLED_S = (
    4.5  # from here on two windows of 4 s speak for a hum, where they fit; development: 32 of 32 hums, 28 followed
)
ROUNDING = 1e-6  # of a probability in single precision
FOLLOWED_S = 2.0  # from here on two windows of 1.5 s show whether a hum keeps its frequency and level
BRIEF_HUM = 0.9  # of the shortest hum's probability: development, as many found with followed lines as without at 0.97


def hums(signals: Signals, limits: Any) -> Iterator[Finding]:
    """Hum shows a mains line: in two windows of 4 s, or where it is too short for them one that keeps its frequency and level; where
    it is too short even to show that, it is a note."""
    lines, tracks = signals["hum_lines"], signals["hum_tracks"]
    for found in _spans("hum", signals, limits, limits.min_duration, BRIEF_HUM):
        settled = found.end - found.start >= SETTLED_S - 1e-6 and len(whole(found, lines)) >= 2
        wandering = not settled and wanders(found, tracks, limits.hum_short)
        if not wandering and not denied(found, lines, limits.hum_line):
            shown = explain("hum", found, signals, limits)
            yield shown if found.end - found.start >= FOLLOWED_S - 1e-6 else replace(shown, severity="fyi")


def hisses(signals: Signals, limits: Any) -> Iterator[Finding]:
    """Hiss is steady; what is as soft as a room is a note."""
    floor, treble = signals["noise_floor"], signals["treble_floor"]
    for found in _spans("hiss", signals, limits, limits.min_duration):
        kept = above_the_room(found, floor, treble, limits.hiss_level, limits.min_duration)
        shown = explain("hiss", trimmed(kept, floor), signals, limits)
        soft = min(quietest(kept, floor), quietest(kept, signals["steady_noise"])) < limits.hiss_level
        yield replace(shown, severity="fyi") if soft else shown


def distortions(signals: Signals, limits: Any) -> Iterator[Finding]:
    """Distortion is no lone tone; without flat tops it must last, or is a note, and so is what is only likely."""
    sure = _spans("distortion", signals, limits, limits.min_distortion)
    likely = _spans("distortion", signals, limits, limits.min_distortion, bound=limits.likely_distortion)
    starts, ends = [x.start for x in sure], [x.end for x in sure]
    alone = [x for x in likely if bisect_right(ends, x.start) == bisect_left(starts, x.end)]  # beside all that is sure
    for found, only_likely in sorted([*((x, False) for x in sure), *((x, True) for x in alone)]):
        if bare(found, signals["beside_tone"], limits.tone):
            continue
        shown = explain("distortion", found, signals, limits)
        if only_likely:
            shown = replace(shown, limit=float(limits.likely_distortion))
        doubted = only_likely or ("disagreement" in shown.details and not _sure(found, limits))
        yield replace(shown, severity="fyi") if doubted else shown


def clicks(signals: Signals, limits: Any) -> Iterator[Finding]:
    """Clicks need the network and a place; what is likely and not sure, or alone and not nearly certain, is a note."""
    for found in click_spans(signals["clicks"], signals["click_events"], limits):
        shown = explain("clicks", found, signals, limits)
        asked = limits.sure_click if len(found.times) > 1 else limits.lone_click
        yield replace(shown, severity="fyi") if found.probability < asked - ROUNDING else shown


def _sure(found: Found, limits: Any) -> bool:
    """Whether the network alone is enough for distortion: it holds for 5 s, or is short of that but nearly certain."""
    lasted = found.end - found.start + 1e-6
    return lasted >= STEADY_S or (lasted >= limits.min_unbacked and found.probability >= limits.unbacked)


def _spans(
    name: str, signals: Signals, limits: Any, shortest: float, brief: float = SHORT_LIMIT, bound: float | None = None
) -> list[Found]:
    least = getattr(limits, name) if bound is None else bound
    return artifact_spans(signals[name], least, shortest, limits.merge_gap, STEP_S, brief)
