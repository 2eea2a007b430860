"""A coded picture that never came is told by the numbers of those that did; streams that lack nothing are left alone."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from vqa_toolkit.media.numbering import numbering
from vqa_toolkit.media.reference_sets import reference_set
from vqa_toolkit.media.units import Bits, prefixed, start_coded
from vqa_toolkit.simulate.bitstream_codec import DECODER, Codec, Coding, Picture, Unit, encode, units

FPS = Fraction(25)


def moving(n: int = 30) -> list[Picture]:
    """Noise that slides, as I420."""
    ground = np.random.default_rng(1).integers(16, 235, (96, 96 + 2 * n)).astype(np.uint8)
    ground = np.kron(ground[::8, ::8], np.ones((8, 8), np.uint8))
    chroma = np.full((32, 96), 128, np.uint8)
    return [np.concatenate([ground[:64, i : i + 96], chroma]) for i in range(n)]


def coded(codec: Codec, bframes: int, gop: int = 12) -> list[Unit]:
    """A stream's access units."""
    return units(encode(moving(), FPS, Coding(codec, gop=gop, bframes=bframes, slices=1 if codec == "mpeg2" else 2)))


def found(codec: Codec, stream: list[Unit]) -> list[int]:
    """Where pictures are missing."""
    numbers = numbering(DECODER[codec], b"")
    assert numbers is not None
    return [i for i, u in enumerate(stream) if numbers.missing(u.data)]


def is_reference(codec: Codec, unit: Unit) -> bool:
    """Whether others are predicted from a unit: a reference slice of H.264 and HEVC, an I or P picture of MPEG-2."""
    for one in start_coded(unit.data):
        if codec == "h264" and one[0] & 0x1F in (1, 5):
            return bool(one[0] & 0x60)
        if codec == "hevc" and one[0] >> 1 & 0x3F < 32:
            return one[0] >> 1 & 0x3F >= 16 or bool(one[0] & 2)  # odd types
        if codec == "mpeg2" and one[0] == 0:
            bits = Bits(one[1:])
            bits.u(10)
            return bits.u(3) != 3
    return False


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg2"])
@pytest.mark.parametrize("bframes", [0, 2])
def test_each_lost_reference_is_told_at_the_next_picture_and_no_other(codec: Codec, bframes: int) -> None:
    stream = coded(codec, bframes)
    assert len(stream) == 30
    assert found(codec, stream) == []
    lost_in_vain = []
    for k in range(1, len(stream) - 3):
        told = found(codec, stream[:k] + stream[k + 1 :])
        if not is_reference(codec, stream[k]) or stream[k + 1].key:
            assert told == []  # nothing needs it
        elif told not in (
            [k],
            [k + 1],
            [k + 2],
        ):  # MPEG-2: at the next but one, or where the next reference is numbered back
            lost_in_vain.append(k)
    assert all(
        stream[k].key or stream[k + 2].key for k in lost_in_vain
    )  # numbers of two groups may fit together by chance


def test_lengths_before_units_are_read_as_mp4_has_them() -> None:
    sink = io.BytesIO()
    stream = coded("h264", 0)
    made = io.BytesIO(encode(moving(), FPS, Coding("h264", gop=100, bframes=0)))
    with av.open(made, "r") as source, av.open(sink, "w", format="mp4") as target:
        out = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = out
                target.mux(packet)
    sink.seek(0)
    with av.open(sink, "r") as clip:
        video = clip.streams.video[0]
        numbers = numbering("h264", video.codec_context.extradata or b"")
        assert numbers is not None
        packets = [bytes(p) for p in clip.demux(video) if p.size]
    assert len(packets) == len(stream)
    assert [i for i, p in enumerate(packets) if numbers.missing(p)] == []
    again = numbering("h264", video.codec_context.extradata or b"")
    assert again is not None
    del packets[7]
    assert [i for i, p in enumerate(packets) if again.missing(p)] == [7]


class Written:
    """Bits written as :class:`Bits` reads them."""

    def __init__(self) -> None:
        self.bits = ""

    def u(self, *values: int) -> Written:
        """Single bits."""
        self.bits += "".join(map(str, values))
        return self

    def ue(self, *values: int) -> Written:
        """Exp-Golomb."""
        for value in values:
            code = f"{value + 1:b}"
            self.bits += "0" * (len(code) - 1) + code
        return self

    def read(self) -> Bits:
        """From the first bit."""
        text = self.bits + "0" * (-len(self.bits) % 8 + 8)
        return Bits(int(text, 2).to_bytes(len(text) // 8, "big"))


def test_a_reference_set_written_out_and_one_told_by_another() -> None:
    plain = Written().ue(2, 1).ue(0).u(1).ue(1).u(0).ue(0).u(1)  # -1, -3 (not by this one), and +1
    first = reference_set(plain.read(), (), 2)
    assert first == ((-1, True), (-3, False), (1, True))
    moved = Written().u(1, 1).ue(0)  # told by the one before, one picture back
    moved.u(1).u(0, 1).u(0, 0).u(1)  # -1 → -2 by this one; -3 → -4 kept; +1 → 0 left out; 0 → -1 by this one
    assert reference_set(moved.read(), (first,), 2) == ((-1, True), (-2, True), (-4, False))
    in_a_slice = Written().u(1).ue(1).u(0).ue(1).u(1, 1, 1, 1)  # the last but one, two pictures on
    assert reference_set(in_a_slice.read(), (first, ((-1, True),)), 2) == ((-1, True), (1, True), (2, True), (3, True))


@pytest.mark.parametrize("data", [b"", b"\0\0\1", b"\0\0\1\x67", b"\0\0\1\x65\xff", bytes(200), bytes(range(256)) * 4])
@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg2video"])
def test_rubbish_is_passed_over(data: bytes, codec: str) -> None:
    for extra in (b"", b"\1" + data, b"\1" + bytes(20) + b"\3\2" + data):
        numbers = numbering(codec, extra)
        assert numbers is not None
        assert not numbers.missing(data)


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg2"])
def test_damaged_headers_are_survived(codec: Codec) -> None:
    rng = np.random.default_rng(4)
    stream = coded(codec, 2)
    for _ in range(40):
        numbers = numbering(DECODER[codec], stream[0].data)
        assert numbers is not None
        for unit in stream:
            hurt = np.frombuffer(unit.data, np.uint8).copy()
            at = rng.integers(4, min(len(hurt), 60), 3)
            hurt[at] = rng.integers(0, 256, 3)
            assert numbers.missing(hurt.tobytes()) in (True, False)


def test_other_codecs_have_no_numbers_that_tell() -> None:
    assert numbering("vp9", b"") is None
    assert list(prefixed(b"\0\0\0\2ab\0\0\0\1c", 4)) == [b"ab", b"c"]


def test_bits_leave_out_what_keeps_start_codes_away() -> None:
    bits = Bits(b"\0\0\3\1\xa0")
    assert bits.u(24) == 1
    assert (bits.ue(), bits.ue()) == (0, 1)
    with pytest.raises(EOFError):
        bits.u(99)
