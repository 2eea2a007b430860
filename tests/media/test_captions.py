"""Caption files as they come: other encodings, disorder, escapes, too many cues."""

from __future__ import annotations

from pathlib import Path

import pytest

from vqa_toolkit.media import captions
from vqa_toolkit.media.captions import Cue, read_caption_file

SRT = "1\n00:00:04,000 --> 00:00:05,500\nCafé\n\n2\n00:00:01,000 --> 00:00:02,000\nfirst in time\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_file_order(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes(SRT.encode(encoding))
    assert read_caption_file(tmp_path / "a.srt").cues == (Cue(4.0, 5.5, "Café"), Cue(1.0, 2.0, "first in time"))


def test_what_is_not_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes(bytes(range(256)) * 4)
    track = read_caption_file(tmp_path / "a.srt")
    assert track.cues == ()
    assert "encoding is unknown" in track.problem


def test_webvtt_escapes_are_letters(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nYou &amp; me\n", encoding="utf-8")
    assert read_caption_file(tmp_path / "a.vtt").cues == (Cue(1.0, 2.0, "You & me"),)


def test_too_many_cues_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions, "MAX_CUES", 1)
    (tmp_path / "a.srt").write_text(SRT, encoding="utf-8")
    assert read_caption_file(tmp_path / "a.srt").problem == "it has more than 1 cues"
