"""Which findings come and go between two judgements of the same clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import UsageError
from vqa_toolkit.evaluate.clips import Clip, Judged
from vqa_toolkit.evaluate.matching import match
from vqa_toolkit.evaluate.tolerances import edge_of


class Flip(NamedTuple):
    """A finding that only one of two judgements has; ``right`` says whether it answers a label (None = unlabelled)."""

    clip: Clip
    finding: Finding
    change: Literal["appears", "vanishes"]
    right: bool | None


def flips(before: Sequence[Judged], after: Sequence[Judged]) -> list[Flip]:
    """Findings of ``before`` that nothing in ``after`` answers, and the other way round, clip by clip.

    Two findings are the same when one touches the other in time, edges within 0.1 s, and they name one defect.

    Raises:
        UsageError: the two judge different clips.
    """
    if [j.clip.id for j in before] != [j.clip.id for j in after]:
        raise UsageError("Two judgements of the same clips, in the same order, are needed to compare them.")
    found: list[Flip] = []
    for old, new in zip(before, after, strict=True):
        found += [Flip(old.clip, f, "vanishes", _right(old.clip, f)) for f in _only(old.findings, new.findings)]
        found += [Flip(new.clip, f, "appears", _right(new.clip, f)) for f in _only(new.findings, old.findings)]
    return found


SAME_S = 0.1  # how far apart the edges of one and the same finding may lie


def _only(these: Sequence[Finding], those: Sequence[Finding]) -> list[Finding]:
    alone: list[Finding] = []
    for defect in sorted({f.defect for f in these}):
        own = [f for f in these if f.defect == defect]
        others = [(f.start, f.end) for f in those if f.defect == defect]
        alone += [own[i] for i in match(others, [(f.start, f.end) for f in own], SAME_S).alarms]
    return alone


def _right(clip: Clip, finding: Finding) -> bool | None:
    if clip.judged is not None and finding.defect not in clip.judged:
        return None
    truths = [(x.start, x.end) for x in clip.labels if x.defect == finding.defect]
    return bool(match(truths, [(finding.start, finding.end)], edge_of(finding.defect)).hits)
