"""Clips: the same file is the same clip, a changed one is noticed, and nobody sees another's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vqa_toolkit.errors import MediaUnreadable, UsageError
from vqa_toolkit.store.clips import Clip, add_clip, clip_of, clip_with_sha256


def test_the_same_file_is_the_same_clip_for_the_same_owner(clip: Clip) -> None:
    again = add_clip(clip.path, owner="ann", name="renamed.mp4", origin="path")
    other = add_clip(clip.path, owner="bob", name="clip.mp4", origin="path")
    assert again.id == clip.id
    assert other.id != clip.id


def test_a_clip_is_found_by_content_only_by_its_owner(clip: Clip) -> None:
    assert clip_with_sha256("a" * 64, "ann") == clip
    assert clip_with_sha256("a" * 64, "bob") is None
    assert clip_with_sha256("", "ann") is None
    with pytest.raises(UsageError, match="no such clip"):
        clip_of(clip.id, "bob")


def test_a_file_that_changed_or_went_is_not_taken_for_the_one_it_was(clip: Clip) -> None:
    assert clip.missing == ""
    os.utime(clip.path, ns=(1, 1))
    assert "has changed" in clip.missing
    clip.path.unlink()
    assert "no longer there" in clip.missing


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "none.mp4", "not there"), (tmp_path, "a folder")):
        with pytest.raises(MediaUnreadable, match=said):
            add_clip(path, owner="ann", name="x", origin="path")
