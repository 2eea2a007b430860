"""Plots are well-formed SVG that shows what it is given."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from vqa_toolkit.train.plots import curve_svg, offsets_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_the_curve_has_a_point_for_every_measured_epoch() -> None:
    history = [{"epoch": 1.0, "short": 0.5}, {"epoch": 2.0}, {"epoch": 4.0, "short": 1.0}]
    lines = ET.fromstring(curve_svg(history, "epoch", "accuracy", [("short", "0.2 s"), ("long", "4 s")])).findall(
        f"{SVG}polyline"
    )
    points = [p.split(",") for p in (lines[0].get("points") or "").split()]
    assert len(points) == 2
    assert float(points[1][1]) == 24.0  # 100 % lies at the top edge
    assert float(points[0][1]) == 24.0 + (300 - 24 - 40) / 2


def test_offsets_leave_out_what_is_unsure_and_escape_names() -> None:
    rows = [
        {"source": "a<b", "confidence": "0.5", "measured_frames": "2.0"},
        {"source": "a<b", "confidence": "0.01", "measured_frames": "-5"},
    ]
    root = ET.fromstring(offsets_svg(rows))
    assert len(root.findall(f"{SVG}circle")) == 1
    assert any(t.text == "a<b (1)" for t in root.iter(f"{SVG}text"))
