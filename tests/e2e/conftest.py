"""The real app in a real Chromium, on a clip whose frames carry their own number."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from vqa_toolkit.detectors import discover
from vqa_toolkit.profile import Profile

REPOSITORY = Path(__file__).parents[2]
START_S = 60.0
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)

QUICK = {"black", "freeze", "silence", "stream"}
"""The detectors these tests need: the page is tested here, not the networks."""

NAME = "numbered <b>clip *x*.mp4"
FPS, BITS, CELL = 25, 8, 16
SILENT_FRAMES = (75, 125)  # the sound is gone from 3 s to 5 s
BLACK_FRAMES = (150, 175)
FRAMES = 200


def judge_quickly(page: Page) -> None:
    """Choose the profile that runs these tests' detectors only."""
    page.get_by_label("Judge it by").click()
    page.get_by_role("option", name="Quick").click()


@pytest.fixture(scope="session")
def quickly() -> Callable[[Page], None]:
    return judge_quickly


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """320x180, 8 s: a moving bar, a tone, and each frame's number in eight squares, white for 1, from the left."""
    path = tmp_path_factory.mktemp("media") / NAME
    tone = 0.2 * np.sin(2 * np.pi * 330 * np.arange(FRAMES * 1920) / 48000)
    tone[SILENT_FRAMES[0] * 1920 : SILENT_FRAMES[1] * 1920] = 0
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=FPS, options={"crf": "18", "g": "50"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        sound = out.add_stream("aac", rate=48000, layout="mono")
        for n in range(FRAMES):
            out.mux(video.encode(av.VideoFrame.from_ndarray(_picture(n), format="rgb24")))
            block = tone[n * 1920 : (n + 1) * 1920].astype(np.float32)[None, :]
            heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="mono")
            heard.sample_rate, heard.pts = 48000, n * 1920
            out.mux(sound.encode(heard))
        out.mux([*video.encode(), *sound.encode()])
    return path


def _picture(n: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = np.full((180, 320, 3), 90, dtype=np.uint8)
    if BLACK_FRAMES[0] <= n < BLACK_FRAMES[1]:
        picture[:] = 0
        return picture
    x = (7 * n) % 300
    picture[60:170, x : x + 20] = (200, 120, 40)
    for bit in range(BITS):
        picture[8 : 8 + CELL, 8 + bit * CELL : 8 + (bit + 1) * CELL] = 255 if n >> bit & 1 else 0
    return picture


@pytest.fixture(scope="session")
def app_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the served app and its log live in; ``data`` in it is its ``VQA_HOME``."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def address(app_home: Path) -> Iterator[str]:
    """The app served as a person serves it, with a data folder of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = app_home
    quick = home / "data" / "profiles" / "quick.toml"
    quick.parent.mkdir(parents=True)
    quick.write_text(Profile("quick", disabled=tuple(set(discover()) - QUICK)).to_toml(), "utf-8")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=log, stderr=log, env={**os.environ, "VQA_HOME": str(home / "data")}
        )
        try:
            _await(f"http://127.0.0.1:{port}/_stcore/health", server, home / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + START_S
    while time.monotonic() < limit and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the app did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def ann(chromium: Browser) -> Iterator[BrowserContext]:
    """One person's browser, kept over all tests."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(ann: BrowserContext) -> Iterator[Page]:
    opened = ann.new_page()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def run_address(address: str, numbered: Path, ann: BrowserContext, quickly: Callable[[Page], None]) -> str:
    """The address of the numbered clip's run, uploaded and analysed in the browser, once for all tests."""
    page = ann.new_page()
    page.goto(address)
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file]").set_input_files(numbered)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    quickly(page)
    page.get_by_test_id("stButton").get_by_role("button", name="Analyze").click()
    expect(page.locator(".bench")).to_be_visible(timeout=180_000)
    url = str(page.url)
    page.close()
    return url
