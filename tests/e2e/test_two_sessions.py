"""Two people at once: neither sees the other's files, jobs queue, and a job belongs to no tab."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

PATIENCE_S = 60.0
ANALYSIS_MS = 240_000

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGSTOP"), reason="a running analysis cannot be held on this system"
)


@pytest.fixture
def people(chromium: Browser, address: str) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    """Two browsers that share nothing."""
    contexts = tuple(chromium.new_context(viewport={"width": 1280, "height": 900}) for _ in range(2))
    for context in contexts:
        context.set_default_timeout(90_000)
    yield contexts[0], contexts[1]
    for context in contexts:
        context.close()


def uploaded(page: Page, address: str, clip: Path) -> None:
    page.goto(address)
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file]").set_input_files(clip)
    expect(page.get_by_role("heading", name=clip.name)).to_be_visible()


def started(page: Page, quickly: Callable[[Page], None]) -> str:
    """Start the analysis; the address of its run."""
    quickly(page)
    page.get_by_test_id("stButton").get_by_role("button", name="Analyze").click()
    expect(page).to_have_url(re.compile("run=[0-9a-f]{16}"))
    return str(page.url)


def column(home: Path, run_address: str, name: str) -> object:
    """What the database says about a run."""
    run = re.search("run=([0-9a-f]{16})", run_address)
    assert run is not None
    with closing(sqlite3.connect(home / "data" / "vqa.sqlite")) as db:
        return db.execute(f"SELECT {name} FROM runs WHERE id = ?", (run[1],)).fetchone()[0]


def held(home: Path, run_address: str) -> int:
    """Wait until the run's process is there, and stop it where it stands; its process id."""
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        pid = column(home, run_address, "pid")
        if isinstance(pid, int):
            os.kill(pid, signal.SIGSTOP)
            return pid
        time.sleep(0.05)
    raise AssertionError("the analysis never began")


def test_two_people_at_once(
    people: tuple[BrowserContext, BrowserContext], address: str, app_home: Path, numbered: Path, tmp_path: Path,
    quickly: Callable[[Page], None],
) -> None:  # fmt: skip
    ann, bob = (context.new_page() for context in people)
    hers, his = (Path(shutil.copy(numbered, tmp_path / name)) for name in ("anns clip.mp4", "bobs clip.mp4"))
    with his.open("ab") as file:
        file.write(bytes(16))  # another content, so that nothing is answered from what was measured already
    uploaded(ann, address, hers)
    anns_run = started(ann, quickly)
    pid = held(app_home, anns_run)
    try:
        uploaded(bob, address, his)
        expect(bob.get_by_text("anns clip")).to_have_count(0)
        bobs_run = started(bob, quickly)
        expect(bob.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
        expect(bob.get_by_text("Number 1 in the queue")).to_be_visible()

        stranger = people[1].new_page()
        stranger.goto(anns_run)
        expect(stranger.get_by_text("There is no such run in this browser's history")).to_be_visible()
        stranger.goto(f"{address}/history")
        expect(
            stranger.get_by_test_id("stMetric").filter(has_text="Runs").get_by_test_id("stMetricValue")
        ).to_have_text("1")
        stranger.close()

        ann.close()  # the tab goes, the work stays
        again = people[0].new_page()
        again.goto(anns_run)
        expect(again.get_by_role("button", name="Cancel")).to_be_enabled()
        assert (column(app_home, anns_run, "state"), column(app_home, bobs_run, "state")) == ("running", "queued")
        assert column(app_home, anns_run, "pid") == pid  # the same process: reattached, not begun again
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(again.locator(".bench")).to_be_visible(timeout=ANALYSIS_MS)
    bob.reload()
    expect(bob.locator(".bench")).to_be_visible(timeout=ANALYSIS_MS)
    assert {column(app_home, run, "state") for run in (anns_run, bobs_run)} == {"done"}
    assert not Path(f"/proc/{pid}").exists()  # nothing is left running
