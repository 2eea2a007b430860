"""Caption faults, read back from the SRT text by a parser of the tests' own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate import Label, simulate

SOURCE = """1
00:00:01,000 --> 00:00:03,000
It's the first line.

2
00:00:04,000 --> 00:00:06,000
Then comes the second.

3
00:00:08,000 --> 00:00:10,500
And here is the third one,
on two lines.

4
00:00:12,000 --> 00:00:14,000
The fourth is the last.
"""
CUE = re.compile(r"(\d\d):(\d\d):(\d\d),(\d\d\d) --> (\d\d):(\d\d):(\d\d),(\d\d\d)\n(.*?)(?=\n\n|\n*\Z)", re.DOTALL)


class Cue(NamedTuple):
    """A cue as the file has it: seconds and text."""

    start: float
    end: float
    text: str


def cues(path: Path) -> list[Cue]:
    """The cues of an SRT file."""
    found = []
    for m in CUE.finditer(path.read_text(encoding="utf-8")):
        n = [int(x) for x in m.groups()[:8]]
        start, end = (n[i] * 3600 + n[i + 1] * 60 + n[i + 2] + n[i + 3] / 1000 for i in (0, 4))
        found.append(Cue(start, end, m.group(9)))
    return found


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    """Four cues of plain English."""
    path = tmp_path / "clean.srt"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def run(captions: Path, fault: str) -> tuple[list[Cue], Label]:
    """``fault`` put into the captions: the cues and the label."""
    target = captions.with_name("out.srt")
    labels = simulate(captions, [fault], 2, target)
    return cues(target), labels[0]


def test_shifted_moves_the_cues_of_its_span(captions: Path) -> None:
    got, label = run(captions, "caption_sync@3:11,shift=-1.25")
    assert [c.start for c in got] == [1.0, 2.75, 6.75, 12.0]
    assert [c.end for c in got] == [3.0, 4.75, 9.25, 14.0]
    assert (label.defect, label.start, label.end, label.expected["offset_ms"]) == ("caption_sync", 4.0, 10.5, -1250)


def test_stretched_multiplies_times(captions: Path) -> None:
    got, label = run(captions, "caption_sync,mode=stretched,strength=1")
    assert [c.start for c in got] == pytest.approx([t * 25 / 24 for t in (1, 4, 8, 12)], abs=0.001)
    assert label.expected["ratio"] == pytest.approx(25 / 24)


def test_missing_takes_every_cue_of_the_span(captions: Path) -> None:
    got, label = run(captions, "caption_coverage@3:11")
    assert [c.start for c in got] == [1.0, 12.0]
    assert (label.start, label.end, label.times) == (4.0, 10.5, (4.0, 8.0))


def test_dropped_takes_some(captions: Path) -> None:
    got, label = run(captions, "caption_coverage,mode=dropped,strength=0.5")
    assert sorted([c.start for c in got] + list(label.times)) == [1.0, 4.0, 8.0, 12.0]
    assert len(label.times) == 2


@pytest.mark.parametrize(
    ("mode", "check"),
    [
        ("overlapping", lambda c, following: c.end > following.start),
        ("too_fast", lambda c, following: len(c.text) / (c.end - c.start) > 30),
        ("too_long", lambda c, following: c.end - c.start == pytest.approx(9)),
        ("too_brief", lambda c, following: c.end - c.start == pytest.approx(0.3)),
        ("long_line", lambda c, following: max(map(len, c.text.split("\n"))) > 50),
        ("many_lines", lambda c, following: c.text.count("\n") == 3),
    ],
)
def test_layout_faults(captions: Path, mode: str, check) -> None:  # type: ignore[no-untyped-def]
    clean = cues(captions)
    got, label = run(captions, f"caption_layout@3:5,mode={mode},strength=1")
    assert label.times == (4.0,)
    assert check(got[1], got[2])
    assert not check(clean[1], clean[2])
    assert [got[0], got[2], got[3]] == [clean[0], clean[2], clean[3]]


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("mojibake", "It’s thé first line.…".encode().decode("cp1252")),
        ("empty", ""),
        ("wrong_language", "Der Zug kam schon wieder zu spät."),
        ("markup", "<font color=#ffffff>It's the first line.</b> &amp;nbsp;"),
    ],
)
def test_text_faults(captions: Path, mode: str, text: str) -> None:
    got, label = run(captions, f"caption_text@0:3,mode={mode},strength=1")
    assert got[0].text == text
    assert (label.defect, label.times) == ("caption_text", (1.0,))


def test_duplicate_repeats_the_cue(captions: Path) -> None:
    got, _ = run(captions, "caption_text@0:3,mode=duplicate,strength=1")
    assert got[0] == got[1]
    assert len(got) == 5


@pytest.mark.parametrize("suffix", [".vtt", ".ass"])
def test_other_formats_are_written_in_kind(captions: Path, suffix: str) -> None:
    simulate(captions, ["caption_sync,shift=1"], 2, captions.with_name(f"out{suffix}"))
    text = captions.with_name(f"out{suffix}").read_text(encoding="utf-8")
    assert text.startswith("WEBVTT" if suffix == ".vtt" else "[Script Info]")
    assert ("00:00:02.000 --> 00:00:04.000" if suffix == ".vtt" else "0:00:02.00,0:00:04.00") in text


def test_captions_go_along_with_their_clip(clip: Path, tmp_path: Path) -> None:
    simulate(clip, ["caption_sync,shift=0.5"], 2, tmp_path / "o.mkv")
    before, after = cues(clip.with_suffix(".srt")), cues(tmp_path / "o.srt")
    assert [c.start for c in after] == pytest.approx([c.start + 0.5 for c in before])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("caption_text@6.5:7", "no cue begins between start = 6.5 s and end = 7 s"),
        ("freeze@1:2", "freeze edits media, but clean.srt holds captions only"),
        ("caption_sync@20:21", "start 20 s is outside the clip"),
    ],
)
def test_what_cannot_be_is_said(captions: Path, fault: str, words: str) -> None:
    with pytest.raises(FaultError, match=words):
        run(captions, fault)
    assert not captions.with_name("out.srt").exists()
