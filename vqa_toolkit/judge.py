"""Judge what was measured: signals × limits → findings, incidents and outcomes. No media is opened."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from vqa_toolkit.core import Finding, Incident, Outcome, Signal
from vqa_toolkit.crowds import thinned
from vqa_toolkit.detectors import discover
from vqa_toolkit.incidents import resolve
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.profile import Profile


def judge_signals(
    signals: Mapping[str, Mapping[str, Signal]], outcomes: Mapping[str, Outcome], profile: Profile, media: MediaInfo
) -> tuple[tuple[Finding, ...], tuple[Incident, ...], dict[str, Outcome]]:
    """Findings (in time order), incidents and outcomes under ``profile``. Pure but for the detectors' own ``judge``.

    Of thousands of findings of one kind the first are told one by one and the rest as one (:mod:`~vqa_toolkit.crowds`);
    :func:`every_finding` has them all.
    """
    known = discover()
    found: list[Finding] = []
    verdicts = dict(outcomes)
    for name, named in signals.items():
        if name not in known or not named:
            continue
        try:
            found += thinned(known[name].judge(named, profile.limits(known[name])))
        except (ValueError, KeyError, IndexError, ArithmeticError) as exc:
            verdicts[name] = Outcome("failed", f"judging failed: {type(exc).__name__}: {exc}")
    return *resolve(found, verdicts, profile.severity, media), verdicts


def every_finding(detector: str, signals: Mapping[str, Signal], profile: Profile) -> list[Finding]:
    """All that ``detector`` finds in its ``signals`` under ``profile``, in time order: none merged, without context."""
    kind = discover()[detector]
    found = sorted(kind.judge(signals, profile.limits(kind)), key=lambda f: (f.start, f.end, f.defect))
    return [dataclasses.replace(f, severity=profile.severity.get(f.defect, f.severity)) for f in found]
