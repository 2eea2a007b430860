"""The real worker on real files: refusals in one sentence, a result that can be reopened, death with its supervisor."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from vqa_toolkit.jobs.bounds import Bounds
from vqa_toolkit.jobs.child import WORKER
from vqa_toolkit.jobs.messages import JobSpec, parse_report
from vqa_toolkit.jobs.supervisor import Supervisor
from vqa_toolkit.jobs.worker import ORPHANED
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import add_clip
from vqa_toolkit.store.runs import Run, enqueue, report_path, result_path

Supervise = Callable[..., Supervisor]
Over = Callable[[Run], Run]


def render(path: Path, frames: int = 50, size: tuple[int, int] = (320, 180)) -> None:
    """Moving noise at 25 frames/s; frames 20 to 34 black."""
    rng = np.random.default_rng(7)
    width, height = size
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "20"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for n in range(frames):
            picture = np.zeros((height, width, 3), dtype=np.uint8)
            if not 20 <= n < 35:
                picture[:] = np.kron(rng.integers(40, 220, (18, 32, 3)), np.ones((10, 10, 1))).astype(np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())


@pytest.mark.slow
def test_a_clip_goes_in_and_a_result_comes_out(tmp_path: Path, supervise: Supervise, over: Over) -> None:
    path = tmp_path / "clip.mp4"
    render(path)
    clip = add_clip(path, owner="ann", name="My clip.mp4", origin="path")
    supervise()
    run = over(enqueue(clip, profile="default", device="cpu", detectors=("black",)))
    assert (run.state, run.verdict, run.reason) == ("done", "fail", "")
    assert run.duration == pytest.approx(2.0, abs=0.01)
    result = AnalysisResult.load(result_path(run.id))
    assert result.media.name == "My clip.mp4"
    (black,) = [f for f in result.findings if f.defect == "black"]
    assert [black.start, black.end] == pytest.approx([0.8, 1.4], abs=0.001)
    assert report_path(run.id).read_text("utf-8").count("data:image/jpeg") >= 1


@pytest.mark.parametrize(
    "content",
    [b"", b"just words\n", b"#EXTM3U\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n"],
    ids=["empty", "text", "playlist", "concat"],
)
def test_what_is_no_media_is_refused_in_one_sentence(
    tmp_path: Path, supervise: Supervise, over: Over, content: bytes
) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)
    supervise()
    run = over(enqueue(add_clip(path, owner="ann", name="bad.mp4", origin="upload"), profile="default", device="cpu"))
    assert (run.state, run.attempt) == ("incomplete", 1)
    assert run.reason.startswith("bad.mp4: ") and "Traceback" not in run.reason and "root:" not in run.reason
    assert path.read_bytes() == content  # the upload is never lost


def test_the_worker_ends_when_nobody_listens(tmp_path: Path) -> None:
    spec = JobSpec(run_id="x", path=str(tmp_path), name="x", result="x", report="x")
    child = subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(spec.model_dump_json().encode() + b"\n")
    child.stdin.close()  # the supervisor died
    assert child.wait(30) in (0, ORPHANED)
    child.stdout.close()


def test_bounds_of_time() -> None:
    bounds = Bounds()
    assert (bounds.wall(60.0), bounds.wall(None), bounds.wall(86400.0)) == (1200.0, 7200.0, 7200.0)
    assert "no sign of life for 21 s" in bounds.overdue("open", quiet=21, elapsed=21, duration=None)
    assert bounds.overdue("measure", quiet=119, elapsed=119, duration=10.0) == ""
    assert bounds.overdue("finish", quiet=600, elapsed=600, duration=3600.0) == ""
    assert "121 s" in bounds.overdue("measure", quiet=121, elapsed=121, duration=10.0)
    assert bounds.overdue("measure", quiet=500, elapsed=500, duration=10.0, busy=5.0) == ""  # starved, not hung
    assert "500 s" in bounds.overdue("measure", quiet=500, elapsed=500, duration=10.0, busy=121.0)
    assert "601 s" in bounds.overdue("measure", quiet=601, elapsed=601, duration=10.0, busy=0.0)
    assert "700 s" in bounds.overdue("measure", quiet=1, elapsed=701, duration=10.0)


@pytest.mark.parametrize("line", ["", "null", "[]", "{}", '{"kind": "beat"}', '{"kind": "beat", "stage": "x", "share": 2}',
                                  json.dumps({"kind": "opened", "duration": 1.0, "extra": 1})])  # fmt: skip
def test_what_is_no_message_is_no_message(line: str) -> None:
    assert parse_report(line) is None
