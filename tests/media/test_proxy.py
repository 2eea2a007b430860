"""Proxies keep every frame at its own time, also for a container whose clock does not start at 0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from vqa_toolkit.errors import MediaUnreadable
from vqa_toolkit.media.probe import probe
from vqa_toolkit.media.proxy import make_proxy, playable


def render(path: Path, codec: str, pixels: str = "yuv420p") -> Path:
    """Forty frames of 160x90 at 25 frames/s, each brighter than the one before, and a tone."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(codec, rate=25)
        video.width, video.height, video.pix_fmt = 160, 90, pixels
        sound: Any = out.add_stream("mp2" if path.suffix == ".ts" else "aac", rate=48000, layout="stereo")
        for n in range(40):
            grey = np.full((90, 160, 3), 40 + 5 * n, dtype=np.uint8)
            out.mux(video.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        tone = np.zeros((2, 1152), dtype=np.int16)
        for n in range(66):
            heard = av.AudioFrame.from_ndarray(
                tone.T.reshape(1, -1) if path.suffix == ".ts" else tone.astype(np.float32), layout="stereo",
                format="s16" if path.suffix == ".ts" else "fltp",
            )  # fmt: skip
            heard.sample_rate, heard.pts = 48000, n * 1152
            out.mux(sound.encode(heard))
        out.mux([*video.encode(), *sound.encode()])
    return path


def times_and_levels(path: Path, start: float) -> tuple[list[float], list[float]]:
    """Each frame's own time less ``start``, as a browser reads it, and its mean level."""
    with av.open(str(path)) as source:
        frames = [
            (float(f.time or 0) - start, float(f.to_ndarray(format="gray").mean())) for f in source.decode(video=0)
        ]
    return [t for t, _ in frames], [v for _, v in frames]


def test_every_frame_is_there_at_its_time(tmp_path: Path) -> None:
    original = render(tmp_path / "clip.ts", "mpeg2video")
    info = probe(original)
    assert not playable(info)
    proxy = make_proxy(info, tmp_path / "proxy.mp4")
    assert playable(probe(proxy))
    (t, level), (t_proxy, level_proxy) = times_and_levels(original, info.start_time), times_and_levels(proxy, 0.0)
    assert t_proxy == pytest.approx(t, abs=3 / 90_000)  # times are kept to a tick of either clock
    assert level_proxy == pytest.approx(
        level, abs=3
    )  # one step of brightness is 5 codes: no frame took another's place
    assert list(tmp_path.glob("*.part")) == []


def test_what_a_browser_plays(tmp_path: Path) -> None:
    assert playable(probe(render(tmp_path / "a.mp4", "libx264")))
    assert not playable(probe(render(tmp_path / "b.mp4", "libx264", "yuv422p")))
    assert not playable(probe(render(tmp_path / "c.mp4", "mpeg4")))


def test_where_nothing_decodes_nothing_is_written(tmp_path: Path) -> None:
    clip = render(tmp_path / "clip.ts", "mpeg2video")
    info = probe(clip)
    clip.write_bytes(clip.read_bytes()[:400] + bytes(20_000))
    with pytest.raises(MediaUnreadable):
        make_proxy(info, tmp_path / "proxy.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["clip.ts"]
