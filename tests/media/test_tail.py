"""The end of transport streams written by hand, packet by packet."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from vqa_toolkit.media.probe import probe
from vqa_toolkit.media.tail import PACKET, Tail, tail_of

SOUND, PICTURE = 0x101, 0x100


def packet(pid: int, payload: bytes, begins: bool = False) -> bytes:
    """One transport packet; what the payload leaves of it is an adaptation field, filled up."""
    room = PACKET - 4 - len(payload)
    head = bytes([0x47, (0x40 if begins else 0) | pid >> 8, pid & 0xFF, 0x30 if room else 0x10])
    fill = bytes([room - 1]) + (b"\0" + b"\xff" * (room - 2) if room > 1 else b"") if room else b""
    return head + fill + payload


def pes(pid: int, size: int, declared: bool) -> list[bytes]:
    """A PES packet of ``size`` bytes after the six that it begins with, as transport packets."""
    data = b"\0\0\1\xc0" + (size if declared else 0).to_bytes(2, "big") + b"\x55" * size
    parts = [data[a : a + 184] for a in range(0, len(data), 184)]
    return [packet(pid, part, n == 0) for n, part in enumerate(parts)]


SECOND = pes(SOUND, 900, True)
STREAM = [*pes(PICTURE, 3000, False), *pes(SOUND, 900, True), *pes(PICTURE, 2000, False), *SECOND]


def tail(tmp_path: Path, data: bytes) -> Tail:
    path = tmp_path / "clip.ts"
    path.write_bytes(data)
    return tail_of(path)


@pytest.mark.parametrize("lead", [b"", b"\1\2\3\4"], ids=["ts", "m2ts"])
def test_a_whole_stream_lacks_nothing(tmp_path: Path, lead: bytes) -> None:
    assert tail(tmp_path, b"".join(lead + p for p in STREAM)) == (0, 0)


@pytest.mark.parametrize("lead", [b"", b"\1\2\3\4"], ids=["ts", "m2ts"])
def test_a_packet_that_is_cut_lacks_its_rest(tmp_path: Path, lead: bytes) -> None:
    data = b"".join(lead + p for p in STREAM[:-5])  # before the last sound begins
    assert tail(tmp_path, data[:-111]) == (111, 0)


def test_a_pes_packet_that_is_cut_between_transport_packets_lacks_its_rest(tmp_path: Path) -> None:
    assert len(SECOND) == 5
    assert tail(tmp_path, b"".join(STREAM[:-2])) == (0, 906 - 3 * 184)


def test_a_picture_without_a_declared_length_may_stop_anywhere(tmp_path: Path) -> None:
    assert tail(tmp_path, b"".join(STREAM[:-7])) == (0, 0)


def test_bytes_that_are_out_of_step_tell_nothing(tmp_path: Path) -> None:
    data = b"".join(STREAM)
    assert tail(tmp_path, data[:2000] + data[2050:]) == (0, 0)
    assert tail(tmp_path, data + b"index of somebody's own") == (0, 0)


def test_a_real_stream_that_is_cut_says_so_in_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "clip.ts"
    with av.open(str(path), "w", format="mpegts") as output:
        stream = output.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 10 * n, np.uint8), "rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    whole = probe(path)
    assert (whole.packet_lacks, whole.pes_lacks) == (0, 0)
    with path.open("r+b") as f:
        f.truncate(whole.size - 100)
    assert probe(path).packet_lacks == 100
