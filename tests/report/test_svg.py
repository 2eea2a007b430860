"""The static curve: what is cut off is said, gaps break the line, every mark can be seen."""

from __future__ import annotations

import dataclasses
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from vqa_toolkit.core import Finding, Signal
from vqa_toolkit.figures.lines import Line
from vqa_toolkit.report.svg import curve_svg, timeline_svg
from vqa_toolkit.result import AnalysisResult

SVG = "{http://www.w3.org/2000/svg}"
FOUND = Finding(4.0, 6.0, "freeze", "freeze", "issue", 0.9, 2.0, 0.5, "s", "Still.")


def drawn(v: list[float], limit: float = 1.0) -> ET.Element:
    signal = Signal("change", "code values", np.arange(float(len(v))), np.array(v))
    return ET.fromstring(curve_svg(signal, (Line("change", limit),), FOUND, 10.0))


def height_of(picture: ET.Element) -> float:
    rule = next(e for e in picture.iter(f"{SVG}line") if e.get("class") == "limit")
    return float(rule.get("y1", "nan"))


def words(picture: ET.Element) -> list[str]:
    return [e.text or "" for e in picture.iter(f"{SVG}text")]


def test_a_gap_lifts_the_pen() -> None:
    picture = drawn([1.0, 2.0, np.nan, 1.0, 0.5, 0.4, 0.3, -np.inf, 1.0, 2.0, 2.0])
    path = next(e for e in picture.iter(f"{SVG}path")).get("d", "")
    assert re.sub(r"[0-9. -]", "", path) == "MMLLLML"  # shown are items 1 to 9


def test_a_limit_that_a_spike_would_press_flat_is_raised_and_the_cut_is_said() -> None:
    flat = drawn([0.0, 0.1, 200.0, 0.1, 0.0, 0.0, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert "cut off here, up to 200" in words(flat)
    # The axis runs from 0 to six times the limit, with 6 % of that to spare at either end, over 10 to 184 units.
    assert height_of(flat) == pytest.approx(184 - 174 * (1 + 0.36) / 6.72, abs=0.01)
    whole = drawn([0.0, 0.1, 3.0, 0.1, 0.0, 0.0, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert not [w for w in words(whole) if w.startswith("cut off")]


def test_a_limit_near_the_top_is_lowered_likewise() -> None:
    picture = drawn([-60.0, -50.0, -40.0, 0.0, -0.5, -50.0, -50.0, -50.0, -50.0, -50.0, -50.0], limit=-1.0)
    assert "cut off here, down to -50" in words(picture)
    assert 10 < height_of(picture) < 60


def test_close_limits_keep_their_names_apart() -> None:
    signal = Signal("level", "dBFS", np.arange(11.0), np.linspace(-60, -10, 11))
    picture = ET.fromstring(curve_svg(signal, (Line("quiet", -40.0), Line("dead", -41.0)), FOUND, 10.0))
    anchors = {e.text: e.get("text-anchor") for e in picture.iter(f"{SVG}text") if e.get("class") == "t-limit"}
    assert anchors == {"quiet -40 dBFS": "end", "dead -41 dBFS": "start"}


def test_a_signal_without_a_number_is_an_empty_picture() -> None:
    picture = drawn([np.nan] * 11)
    assert next(e for e in picture.iter(f"{SVG}path")).get("d") == ""


def test_one_frame_in_an_hour_is_still_a_mark(result: AnalysisResult) -> None:
    media = dataclasses.replace(result.media, duration=3600.0)
    brief = dataclasses.replace(result.findings[1], start=3599.96, end=3600.0)
    picture = ET.fromstring(timeline_svg(dataclasses.replace(result, media=media, findings=(brief,))))
    mark = next(e for e in picture.iter(f"{SVG}rect"))
    assert float(mark.get("width", "0")) >= 3.0
    assert float(mark.get("x", "0")) + float(mark.get("width", "0")) <= 944.5
    assert words(picture)[-1] == "silence"
