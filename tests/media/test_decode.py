"""One decode: times, sizes, depths, rotation and gaps, against what the renderer put in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from tests.conftest import CaseMaker
from vqa_toolkit.core import Case, Need, View
from vqa_toolkit.media.decode import Decoder, decode
from vqa_toolkit.media.derive import scaled_size
from vqa_toolkit.media.probe import probe
from vqa_toolkit.media.stills import still

LUMA = Need("luma")
SMALL = Need("luma", height=90)
SOUND = Need("audio")
PLAIN = Case(duration=2.0)


def views(path: Path, *needs: Need) -> dict[Need, View]:
    """Whole-clip views, joined over chunks."""
    info = probe(path, digest=False)
    parts: dict[Need, list[View]] = {n: [] for n in needs}
    for chunk in Decoder(info, needs).chunks():
        for need in needs:
            view = chunk.view(need)
            if view is not None:
                parts[need].append(view)
    return {
        n: View(np.concatenate([v.t for v in p]), np.concatenate([v.data for v in p]), p[-1].end)
        for n, p in parts.items()
    }


def test_frames_come_at_their_times(case_clip: CaseMaker) -> None:
    view = views(case_clip(PLAIN), LUMA)[LUMA]
    np.testing.assert_allclose(view.t, np.arange(50) / 25, atol=1e-4)
    assert view.data.shape == (50, 180, 320) and view.data.dtype == np.uint8
    assert view.end == pytest.approx(2.0, abs=1e-3)


def test_sound_may_be_the_first_stream(case_clip: CaseMaker, tmp_path: Path, ffmpeg: str) -> None:
    """The packets that flush the decoders at the end carry no stream number of their own."""
    plain, swapped = case_clip(PLAIN), tmp_path / "swapped.mp4"
    command = [ffmpeg, "-v", "error", "-i", str(plain), "-map", "0:a", "-map", "0:v", "-c", "copy", str(swapped)]
    subprocess.run(command, check=True)
    before, after = views(plain, LUMA, SOUND), views(swapped, LUMA, SOUND)
    for need in (LUMA, SOUND):
        np.testing.assert_array_equal(before[need].data, after[need].data)


def test_a_late_container_start_is_subtracted_once_for_all(case_clip: CaseMaker) -> None:
    path = case_clip(PLAIN, suffix=".ts", start_time=5.5)
    info = probe(path)
    assert info.start_time == pytest.approx(5.5, abs=1.5)  # muxers add their own delay
    both = views(path, LUMA, SOUND)
    assert min(both[LUMA].t[0], both[SOUND].t[0]) == pytest.approx(0.0, abs=1e-6)
    assert abs(both[LUMA].t[0] - both[SOUND].t[0]) < 0.05


def test_sound_has_its_own_rate_and_as_many_samples_as_time(case_clip: CaseMaker) -> None:
    mono = Need("audio", rate=16000, mono=True)
    both = views(case_clip(PLAIN), SOUND, mono)
    assert both[SOUND].data.shape[1] == 2 and both[mono].data.shape[1] == 1
    assert len(both[SOUND].t) == pytest.approx(96000, abs=2048)  # AAC packets hold 1024 samples
    assert len(both[mono].t) == pytest.approx(len(both[SOUND].t) / 3, abs=32)
    np.testing.assert_allclose(np.diff(both[mono].t), 1 / 16000, atol=1e-9)


def test_scaled_views_keep_the_aspect_and_never_enlarge() -> None:
    assert scaled_size(1920, 1080, 270) == (480, 270)
    assert scaled_size(1080, 1920, 270) == (270, 480)
    assert scaled_size(320, 180, 270) == (320, 180)


def test_scaled_luma_is_the_area_mean(case_clip: CaseMaker) -> None:
    both = views(case_clip(PLAIN), LUMA, SMALL)
    by_hand = both[LUMA].data[7].reshape(90, 2, 160, 2).astype(float).mean(axis=(1, 3))
    np.testing.assert_allclose(both[SMALL].data[7], by_hand, atol=0.76)  # rounding to 8 bits


def test_deep_material_is_rounded_to_8_bits(case_clip: CaseMaker) -> None:
    deep = views(case_clip(PLAIN, pixel_format="yuv420p10le"), LUMA)[LUMA].data
    shallow = views(case_clip(PLAIN), LUMA)[LUMA].data
    assert deep.dtype == np.uint8
    assert float(np.mean(np.abs(deep.astype(float) - shallow.astype(float)))) < 2.5  # two lossy encodings of one scene


def test_rotated_clips_are_presented_upright(case_clip: CaseMaker, tmp_path: Path) -> None:
    source = case_clip(PLAIN)
    turned = tmp_path / "turned.mp4"
    with av.open(str(source)) as read, av.open(str(turned), "w") as write:
        stream = write.add_stream_from_template(read.streams.video[0])
        stream.set_display_rotation(90)
        for packet in read.demux(read.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                write.mux(packet)
    info = probe(turned)
    assert info.video is not None and (info.video.width, info.video.height) == (180, 320)
    upright = views(turned, LUMA)[LUMA].data[3]
    np.testing.assert_array_equal(upright, np.rot90(views(source, LUMA)[LUMA].data[3], 1))


def test_rate_limited_views_keep_one_frame_a_slot(case_clip: CaseMaker) -> None:
    slow = Need("luma", height=90, rate=5)
    np.testing.assert_allclose(views(case_clip(PLAIN), slow)[slow].t, np.arange(10) / 5, atol=1e-4)


def test_rgb_has_the_colours_of_the_scene(tmp_path: Path, ffmpeg: str) -> None:
    path = tmp_path / "red.mp4"
    source = "color=c=0xC81E1E:s=320x180:d=1:r=10"
    subprocess.run(
        [ffmpeg, "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-crf", "5", str(path)], check=True
    )
    rgb = Need("rgb")
    mean = views(path, rgb)[rgb].data.reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(mean, [200, 30, 30], atol=4)


def test_chroma_is_neutral_for_grey(tmp_path: Path, ffmpeg: str) -> None:
    path = tmp_path / "grey.mkv"
    subprocess.run(
        [
            ffmpeg,
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc=s=320x180:d=1:r=10",
            "-pix_fmt",
            "gray",
            "-c:v",
            "ffv1",
            str(path),
        ],
        check=True,
    )
    chroma = Need("chroma", height=90)
    assert set(np.unique(views(path, chroma)[chroma].data)) == {128}


def test_damage_becomes_packet_facts_not_exceptions(case_clip: CaseMaker, tmp_path: Path) -> None:
    raw = bytearray(case_clip(Case(duration=3.0), suffix=".ts").read_bytes())
    for at in range(len(raw) // 3, len(raw) // 2, 997):
        raw[at] ^= 0xFF
    path = tmp_path / "damaged.ts"
    path.write_bytes(raw)
    packets = Need("packets")
    facts = [f for c in decode(probe(path), [packets, LUMA]) if (v := c.view(packets)) for f in v.data]
    assert any(f.error or f.corrupt for f in facts)
    times = set(views(path, LUMA)[LUMA].t.tolist())
    told = [f.t for f in facts if f.concealed]
    assert told and set(told) <= times  # at the time of the damaged picture, not of the packet it came out with


def test_a_picture_that_never_came_is_a_fact_of_the_next_packet(case_clip: CaseMaker, tmp_path: Path) -> None:
    whole, path = case_clip(Case(duration=3.0)), tmp_path / "lost.mp4"
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        out = target.add_stream_from_template(source.streams.video[0])
        packets = [p for p in source.demux(video=0) if p.size]
        lost = next(
            i for i in range(30, len(packets)) if packets[i].size > packets[i - 1].size and not packets[i].is_keyframe
        )
        for packet in packets[:lost] + packets[lost + 1 :]:
            packet.stream = out
            target.mux(packet)
    need = Need("packets")

    def missing(clip: Path) -> list[float]:
        return [f.t for c in decode(probe(clip), [need]) if (v := c.view(need)) for f in v.data if f.missing]

    assert missing(whole) == []
    after = packets[lost + 1]
    assert after.pts is not None
    assert missing(path) == pytest.approx([float(after.pts * after.time_base)], abs=0.02)


def test_leaving_the_loop_stops_the_reader(case_clip: CaseMaker) -> None:
    import threading

    for _ in decode(probe(case_clip(Case(duration=6.0))), [LUMA]):
        break
    assert not [t for t in threading.enumerate() if t.name == "vqa-decode"]


def test_a_still_is_the_frame_on_screen(case_clip: CaseMaker) -> None:
    path = case_clip(PLAIN)
    t, picture = still(path, 1.05)
    assert t == pytest.approx(1.04, abs=1e-3)
    assert picture.shape == (180, 320, 3)
    rgb = Need("rgb")
    np.testing.assert_array_equal(picture, views(path, rgb)[rgb].data[26])
