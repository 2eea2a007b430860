"""The detectors' pages are what the classes say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from vqa_toolkit.core import limit_fields
from vqa_toolkit.detectors import discover

MAKER = Path(__file__).resolve().parents[2] / "docs" / "make_detectors.py"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_detectors", MAKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_pages_are_current(maker: ModuleType) -> None:
    assert maker.stale() == [], "run: python docs/make_detectors.py"


def test_writing_makes_current_and_removes_what_no_detector_owns(maker: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("# Gone\n")
    assert sorted(maker.write(tmp_path)) == sorted(["gone.md", "README.md", *(f"{n}.md" for n in discover())])
    assert maker.stale(tmp_path) == []
    (tmp_path / "black.md").write_text("edited by hand")
    assert maker.stale(tmp_path) == ["black.md"]


def test_a_page_names_every_limit_with_its_origin(maker: ModuleType) -> None:
    written = maker.pages()
    for name, cls in discover().items():
        text = written[f"{name}.md"]
        assert all(f"| `{limit}` | {meta['default']:g} |" in text for limit, meta in limit_fields(cls.limits))
        assert all(meta["origin"].replace("|", "\\|") in text for _, meta in limit_fields(cls.limits))
        assert f"[{name}]({name}.md)" in written["README.md"]
