"""The house's arrows go one way, and heavy rooms open only when used."""

from __future__ import annotations

import ast
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "vqa_toolkit"
FILES = sorted(PACKAGE.rglob("*.py"))

# A room may import from itself, from rooms before it and from top-level modules; never from rooms after it.
ROOMS = ("media", "measures", "models", "detectors", "figures", "report", "simulate", "train", "evaluate", "tune", "store",
         "jobs", "ui", "cli")  # fmt: skip
FREE = {("report", "figures"), ("models", "media"), ("measures", "media")}


def imported(path: Path, *, top_level_only: bool) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{a.name}" for a in node.names}
    return names


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_backwards(path: Path) -> None:
    own = room_of(path)
    if own not in ROOMS:
        return
    later = {r for r in ROOMS[ROOMS.index(own) + 1 :] if (own, r) not in FREE}
    used = {n.split(".")[1] for n in imported(path, top_level_only=True) if n.startswith("vqa_toolkit.")}
    assert not used & later, f"{path.name} in {own}/ imports {used & later}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_streamlit_and_media_opening_stay_in_their_rooms(path: Path) -> None:
    names = imported(path, top_level_only=False)
    if room_of(path) != "ui":
        assert not any(n == "streamlit" or n.startswith("streamlit.") for n in names) or path.name == "app.py"
    if room_of(path) not in ("media", "simulate"):
        text = path.read_text("utf-8")
        assert "av.open(" not in text and "VideoCapture(" not in text


def test_files_are_of_reading_length() -> None:
    long = {str(p.relative_to(PACKAGE)): n for p in FILES if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long


def test_importing_the_package_is_light() -> None:
    """Heavy libraries load on first use: none of them is imported by `import vqa_toolkit`."""
    heavy = ("torch", "streamlit", "plotly", "librosa", "pandas", "scipy", "av")
    code = f"import sys, vqa_toolkit; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_help_is_quick() -> None:
    """Processor time, not wall time: a busy machine must not fail this."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "vqa_toolkit", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime) < 1.0
