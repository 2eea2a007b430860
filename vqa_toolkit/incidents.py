"""Findings that belong together → one incident with a probable cause; context that lowers severity, and says why."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from vqa_toolkit.core import SEVERITIES, Finding, Incident, Outcome, Severity
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.names import defect_name

NEAR_S = 0.4  # findings this close in time may share a cause (two sound buffers and a few frames)
EDGE_BLACK_S = (
    1.04  # s of black at head and tail that delivery specifications call normal (Netflix: 1 s), plus one frame
)
EDGE_S = 0.1  # how near to the file's start or end "at the head" or "at the tail" is
OVERLAP_SHARE = (
    0.5  # of the shorter finding that must overlap for two to be one; of the longer, for one loss of picture and sound
)


class Cause(NamedTuple):
    """When all ``defects`` meet in time, this is probably what happened."""

    defects: frozenset[str]
    title: str
    cause: str


CAUSES = (
    Cause(frozenset({"black", "silence"}), "Signal loss", "picture and sound vanish together: the signal was probably lost"),
    Cause(frozenset({"constant_colour", "silence"}), "Signal loss", "a flat picture without sound: the signal was probably lost"),
    Cause(frozenset({"freeze", "silence"}), "Encoder stall", "picture and sound stop together: probably a stalled encoder"),
    Cause(frozenset({"freeze", "dropout"}), "Encoder stall", "picture and sound stop together: probably a stalled encoder"),
    Cause(frozenset({"pts_gap", "dropout"}), "Lost segment", "timestamps jump and sound drops out: probably a lost segment"),
    Cause(frozenset({"pts_gap", "silence"}), "Lost segment", "timestamps jump and sound is gone: probably a lost segment"),
    Cause(
        frozenset({"block_corruption", "decode_error"}), "Transmission damage",
        "damaged blocks where the decoder reports errors: data was lost on the way",
    ),
    Cause(frozenset({"block_corruption", "pts_gap"}), "Transmission damage", "damaged blocks around a gap: data was lost on the way"),
    Cause(frozenset({"freeze", "decode_error"}), "Transmission damage", "the picture stands still where the decoder reports errors"),
    Cause(frozenset({"decode_error", "pts_gap"}), "Transmission damage", "pictures are missing where the decoder reports errors"),
    Cause(frozenset({"freeze", "pts_gap"}), "Lost segment", "the picture stands still over a timestamp gap"),
    Cause(frozenset({"black", "freeze"}), "Black picture", "black does not move, so it is also frozen"),
    Cause(frozenset({"constant_colour", "freeze"}), "Flat picture", "a flat picture does not move, so it is also frozen"),
    Cause(frozenset({"test_pattern", "freeze"}), "Test pattern", "a test pattern does not move, so it is also frozen"),
    Cause(frozenset({"truncated", "av_duration"}), "Truncated file", "the file ends early, so its streams end apart"),
)  # fmt: skip
# What a defect brings with it by itself: inside it these say nothing new. A pattern holds levels beyond the legal range on
# purpose, flashing pictures are white and black in turn, bars are black, damaged blocks have any colour and edge.
BRINGS: Mapping[str, frozenset[str]] = {
    "test_pattern": frozenset({"freeze", "exposure", "banding", "levels", "letterbox", "blockiness", "stutter", "noise", "blur"}),
    "constant_colour": frozenset({"freeze", "exposure", "banding", "levels", "stutter", "blur"}),
    "black": frozenset({"freeze", "exposure", "letterbox", "stutter", "blur"}),
    "flash": frozenset({"black", "constant_colour", "stutter", "exposure", "banding", "letterbox", "blur"}),
    "block_corruption": frozenset({"levels", "blockiness", "noise", "blur", "banding"}),
    "letterbox": frozenset({"exposure"}),
    "exposure": frozenset({"letterbox"}),
    "interlacing": frozenset({"noise"}),
}  # fmt: skip
# What is judged against the title's own level, or against what goes before, and which faults may have made that level: then
# the rest of the title is told to lack what the fault added or took away.
FLANKS: Mapping[str, frozenset[str]] = {
    "blur": frozenset({"noise", "interlacing", "banding", "blockiness", "block_corruption", "test_pattern", "letterbox", "levels"}),
    "exposure": frozenset({"exposure", "levels", "noise"}),
    "channels": frozenset({"channels", "phase", "silence"}),
}  # fmt: skip
MEANT_TOO = frozenset({"black", "constant_colour"})  # what is probably meant (a note) brings the same with it
LOSSES = frozenset(
    {"black", "constant_colour", "freeze"}
)  # of the picture, which with a loss of sound are one loss of signal
INSIDE = 0.75  # of a finding that must lie in what brings it with it
_EXPLAINING = frozenset(BRINGS) | frozenset().union(*FLANKS.values())
_EXPLAINED = frozenset(FLANKS) | frozenset().union(*BRINGS.values())
_RELATED = {frozenset({a, b}) for c in CAUSES for a in c.defects for b in c.defects if a != b}


def resolve(
    found: Iterable[Finding], outcomes: Mapping[str, Outcome], severity: Mapping[str, Severity], media: MediaInfo
) -> tuple[tuple[Finding, ...], tuple[Incident, ...]]:
    """Findings in time order with the profile's severities and their context, and the incidents they form. Pure."""
    ordered = sorted(found, key=lambda f: (f.start, f.end, f.defect))
    rated = [dataclasses.replace(f, severity=severity.get(f.defect, f.severity)) for f in ordered]
    causes = [f for f in rated if f.defect in _EXPLAINING and (f.severity != "fyi" or f.defect in MEANT_TOO)]
    placed = tuple(_in_context(f, causes, media) for f in rated)
    return placed, tuple(_incident(group, placed, outcomes) for group in _groups(placed))


def _in_context(finding: Finding, causes: list[Finding], media: MediaInfo) -> Finding:
    """Lower the severity of what is probably meant or follows from one of ``causes``, and say why in the message."""
    reason = ""
    length = media.duration
    at_edge = finding.start <= EDGE_S or (math.isfinite(length) and finding.end >= length - EDGE_S)
    if finding.defect == "black" and at_edge and finding.duration <= EDGE_BLACK_S:
        reason = "up to a second of black at the head or tail of a programme is normal"
    elif finding.defect not in _EXPLAINED:
        return finding
    elif (bringer := _bringer(finding, causes)) is not None:
        reason = f"it comes with the {defect_name(bringer.defect).lower()}, which is reported by itself"
    elif (fault := _flanked(finding, causes, length)) is not None:
        reason = f"it ends only where the {defect_name(fault.defect).lower()} is, so this is the programme itself"
    if not reason:
        return finding
    return dataclasses.replace(finding, severity="fyi", message=f"{finding.message} Lowered to fyi: {reason}.")


def _bringer(finding: Finding, causes: list[Finding]) -> Finding | None:
    """The finding that ``finding`` lies in and comes with, or None."""
    for cause in causes:
        inside = (
            finding.defect in BRINGS.get(cause.defect, ()) and _overlap(finding, cause) >= INSIDE * finding.duration
        )
        if inside and _accounts_for(cause, finding):
            return cause
    return None


def _accounts_for(cause: Finding, finding: Finding) -> bool:
    """Of bars and crushed shadows at one time the larger brings the smaller: bars are black, and shadows that are crushed at
    the edges look like bars. Bars account for as much lost as they cover, and for what is no finding beyond that."""
    if {cause.defect, finding.defect} != {"exposure", "letterbox"}:
        return True
    bars, loss = (cause, finding) if cause.defect == "letterbox" else (finding, cause)
    beyond = loss.value - _covered(bars)
    crushed = loss.details.get("signal") == "crushed" and beyond >= loss.limit
    return crushed == (cause is loss)


def _covered(bars: Finding) -> float:
    """Share of the picture that bars cover; what they leave is their finding's region."""
    return 1 - bars.region.width * bars.region.height if bars.region is not None else 1.0


def _flanked(finding: Finding, causes: list[Finding], length: float) -> Finding | None:
    """The fault within the programme that ``finding`` reaches up to, from the start of the file, to its end, or to the next
    such fault; None where an edge of the finding is its own."""
    faults = [
        o for o in causes
        if o.defect in FLANKS.get(finding.defect, ())
        and o.start > EDGE_S and o.end < length - EDGE_S and _overlap(finding, o) <= NEAR_S
    ]  # fmt: skip
    before = next((o for o in faults if abs(o.end - finding.start) <= NEAR_S), None)
    after = next((o for o in faults if abs(o.start - finding.end) <= NEAR_S), None)
    at_head, at_tail = finding.start <= EDGE_S, finding.end >= length - EDGE_S
    return (before or after) if (before or at_head) and (after or at_tail) else None


def _overlap(a: Finding, b: Finding) -> float:
    return max(min(a.end, b.end) - max(a.start, b.start), 0.0)


def _share(a: Finding, b: Finding) -> float:
    """Overlap of two findings as a share of the shorter one; instants count as one millisecond."""
    return _overlap(a, b) / max(min(a.duration, b.duration), 1e-3)


def _belong(a: Finding, b: Finding) -> bool:
    if a.defect == b.defect == "pts_gap":  # of picture and of sound
        return a.details.get("signal") != b.details.get("signal") and _share(a, b) >= OVERLAP_SHARE
    if frozenset({a.defect, b.defect}) not in _RELATED:
        return False
    if "silence" in (a.defect, b.defect) and LOSSES & {a.defect, b.defect}:
        return _lost_together(a, b)
    if "freeze" in (a.defect, b.defect) or "black" in (a.defect, b.defect) or "silence" in (a.defect, b.defect):
        touching = min(a.end, b.end) - max(a.start, b.start) >= -NEAR_S
        momentary = min(a.duration, b.duration) <= NEAR_S
        return _share(a, b) >= OVERLAP_SHARE or (momentary and touching)
    return min(a.end, b.end) - max(a.start, b.start) >= -NEAR_S


def _lost_together(a: Finding, b: Finding) -> bool:
    """Whether picture and sound were lost at one time: most of the longer loss is both, or both begin together inside
    the file, where chance seldom puts them. What is probably meant (a fade, a still card, a pause) was not lost, nor was a
    sound of which one channel is silent."""
    if any(f.severity == "fyi" or "channel" in f.details for f in (a, b)) or not _overlap(a, b):
        return False
    begin = abs(a.start - b.start) <= NEAR_S and min(a.start, b.start) > EDGE_S
    return begin or _overlap(a, b) >= OVERLAP_SHARE * max(a.duration, b.duration)


def _groups(findings: tuple[Finding, ...]) -> list[list[int]]:
    """Indices of findings that belong together, directly or through others (disjoint sets)."""
    parent = list(range(len(findings)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    related = [i for i, f in enumerate(findings) if any(f.defect in pair for pair in _RELATED)]
    for n, i in enumerate(related):
        for j in related[n + 1 :]:
            if findings[j].start > findings[i].end + NEAR_S:
                break
            if _belong(findings[i], findings[j]):
                parent[root(j)] = root(i)
    groups: dict[int, list[int]] = {}
    for i in range(len(findings)):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())


def _incident(group: list[int], findings: tuple[Finding, ...], outcomes: Mapping[str, Outcome]) -> Incident:
    members = [findings[i] for i in group]
    defects = {f.defect for f in members}
    gravest = max((f.severity for f in members), key=SEVERITIES.index)
    cause = next((c for c in CAUSES if c.defects <= defects), None)
    if cause is not None:
        title, why = cause.title, cause.cause
    else:
        title, why = _alone(members, findings, outcomes)
    return Incident(min(f.start for f in members), max(f.end for f in members), gravest, title, why, tuple(group))


def _alone(members: list[Finding], findings: tuple[Finding, ...], outcomes: Mapping[str, Outcome]) -> tuple[str, str]:
    first = members[0]
    if len(members) > 1 and {f.defect for f in members} == {"pts_gap"}:
        return "Lost segment", "the timestamps of picture and sound jump together: probably a lost segment"
    if first.defect == "freeze" and first.severity != "fyi" and _sound_runs_on(first, findings, outcomes):
        return "Video stall", "the picture stands still while the sound runs on: probably a video stall"
    return defect_name(first.defect), ""


def _sound_runs_on(freeze: Finding, findings: tuple[Finding, ...], outcomes: Mapping[str, Outcome]) -> bool:
    """Whether silence was looked for, and none of all channels takes most of the freeze."""
    silent = (f for f in findings if f.defect == "silence" and "channel" not in f.details)
    judged = outcomes.get("silence", Outcome("failed")).status == "assessed"
    return judged and not any(_share(f, freeze) >= OVERLAP_SHARE for f in silent)
