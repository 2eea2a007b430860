"""Clips, labels and findings from a few numbers."""

from __future__ import annotations

from pathlib import Path

from vqa_toolkit.core import Finding, Severity
from vqa_toolkit.evaluate.clips import Clip, Judged
from vqa_toolkit.simulate.core import Label


def label(defect: str | None, start: float, end: float) -> Label:
    return Label(defect, defect or "none", start, end, 0.5, {}, 0, "title", "1")


def finding(defect: str, start: float, end: float, score: float = 0.9, severity: Severity = "issue") -> Finding:
    return Finding(start, end, defect, defect, severity, score, 1.0, 0.5, "s", "found")


def judged(
    labels: tuple[Label, ...] = (), findings: tuple[Finding, ...] = (), *, group: str = "a", kind: str = "fault",
    seconds: float = 10.0, known: bool = False, strength: float | None = 0.5, judged: frozenset[str] | None = None,
) -> Judged:  # fmt: skip
    clip = Clip(f"{group}-{kind}", Path("x.mp4"), group, group, kind, seconds, labels, known, strength, judged)
    return Judged(clip, findings)
