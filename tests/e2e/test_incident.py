"""The first job, walked as a person walks it: upload → verdict → finding → the very frame → review → link → report."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

READ_NUMBER = """video => {
  const canvas = document.createElement("canvas"); canvas.width = 320; canvas.height = 180;
  const g = canvas.getContext("2d"); g.drawImage(video, 0, 0, 320, 180);
  let n = 0;
  for (let bit = 0; bit < 8; bit++) if (g.getImageData(8 + bit * 16 + 8, 16, 1, 1).data[0] > 127) n |= 1 << bit;
  return n;
}"""


def number_on_screen(page: Page) -> int:
    """The frame number burnt into the picture that the page shows."""
    return int(page.locator(".bench video:not(.clean)").evaluate(READ_NUMBER))


def frame_said(page: Page) -> int:
    """The frame number that the page says."""
    return int(page.locator(".bench").get_attribute("data-frame") or -1)


LOADED = """video => new Promise(done => {
  const look = () => (video.readyState >= 2 && !video.seeking ? done() : setTimeout(look, 30)); look();
})"""
"""Until the clip has arrived the page says where it is going: there is no picture to compare with."""


def settle(page: Page, frame: int) -> None:
    """Wait until the page says this frame is on screen, and a picture is."""
    expect(page.locator(".bench")).to_have_attribute("data-frame", str(frame))
    page.locator(".bench video:not(.clean)").evaluate(LOADED)
    expect(page.locator(".bench")).to_have_attribute("data-frame", str(frame))
    expect(page.locator(".bench")).to_have_attribute("data-time", re.compile(r"\d"))


def test_the_frame_shown_is_the_frame_of_the_finding(page: Page, run_address: str) -> None:
    page.goto(run_address)
    expect(page.get_by_text("Fails:")).to_be_visible()
    page.get_by_role("tab", name="Findings").click()
    page.get_by_role("button", name="Silence at").click()
    settle(page, 75)
    assert number_on_screen(page) == 75
    expect(page.locator(".detail")).to_contain_text("Silence")
    expect(page).to_have_url(re.compile(r"finding=[0-9a-f]{8}"))

    for key, frame in ((".", 76), (".", 77), (",", 76), ("ArrowRight", 101), ("ArrowLeft", 76)):
        page.keyboard.press(key)
        settle(page, frame)
        assert number_on_screen(page) == frame

    page.keyboard.press("n")
    settle(page, 150)  # the black picture comes next
    assert number_on_screen(page) == 0
    page.keyboard.press("p")
    settle(page, 75)


def test_playing_moves_the_clock_and_the_cursor(page: Page, run_address: str) -> None:
    page.goto(run_address)
    settle(page, 0)
    before = page.locator(".cursor").bounding_box()
    page.keyboard.press("l")
    page.wait_for_function("document.querySelector('[data-testid=stBidiComponentIsolated]') !== null")
    expect(page.locator(".bench")).to_have_attribute("data-frame", re.compile(r"^[2-9]\d$"))
    page.keyboard.press("k")
    page.wait_for_timeout(300)
    page.locator(".bench video:not(.clean)").evaluate(LOADED)
    after = page.locator(".cursor").bounding_box()
    assert before is not None and after is not None and after["x"] > before["x"] + 20
    assert number_on_screen(page) == frame_said(page)


def test_a_link_reopens_exactly_this_view(page: Page, run_address: str) -> None:
    page.goto(run_address)
    page.get_by_role("tab", name="Findings").click()
    page.get_by_role("button", name="Black at").click()
    expect(page).to_have_url(re.compile("finding="))
    link = page.url + "&t=2.5"
    page.goto("about:blank")
    page.goto(link)
    settle(page, 62)
    assert number_on_screen(page) == 62
    expect(page.locator(".detail")).to_contain_text("Black")


def test_the_table_sorts_and_the_timeline_seeks(page: Page, run_address: str) -> None:
    page.goto(run_address)
    page.get_by_role("tab", name="Findings").click()
    time = page.get_by_role("columnheader", name="Time")
    times = page.locator(".side td.time")
    first = times.all_inner_texts()
    time.get_by_role("button").click()
    expect(time).to_have_attribute("aria-sort", "descending")
    assert times.all_inner_texts() == first[::-1]
    canvas = page.locator(".row canvas").first
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] * 4.02 / 8.0, "y": 20})
    expect(page.locator(".bench")).to_have_attribute("data-frame", re.compile("^(99|100|101)$"))
    assert number_on_screen(page) == frame_said(page)


def test_a_review_is_written_and_shown(page: Page, run_address: str) -> None:
    page.goto(run_address)
    page.get_by_role("tab", name="Findings").click()
    page.get_by_role("button", name="Silence at").click()
    page.get_by_text("Review: Silence").click()
    page.get_by_text("Dismiss", exact=True).click()
    page.get_by_label("Reason").fill("a pause by intent <b>")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("a pause by intent <b>")).to_be_visible()
    expect(page.locator(".side .opinion")).to_have_text("dismissed")


def test_the_report_opens_anywhere(page: Page, run_address: str) -> None:
    page.goto(run_address)
    page.get_by_role("button", name="Report").click()
    with page.expect_download() as html:
        page.get_by_role("button", name="HTML, with stills").click()
    assert "data:image/jpeg" in Path(html.value.path()).read_text("utf-8")
    with page.expect_download() as data:
        page.get_by_role("button", name="JSON").click()
    report = json.loads(Path(data.value.path()).read_text("utf-8"))
    assert report["media"]["name"] == "numbered <b>clip *x*.mp4"
    assert {f["defect"] for f in report["findings"]} >= {"black", "silence"}


def test_history_reopens_and_a_stranger_sees_nothing(
    page: Page, run_address: str, address: str, chromium: Browser
) -> None:
    page.goto(f"{address}/history")
    expect(page.get_by_text("Click a row to open it.")).to_be_visible()
    stranger = chromium.new_context().new_page()
    stranger.goto(run_address)
    expect(stranger.get_by_text("There is no such run")).to_be_visible()
    stranger.goto(f"{address}/history")
    expect(stranger.get_by_text("Nothing analyzed yet")).to_be_visible()
    stranger.context.close()


def test_a_reload_finds_the_running_job_again_and_cancel_stops_it(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_test_id("stButton").get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    expect(page.get_by_role("button", name="Run again")).to_be_enabled()
