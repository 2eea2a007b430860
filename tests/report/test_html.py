"""The HTML report: nothing hostile survives, nothing is fetched, the picture and the limit are there."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.errors import MediaUnreadable
from vqa_toolkit.figures.style import DARK, LIGHT
from vqa_toolkit.report import to_html
from vqa_toolkit.report.html import MOST_STILLS, _style
from vqa_toolkit.report.notebook import MOST_BYTES, summary_html
from vqa_toolkit.result import AnalysisResult

FORBIDDEN = {"script", "iframe", "object", "embed", "link", "form", "base", "foreignobject", "b"}


class Page(HTMLParser):
    """Elements and attributes as a browser's parser sees them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [a for t, a in self.elements if t == tag]


def grey(t: float) -> NDArray[Any]:
    return np.full((90, 160, 3), round(t * 10), dtype=np.uint8)


def test_hostile_names_and_messages_stay_text(result: AnalysisResult) -> None:
    for markup in (to_html(result, stills=grey), summary_html(result)):
        page = Page(markup)
        assert FORBIDDEN.isdisjoint(tag for tag, _ in page.elements)
        assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")]
        assert any("<script>alert(1)</script>" in w for w in page.words)
        assert "<b>quiet</b>" in page.words
        assert "\x1b" not in markup


def test_nothing_is_fetched_and_the_policy_forbids_it(result: AnalysisResult) -> None:
    page = Page(to_html(result, stills=grey))
    links = [v or "" for _, a in page.elements for k, v in a.items() if k in ("src", "href", "xlink:href", "action")]
    assert links
    assert all(v.startswith(("#", "data:image/jpeg;base64,")) for v in links)
    policy = next(a["content"] or "" for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "style" not in {k for _, a in page.elements for k in a}  # the policy would block them


def test_the_policy_names_the_hash_of_the_style_in_the_page(result: AnalysisResult) -> None:
    markup = to_html(result)
    style = re.search(r"<style>(.*?)</style>", markup, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in markup


def test_each_finding_has_the_still_of_its_worst_moment_and_its_region(result: AnalysisResult) -> None:
    page = Page(to_html(result, stills=grey))
    pictures = [a["href"] or "" for a in page.all("image")]
    assert len(pictures) == 3
    data = base64.b64decode(pictures[0].partition(",")[2])
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (90, 160, 3)
    assert abs(float(shown.mean()) - 45) < 2  # details["worst_time"] is 4.5 s, not the middle; JPEG rounds
    boxes = [a for a in page.all("rect") if a.get("fill") == "none"]
    assert [(b["x"], b["y"], b["width"], b["height"]) for b in boxes] == [("40.0", "22.5", "80.0", "45.0")] * 2


def test_the_curve_is_drawn_with_its_limit_and_its_span(result: AnalysisResult) -> None:
    page = Page(to_html(result))
    assert len([a for a in page.all("path") if a.get("class") == "curve"]) == 1
    limits = [a for a in page.all("line") if a.get("class") == "limit"]
    assert len(limits) == 1
    assert limits[0]["stroke-dasharray"] == "6 4"
    spans = [a for a in page.all("rect") if a.get("fill-opacity") == "0.25"]
    # shown are 2 s to 8 s across 150 to 944 units, so that 4 s to 6 s is the middle third
    assert float(spans[0]["x"] or 0) == pytest.approx(150 + 794 / 3, abs=0.01)
    assert float(spans[0]["width"] or 0) == pytest.approx(794 / 3, abs=0.01)
    assert "dark share 0.98" in page.words  # the name says the unit


def test_a_still_that_cannot_be_had_leaves_the_rest(result: AnalysisResult) -> None:
    def broken(t: float) -> NDArray[Any]:
        if t > 5:
            raise MediaUnreadable("x.mp4", "nothing there", "Choose another time")
        return grey(t)

    page = Page(to_html(result, stills=broken))
    assert (len(page.all("image")), len(page.all("article"))) == (1, 3)


def test_only_the_gravest_findings_cost_a_still(result: AnalysisResult) -> None:
    mild, grave = result.findings[2], result.findings[0]
    asked: list[float] = []

    def counted(t: float) -> NDArray[Any]:
        asked.append(t)
        return grey(0)

    many = dataclasses.replace(result, findings=(*[mild] * 200, grave), incidents=())
    many = dataclasses.replace(many, findings=tuple(dataclasses.replace(f) for f in many.findings))
    page = Page(to_html(many, stills=counted))
    assert len(asked) == MOST_STILLS
    assert 4.5 in asked
    assert len(page.all("article")) == 150
    assert len([w for w in page.words if w == "<b>quiet</b>"]) == 200 + 149  # every row, and every card


def test_the_notebook_summary_stays_small(result: AnalysisResult) -> None:
    long = dataclasses.replace(result.findings[1], message="<&>" * 500)
    many = dataclasses.replace(result, findings=tuple(dataclasses.replace(long) for _ in range(3000)), incidents=())
    small = summary_html(many)
    assert len(small.encode()) < MOST_BYTES == 200_000
    assert "2950 more" in small or "Too much to show" in small
    assert "Fails: 1 blocker" in summary_html(result)


def test_the_style_sheet_has_the_colours_of_the_figures() -> None:
    css, _ = _style()
    light, _, dark = css.partition("@media (prefers-color-scheme: dark)")
    for sheet, theme in ((light, LIGHT), (dark, DARK)):
        named = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", sheet))
        assert {n: named[f"k-{n.replace(' ', '-')}"] for n in theme.families} == dict(theme.families)
        assert {n: named[n] for n in theme.severity} == dict(theme.severity)
        assert (named["background"], named["text"], named["curve"]) == (theme.background, theme.text, theme.curve)


def test_an_empty_result_is_still_a_page(clean: AnalysisResult) -> None:
    page = Page(to_html(clean))
    assert page.all("article") == []
    assert any(w.startswith("Passes: no findings from 3 detectors") for w in page.words)


def test_damaged_cells_are_tinted_at_the_still_s_moment(result: AnalysisResult) -> None:
    maps = np.zeros((500, 3, 5), dtype=np.uint8)
    maps[112, 1, 1:3] = 90  # at 4.48 s, the frame next to the still's 4.5 s
    maps[112, 2, 3] = 51
    maps[200] = 100
    axes = (Axis("y", "px", (128.0, 384.0, 640.0)), Axis("x", "px", (128.0, 384.0, 640.0, 896.0, 1152.0)))
    signals = {**result.signals, "black": {"map": Signal("map", "percent", np.arange(500) / 25.0, maps, axes)}}
    page = Page(to_html(dataclasses.replace(result, signals=signals), stills=grey))
    rects = [a for a in page.all("rect") if a.get("class") == "cell"]
    cells = [tuple(float(a[k] or 0) for k in ("x", "y", "width", "height")) for a in rects]
    # cells of 256 px of 1280x720 on a still of 160x90: 32 a side, the last row beyond the picture's edge
    assert cells == [(32.0, 32.0, 64.0, 32.0), (96.0, 64.0, 32.0, 32.0)]
