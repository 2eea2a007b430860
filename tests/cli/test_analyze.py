"""``vqa analyze``: exit codes, formats, options; the analysis itself is stubbed."""

from __future__ import annotations

import csv
import io
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from vqa_toolkit.errors import Cancelled, MediaUnreadable
from vqa_toolkit.result import AnalysisResult

Made = Callable[..., AnalysisResult]
Stub = Callable[[Callable[[Path], AnalysisResult]], list[dict[str, Any]]]
Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("severity", "failed", "fail_on", "code"),
    [
        (None, False, "issue", 0), ("fyi", False, "issue", 0), ("fyi", False, "fyi", 2), ("issue", False, "issue", 2),
        ("issue", False, "blocker", 0), ("blocker", False, "blocker", 2), (None, True, "issue", 1),
        ("fyi", True, "issue", 1), ("issue", True, "issue", 2), ("issue", True, "blocker", 1),
    ],
)  # fmt: skip
def test_exit_codes(
    vqa: Run, stub: Stub, made: Made, severity: str | None, failed: bool, fail_on: str, code: int
) -> None:
    stub(lambda path: made(path, severity, failed=failed))
    assert vqa("analyze", "clip.mp4", "--fail-on", fail_on, "-q").code == code


def test_options_reach_the_analysis(vqa: Run, stub: Stub, made: Made) -> None:
    calls = stub(made)
    ran = vqa(
        "analyze", "clip.mp4", "--detectors", "black, freeze", "--device", "cpu", "--no-cache", "-q",
        "--set", "black.min_duration=0.5",
    )  # fmt: skip
    assert ran.code == 2
    call = calls[0]
    assert (call["path"], call["detectors"], call["device"], call["cache"]) == (
        Path("clip.mp4"), ["black", "freeze"], "cpu", False,
    )  # fmt: skip
    assert call["profile"].overrides == {"black": {"min_duration": 0.5}}
    assert call["profile"].name == "default, black.min_duration=0.5"


def test_data_goes_to_stdout_and_progress_to_stderr(vqa: Run, stub: Stub, made: Made) -> None:
    from vqa_toolkit.analyze import Progress

    calls: list[dict[str, Any]] = []

    def fake(path: Path) -> AnalysisResult:
        for done in (0.0, 0.1, 0.6, 1.0):
            calls[-1]["progress"](Progress("measure", done, 7.0 if done < 1 else 0.0, "Measuring"))
        return made(path)

    calls = stub(fake)
    ran = vqa("analyze", "clip.mp4", "--format", "json")
    assert json.loads(ran.out)["verdict"] == "fail"
    assert ran.err.splitlines() == [
        "clip.mp4:  60% Measuring, about 7 s left",
        "clip.mp4: 100% Measuring",
    ]


@pytest.mark.parametrize("name", ["r.json", "r.ndjson", "r.csv", "r.html", "r.xml", "r.txt"])
def test_the_file_s_ending_chooses_the_format(vqa: Run, stub: Stub, made: Made, tmp_path: Path, name: str) -> None:
    stub(made)
    target = tmp_path / "new folder" / name
    ran = vqa("analyze", "clip.mp4", "-q", "-o", target)
    assert (ran.out, ran.err) == ("", f"Wrote {target}\n")
    starts = {".csv": "file,verdict", ".html": "<!DOCTYPE html>", ".xml": "<?xml", ".txt": "Fails"}
    assert target.read_text("utf-8").startswith(starts.get(target.suffix, "{"))


def test_several_clips_share_one_report(vqa: Run, stub: Stub, made: Made, tmp_path: Path) -> None:
    stub(lambda path: made(path, "issue" if path.stem == "a" else None))
    names = [tmp_path / n for n in ("a.mp4", "b.mp4")]
    ran = vqa("analyze", *names, "-q", "-f", "json")
    assert ran.code == 2
    assert [d["verdict"] for d in json.loads(ran.out)] == ["fail", "pass"]
    rows = list(csv.DictReader(io.StringIO(vqa("analyze", *names, "-q", "-f", "csv").out)))
    assert [r["file"] for r in rows] == ["a.mp4"]
    suites = ET.fromstring(vqa("analyze", *names, "-q", "-f", "junit").out)
    assert [(s.get("name"), s.get("failures")) for s in suites] == [("a.mp4", "1"), ("b.mp4", "0")]


def test_html_of_several_clips_is_a_folder_of_pages(vqa: Run, stub: Stub, made: Made, tmp_path: Path) -> None:
    stub(made)
    names = [tmp_path / n for n in ("a.mp4", "x/a.mp4")]
    refused = vqa("analyze", *names, "-q", "-f", "html")
    assert (refused.code, refused.err) == (5, "vqa: HTML of several clips needs a folder: name one with -o.\n")
    assert vqa("analyze", *names, "-q", "-f", "html", "-o", tmp_path / "out").code == 2
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a-2.html", "a.html"]


def test_a_folder_stands_for_its_clips(vqa: Run, stub: Stub, made: Made, tmp_path: Path) -> None:
    for name in ("b.mp4", "a.MKV", "notes.txt", "deep/c.wav"):
        (tmp_path / "clips" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clips" / name).touch()
    calls = stub(made)
    assert vqa("analyze", tmp_path / "clips", "-q").code == 2
    assert [c["path"].name for c in calls] == ["a.MKV", "b.mp4", "c.wav"]
    (tmp_path / "none").mkdir()
    assert vqa("analyze", tmp_path / "none", "-q").code == 5


def test_one_bad_clip_of_several_is_told_and_the_rest_go_on(vqa: Run, stub: Stub, made: Made) -> None:
    def fake(path: Path) -> AnalysisResult:
        if path.stem == "bad":
            raise MediaUnreadable(path, "it is empty", "Choose another")
        return made(path, None)

    stub(fake)
    ran = vqa("analyze", "bad.mp4", "good.mp4", "-q")
    assert ran.code == 1
    assert ran.err == "vqa: bad.mp4: it is empty. Choose another.\n"
    assert ran.out.startswith("Passes: no findings")


def test_baseline_leaves_what_was_known(vqa: Run, stub: Stub, made: Made, tmp_path: Path) -> None:
    stub(made)
    previous = tmp_path / "previous.json"
    assert vqa("analyze", "clip.mp4", "-q", "-o", previous).code == 2
    ran = vqa("analyze", "clip.mp4", "-q", "--baseline", previous)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "Passes: no findings from 1 detector.")


def test_ctrl_c_stops_cleanly(vqa: Run, stub: Stub) -> None:
    calls: list[dict[str, Any]] = []

    def fake(path: Path) -> AnalysisResult:
        assert not calls[-1]["cancel"]()
        signal.raise_signal(signal.SIGINT)
        assert calls[-1]["cancel"]()
        raise Cancelled

    before = signal.getsignal(signal.SIGINT)
    calls = stub(fake)
    ran = vqa("analyze", "clip.mp4", "-q")
    assert ran.code == 1
    assert ran.err.splitlines()[-1] == "vqa: The analysis was cancelled before it finished."
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C works as on a terminal, also where the tests were started in the background with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_second_ctrl_c_does_not_wait(vqa: Run, stub: Stub) -> None:
    def fake(path: Path) -> AnalysisResult:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("not reached")

    stub(fake)
    ran = vqa("analyze", "clip.mp4", "-q")
    assert (ran.code, ran.err.splitlines()[-1]) == (1, "vqa: Stopped.")


def test_a_saved_result_is_reported_and_judged_again(vqa: Run, stub: Stub, made: Made, tmp_path: Path) -> None:
    stub(made)
    saved = tmp_path / "clip.vqa"
    assert vqa("analyze", "clip.mp4", "-q", "--save", saved).code == 2
    first = vqa("report", saved, "-f", "json")
    assert (first.code, json.loads(first.out)["findings"][0]["message"]) == (2, "The picture is black.")
    garbage = tmp_path / "garbage.vqa"
    garbage.write_text("x")
    ran = vqa("report", garbage)
    assert ran.code == 1
    assert "is not a readable result" in ran.err


def test_evidence_that_cannot_be_saved_is_told(vqa: Run, stub: Stub, made: Made, tmp_path: Path) -> None:
    stub(made)  # a clip without pictures
    ran = vqa("analyze", "clip.mp4", "-q", "--evidence", tmp_path / "stills")
    assert ran.err == "No stills saved: the clip has no pictures.\n"
    assert not (tmp_path / "stills").exists()
