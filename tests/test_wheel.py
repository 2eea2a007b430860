"""A wheel installed elsewhere serves the command line and the app: their files travel in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SAMPLE = "vqa_toolkit/_app/sample_media/incident.mp4"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(REPOSITORY),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked as pip would lay it out; its dependencies come from this environment."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


@pytest.mark.parametrize(
    "part",
    ["app.py", "pages/analyze/page.py", "pages/history/page.py", ".streamlit/config.toml", "sample_media/incident.mp4"],
)
def test_the_app_travels_in_the_wheel(wheel: Path, part: str) -> None:
    assert f"vqa_toolkit/_app/{part}" in zipfile.ZipFile(wheel).namelist()


def test_data_files_travel_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "vqa_toolkit"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    missing = [n for n in tracked.stdout.split() if n not in names]
    assert not missing


def run_installed(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``vqa`` from the unpacked wheel; -P and an unrelated folder keep the repository out of sight."""
    code = f"import sys; sys.path.insert(0, {str(site)!r}); from vqa_toolkit.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments], capture_output=True, text=True, cwd=site.parent, check=False
    )


def test_analyze_works_from_the_wheel(installed: Path) -> None:
    run = run_installed(installed, "analyze", str(installed / SAMPLE), "--detectors", "black,silence", "--quiet")
    assert run.returncode == 2, run.stderr
    assert "black" in run.stdout.lower()


def test_the_app_is_found_from_the_wheel(installed: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(installed)!r}); "
        "import vqa_toolkit.cli.application as a; print(a.app_folder())"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, cwd=installed.parent, check=True
    )
    assert Path(run.stdout.strip()) == installed / "vqa_toolkit" / "_app"
