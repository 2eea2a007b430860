"""Which curve shows a finding, and at which heights its limits are drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vqa_toolkit.core import SEVERITIES, Finding, Limits, Signal

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult


class Line(NamedTuple):
    """One limit line: the limit's name and its height in the signal's unit."""

    name: str
    value: float


def gravest(findings: tuple[Finding, ...]) -> list[Finding]:
    """Findings by falling severity, then by time."""
    return sorted(findings, key=lambda f: (-SEVERITIES.index(f.severity), f.start, f.end, f.defect))


def length(result: AnalysisResult) -> float:
    """How long the time axis is, seconds: the clip's duration, or the last finding's end where that is unknown."""
    ends = [f.end for f in result.findings if np.isfinite(f.end)]
    known = result.media.duration
    return max([known if np.isfinite(known) else 0.0, *ends]) or 1.0


def limits_of(result: AnalysisResult) -> dict[str, Limits]:
    """The limits that each of the result's detectors was judged by; one no longer installed is left out."""
    from vqa_toolkit.detectors import discover

    known = discover()
    return {name: result.profile.limits(known[name]) for name in result.outcomes if name in known}


def curves(signals: Mapping[str, Signal]) -> list[Signal]:
    """The signals that are curves: one number at each of two or more times, not maps nor flags nor lone totals."""
    return [s for s in signals.values() if s.v.ndim == 1 and len(s.t) > 1 and np.issubdtype(s.v.dtype, np.number)]


def channel_curves(signals: Mapping[str, Signal]) -> list[Signal]:
    """Signals with one column per channel, taken apart into curves ``name_1``, ``name_2``, …"""
    return [
        Signal(f"{s.name}_{n + 1}", s.unit, s.t, s.v[:, n], (), s.end)
        for s in signals.values()
        if s.v.ndim == 2 and s.axes[0].name == "channel" and len(s.t) > 1
        for n in range(s.v.shape[1])
    ]


def shown_on(finding: Finding, signals: Mapping[str, Signal]) -> Signal | None:
    """The curve on which a finding is best seen, or None when its detector measured none.

    A finding names it as ``details["signal"]``. Else it is the curve in the finding's own unit that comes nearest to
    the finding's value during it (of its channel, where ``details["channel"]`` counts one from 1); else the curve that
    the detector gave first, which is its main one.
    """
    named = signals.get(str(finding.details.get("signal", "")))
    if named is not None and named.v.ndim == 1:
        return named
    candidates = [*curves(signals), *channel_curves(signals)]
    own = f"_{finding.details.get('channel', '')}"
    candidates = [s for s in candidates if s.name.endswith(own)] or candidates if own != "_" else candidates
    same_unit = [s for s in candidates if s.unit == finding.unit]
    if same_unit:
        return min(same_unit, key=lambda s: _distance(s, finding))
    return candidates[0] if candidates else None


def _distance(signal: Signal, finding: Finding) -> float:
    inside = slice(
        int(np.searchsorted(signal.t, finding.start - 1e-6)),
        int(np.searchsorted(signal.t, finding.end + 1e-6, "right")),
    )
    near = signal.v[inside].astype(np.float64)
    near = near[np.isfinite(near)]
    if not len(near) or not np.isfinite(finding.value):
        return float("inf")
    return float(np.min(np.abs(near - finding.value)))


def limit_lines(
    signal: Signal, limits: Limits | None, findings: Iterable[Finding] = (), siblings: Iterable[str] = ()
) -> tuple[Line, ...]:
    """The limits that belong on ``signal``: the declared ones in its unit, then each finding's own.

    Args:
        signal: the curve.
        limits: the limits that it was judged by; those in another unit are left out. Where some carry a word of the
            signal's name (``peak_limit`` on ``true_peak``) only those are drawn, because units alone cannot tell a
            loudness from a peak; where one carries a word of a sibling's name it belongs there.
        findings: the detector's findings that are shown on this curve.
        siblings: names of all signals of the detector.
    """
    found = {Line("limit", float(f.limit)): None for f in findings if f.unit == signal.unit and np.isfinite(f.limit)}
    declared = _declared(signal, limits, set(siblings) - {signal.name})
    taken = {line.value for line in declared}
    return (*declared, *(line for line in found if line.value not in taken))


def _declared(signal: Signal, limits: Limits | None, siblings: set[str]) -> list[Line]:
    if limits is None:
        return []
    fields = {f.name: set(f.name.split("_")) for f in dataclasses.fields(limits) if f.metadata["unit"] == signal.unit}
    words = set(signal.name.split("_"))
    kin = [name for name, parts in fields.items() if words & parts]
    if not kin and signal.unit in ("", "s"):  # bare numbers and durations mean something else in every limit
        return []
    others = {word for name in siblings for word in name.split("_")} - words
    free = [name for name, parts in fields.items() if not others & parts]
    return [Line(name.replace("_", " "), float(getattr(limits, name))) for name in kin or free]
