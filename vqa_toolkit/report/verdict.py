"""The first sentence of every report: what the verdict is, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vqa_toolkit.core import SEVERITIES
from vqa_toolkit.crowds import count
from vqa_toolkit.figures.clock import between, counted
from vqa_toolkit.figures.lines import gravest
from vqa_toolkit.names import defect_name

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

VERBS = {"pass": "Passes", "fail": "Fails", "incomplete": "Incomplete"}


def tally(result: AnalysisResult) -> str:
    """``2 blockers, 1 issue``, gravest first; ``no findings`` when there are none."""
    counts: Counter[str] = Counter()
    for f in result.findings:
        counts[f.severity] += count(f)
    named = [counted(counts[s], s) if s != "fyi" else f"{counts[s]} FYI" for s in reversed(SEVERITIES) if counts[s]]
    return ", ".join(named) or "no findings"


def verdict_sentence(result: AnalysisResult) -> str:
    """``Fails: 2 blockers, 1 issue. 00:12.400–00:14.000 black: no picture.`` (the first of the gravest)

    An incomplete analysis names the detectors that failed; a pass says how many looked and how many could not.
    """
    sentence = f"{VERBS[result.verdict]}: {tally(result)}"
    missing = _missing(result)
    if result.verdict == "incomplete":
        return f"{VERBS['incomplete']}: {missing}. Until then: {tally(result)}."
    if not result.findings:
        assessed = sum(o.status == "assessed" for o in result.outcomes.values())
        open_ = sum(o.status == "not_assessable" for o in result.outcomes.values())
        unknown = f", {open_} had nothing to judge" if open_ else ""
        return f"{sentence} from {counted(assessed, 'detector')}{unknown}."
    first = gravest(result.findings)[0]
    told = f"{sentence}. {between(first.start, first.end)} {defect_name(first.defect).lower()}: {first.message.rstrip('.')}."
    return f"{told} Incomplete besides: {missing}." if missing else told


def _missing(result: AnalysisResult) -> str:
    failed = [name for name, o in result.outcomes.items() if o.status == "failed"]
    if result.incomplete:
        return f"cut short, {result.incomplete.rstrip('.')}"
    if failed:
        return f"{', '.join(failed)} did not finish"
    assessed = any(o.status == "assessed" for o in result.outcomes.values())
    return "" if assessed else "nothing in this file could be assessed"
