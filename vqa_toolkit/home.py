"""The one folder that everything kept lives under: uploads, results, signals, the database, the worker's logs."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """The folder named by the variable ``VQA_HOME``, else the platform's data directory; made when missing."""
    chosen = os.environ.get("VQA_HOME")
    root = Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("vqa_toolkit", appauthor=False))
    return _made(root)


def folder(name: str) -> Path:
    """A folder of ``home()``, made when missing."""
    return _made(home() / name)


def database() -> Path:
    """The SQLite file that holds clips, runs, findings and reviews."""
    return home() / "vqa.sqlite"


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()
