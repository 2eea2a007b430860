"""libvpx complains of damaged VP9 that FFmpeg's decoder shows in silence, and of nothing that is whole."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vqa_toolkit.core import Need, PacketFact
from vqa_toolkit.media.decode import decode
from vqa_toolkit.media.probe import probe
from vqa_toolkit.media.second_opinion import DECODERS, SecondOpinion, second_opinion
from vqa_toolkit.simulate.bitstream_codec import CLOCK, Coding, Picture, Unit, encode, units
from vqa_toolkit.simulate.bitstream_loss import Loss, LossModel, damage_units

pytestmark = pytest.mark.skipif(DECODERS["vp9"] not in av.codecs_available, reason="FFmpeg without libvpx")
PACKETS, LUMA = Need("packets"), Need("luma", height=64)


@pytest.fixture(scope="module")
def stream() -> list[Unit]:
    """Thirty pictures of noise that slides."""
    ground = np.kron(np.random.default_rng(1).integers(16, 235, (8, 20)).astype(np.uint8), np.ones((8, 8), np.uint8))
    chroma = np.full((32, 96), 128, np.uint8)
    pictures: list[Picture] = [np.concatenate([ground[:, i : i + 96], chroma]) for i in range(30)]
    return units(encode(pictures, Fraction(25), Coding("vp9", gop=100, bframes=0)))


def written(stream: list[Unit], path: Path) -> Path:
    """The stream as a WebM file."""
    with av.open(str(path), "w") as target:
        out = target.add_stream("libvpx-vp9", rate=25)
        out.width, out.height, out.pix_fmt = 96, 64, "yuv420p"
        for unit in stream:
            packet = av.Packet(unit.data)
            packet.pts, packet.dts, packet.time_base, packet.stream = unit.pts, unit.dts, CLOCK, out
            packet.is_keyframe = unit.key
            target.mux(packet)
    return path


def complaints(path: Path) -> list[PacketFact]:
    return [f for c in decode(probe(path), [PACKETS, LUMA]) if (v := c.view(PACKETS)) for f in v.data if f.complaint]


@pytest.mark.parametrize("model", ["flip", "zero", "remove", "truncate"])
def test_damage_is_told_and_what_is_whole_is_not(stream: list[Unit], model: LossModel, tmp_path: Path) -> None:
    assert complaints(written(stream, tmp_path / "whole.webm")) == []
    assert stream[10].pts is not None
    hurt = damage_units(stream, "vp9", Loss(model, 0.5), np.random.default_rng(2), stream[10].pts, stream[11].pts or 0)
    found = complaints(written(hurt, tmp_path / "hurt.webm"))
    assert found and found[0].t == pytest.approx(0.4, abs=0.05)
    assert all(f.error.startswith("libvpx-vp9: ") for f in found) or model == "truncate"  # which FFmpeg may notice too


def test_a_decoder_that_never_could_is_not_believed() -> None:
    opinion = SecondOpinion("libvpx-vp9", None)
    assert opinion.of(av.Packet(bytes(100))) == ""


def test_other_codecs_have_no_second_decoder() -> None:
    assert second_opinion("h264", None) is None
