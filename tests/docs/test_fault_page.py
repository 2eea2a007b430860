"""The page of faults is what the classes say, and every fault that can be seen or heard has its picture."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import cv2
import pytest

from vqa_toolkit.simulate import faults
from vqa_toolkit.simulate.core import CaptionFault

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_faults", DOCS / "make_faults.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_page_is_current(maker: ModuleType) -> None:
    assert (DOCS / "faults.md").read_text("utf-8") == maker.page(), "run: python docs/make_faults.py"


def test_every_fault_has_a_picture_and_none_is_left_over() -> None:
    wanted = {f"{name}.jpg" for name, kind in faults().items() if not issubclass(kind, CaptionFault)}
    there = list((DOCS / "faults").iterdir())
    assert {p.name for p in there} == wanted
    assert all(p.stat().st_size < 40_000 for p in there)
    assert all(cv2.imread(str(p)) is not None for p in there)
