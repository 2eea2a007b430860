"""Looking things up in a clip: what comes back, and what a crash, a hang or a wrong file becomes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import CaseMaker
from vqa_toolkit.core import Case
from vqa_toolkit.errors import MediaError
from vqa_toolkit.jobs import aside
from vqa_toolkit.media.excerpt import sound_excerpt
from vqa_toolkit.media.stills import still


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    aside.stop()


@pytest.fixture(scope="module")
def clip(case_clip: CaseMaker) -> Path:
    return case_clip(Case(duration=2.0))


def test_what_comes_back_is_what_the_library_says(clip: Path) -> None:
    pictures = aside.ask("stills", clip, times=[0.5, 1.02], height=90)
    for n, t in enumerate((0.5, 1.02)):
        time, expected = still(clip, t, 90)
        assert pictures.facts["times"][n] == time
        assert np.array_equal(pictures.arrays[f"picture{n}"], expected)
    sound = aside.ask("sound", clip, start=0.25, end=0.75)
    expected_sound = sound_excerpt(clip, 0.25, 0.75, mono=True).samples[:, 0]
    assert sound.arrays["samples"].dtype == np.int16
    assert np.abs(sound.arrays["samples"] / 32767.0 - expected_sound).max() <= 0.5 / 32767 + 1e-7  # rounding


def test_a_file_that_is_no_media_is_said_and_the_next_question_is_answered(clip: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.mp4"
    wrong.write_bytes(b"not a film")
    with pytest.raises(MediaError, match=r"wrong\.mp4"):
        aside.ask("stills", wrong, times=[0.0], height=90)
    assert aside.ask("stills", clip, times=[0.0], height=90).facts["times"] == [0.0]


def stand_in(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(aside, "COMMAND", (sys.executable, "-c", f"import os, sys, time; sys.stdin.readline(); {code}"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("os.kill(os.getpid(), 11)", "the decoder stopped on it"),
        ('print(\'{"facts": {}, "bytes": 99}\')', "the decoder stopped on it"),
        ("time.sleep(60)", "it took longer than 1 s"),
    ],
    ids=["crash", "half an answer", "hang"],
)
def test_a_process_that_dies_or_hangs_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, clip: Path, code: str, said: str
) -> None:
    with monkeypatch.context() as patch:
        stand_in(patch, code)
        with pytest.raises(MediaError, match=said):
            aside.ask("stills", clip, times=[0.0], height=90, wait_s=1.0 if "sleep" in code else 20.0)
    assert aside.ask("stills", clip, times=[0.0], height=90).facts["times"] == [0.0]
