"""The command line called in this process, with its own data folder, and an analysis that is made up."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from vqa_toolkit.cli import main
from vqa_toolkit.core import Finding, Outcome, Severity, Signal
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.profile import Profile
from vqa_toolkit.result import AnalysisResult


class Ran(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def vqa(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("VQA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(*arguments: object) -> Ran:
        code = main([str(a) for a in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ran(code, said.out, said.err)

    return run


def make(path: Path, severity: Severity | None = "issue", *, failed: bool = False) -> AnalysisResult:
    """A result as the black detector might give it, with one finding of ``severity`` or none."""
    finding = Finding(1.0, 2.0, "black", "black", severity or "fyi", 0.9, 1.0, 0.1, "s", "The picture is black.")
    t = np.arange(75) / 25.0
    outcomes = {"black": Outcome("assessed")} | ({"freeze": Outcome("failed", "broke")} if failed else {})
    return AnalysisResult(
        media=MediaInfo(str(path), path.name, 1, "mp4", 3.0, 0.0, 1e6, None, None, sha256="0" * 64),
        profile=Profile(),
        signals={"black": {"dark": Signal("dark", "of the picture", t, np.zeros(75, dtype=np.float32))}},
        outcomes=outcomes,
        findings=(finding,) if severity else (),
        incidents=(),
        versions={"vqa_toolkit": "0"},
    )


@pytest.fixture
def made() -> Callable[..., AnalysisResult]:
    """The maker of results: ``made(path, severity, failed=False)``."""
    return make


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., AnalysisResult]], list[dict[str, Any]]]:
    """Put a function in place of the analysis; returns the list of what it was called with."""

    def put(fake: Callable[..., AnalysisResult]) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []

        def recorded(path: Path, **options: Any) -> AnalysisResult:
            calls.append({"path": path, **options})
            return fake(path)

        importlib.import_module("vqa_toolkit.analyze")
        monkeypatch.setattr(sys.modules["vqa_toolkit.analyze"], "analyze", recorded)
        return calls

    return put
