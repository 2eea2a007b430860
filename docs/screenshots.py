"""Every page, light and dark, at desktop and laptop width: ``python docs/screenshots.py [FOLDER] [--home DIR] [--readme]``.

Starts the app with a data folder of its own (``--home`` keeps one, so that nothing is analysed twice), breaks two bundled
clips in known ways, analyses them, and takes the pictures: whole pages, so that what lies below the fold is looked at too.
``FOLDER`` is build/screenshots by default; ``--readme`` also renews the three small pictures in docs/screenshots.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError, sync_playwright

REPOSITORY = Path(__file__).parents[1]
SAMPLES, README = REPOSITORY / "sample_media", REPOSITORY / "docs" / "screenshots"
CHROMIUM = os.environ.get("BROWSER_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
COOKIE = "a" * 32
SIZES = {"desktop": (1680, 1050), "laptop": (1280, 800)}
CLIPS = {
    "presenter": ("Presenter", ("av_sync,offset_ms=-240", "hum@6:12,snr_db=8,f0_hz=50", "clicks@14:16,count=5,strength=1",
                                "painted_blocks@3:5,mode=mixed,strength=0.9")),
    "clean": ("Clean programme", ("caption_layout@9:16,mode=too_fast", "hiss@4:9,snr_db=14", "freeze@25:27")),
}  # fmt: skip
ANALYSIS_S = 3600.0
SETTLE_MS = 2500  # curves, maps and the first frame are fetched after the page stands
BUSY_MS, TALLEST_PX = 60_000, 3200
README_WIDTH, README_COLOURS = 1200, 200


@contextmanager
def served(home: str) -> Iterator[str]:
    """The app at an address of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    server = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, "VQA_HOME": home}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                    break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def analysed() -> dict[str, str]:
    """The ids of a finished run of each broken clip, made and analysed by the app's own worker where there is none yet."""
    from vqa_toolkit.media.probe import file_sha256
    from vqa_toolkit.store.clips import add_clip, plan_clip
    from vqa_toolkit.store.runs import enqueue, run_of, runs_of
    from vqa_toolkit.ui.gate import owner_of_cookie

    owner = owner_of_cookie(COOKIE)
    found = {}
    for stem, (title, faults) in CLIPS.items():
        path = SAMPLES / f"{stem}.mp4"
        clean = add_clip(path, owner=owner, name=f"{title} (sample)", origin="sample", sha256=file_sha256(path))
        kept = [
            run for run, clip in runs_of(owner) if clip.faults == faults and run.state in ("queued", "running", "done")
        ]
        found[stem] = kept[0].id if kept else enqueue(plan_clip(clean, faults), profile="default", device="cpu").id
    until = time.monotonic() + ANALYSIS_S
    while time.monotonic() < until:
        states = [run_of(run, owner) for run in found.values()]
        if all(run.over for run in states):
            break
        time.sleep(2.0)
    ended = {run.id: run.reason for run in states if run.state != "done"}
    if ended:
        raise SystemExit(f"These analyses did not finish: {ended}")
    return found


def views(runs: dict[str, str]) -> dict[str, str]:
    """Name of a picture → path in the app."""
    from vqa_toolkit.result import AnalysisResult
    from vqa_toolkit.store.findings import finding_ids
    from vqa_toolkit.store.runs import result_path

    def of(run: str, defect: str) -> str:
        findings = AnalysisResult.load(result_path(run)).findings
        ids = [i for i, f in zip(finding_ids(findings), findings, strict=True) if f.defect == defect]
        return f"run={run}" + (f"&finding={ids[0]}" if ids else "")

    a, b = runs["presenter"], runs["clean"]
    return {
        "choose": "", "analyze": f"?{of(b, 'freeze')}", "incident-picture": f"incident?{of(a, 'block_corruption')}",
        "incident-sound": f"incident?{of(a, 'hum')}", "incident-curve": f"incident?{of(b, 'freeze')}",
        "heatmap": f"heatmap?{of(a, 'block_corruption')}", "audio": f"audio?run={a}", "lipsync": f"lipsync?run={a}",
        "captions": f"captions?run={b}", "heatmap-choose": "heatmap", "demo": "demo", "tune": "tune", "compare": "compare",
        "history": "history", "detectors": "detectors", "settings": "settings",
    }  # fmt: skip


def take(context: BrowserContext, url: str, path: Path, *, whole: bool = True) -> None:
    """One picture, once nothing is being fetched any more."""
    page = context.new_page()
    page.goto(url)
    page.locator("h1, h3, .bench").first.wait_for(timeout=BUSY_MS)
    settle(page)
    if whole and page.viewport_size is not None:
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        size = page.viewport_size
        page.set_viewport_size({"width": size["width"], "height": min(max(size["height"], height + 20), TALLEST_PX)})
        page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=path)
    page.close()


def settle(page: Page) -> None:
    """Wait until the script has run and its errands are done."""
    page.wait_for_timeout(SETTLE_MS)
    for _ in range(BUSY_MS // 500):
        running = page.locator("[data-testid=stSpinner], [data-testid=stApp][data-test-script-state=running]").count()
        if not running:
            break
        page.wait_for_timeout(500)
    with suppress(TimeoutError):  # a spectrogram is drawn when it is first asked for
        page.locator(".bench [aria-busy=true]").first.wait_for(state="detached", timeout=BUSY_MS)
    page.wait_for_timeout(SETTLE_MS)


def opened(browser: Browser, address: str, size: tuple[int, int], mode: str) -> BrowserContext:
    """A browser window whose cookie owns the runs."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if mode == "dark" else "light"
    )
    context.add_cookies([{"name": "vqa_browser", "value": COOKIE, "url": address}])
    return context


def for_readme(context: BrowserContext, address: str, shown: dict[str, str]) -> None:
    """The three small ones: fewer colours, less width."""
    from PIL import Image

    for name, view in (("analyze", "incident-curve"), ("heatmap", "heatmap"), ("tune", "tune")):
        target = README / f"{name}.png"
        take(context, f"{address}/{shown[view]}", target, whole=False)
        with Image.open(target) as picture:
            height = round(picture.height * README_WIDTH / picture.width)
            small = picture.convert("RGB").resize((README_WIDTH, height), Image.Resampling.LANCZOS)
        small.quantize(README_COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=REPOSITORY / "build" / "screenshots")
    parser.add_argument("--home", default=None)
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--only", default="", help="names of pictures, separated by commas")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        home = os.environ["VQA_HOME"] = chosen.home or scratch
        with served(home) as address, sync_playwright() as playwright:
            shown = views(analysed())
            wanted = {n: p for n, p in shown.items() if not chosen.only or n in chosen.only.split(",")}
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for size, pixels in SIZES.items():
                for mode in ("light", "dark"):
                    context = opened(browser, address, pixels, mode)
                    for name, path in wanted.items():
                        take(context, f"{address}/{path}", chosen.folder / f"{name}-{size}-{mode}.png")
                    context.close()
            if chosen.readme:
                for_readme(opened(browser, address, (1440, 1000), "light"), address, shown)
            browser.close()


if __name__ == "__main__":
    main()
