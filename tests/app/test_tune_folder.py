"""A folder of labelled clips on the tuning page: measured by an errand, judged, and played at a false alarm."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import CaseMaker
from vqa_toolkit.core import Case
from vqa_toolkit.detectors.black import Black
from vqa_toolkit.jobs import errands
from vqa_toolkit.store.errands import Errand, latest_errand
from vqa_toolkit.ui.gate import LOCAL_OWNER

APP = Path(__file__).parents[2] / "app.py"
PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    yield
    errands.stop()


@pytest.fixture
def corpus(case_clip: CaseMaker, tmp_path: Path) -> Path:
    """Two clips that are black for a second; the labels of one know it, those of the other do not."""
    made = case_clip(Case(faults=("black@1:2",), duration=4.0), width=160, height=90)
    folder = tmp_path / "allowed" / "clips"
    folder.mkdir()
    for name in ("known", "unknown"):
        shutil.copy(made, folder / f"{name}.mp4")
        shutil.copy(f"{made}.labels.json", folder / f"{name}.mp4.labels.json")
    text = (folder / "unknown.mp4.labels.json").read_text("utf-8")
    (folder / "unknown.mp4.labels.json").write_text(text.replace('"defect": "black"', '"defect": "hum"'), "utf-8")
    return folder


def opened(path: str) -> AppTest:
    test = AppTest.from_file(str(APP), default_timeout=60).run().switch_page("pages/tune/page.py").run()
    test.button_group(key="vqa.tune.source.kind").set_value("A folder on this machine").run()
    test.selectbox(key="vqa.tune.detector").set_value("black").run()
    return test.text_input(key="vqa.tune.folder").set_value(path).run()


def finished(folder: Path) -> Errand:
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        errand = latest_errand("corpus", f"{folder.resolve()}|black-{Black.version}", LOCAL_OWNER)
        if errand is not None and errand.over:
            return errand
        time.sleep(0.2)
    raise AssertionError("the folder was never read")


def test_a_folder_is_measured_once_and_judged(corpus: Path) -> None:
    assert not opened(str(corpus)).exception
    assert finished(corpus).state == "done"
    test = opened(str(corpus))
    assert not test.exception
    values = {m.label: m.value for m in test.metric}
    assert (values["Precision"], values["Recall"]) == ("0.5", "1")
    test.button_group(key="vqa.tune.view").set_value("False alarms").run()
    test.button(key="vqa.tune.play.False alarms.0").click().run()
    assert not test.exception
    assert any("unknown.mp4 at 00:0" in str(m.value).replace("\\", "").replace("**", "") for m in test.markdown)


@pytest.mark.parametrize(("path", "said"), [("/", "Only folders under"), ("{root}/none", "There is no folder")])
def test_a_folder_that_may_not_be_opened_is_one_sentence(path: str, said: str, tmp_path: Path) -> None:
    test = opened(path.format(root=tmp_path / "allowed"))
    assert not test.exception
    assert any(said in str(e.value) for e in test.error)
