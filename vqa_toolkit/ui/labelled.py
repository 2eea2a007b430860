"""Stored runs with a known truth, as the tuner wants them: simulated clips, reviewed findings, labels files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from vqa_toolkit.core import Finding
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import VqaError
from vqa_toolkit.evaluate.clips import Clip as LabelledClip
from vqa_toolkit.evaluate.measured import Measured
from vqa_toolkit.home import folder
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.simulate.core import Label
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.findings import Opinion, finding_ids, reviews_of, standing
from vqa_toolkit.store.runs import Run, result_path, runs_of
from vqa_toolkit.tune.labels import parse_labels
from vqa_toolkit.ui.aha import labels_of
from vqa_toolkit.ui.evidence import stamp

RESULTS_KEPT = 512
"""Results of which one detector's signals stay in memory: hours of short clips."""


class Truth(NamedTuple):
    """What is known to be true of a run's clip, where that comes from, and of which defects it speaks (None = all)."""

    labels: tuple[Label, ...]
    judged: frozenset[str] | None
    source: str


def labels_file(run: Run) -> Path:
    """Where the labels that a person gave for a run are kept."""
    return folder("labels") / f"{run.id}.json"


def keep_labels(run: Run, text: bytes, name: str) -> int:
    """Check and keep a labels file for a run; returns how many labels it holds.

    Raises:
        ResultError: naming what is wrong with it; an earlier file stays then.
    """
    labels = parse_labels(text, run.duration or 0.0, name)
    labels_file(run).write_bytes(text)
    return len(labels)


def truth_of(run: Run, clip: Clip) -> Truth | None:
    """What is true of a run's clip: a labels file first, then what was injected, then reviews; None when unknown."""
    given = labels_file(run)
    if given.is_file():
        return Truth(parse_labels(given.read_bytes(), run.duration or 0.0, given.name), None, "labels file")
    if clip.origin == "simulated":
        injected = tuple(labels_of(clip))
        return Truth(injected, None, "injected faults") if injected else None
    opinions = standing(reviews_of(run.id))
    if not opinions:
        return None
    labels, judged = reviewed(_loaded(run.id, stamp(run.id), "").findings, opinions)
    return Truth(labels, judged, "reviews") if judged else None


def labelled_runs(who: str) -> dict[str, tuple[Run, Clip, Truth]]:
    """The owner's finished runs with a known truth, newest first, by run id."""
    found: dict[str, tuple[Run, Clip, Truth]] = {}
    for run, clip in runs_of(who):
        if run.state != "done":
            continue
        try:
            truth = truth_of(run, clip)
        except VqaError:
            continue
        if truth is not None:
            found[run.id] = run, clip, truth
    return found


def measured_run(run: Run, clip: Clip, truth: Truth, detector: str) -> Measured:
    """A run as a labelled, measured clip with one detector's signals.

    Raises:
        ResultError: when its result cannot be read.
    """
    result = _loaded(run.id, stamp(run.id), detector)
    kind = "fault" if any(x.defect for x in truth.labels) else "negative"
    labelled = LabelledClip(
        run.id, clip.path, clip.name, clip.made_from or clip.id, kind, result.media.duration, truth.labels,
        judged=truth.judged,
    )  # fmt: skip
    # signals of an earlier version may lack what today's judge reads: such a run cannot speak of that detector
    same = result.versions.get(detector) == discover()[detector].version
    signals = {detector: dict(result.signals.get(detector, {}))} if same else {}
    return Measured(labelled, result.media, signals, dict(result.outcomes))


@lru_cache(maxsize=RESULTS_KEPT)
def _loaded(run_id: str, _stamp: int, detector: str) -> AnalysisResult:
    return AnalysisResult.load(result_path(run_id), [detector])


def reviewed(findings: Sequence[Finding], opinions: Mapping[str, Opinion]) -> tuple[tuple[Label, ...], frozenset[str]]:
    """Confirmed findings as labels, and the defects that somebody judged at all: only of these does the truth speak."""
    labels, judged = [], set()
    for finding, finding_id in zip(findings, finding_ids(findings), strict=True):
        opinion = opinions.get(finding_id)
        if opinion is None:
            continue
        judged.add(finding.defect)
        if opinion == "confirm":
            labels.append(
                Label(finding.defect, "review", finding.start, finding.end, 1.0, {}, 0, "review", "1", finding.region)
            )
    return tuple(labels), frozenset(judged)
