"""Bad input on the real command line: one clear sentence on stderr, the right exit code, no traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 5, ""), (("analyze",), 5, "clips"), (("analyse", "x.mp4"), 5, "analyse"),
        (("analyze", "x.mp4", "--format", "pdf"), 5, "pdf"), (("analyze", "x.mp4", "--nonsense"), 5, "--nonsense"),
        (("analyze", "x.mp4", "--fail-on", "grave"), 5, "grave"),
        (("analyze", "x.mp4", "--detectors", "blakc"), 5, "blakc"),
        (("analyze", "x.mp4", "--profile", "nobody"), 3, "no profile 'nobody'"),
        (("analyze", "x.mp4", "--set", "black"), 3, "DETECTOR.LIMIT=VALUE"),
        (("analyze", "x.mp4", "--set", "black.min_duration=soon"), 3, "DETECTOR.LIMIT=VALUE"),
        (("analyze", "x.mp4", "--set", "black.min_duration=1e9"), 3, "min_duration"),
        (("analyze", "x.mp4", "--set", "black.nothing=1"), 3, "nothing"),
        (("analyze", "x.mp4", "--baseline", "absent.json"), 3, "not a JSON report"),
        (("analyze", "absent.mp4", "--device", "cpu"), 1, "absent.mp4"), (("report", "absent.vqa"), 1, "absent.vqa"),
        (("detectors", "blakc"), 5, "Did you mean black?"), (("app", "--port", "0"), 5, "--port"),
        (("app", "--path-root", "/no/such/folder"), 5, "is not a folder"),
        (("train", "corruption", "--pristine", "/no/such/folder", "-o", "x"), 5, "is not a folder"),
    ],
)  # fmt: skip
def test_one_sentence_and_the_right_code(vqa: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    ran = vqa(*arguments)
    assert ran.code == code
    assert said in ran.err
    if arguments:
        assert ran.out == ""
        assert len(ran.err.splitlines()) == 1
        assert ran.err.startswith("vqa: ")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.mp4", b"Just words.\n" * 50), ("empty.mp4", b""),
        ("playlist.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
        ("ffconcat.mp4", b"ffconcat version 1.0\nfile '/etc/passwd'\n"),
        ("cut.mp4", b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41\x00\x00\x00\x08free"),
        ("ü" * 60 + ".mp4", b"x"),
    ],
)  # fmt: skip
def test_what_is_no_media_is_refused_in_one_sentence(vqa: Run, tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    ran = vqa("analyze", path, "-q", "--device", "cpu")
    assert ran.code == 1
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1
    assert name in ran.err
    assert "root:" not in ran.err


def test_an_unwritable_report_is_one_sentence(vqa: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = vqa("detectors", "--format", "json")
    assert ran.code == 0
    refused = vqa("analyze", "absent.mp4", "--device", "cpu", "-o", tmp_path / "file" / "r.json")
    assert refused.code == 1
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize("option", ["-o", "--save"])
def test_a_report_never_overwrites_its_clip(vqa: Run, tmp_path: Path, option: str) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"precious")
    ran = vqa("analyze", clip, option, tmp_path / "x" / ".." / "clip.mp4")
    assert (ran.code, clip.read_bytes()) == (5, b"precious")
    assert "is the clip itself" in ran.err
