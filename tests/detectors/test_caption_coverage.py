"""Cues that nobody can see, judged on tables written by hand, and how captions are counted in words."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Finding, Signal
from vqa_toolkit.detectors.caption_coverage import COLUMNS, CaptionCoverage, CaptionCoverageLimits
from vqa_toolkit.detectors.caption_text import COLUMNS as TEXT_COLUMNS
from vqa_toolkit.detectors.caption_text import CaptionText, CaptionTextLimits


def judged(starts: list[float], end: float = 10.0, tracks: int = 1) -> list[Finding]:
    """Cues of a second each, in every track, over a clip in which somebody always speaks."""
    t = np.arange(0, end, 0.032)
    rows = np.array([(n, k, s, s + 1.0, 0.0) for k, s in enumerate(starts, 1) for n in range(1, tracks + 1)])
    signals = {
        "speech": Signal("speech", "probability", t, np.ones(len(t)), end=end),
        "cues": Signal("cues", "", rows[:, 2], rows, (Axis("fact", "", tuple(map(float, range(len(COLUMNS))))),)),
        "end": Signal("end", "s", np.zeros(1), np.array([end])),
    }
    found = CaptionCoverage.judge(signals, CaptionCoverageLimits(missing=10.0))
    return [f for f in found if f.details["kind"] == "cues after the end"]


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        ([1.0, 4.0, 12.5], "1 of 3 cues begins after the clip's end at 10.00 s, at 12.50 s."),
        ([1.0, 11.0, 12.5, 14.0], "3 of 4 cues begin after the clip's end at 10.00 s, at 11.00 s and later."),
    ],
)
def test_cues_after_the_end_are_one_finding(starts: list[float], words: str) -> None:
    (found,) = judged(starts)
    assert (found.message, found.severity) == (words, "issue")
    assert found.start == found.end == 10.0


def test_a_cue_that_only_ends_after_the_clip_is_seen() -> None:
    assert judged([1.0, 9.5]) == []


def test_each_track_is_told_by_itself() -> None:
    assert [f.value for f in judged([1.0, 11.0], tracks=2)] == [1.0, 1.0]


@pytest.mark.parametrize(("pieces", "words"), [(1, "1 piece of markup"), (2, "2 pieces of markup")])
def test_one_piece_is_no_pieces(pieces: int, words: str) -> None:
    row = np.array([[1, 1, 0.0, 1.0, pieces, pieces, 5, 0, 0, 0, 0, 0, 0]], float)
    axis = Axis("fact", "", tuple(map(float, range(len(TEXT_COLUMNS)))))
    letters, markup = CaptionText.judge({"cues": Signal("cues", "", np.zeros(1), row, (axis,))}, CaptionTextLimits())
    assert markup.message == f"Cue 1 would show {words}."
    assert letters.message.endswith(f"in {pieces} place{'s' if pieces > 1 else ''}.")
