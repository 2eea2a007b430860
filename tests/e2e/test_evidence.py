"""From the overview to a finding to its evidence and back, in a real browser; and what two hundred actions cost it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

INTERACTIONS = 200
GROWTH = 3e6
"""Bytes of JavaScript objects that 200 actions may leave behind: what is kept on purpose (curves of zoomed views, 400
answers at most) is some 2 MB; a leak of one canvas or one row per action would be tens."""


def at_frame(page: Page, frame: int) -> None:
    expect(page.locator(".bench")).to_have_attribute("data-frame", str(frame))


def test_from_overview_to_finding_to_its_evidence_and_back(page: Page, run_address: str) -> None:
    page.goto(run_address)
    page.get_by_role("tab", name="Findings").click()
    page.get_by_role("button", name="Silence at").click()
    at_frame(page, 75)
    page.keyboard.press(".")
    at_frame(page, 76)
    page.get_by_role("button", name="Examine this finding").click()
    expect(page).to_have_url(re.compile(r"/incident\?run=[0-9a-f]{16}&finding=[0-9a-f]{8}&t=3\.04"))
    expect(page.get_by_test_id("stMetric").filter(has_text="Measured")).to_be_visible()
    at_frame(page, 76)
    expect(page.get_by_text("Silence, dead line")).to_be_visible()
    page.get_by_role("link", name="More on the sound page").click()
    expect(page).to_have_url(re.compile(r"/audio\?run=[0-9a-f]{16}&finding=[0-9a-f]{8}&t=3"))
    expect(page.get_by_text("Listen: silence at 00:03")).to_be_visible()
    at_frame(page, 75)
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".detail")).to_contain_text("Silence")
    at_frame(page, 75)
    page.get_by_role("link", name="Sound").click()
    expect(page.get_by_text("Listen: silence at 00:03")).to_be_visible()


def test_the_next_finding_of_an_incident_page_is_another_page_of_its_own(page: Page, run_address: str) -> None:
    page.goto(run_address.replace("/?", "/incident?"))
    expect(page.get_by_text("Silence, dead line")).to_be_visible()  # the gravest comes first
    page.locator(".bench").wait_for()
    at_frame(page, 75)
    page.keyboard.press("n")
    expect(page.get_by_text("Black frames")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_contain_text("black: ")
    at_frame(page, 150)
    page.get_by_role("button", name="chevron_left").click()  # the page's own button moves the player too
    expect(page.get_by_text("Silence, dead line")).to_be_visible()
    at_frame(page, 75)


def test_next_beyond_the_limit_lands_where_the_curve_passes_it(page: Page, run_address: str) -> None:
    page.goto(run_address)
    page.locator('.row[data-detector="black"] canvas').click(position={"x": 3, "y": 20})
    expect(page.locator('.row[data-detector="black"]')).to_have_attribute("data-active", "")
    page.keyboard.press("t")
    at_frame(page, 150)
    page.keyboard.press("t")
    expect(page.locator(".note")).to_contain_text("nothing beyond the limit after this")
    page.keyboard.press("End")
    page.get_by_label("Go to time").fill("7")
    page.get_by_label("Go to time").press("Enter")
    at_frame(page, 175)
    page.keyboard.press("Shift+T")
    at_frame(page, 150)
    page.keyboard.press("?")
    expect(page.get_by_text("next, previous place beyond the limit")).to_be_visible()


def test_two_hundred_actions_leave_no_memory_behind(page: Page, run_address: str) -> None:
    page.goto(run_address)
    page.locator(".bench").wait_for()
    inside = page.context.new_cdp_session(page)

    def used() -> float:
        inside.send("HeapProfiler.collectGarbage")
        return float(inside.send("Runtime.getHeapUsage")["usedSize"])

    keys = [".", "ArrowRight", "+", ",", "ArrowLeft", "-", "0", "t"]

    def act(count: int) -> None:
        for n in range(count):
            page.keyboard.press(keys[n % len(keys)])
        page.wait_for_timeout(500)

    act(40)  # what is fetched once and kept
    before = used()
    act(INTERACTIONS)
    assert used() - before < GROWTH
