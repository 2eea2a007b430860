"""The scoreboard's own parts: what FFmpeg says is read rightly, peers are scored like us, regressions are seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import board, ffmpeg, markdown
from benchmarks.markdown import Row, cell, page
from benchmarks.peers import black_and_freeze, silence
from benchmarks.real import golden
from benchmarks.regression import compare, recorded
from benchmarks.said import Facts, Said
from tests.conftest import CaseMaker
from tests.evaluate.made import finding, judged, label
from vqa_toolkit.core import Case
from vqa_toolkit.evaluate.bootstrap import Interval
from vqa_toolkit.evaluate.scores import score_defect

LOG = """
[silencedetect @ 0x55f] silence_start: -0.01
[silencedetect @ 0x55f] silence_end: 1.5 | silence_duration: 1.51
[silencedetect @ 0x55f] silence_start: 4.25
"""


def test_log_events_are_closed_at_the_end_in_the_peers_favour() -> None:
    assert ffmpeg.events(LOG, "silence_start", "silence_end", 6.0) == [(0.0, 1.5), (4.25, 6.0)]


def test_runs_of_frames() -> None:
    rows = [(0.0, True), (0.1, True), (0.2, False), (0.3, True)]
    assert ffmpeg.runs(rows, 0.4) == [(0.0, 0.2), (0.3, 0.4)]
    assert ffmpeg.runs(rows, 0.4, least=0.15) == [(0.0, 0.2)]


def test_ffmpegs_filters_find_black_and_silence(case_clip: CaseMaker, ffmpeg: str) -> None:
    path = case_clip(Case(faults=("black@1:2", "silence@1:3"), duration=4.0), width=160, height=90)
    said = [*black_and_freeze(Facts(path, 4.0, True, True)), *silence(Facts(path, 4.0, True, True))]
    by_setting = {(s.peer, s.setting): s.spans for s in said if s.defect in ("black", "silence")}
    assert by_setting["blackdetect", "pic_th=0.98 d=2"] == []
    assert np.allclose(by_setting["blackdetect", "pic_th=0.98 d=0.1"], [(1.0, 2.0)], atol=0.05)  # one frame
    assert np.allclose(by_setting["silencedetect", "n=-50dB d=1"], [(1.0, 3.0)], atol=0.1)  # AAC smears one block


def test_a_peer_is_shown_at_its_best_setting() -> None:
    clips = [judged((label("black", 2, 4),), group=g).clip for g in "ab"]
    said = [
        Said("blackdetect", "deaf", "black", []), Said("blackdetect", "keen", "black", [(2.0, 4.0), (8.0, 9.0)]),
        Said("blackdetect", "good", "black", [(2.0, 4.0)]), Said("freezedetect", "good", "freeze", [(2.0, 4.0)]),
    ]  # fmt: skip
    (best,) = board.score_peers({"pictures": [(c, said) for c in clips]}, "black")
    assert (best.setting, best.tried, best.score.total.f1) == ("good", 3, 1.0)


def test_regressions_are_what_falls_out_of_the_recorded_interval(tmp_path: Path) -> None:
    good = [judged((label("freeze", 2, 4),), (finding("freeze", 2, 4),), group=g) for g in "abcdefgh"]
    path = tmp_path / "recorded.json"
    recorded({"freeze": score_defect(good, "freeze")}, path)
    assert compare({"freeze": score_defect(good, "freeze")}, path) == []
    one_missed = [judged((label("freeze", 2, 4),), group="a"), *good[1:]]
    assert compare({"freeze": score_defect(one_missed, "freeze")}, path) == []  # 7 of 8 lies within 8 of 8's interval
    half = [*(judged((label("freeze", 2, 4),), group=g) for g in "abcd"), *good[4:]]
    (line,) = compare({"freeze": score_defect(half, "freeze")}, path)
    assert line == "freeze: recall 0.5 is below the recorded bound 0.676."  # Wilson, 8 of 8
    assert compare({}, path) == ["freeze: no detector names it any more."]


def test_cells_are_empty_where_nothing_is_known() -> None:
    nothing = Interval(float("nan"), float("nan"))
    assert cell(float("nan"), nothing) == ""
    assert cell(0.5, nothing) == "0.50"
    assert cell(0.5, Interval(0.25, 0.75)) == "0.50 [0.25, 0.75]"
    assert cell(12.4, Interval(0.0, 60.0)) == "12 [0.00, 60]"


def test_a_defect_without_a_detector_keeps_an_empty_row(ffmpeg: str) -> None:
    score = score_defect([judged((label("tearing", 2, 4),))], "tearing")
    nothing = score_defect([], "tearing")
    text = page([Row("tearing", False, score, [], nothing, [])], {}, False, 1.0)
    assert "| tearing |  | 1 |  |  |  |  |  |  |  |" in text


def test_a_row_below_what_is_wanted_says_why(ffmpeg: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = tmp_path / "reasons.toml"
    reasons.write_text('tearing = "its rows move too little"\n')
    monkeypatch.setattr(markdown, "REASONS", reasons)
    found = judged((label("tearing", 2, 4),), (finding("tearing", 2, 4),))
    good, missed, nothing = (
        score_defect(clips, "tearing") for clips in ([found], [judged((label("tearing", 2, 4),))], [])
    )
    text = page([Row("tearing", True, missed, [], nothing, [])], {}, False, 1.0)
    assert "| tearing |  | 0.00 | its rows move too little |" in text
    assert "its rows" not in page([Row("tearing", True, good, [], nothing, [])], {}, False, 1.0)


def test_golden_clips_carry_their_own_verdict(pristine: Path) -> None:
    clips = {c.id: c for c in golden(pristine)}
    assert {n for n, c in clips.items() if c.labels} == {"iris_3Hz_6s"}  # the only one with failed frames in its table
    assert [(round(x.start, 2), round(x.end, 2)) for x in clips["iris_3Hz_6s"].labels] == [(1.16, 1.76), (4.76, 5.96)]
    assert {c.judged for c in clips.values()} == {frozenset({"flash"})}
