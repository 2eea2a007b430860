"""A data folder of its own, and stand-ins for the analysis process that behave badly on purpose."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vqa_toolkit.jobs.bounds import Bounds
from vqa_toolkit.jobs.child import WORKER
from vqa_toolkit.jobs.supervisor import Supervisor
from vqa_toolkit.store.clips import Clip, add_clip
from vqa_toolkit.store.runs import Run, run_of

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VQA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"not really a clip")
    return add_clip(path, owner="ann", name="clip.mp4", origin="path")


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervisor]]:
    """Start a supervisor of the CPU whose worker runs the given Python source; stopped when the test ends."""
    started: list[Supervisor] = []

    def start(source: str | None = None, **bounds: float) -> Supervisor:
        command = WORKER if source is None else (sys.executable, "-c", source)
        supervisor = Supervisor("cpu", Bounds(**bounds), command)  # type: ignore[arg-type]
        supervisor.start()
        started.append(supervisor)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop()
        supervisor.join(timeout=20)


def wait_for(run: Run, done: Callable[[Run], bool]) -> Run:
    """The run once ``done`` says so; fails the test when that takes too long."""
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        now = run_of(run.id, run.owner)
        if done(now):
            return now
        time.sleep(0.05)
    raise AssertionError(f"still {run_of(run.id, run.owner)}")


@pytest.fixture
def over() -> Callable[[Run], Run]:
    return lambda run: wait_for(run, lambda r: r.over)


@pytest.fixture
def until() -> Callable[[Run, Callable[[Run], bool]], Run]:
    return wait_for
