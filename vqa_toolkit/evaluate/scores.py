"""Counts of hits, misses and false alarms per defect, added up over clips and titles. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import NamedTuple

import numpy as np

from vqa_toolkit.core import Finding, FloatArray, Severity, at_least
from vqa_toolkit.evaluate.bootstrap import Interval, proportion, rate
from vqa_toolkit.evaluate.clips import Clip, Judged
from vqa_toolkit.evaluate.matching import Hit, Matching, match, touching
from vqa_toolkit.evaluate.tolerances import FAINT, FLOORS, FOLLOWS, NOT_GUARANTEED, edge_of
from vqa_toolkit.simulate.core import Label

HOUR_S = 3600.0
CLEAN_KINDS = ("clean", "negative")


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one defect. ``alarms`` are findings that answer no label, on any content free of the defect.

    ``clean_alarms`` are those of them on undamaged content (clean excerpts and hard negatives), ``clean_hours`` long.
    """

    hits: int = 0
    misses: int = 0
    alarms: int = 0
    clean_alarms: int = 0
    clean_hours: float = 0.0

    def __add__(self, other: Score) -> Score:
        return Score(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def events(self) -> int:
        """Labelled events."""
        return self.hits + self.misses

    @property
    def precision(self) -> float:
        """hits / (hits + alarms); NaN when nothing was found."""
        return _ratio(self.hits, self.hits + self.alarms)

    @property
    def recall(self) -> float:
        """hits / events; NaN without events."""
        return _ratio(self.hits, self.events)

    @property
    def f1(self) -> float:
        """2 hits / (2 hits + alarms + misses), the harmonic mean of precision and recall; NaN without events."""
        return _ratio(2 * self.hits, 2 * self.hits + self.alarms + self.misses) if self.events else float("nan")

    @property
    def alarms_per_hour(self) -> float:
        """False alarms per hour of undamaged content; NaN without any."""
        return _ratio(self.clean_alarms, self.clean_hours)


def _ratio(a: float, b: float) -> float:
    return a / b if b else float("nan")


class ClipScore(NamedTuple):
    """One defect in one clip: the counts, the hits in detail, and the false alarms."""

    clip: Clip
    score: Score
    hits: tuple[Hit, ...]
    alarms: tuple[Finding, ...]
    missed: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class DefectScore:
    """One defect over a corpus: total counts and intervals (95 %, bootstrap over titles)."""

    defect: str
    total: Score
    clips: tuple[ClipScore, ...]
    intervals: Mapping[str, Interval] = field(default_factory=dict)


def score_clip(judged: Judged, defect: str, floor: Severity = "issue") -> ClipScore | None:
    """One clip's counts for ``defect``; None when the clip cannot speak of it.

    Findings below ``floor`` are not counted, nor are faint labels. A finding during another fault that rightly provokes
    it (``FOLLOWS``) is neither hit nor alarm.
    """
    clip = judged.clip
    if clip.judged is not None and defect not in clip.judged:
        return None
    truths = [(x.start, x.end) for x in clip.labels if x.defect == defect and not faint(x)]
    own = defect in NOT_GUARANTEED or defect in clip.own
    guaranteed = not own or clip.known or clip.judged is not None
    if not truths and not guaranteed:
        return None
    findings = [f for f in judged.findings if f.defect == defect and at_least(f.severity, FLOORS.get(defect, floor))]
    got = match(truths, [(f.start, f.end) for f in findings], edge_of(defect), [f.score for f in findings])
    alarms = _unexplained(clip, defect, findings, got) if guaranteed else []
    clean = clip.kind in CLEAN_KINDS
    counts = Score(
        len(got.hits), len(got.misses), len(alarms), len(alarms) if clean else 0, clip.seconds / HOUR_S if clean else 0.0
    )  # fmt: skip
    return ClipScore(clip, counts, got.hits, tuple(alarms), tuple(truths[i] for i in got.misses))


def faint(label: Label) -> bool:
    """Whether a labelled fault changed too little of the picture to be an event (``FAINT``)."""
    return label.effect is not None and label.effect < FAINT.get(label.defect or "", 0.0)


def _unexplained(clip: Clip, defect: str, findings: Sequence[Finding], got: Matching) -> list[Finding]:
    alarms = [findings[i] for i in got.alarms]
    causes = [
        (x.start, x.end)
        for x in clip.labels
        if x.defect and (defect in FOLLOWS.get(x.defect, ()) or (x.defect == defect and faint(x)))
    ]
    if not alarms or not causes:
        return alarms
    edge = max(edge_of(defect), *(edge_of(x.defect) for x in clip.labels if x.defect))
    touch = touching(causes, [(f.start, f.end) for f in alarms], edge)
    return [f for i, f in enumerate(alarms) if not touch[:, i].any()]


def score_defect(judged: Iterable[Judged], defect: str, floor: Severity = "issue") -> DefectScore:
    """One defect over many clips, with intervals."""
    clips = tuple(c for c in (score_clip(j, defect, floor) for j in judged) if c is not None)
    total = sum((c.score for c in clips), Score())
    return DefectScore(defect, total, clips, intervals(clips, total))


def by_group(clips: Iterable[ClipScore]) -> FloatArray:
    """(titles, 5): the fields of :class:`Score` summed per title."""
    sums: dict[str, Score] = defaultdict(Score)
    for c in clips:
        sums[c.clip.group] += c.score
    return np.array([astuple(s) for _, s in sorted(sums.items())], dtype=np.float64).reshape(-1, 5)


def intervals(clips: Iterable[ClipScore], total: Score) -> dict[str, Interval]:
    """95 % intervals of precision, recall, F1 and false alarms per hour, by bootstrap over titles."""
    table = by_group(clips)
    found = total.hits + total.alarms
    return {
        "precision": proportion(table, lambda s: s[:, 0] / (s[:, 0] + s[:, 2]), total.hits, found),
        "recall": proportion(table, lambda s: s[:, 0] / (s[:, 0] + s[:, 1]), total.hits, total.events),
        "f1": proportion(
            table, lambda s: 2 * s[:, 0] / (2 * s[:, 0] + s[:, 1] + s[:, 2]), total.hits,
            total.hits + total.misses + total.alarms, lambda share: 2 * share / (1 + share),
        ),
        "alarms_per_hour": rate(table[:, 3:], total.clean_alarms, total.clean_hours),
    }  # fmt: skip
