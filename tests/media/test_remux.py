"""Moving sound: exact to a tick, nothing encoded again."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.conftest import CaseMaker
from vqa_toolkit.core import Case, Need
from vqa_toolkit.errors import MediaError, UsageError
from vqa_toolkit.media.decode import decode
from vqa_toolkit.media.probe import probe
from vqa_toolkit.media.remux import move_sound

CASE = Case(duration=3.0)
SOUND, LUMA = Need("audio", rate=16_000, mono=True), Need("luma", height=90)


def placed(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Sound on the one clock (16 kHz from 0 s) and picture times."""
    sound, times = np.zeros(5 * 16_000, np.float32), []
    for chunk in decode(probe(path), (SOUND, LUMA)):
        heard, seen = chunk.view(SOUND), chunk.view(LUMA)
        if heard:
            at = np.round(heard.t * 16_000).astype(int)
            sound[at[at < len(sound)]] = heard.data[at < len(sound)].reshape(-1)
        if seen:
            times += seen.t.tolist()
    return sound, np.array(times)


@pytest.mark.parametrize("ms", [-480, 200])
def test_sound_moves_by_what_was_asked_and_pictures_stay(case_clip: CaseMaker, tmp_path: Path, ms: int) -> None:
    clip = case_clip(CASE, ".mkv")
    copy = move_sound(clip, tmp_path / "moved.mkv", ms)
    (before, seen), (after, seen_after) = placed(clip), placed(copy)
    np.testing.assert_allclose(np.diff(seen_after), np.diff(seen), atol=2e-3)
    started = round(float(seen_after[0] - seen[0]) * 16_000)  # a container may begin its clock with the first packet
    middle = before[16_000 : 2 * 16_000]
    shift = round(ms * 16)
    lags = range(shift - 160, shift + 161, 16)
    best = max(lags, key=lambda lag: float(np.dot(middle, after[16_000 + started + lag : 32_000 + started + lag])))
    assert (
        abs(best - shift) <= 192
    )  # 12 ms: a decoder primes itself on the packet that is now first (half an AAC frame)


def test_packets_are_the_same_bytes(case_clip: CaseMaker, tmp_path: Path) -> None:
    clip = case_clip(CASE, ".mkv")
    copy = move_sound(clip, tmp_path / "moved.mkv", 120)

    def payload(path: Path, kind: str) -> list[bytes]:
        with av.open(str(path)) as c:
            return [bytes(p) for p in c.demux(next(s for s in c.streams if s.type == kind)) if p.size]

    assert payload(copy, "video") == payload(clip, "video")
    assert payload(copy, "audio") == payload(clip, "audio")


def test_no_sound_nothing_to_move(case_clip: CaseMaker, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no sound to move"):
        move_sound(case_clip(CASE, ".mp4", channels=0), tmp_path / "x.mp4", 100)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ms", [float("nan"), 1e9])
def test_senseless_moves_are_refused(case_clip: CaseMaker, tmp_path: Path, ms: float) -> None:
    with pytest.raises(UsageError, match="within"):
        move_sound(case_clip(CASE, ".mkv"), tmp_path / "x.mkv", ms)


def test_a_file_is_not_written_over_itself(case_clip: CaseMaker) -> None:
    clip = case_clip(CASE, ".mkv")
    with pytest.raises(UsageError, match="cannot replace the file itself"):
        move_sound(clip, clip, 100)
