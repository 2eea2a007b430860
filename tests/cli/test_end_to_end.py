"""A real clip through the real command line: finding, still and exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import jsonschema
import pytest

from vqa_toolkit.core import Case
from vqa_toolkit.report import schema

Run = Callable[..., Any]
ONLY = ("--detectors", "black", "--device", "cpu")


@pytest.fixture
def clip(case_clip: Callable[..., Path]) -> Path:
    return case_clip(Case(faults=("black@1:2",), duration=3.0))


def test_a_black_second_is_found_with_its_still(vqa: Run, clip: Path, tmp_path: Path) -> None:
    stills = tmp_path / "stills"
    page = tmp_path / "report.html"
    ran = vqa("analyze", clip, *ONLY, "-o", page, "--evidence", stills)
    assert ran.code == 2
    assert sorted(p.name for p in stills.iterdir()) == ["001_black_00m01.500s.png", "incident_01_00m01.000s.mp4"]
    picture = cv2.imread(str(stills / "001_black_00m01.500s.png"))
    assert picture is not None
    assert float(picture.mean()) < 3  # black, but for the codec's rounding
    assert 'href="data:image/jpeg;base64,' in page.read_text("utf-8")

    again = vqa("analyze", clip, *ONLY, "-q", "-f", "json")
    whole = json.loads(again.out)
    jsonschema.validate(whole, schema())
    finding = whole["findings"][0]
    assert (finding["defect"], finding["start"], finding["end"]) == (
        "black",
        pytest.approx(1, abs=0.05),
        pytest.approx(2, abs=0.05),
    )


def test_a_changed_limit_changes_the_verdict(vqa: Run, clip: Path, tmp_path: Path) -> None:
    saved = tmp_path / "clip.vqa"
    lenient = ("--set", "black.min_duration=1.5")
    assert vqa("analyze", clip, *ONLY, "-q", "--save", saved, *lenient).code == 0
    assert vqa("report", saved, "--set", "black.min_duration=0.5").code == 2
    again = vqa("report", saved, "-p", "default", *lenient, "-f", "json")
    assert (again.code, json.loads(again.out)["profile"]["name"]) == (0, "default, black.min_duration=1.5")
