"""A data folder of its own, and runs in it whose results are made up rather than analysed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.app.evidence import evident_result
from vqa_toolkit.core import Axis, Case, Finding, Incident, Outcome, Signal
from vqa_toolkit.jobs import aside
from vqa_toolkit.media.info import AudioInfo, MediaInfo, VideoInfo
from vqa_toolkit.profile import Profile
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.simulate import make_case
from vqa_toolkit.store.clips import Clip, add_clip, clip_of, note_sha256
from vqa_toolkit.store.findings import keep_findings
from vqa_toolkit.store.runs import Run, claim, end, enqueue, result_path, run_of
from vqa_toolkit.ui.gate import LOCAL_OWNER

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(autouse=True)
def home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VQA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VQA_ROOTS", str(tmp_path / "allowed"))
    monkeypatch.setattr("vqa_toolkit.jobs.serve", lambda device: None)  # nothing is analysed here
    (tmp_path / "allowed").mkdir()
    return tmp_path / "home"


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = tmp_path / "allowed" / "clip.mp4"
    path.write_bytes(bytes(range(256)) * 40)
    made = add_clip(path, owner=LOCAL_OWNER, name="clip.mp4", origin="path")
    note_sha256(made.id, "c" * 64)
    return made


@pytest.fixture
def result(clip: Clip) -> AnalysisResult:
    t = np.arange(250) / 25.0
    dark = np.zeros(250, dtype=np.float32)
    dark[100:125] = 1.0
    maps = np.zeros((10, 3, 4), dtype=np.float32)
    maps[4, 1, 2] = 0.5
    cells = (Axis("row", "", (0.0, 1.0, 2.0)), Axis("column", "", (0.0, 1.0, 2.0, 3.0)))
    video = VideoInfo(0, "h264", 640, 360, 640, 360, 0, 25.0, 1 / 12800, 8, "yuv420p", False, "bt709", "bt709",
                      "bt709", "progressive", 1.0, False, 10.0, 0.0)  # fmt: skip
    audio = AudioInfo(1, "aac", 48000, 2, "stereo", 0, "en", 10.0, 0.0)
    media = MediaInfo(str(clip.path), "clip.mp4", clip.size, "mp4", 10.0, 0.0, 1e6, video, audio, sha256="c" * 64)
    findings = (
        Finding(4.0, 5.0, "black", "black", "blocker", 0.97, 1.0, 0.1, "s", "The picture is black for 1 s.", None,
                ("EBU 0016B",)),
        Finding(8.0, 9.0, "silence", "silence", "fyi", 0.8, float("nan"), -60.0, "dBFS", "<script>alert(1)</script>"),
    )  # fmt: skip
    return AnalysisResult(
        media=media,
        profile=Profile(),
        signals={
            "black": {
                "dark": Signal("dark", "of the picture", t, dark),
                "map": Signal("map", "", t[::25], maps, cells),
            },
            "silence": {},
        },
        outcomes={
            "black": Outcome("assessed"),
            "silence": Outcome("assessed"),
            "loudness": Outcome("not_assessable", "the clip is shorter than 3 s"),
        },
        findings=findings,
        incidents=(Incident(4.0, 5.0, "blocker", "Black", "the picture is gone", (0,)),),
        versions={"vqa_toolkit": "0"},
    )


@pytest.fixture
def finished(clip: Clip, result: AnalysisResult) -> Run:
    """A run that is done, with its result saved."""
    run = enqueue(clip, profile="default", device="cpu")
    claim("cpu")
    result.save(result_path(run.id))
    keep_findings(run.id, result.findings)
    end(run.id, "done", verdict="fail", blockers=1, fyis=1, duration=10.0)
    return run_of(run.id, LOCAL_OWNER)


@pytest.fixture
def queued(clip: Clip) -> Callable[[], Run]:
    return lambda: enqueue(clip, profile="default", device="cpu")


@pytest.fixture(scope="session")
def small_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, 320x180, with two cues beside it; the second is made of HTML and Markdown."""
    path = tmp_path_factory.mktemp("evident") / "<img src=x onerror=alert(1)> **bold** [a](b).mp4"
    make_case(Case(duration=3.0), path)
    cues = "1\n00:00:00,200 --> 00:00:01,200\nHello there.\n\n2\n00:00:01,500 --> 00:00:02,000\n<script>alert(1)</script> **[x](y)**\n"
    path.with_suffix(".srt").write_text(cues, "utf-8")
    return path


@pytest.fixture
def evident_clip(small_clip: Path) -> Clip:
    made = add_clip(small_clip, owner=LOCAL_OWNER, name=small_clip.name, origin="path")
    note_sha256(made.id, "e" * 64)
    return clip_of(made.id, LOCAL_OWNER)


@pytest.fixture
def evident(evident_clip: Clip) -> Run:
    """A finished run with every kind of evidence in it."""
    run = enqueue(evident_clip, profile="default", device="cpu")
    found = evident_result(evident_clip.path)
    found.save(result_path(run.id))
    keep_findings(run.id, found.findings)
    claim("cpu")
    end(run.id, "done", verdict="fail", blockers=2, issues=2, fyis=1, duration=3.0)
    return run_of(run.id, LOCAL_OWNER)


@pytest.fixture(scope="session", autouse=True)
def no_process_stays() -> Iterator[None]:
    """Pages that look something up in a clip start a process for it: it ends with the tests."""
    yield
    aside.stop()
