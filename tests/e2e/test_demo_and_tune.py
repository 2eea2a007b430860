"""The second and the third job: a clip is broken and caught, then a limit is moved over its signals."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

ANALYSIS_MS = 240_000


@pytest.fixture(scope="module")
def broken(address: str, numbered: Path, ann: BrowserContext, quickly: Callable[[Page], None]) -> str:
    """The address of a clip that was uploaded, broken on the demo page, and analysed."""
    page = ann.new_page()
    page.goto(address)
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file]").set_input_files(numbered)
    expect(page.get_by_role("heading", name="numbered <b>clip *x*.mp4")).to_be_visible()
    page.get_by_role("link", name="Demo").click()
    page.get_by_label("Clean clip").click()
    page.get_by_role("option", name=re.compile("numbered")).first.click()
    expect(page.get_by_text("The clip is 8.0 s long")).to_be_visible()
    quickly(page)
    page.get_by_role("button", name="Break it and analyze").click()
    expect(page.locator(".bench")).to_be_visible(timeout=ANALYSIS_MS)
    url = str(page.url)
    page.close()
    return url


def test_the_injected_freeze_is_caught_and_shown_beside_the_clean_picture(page: Page, broken: str) -> None:
    page.goto(broken)
    expect(page.get_by_text("Caught 1 of 1 injected faults")).to_be_visible()
    page.get_by_role("tab", name="Findings").click()
    page.get_by_role("button", name="Freeze at").first.click()
    expect(page.locator(".bench")).to_have_attribute("data-frame", "100")  # 4 s at 25 frames/s
    expect(page.locator(".bench")).to_have_attribute("data-time", re.compile(r"\d"))
    for _ in range(10):
        page.keyboard.press(".")
    expect(page.locator(".bench")).to_have_attribute("data-frame", "110")
    faulty, clean = page.locator(".screen video:not(.clean)"), page.locator(".screen video.clean")
    number = """v => { const c = document.createElement("canvas"); c.width = 320; c.height = 180;
      const g = c.getContext("2d"); g.drawImage(v, 0, 0, 320, 180); let n = 0;
      for (let b = 0; b < 8; b++) if (g.getImageData(16 + b * 16, 16, 1, 1).data[0] > 127) n |= 1 << b; return n; }"""
    page.wait_for_timeout(500)
    assert (faulty.evaluate(number), clean.evaluate(number)) == (100, 110)  # one stands still, the other went on


def test_how_strong_the_freeze_must_be_is_found_out(page: Page, broken: str) -> None:
    page.goto(broken)
    page.get_by_text("How strong must a fault be to be caught?").click()
    page.get_by_role("button", name="Find out").click()
    expect(page.get_by_test_id("stProgress")).to_be_visible()
    page.reload()  # the work goes on, and is found again
    page.get_by_text("How strong must a fault be to be caught?").click()
    expect(page.get_by_text("Caught at every strength tried, from 0.1 on.")).to_be_visible(timeout=ANALYSIS_MS)
    expect(page.locator(".js-plotly-plot")).to_be_visible()


def test_a_limit_moved_past_the_freeze_loses_it_at_once(page: Page, broken: str, address: str) -> None:
    page.goto(f"{address}/tune")
    page.get_by_label("Detector").click()
    page.get_by_role("option", name="Frozen picture").click()
    recall = page.get_by_test_id("stMetric").filter(has_text="Recall").get_by_test_id("stMetricValue")
    expect(recall).to_have_text("1")
    slider = page.get_by_role("slider", name=re.compile("Min duration"))
    slider.focus()
    slider.press("End")
    expect(recall).to_have_text("0")
    expect(page.get_by_text("1 miss · 0 false alarms · 0 hits · 1 flip")).to_be_visible()
    page.get_by_role("link", name=re.compile("Freeze")).click()
    expect(page).to_have_url(re.compile(r"run=[0-9a-f]{16}&t=4"))
    expect(page.locator(".bench")).to_have_attribute("data-frame", "100")


def test_curves_profiles_and_a_profile_with_a_limit_out_of_range(page: Page, broken: str, address: str) -> None:
    page.goto(f"{address}/tune")
    expect(page.get_by_test_id("stMetric").first).to_be_visible()
    page.get_by_text("Curves", exact=True).click()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    page.get_by_text("Profiles", exact=True).click()
    bad = {"name": "wild.toml", "mimeType": "text/plain", "buffer": b"[limits.black]\nmin_duration = 1e9\n"}
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="Add a profile file")
    uploader.locator("input[type=file]").set_input_files(bad)  # type: ignore[arg-type]
    expect(page.get_by_text("Limit 'min_duration' must be a number from")).to_be_visible()
