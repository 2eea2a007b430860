"""``evaluate``: a labelled corpus and a profile in, an :class:`Evaluation` out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vqa_toolkit.core import Severity
from vqa_toolkit.evaluate.clips import Judged, read_clips
from vqa_toolkit.evaluate.curves import (
    EventCurve,
    PrCurve,
    RocCurve,
    balanced_accuracy,
    event_curve,
    precision_recall,
    roc,
)
from vqa_toolkit.evaluate.maps import MapScore, map_score, read_mask
from vqa_toolkit.evaluate.measured import Measured, chosen, measure_clips
from vqa_toolkit.evaluate.scores import DefectScore, score_defect
from vqa_toolkit.evaluate.seconds import second_by_second
from vqa_toolkit.evaluate.strength import StrengthPoint, detection_curve
from vqa_toolkit.profile import Profile, load_profile

NO_FINDING = "nothing"
UNDAMAGED = "undamaged"
MAP_SIGNAL = "map"
NO_MAPS = MapScore(0, 0, 0)


@dataclass(frozen=True, slots=True)
class DefectEvaluation:
    """All that is known about one defect. Errors are medians of |found − true| in seconds over the hits."""

    score: DefectScore
    roc: RocCurve
    pr: PrCurve
    events: EventCurve
    strength: tuple[StrengthPoint, ...]
    balanced_accuracy: float
    onset_error: float
    offset_error: float
    maps: MapScore


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A corpus judged by a profile: per defect, and which fault was called what."""

    profile: Profile
    judged: tuple[Judged, ...]
    defects: Mapping[str, DefectEvaluation]
    confusion: Mapping[str, Mapping[str, float]]
    versions: Mapping[str, str]


def evaluate(
    corpus: str | Path,
    profile: str | Path | Profile = "default",
    *,
    detectors: Sequence[str] = (),
    parts: Sequence[str] = (),
    floor: Severity = "issue",
    progress: Callable[[int, int, str], None] | None = None,
) -> Evaluation:
    """Measure every clip of ``corpus`` (once; kept beside it), judge by ``profile``, compare with the labels.

    Findings below severity ``floor`` do not count. ``progress`` is told (done, of, clip).

    Raises:
        ConfigurationError: no labelled clip, an unknown detector or profile. ResultError: labels that cannot be read.
    """
    judge = load_profile(profile)
    classes = [c for c in chosen(detectors) if c.name not in judge.disabled]
    named = sorted({d for c in classes for d in c.defects})
    judged: list[Judged] = []
    maps: dict[str, MapScore] = defaultdict(lambda: NO_MAPS)
    clips = read_clips(corpus, parts)
    for item in measure_clips(clips, Path(corpus), [c.name for c in classes], progress):
        judged.append(item.judge(judge))
        for defect, score in _maps(item):
            maps[defect] += score
    return Evaluation(
        judge, tuple(judged), {d: evaluate_defect(judged, d, floor, maps[d]) for d in named},
        confusion(judged, named, floor), {c.name: c.version for c in classes},
    )  # fmt: skip


def evaluate_defect(
    judged: Sequence[Judged], defect: str, floor: Severity = "issue", maps: MapScore = NO_MAPS
) -> DefectEvaluation:
    """Every score and curve of one defect."""
    score = score_defect(judged, defect, floor)
    units = second_by_second(judged, defect)
    hits = [h for c in score.clips for h in c.hits]
    alarms = [f.score for c in score.clips for f in c.alarms]
    minutes = sum(c.clip.seconds for c in score.clips) / 60
    return DefectEvaluation(
        score=score,
        roc=roc(units.truth, units.score),
        pr=precision_recall(units.truth, units.score),
        events=event_curve([h.score for h in hits], score.total.misses, alarms, minutes),
        strength=tuple(detection_curve(score.clips)),
        balanced_accuracy=balanced_accuracy(units.truth, units.score > 0),
        onset_error=_median([h.onset_error for h in hits]),
        offset_error=_median([h.offset_error for h in hits]),
        maps=maps,
    )


def _median(errors: list[float]) -> float:
    return float(np.median(np.abs(errors))) if errors else float("nan")


def _maps(item: Measured) -> Iterable[tuple[str, MapScore]]:
    """A label's mask against the map of the detector that names its defect, where there are both."""
    known = {c.name: c for c in chosen()}
    for label in item.clip.labels:
        if not label.mask or label.defect is None:
            continue
        for name, signals in item.signals.items():
            found = signals.get(MAP_SIGNAL)
            if found is not None and found.v.ndim == 3 and label.defect in known[name].defects:
                full = 100.0 if np.issubdtype(found.v.dtype, np.integer) else 1.0
                yield label.defect, map_score(*read_mask(item.clip.path.with_name(label.mask)), found, full)


def confusion(judged: Iterable[Judged], named: Sequence[str], floor: Severity) -> dict[str, dict[str, float]]:
    """Row: what a clip was damaged by; column: share of its clips in which that defect was found (or nothing was)."""
    from vqa_toolkit.core import at_least

    clips: dict[str, int] = defaultdict(int)
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for item in judged:
        row = next((x.defect for x in item.clip.labels if x.defect), UNDAMAGED)
        clips[row] += 1
        names = {f.defect for f in item.findings if at_least(f.severity, floor)}
        for name in names or {NO_FINDING}:
            found[row][name] += 1
    columns = [*named, NO_FINDING]
    return {row: {c: found[row][c] / n for c in columns} for row, n in sorted(clips.items())}
