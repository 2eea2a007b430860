"""Damage to streams: what is removed, where, and that the label's span and cells are where the pictures differ."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.media.units import start_codes
from vqa_toolkit.simulate.bitstream import BlockCorruptionFault
from vqa_toolkit.simulate.bitstream_codec import Codec, Coding, Picture, aligned, decode, encode, units
from vqa_toolkit.simulate.bitstream_loss import (
    TS_PACKET,
    Loss,
    damage_units,
    drop_packets,
    hurt,
    lost,
    slice_payloads,
    video_packets,
)
from vqa_toolkit.simulate.bitstream_mask import block_mask, cell_mask, planes, visible_masks
from vqa_toolkit.simulate.core import ClipFacts

FPS = Fraction(25)


def moving(n: int = 12, height: int = 96, width: int = 160) -> list[Picture]:
    """A cloudy ground that creeps by half a pixel a frame (so that a held picture hardly differs), as I420."""
    rng = np.random.default_rng(5)
    rough = np.kron(rng.integers(0, 256, (height // 8, width // 8 + n)), np.ones((8, 8)))
    ground = np.asarray(cv2.GaussianBlur(rough.astype(np.uint8), (0, 0), 6), dtype=np.uint8)
    chroma = np.full(height * width // 2, 128, dtype=np.uint8)
    shots = [np.ascontiguousarray(ground[:, i // 2 : i // 2 + width]) for i in range(n)]
    return [np.concatenate([s.reshape(-1), chroma]).reshape(-1, width) for s in shots]


@pytest.fixture(scope="module")
def stream() -> bytes:
    return encode(moving(), FPS, Coding("h264", gop=6, bframes=0))


def test_a_transport_packet_is_188_bytes_and_only_video_is_lost(stream: bytes) -> None:
    damaged = drop_packets(stream, Loss("single", 0.5), np.random.default_rng(1), 0.2, 0.9)
    missing = len(stream) - len(damaged)
    assert missing > 0 and missing % TS_PACKET == 0
    kept = {damaged[i : i + TS_PACKET] for i in range(0, len(damaged), TS_PACKET)}
    video = {int(i) for i in video_packets(stream)}
    others = [stream[i : i + TS_PACKET] for i in range(0, len(stream), TS_PACKET) if i not in video]
    assert len(others) >= 2  # the tables that say what the stream holds
    assert kept.issuperset(others)


def test_the_same_seed_damages_alike(stream: bytes) -> None:
    twice = [drop_packets(stream, Loss("gilbert", 0.8), np.random.default_rng(9), 0.0, 1.0) for _ in range(2)]
    assert twice[0] == twice[1]
    assert twice[0] != stream


def test_gilbert_elliott_loses_in_runs() -> None:
    gone = lost(40_000, Loss("gilbert", 0.5), np.random.default_rng(3))
    # Stationary share p/(p+q) and mean run 1/q of the two-state chain with p = 0.02, q = 0.3.
    assert gone.mean() == pytest.approx(0.02 / 0.32, abs=0.01)
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], gone, [0]]))))[::2]
    assert runs.mean() == pytest.approx(1 / 0.3, rel=0.1)


def test_a_slice_without_payload_is_left_as_it_is() -> None:
    empty = b"\0\0\1\xb6\x10\x20\x30\x40"
    assert hurt(empty, "mpeg4", Loss("flip", 0.5), np.random.default_rng(0)) == empty


def test_slices_are_found_and_only_their_payload_is_hurt() -> None:
    data = b"\0\0\1\x67" + b"s" * 20 + b"\0\0\1\x65" + bytes(range(100, 200)) + b"\0\0\1\x41" + bytes(range(1, 90))
    assert list(start_codes(data)) == [0, 24, 128]
    assert slice_payloads(data, "h264") == [(36, 128), (140, len(data))]
    changed = hurt(data, "h264", Loss("flip", 0.5), np.random.default_rng(0))
    assert len(changed) == len(data)
    differ = [i for i in range(len(data)) if data[i] != changed[i]]
    assert differ and all(36 <= i < 128 or i >= 140 for i in differ)


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg2", "mpeg4", "vp8", "vp9"])
def test_every_codec_survives_its_own_round_trip(codec: Codec) -> None:
    pictures = moving(8)
    shown = decode(units(encode(pictures, FPS, Coding(codec, gop=4, quality=1.0))), codec)
    assert len(shown) == 8
    error = [np.abs(a.astype(int) - b).mean() for a, (_, b) in zip(pictures, shown, strict=True)]
    assert max(error) < 6  # coded finely, not losslessly
    assert np.diff([t for t, _ in shown]) == pytest.approx(3600)  # 90 kHz ticks at 25/s


def test_damage_keeps_to_the_window() -> None:
    found = units(encode(moving(), FPS, Coding("h264", gop=12, bframes=0)))
    times = [u.pts for u in found]
    low, high = sorted(t for t in times if t is not None)[4:8:3]
    damaged = damage_units(found, "h264", Loss("remove", 0.9), np.random.default_rng(2), low, high)
    changed = [a.pts for a, b in zip(found, damaged, strict=True) if a.data != b.data]
    assert changed and all(low <= t < high for t in changed if t is not None)


def test_a_lost_picture_is_held() -> None:
    a, b = moving(2)
    shown = aligned([0, 3600, 7200], [(0, a), (7200, b)])
    assert shown[0] is a and shown[1] is a and shown[2] is b


def test_masks_say_where() -> None:
    clean = moving(4)
    assert not block_mask(clean[0], clean[0]).any()
    damaged = clean[2].copy()
    planes(damaged)[0][32:64, 64:96] = np.where(planes(damaged)[0][32:64, 64:96] > 128, 20, 240)
    mask, sure = visible_masks(clean, damaged, 2)
    expected = np.zeros((12, 20), dtype=bool)
    expected[4:8, 8:12] = True
    assert np.array_equal(mask > 0.75, expected)
    assert float(mask[~expected].max()) < 0.6  # the blur reaches a little over the edge
    assert np.all(sure <= mask)
    cells = cell_mask(mask)
    assert cells.shape == (3, 5)
    assert cells[1, 2] > 0.8 and cells[2, 4] == 0.0


def test_a_repeated_picture_is_no_damage() -> None:
    clean = moving(6)
    mask, _ = visible_masks(clean, clean[3], 5)
    assert not mask.any()


def clip(path: Path, seconds: float = 2.0) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for i, picture in enumerate(moving(round(25 * seconds))):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def lumas(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path)) as source:
        return np.stack([f.to_ndarray()[:96] for f in source.decode(video=0)])


@pytest.mark.parametrize(("codec", "form"), [("h264", "captured"), ("mpeg2", "captured"), ("hevc", "captured")])
def test_the_label_is_where_the_pictures_differ(tmp_path: Path, codec: str, form: Literal["captured"]) -> None:
    source = clip(tmp_path / "clean.mp4")
    fault = BlockCorruptionFault(start=0.8, end=1.2, codec=codec, form=form, gop=10, strength=0.3, model="remove")
    facts = ClipFacts(160, 96, 25.0, 2.0, 0, 0)
    extent = fault.apply(source, tmp_path / "out.mp4", facts, np.random.default_rng(4))
    a, b = lumas(source), lumas(tmp_path / "out.mp4")
    assert len(a) == len(b) == 50
    wrong = np.abs(a.astype(int) - b).mean(axis=(1, 2))
    inside = (np.arange(50) / 25 >= extent.start - 1e-6) & (np.arange(50) / 25 < extent.end - 1e-6)
    assert extent.start >= 0.8 - 1e-6
    earlier = np.arange(50) / 25 < extent.start - 1e-6  # what follows may hold a picture: a freeze, not this label
    assert wrong[inside].max() > 1.5 * wrong[earlier].max()
    assert extent.mask is not None and extent.mask[1].shape[1:] == (3, 5)


def test_a_damaged_stream_keeps_its_damage_and_its_length(tmp_path: Path) -> None:
    source = clip(tmp_path / "clean.mp4")
    fault = BlockCorruptionFault(start=0.8, end=1.2, form="stream", gop=10, strength=0.9)
    fault.apply(source, tmp_path / "out.mp4", ClipFacts(160, 96, 25.0, 2.0, 0, 0), np.random.default_rng(4))
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        times = [float(p.pts * p.time_base) for p in container.demux(stream) if p.pts is not None]
    assert max(times) == pytest.approx(49 / 25, abs=0.05)


def test_a_strength_out_of_range_is_named() -> None:
    with pytest.raises(FaultError, match="slices must be 1 to 32 slices"):
        BlockCorruptionFault(slices=99)
