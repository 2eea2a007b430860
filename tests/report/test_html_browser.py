"""The report in a real Chromium: the policy blocks nothing of its own, nothing is requested, it fits a phone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from vqa_toolkit.figures.style import DARK, LIGHT
from vqa_toolkit.report import to_html
from vqa_toolkit.result import AnalysisResult

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 420)])
def test_it_opens_as_it_was_meant(
    chromium: Browser, result: AnalysisResult, tmp_path: Path, scheme: str, width: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(to_html(result, stills=lambda t: np.full((90, 160, 3), 90, np.uint8)), "utf-8")
    page = chromium.new_page(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.goto(path.as_uri())
    assert said == []  # a blocked style or picture would be told here
    assert set(asked) <= {"file", "data"}
    theme = DARK if scheme == "dark" else LIGHT
    expected = f"rgb({', '.join(str(int(theme.background[i : i + 2], 16)) for i in (1, 3, 5))})"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == expected
    assert page.evaluate("getComputedStyle(document.querySelector('path.curve')).stroke") != "none"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.querySelector('image').getBoundingClientRect().width") > 100
    page.close()
