"""Very many findings of one kind are told as a few and one that sums up; nothing is lost, few findings stay as they are."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Box, Finding, Outcome, Severity, Signal
from vqa_toolkit.crowds import MOST_ALIKE, count, thinned
from vqa_toolkit.detectors.caption_layout import CaptionLayout
from vqa_toolkit.judge import judge_signals
from vqa_toolkit.measures.captions import LANGUAGES
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.profile import Profile
from vqa_toolkit.report.json import to_json
from vqa_toolkit.report.verdict import tally
from vqa_toolkit.result import AnalysisResult


def finding(
    at: float, rule: str = "lines", severity: Severity = "issue", value: float = 3.0, score: float = 0.8
) -> Finding:
    return Finding(
        at, at + 1.0, "caption_layout", "caption_layout", severity, score, value, 2.0, "lines", f"Cue {at:g} is wrong.",
        Box(0, 0, 1, 1), details={"rule": rule, "cue": int(at)},
    )  # fmt: skip


@pytest.mark.parametrize("number", [0, 1, MOST_ALIKE, MOST_ALIKE + 1])
def test_few_are_told_one_by_one(number: int) -> None:
    given = [finding(k) for k in range(number)]
    assert list(thinned(given)) == given


def test_many_become_the_first_and_one_that_says_how_many_and_which_is_surest() -> None:
    given = [finding(k, value=9.0 if k == 700 else 3.0, score=0.99 if k == 700 else 0.8) for k in range(1000)]
    for order in (given, given[::-1], [*given[500:], *given[:500]]):
        *few, rest = thinned(order, most=200)
        assert [f.start for f in few] == list(range(200))
        assert (rest.start, rest.end, rest.value, rest.score) == (200.0, 1000.0, 9.0, 0.99)
        assert rest.message == "800 more of the same kind; the surest at 700.00 s: Cue 700 is wrong."
        assert rest.details == {"rule": "lines", "merged": 800, "worst_time": 700.0}
        assert rest.region is None
        assert sum(map(count, (*few, rest))) == 1000


def test_kinds_are_merged_apart() -> None:
    """Rules are kinds, severities are kinds: a blocker is never hidden in a crowd of notes."""
    notes = [finding(k, severity="fyi") for k in range(500)]
    others = [finding(k, rule="gap") for k in range(500)]
    told = list(thinned([*notes, *others, finding(250, severity="blocker")], most=200))
    assert sorted(count(f) for f in told if count(f) > 1) == [300, 300]
    assert [f.start for f in told if f.severity == "blocker"] == [250]


def cues(number: int) -> Signal:
    """Cues of half a second that read too fast, are too brief and have a long line."""
    start = np.arange(number, dtype=np.float64) * 0.5
    one = np.ones(number)
    english = LANGUAGES.index("en") * one
    rows = np.stack(
        [one, start / 0.5 + 1, start, start + 0.4, 60 * one, 60 * one, one, 0.1 * one, english, 25 * one], axis=1
    )
    return Signal("cues", "", start, rows, (Axis("column", "", tuple(map(float, range(10)))),))


def judged(number: int) -> AnalysisResult:
    signals = {"caption_layout": {"cues": cues(number)}}
    media = MediaInfo("a.mp4", "a.mp4", 1, "mp4", number / 2, 0.0, 0.0, None, None)
    profile = Profile()
    found, incidents, outcomes = judge_signals(signals, {"caption_layout": Outcome("assessed")}, profile, media)
    return AnalysisResult(media, profile, signals, outcomes, found, incidents, {})


def test_a_hundred_thousand_broken_cues_stay_a_small_result_and_none_is_lost() -> None:
    started = time.process_time()
    result = judged(100_000)
    assert time.process_time() - started < 30.0  # four seconds on an idle machine
    assert len(result.findings) == 3 * (MOST_ALIKE + 1)
    assert len(result.incidents) <= len(result.findings)
    assert tally(result) == "300000 issues"
    assert len(to_json(result)) < 3_000_000


def test_a_crowd_is_never_held_whole() -> None:
    def many() -> Iterator[Finding]:
        return (finding(k % 5000) for k in range(20_000))

    tracemalloc.start()
    told = list(thinned(many(), most=100))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(told), sum(map(count, told))) == (101, 20_000)
    assert peak < 1_000_000  # bytes; twenty thousand findings are some 15 MB


def test_all_findings_of_a_detector_can_still_be_had() -> None:
    result = judged(3000)
    assert len(result.findings) < sum(count(f) for f in result.findings) == 9000
    every = result.every_finding("caption_layout")
    assert len(every) == 9000
    assert {f.details["cue"] for f in every} == set(range(1, 3001))
    few = judged(10)
    assert few.every_finding("caption_layout") == few.findings


def test_the_detector_itself_finds_each() -> None:
    assert len(list(CaptionLayout.judge({"cues": cues(300)}, CaptionLayout.limits()))) == 900
