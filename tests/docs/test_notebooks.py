"""The notebooks run from top to bottom as they are, and are kept without outputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
CELL_S = 300  # a cell's time on a machine that others keep busy
NUMBERS = ["01", "02", "03", "04", "05", "06"]


def test_they_are_six_in_order() -> None:
    assert [n.stem[:2] for n in NOTEBOOKS] == NUMBERS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_it_keeps_no_output(notebook: Path) -> None:
    cells = [c for c in json.loads(notebook.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
    assert all(not c["outputs"] and c["execution_count"] is None for c in cells)


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_it_runs(notebook: Path, tmp_path: Path) -> None:
    """In a process of its own: a kernel's libraries warn of things that are not ours."""
    paths = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(REPOSITORY),
        "--nbmake", f"--nbmake-timeout={CELL_S}", str(notebook),
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": paths, "VQA_HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
