"""Shared by all tests: a home of their own, clips rendered once, and where pristine material lies."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # before torch loads: tests share the processor with browsers and encoders

from vqa_toolkit.core import Case
from vqa_toolkit.simulate import make_case

CHROMIUM = os.environ.get("BROWSER_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing a test does touches the user's own store."""
    os.environ["VQA_HOME"] = str(tmp_path_factory.mktemp("vqa-home"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one browser of a test process: Playwright opens once, a second opening beside it is refused."""
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: nothing was opened in a browser. apt-get install chromium, or set BROWSER_PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pristine() -> Path:
    """The folder of pristine media: VQA_MEDIA, or a ``shared/media`` folder beside the repository."""
    folder = Path(os.environ.get("VQA_MEDIA", REPOSITORY.parent / "shared" / "media"))
    if not folder.is_dir():
        pytest.skip(f"pristine media are absent ({folder} does not exist); set VQA_MEDIA to run this test")
    return folder


CaseMaker = Callable[..., Path]


@pytest.fixture(scope="session")
def case_clip(tmp_path_factory: pytest.TempPathFactory) -> CaseMaker:
    """Render a case to a file, once per distinct case and options."""
    folder = tmp_path_factory.mktemp("cases")
    made: dict[tuple[object, ...], Path] = {}

    def make(case: Case, suffix: str = ".mp4", **options: object) -> Path:
        key = (case.scene, case.faults, case.duration, suffix, *sorted(options.items()))
        if key not in made:
            path = folder / f"case{len(made)}{suffix}"
            make_case(case, path, **options)  # type: ignore[arg-type]
            made[key] = path
        return made[key]

    return make


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """The system's ffmpeg."""
    found = shutil.which("ffmpeg")
    if found is None:
        pytest.skip("ffmpeg is not installed; install it to run this test")
    return found
