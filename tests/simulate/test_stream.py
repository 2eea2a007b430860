"""Stream faults, measured on packets and decoded lengths with PyAV alone."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import pytest

from tests.simulate.conftest import DURATION, Decoded, decode
from vqa_toolkit.simulate import simulate


def packets(path: Path, kind: str = "video") -> dict[float, bytes]:
    """Each packet's bytes by its presentation time, seconds."""
    with av.open(str(path)) as container:
        streams: Any = container.streams.video if kind == "video" else container.streams.audio
        return {
            round(float(p.pts * p.time_base), 3): bytes(p) for p in container.demux(streams[0]) if p.pts is not None
        }


@pytest.mark.parametrize("streams", ["both", "video"])
def test_pts_gap_leaves_a_hole_and_keeps_later_times(clip: Path, tmp_path: Path, streams: str) -> None:
    label = simulate(clip, [f"pts_gap@0.8:1.4,streams={streams}"], 1, tmp_path / "o.mkv")[0]
    t = np.sort(list(packets(tmp_path / "o.mkv")))
    hole = int(np.argmax(np.diff(t)))
    assert (t[hole] + 0.04, t[hole + 1]) == pytest.approx((label.start, label.end)) == (0.8, 1.4)
    assert t[-1] == pytest.approx(DURATION - 0.04)
    sound = np.array(sorted(packets(tmp_path / "o.mkv", "audio")))
    inside = ((sound > 0.81) & (sound < 1.39)).any()
    assert inside == (streams == "video")


@pytest.mark.parametrize("container", [".mkv", ".mp4"])
def test_truncated_file_ends_where_the_label_begins(clip: Path, clean: Decoded, tmp_path: Path, container: str) -> None:
    label = simulate(clip, ["truncated@1.5:"], 1, tmp_path / f"o{container}")[0]
    shown: list[float | None] = []
    with av.open(str(tmp_path / f"o{container}")) as opened:
        for packet in opened.demux(video=0):
            with contextlib.suppress(av.error.FFmpegError):  # the packet that was cut
                shown.extend(frame.time for frame in packet.decode())
    assert 1.3 < label.start <= 1.52  # reordering may take earlier pictures along
    assert max(t for t in shown if t is not None and t < label.start) == pytest.approx(label.start - 0.04, abs=0.002)
    assert len(shown) < 0.75 * len(clean.t)
    assert label.end == pytest.approx(DURATION)


def test_decode_error_changes_the_labelled_packets_only(clip: Path, tmp_path: Path) -> None:
    label = simulate(clip, ["decode_error@0.8:1.2,strength=0.3"], 1, tmp_path / "o.mkv")[0]
    before, after = packets(clip), packets(tmp_path / "o.mkv")
    assert before.keys() == after.keys()
    changed = [t for t in before if before[t] != after[t]]
    assert sorted(changed) == pytest.approx(label.times)
    assert all(len(before[t]) == len(after[t]) for t in changed)
    with av.open(str(clip)) as container:
        keys = [
            round(p.pts * float(p.time_base), 3)
            for p in container.demux(video=0)
            if p.pts is not None and p.is_keyframe
        ]
    assert (label.start, label.end) == (min(changed), min(k for k in [*keys, DURATION] if k > max(changed)))


@pytest.mark.parametrize(("mode", "length"), [("shorter", DURATION - 0.5), ("longer", DURATION + 0.5)])
def test_sound_is_shorter_or_longer(clip: Path, tmp_path: Path, mode: str, length: float) -> None:
    label = simulate(clip, [f"av_duration,mode={mode},seconds=0.5"], 1, tmp_path / "o.mkv")[0]
    bad = decode(tmp_path / "o.mkv")
    assert len(bad.audio) / bad.rate == pytest.approx(length, abs=1e-4)
    assert len(bad.t) == 60
    assert (label.start, label.end) == pytest.approx((min(length, DURATION), max(length, DURATION)))


def test_vfr_makes_steps_uneven_inside_its_span_only(clip: Path, tmp_path: Path) -> None:
    label = simulate(clip, ["vfr@0.8:2,strength=0.8"], 1, tmp_path / "o.mkv")[0]
    t = decode(tmp_path / "o.mkv").t
    steps = np.diff(t)
    before = t[1:] < label.start - 1e-3
    assert steps[before] == pytest.approx(0.04)
    assert steps[~before].std() > 0.01
