"""A data folder of its own and a clip in it for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from vqa_toolkit.store.clips import Clip, add_clip


@pytest.fixture(autouse=True)
def home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VQA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"0123456789")
    return add_clip(path, owner="ann", name="clip.mp4", origin="path", sha256="a" * 64)
