"""The terminal's report, and how times and numbers are written."""

from __future__ import annotations

import dataclasses
import math

import pytest

from vqa_toolkit.core import Outcome
from vqa_toolkit.figures.clock import amount, clock, printable, titled
from vqa_toolkit.media.info import AudioInfo
from vqa_toolkit.report import to_text, verdict_sentence
from vqa_toolkit.report.text import describe
from vqa_toolkit.result import AnalysisResult


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.0, "00:00.000"), (12.4, "00:12.400"), (59.9996, "01:00.000"), (3723.5, "1:02:03.500"), (-0.04, "-00:00.040"),
     (math.nan, "–"), (math.inf, "–")],
)  # fmt: skip
def test_clock(seconds: float, written: str) -> None:
    assert clock(seconds) == written


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [(0.0, "dB", "0 dB"), (-23.0, "LUFS", "-23 LUFS"), (0.98321, "share", "0.9832 share"), (1234567.0, "", "1234567"),
     (100.0, "%", "100 %"), (0.00001234, "", "1.23e-05"), (-math.inf, "dBFS", "-∞ dBFS"), (math.nan, "dB", "–")],
)  # fmt: skip
def test_amount(value: float, unit: str, written: str) -> None:
    assert amount(value, unit) == written


@pytest.mark.parametrize(
    ("name", "unit", "written"),
    [("true_peak", "dBTP", "true peak, dBTP"), ("probability", "probability", "probability"), ("ratio", "", "ratio")],
)
def test_titled(name: str, unit: str, written: str) -> None:
    assert titled(name, unit) == written


def test_the_verdict_comes_first_and_names_the_gravest(result: AnalysisResult) -> None:
    lines = to_text(result).splitlines()
    assert lines[0] == (
        "Fails: 1 blocker, 1 issue, 1 FYI. 00:04.000–00:06.000 black: No picture for 2.0 s. "
        "Incomplete besides: hum did not finish."
    )
    assert lines[2].endswith("00:20.000 · mp4 · h264 1280×720 25 fps 8 bit · aac 48 kHz stereo")
    assert lines[4:6] == ["Incidents", "  00:04.000–00:08.040  blocker  No picture — the source was lost"]


def test_findings_line_up_in_columns(result: AnalysisResult) -> None:
    lines = to_text(result).splitlines()
    at = lines.index("Findings")
    header, first = lines[at + 1], lines[at + 2]
    assert first == "  00:04.000–00:06.000  blocker   black    1 share     0.98 share  No picture for 2.0 s."
    assert header.index("defect") == first.index("black")
    assert header.index("limit") == first.index("0.98")


def test_what_could_not_be_judged_is_said_with_its_reason(result: AnalysisResult) -> None:
    said = to_text(result)
    assert "Nothing to judge\n  loudness: the clip is shorter than 3 s\n" in said
    assert "Did not finish\n  hum: ValueError: <boom>\N{REPLACEMENT CHARACTER}\n" in said
    assert "  black: judged at 8 bits" in said


def test_sentences_of_a_pass_and_of_an_incomplete_run(clean: AnalysisResult) -> None:
    assert verdict_sentence(clean) == "Passes: no findings from 3 detectors, 1 had nothing to judge."
    failed = dataclasses.replace(clean, outcomes={**clean.outcomes, "hum": Outcome("failed", "x")})
    assert verdict_sentence(failed) == "Incomplete: hum did not finish. Until then: no findings."
    cut = dataclasses.replace(clean, incomplete="more than 500000 frames.")
    assert verdict_sentence(cut) == "Incomplete: cut short, more than 500000 frames. Until then: no findings."
    nothing = dataclasses.replace(clean, outcomes={"hum": Outcome("not_assessable", "no sound")})
    assert verdict_sentence(nothing) == ("Incomplete: nothing in this file could be assessed. Until then: no findings.")


def test_no_control_character_reaches_the_terminal(result: AnalysisResult) -> None:
    assert all(c.isprintable() or c == "\n" for c in to_text(result))
    assert printable("a\x1b[2Jb\u202e") == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}"


def test_colour_only_when_asked_for(result: AnalysisResult) -> None:
    coloured = to_text(result, colour=True)
    assert coloured.startswith("\x1b[1;31mFails")
    assert coloured.replace("\x1b[0m", "").count("\x1b[") > 3


def test_long_messages_wrap_within_their_column(result: AnalysisResult) -> None:
    long = dataclasses.replace(result.findings[0], message="one two three four five six seven eight nine ten eleven")
    lines = to_text(dataclasses.replace(result, findings=(long,)), width=90).splitlines()
    at = lines.index("Findings") + 1
    column = lines[at].index("what")
    assert [line[column:] for line in lines[at + 1 : at + 4]] == [
        "one two three four five six",
        "seven eight nine ten eleven",
        "",
    ]
    assert max(len(line) for line in lines[at : at + 4]) <= 90


def test_a_layout_without_a_name_is_counted_in_grammar(result: AnalysisResult) -> None:
    audio = AudioInfo(0, "pcm_s16le", 22050, 1, "", 16, "", 9.0, 0.0)
    assert describe(dataclasses.replace(result.media, audio=audio)).split("kHz ")[1] == "1 channel"
