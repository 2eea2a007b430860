"""Damage by other tools: packets are really lost, and what is visibly damaged is measured."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks import corruption_foreign as foreign
from benchmarks import ffmpeg as run
from benchmarks.corruption_foreign import Heard
from vqa_toolkit.simulate.bitstream_loss import TS_PACKET


def packet(pid: int) -> bytes:
    return bytes([0x47, pid >> 8, pid & 0xFF]).ljust(TS_PACKET, b"\0")


def test_only_the_pictures_packets_are_lost() -> None:
    stream = b"".join(packet(foreign.VIDEO_PID if n % 2 else 0x11) for n in range(4000))
    kept = foreign.lossy(stream, 0.01, random.Random(3))
    others = [n for n in range(len(kept) // TS_PACKET) if kept[n * TS_PACKET + 2] == 0x11]
    assert len(others) == 2000
    assert 1000 < len(kept) // TS_PACKET - len(others) < 2000
    assert kept[: foreign.HEADER_PACKETS * TS_PACKET] == stream[: foreign.HEADER_PACKETS * TS_PACKET]


@pytest.mark.parametrize("way", foreign.WAYS)
def test_damage_is_measured_against_the_undamaged_decode(way: str, tmp_path: Path, ffmpeg: str) -> None:
    source = tmp_path / "drawn.mp4"
    run.make(["-f", "lavfi", "-i", "mandelbrot=s=320x240:r=25", "-t", "3", "-pix_fmt", "yuv420p", source])
    files = foreign.made(source, "mpeg2", way, tmp_path)
    assert files is not None
    clean, bad, shown = files
    assert foreign.damage(clean, clean) == 0.0
    assert foreign.damage(clean, bad) is not None
    assert clean.read_bytes() != bad.read_bytes()
    assert set(foreign.lumas(shown)) <= set(foreign.lumas(clean))  # a recording keeps its pictures' times


def test_a_file_that_cannot_be_read_is_left_out(tmp_path: Path, ffmpeg: str) -> None:
    broken = tmp_path / "no.mp4"
    broken.write_bytes(b"nothing")
    assert foreign.made(broken, "h264", "bits", tmp_path) is None


def test_recall_is_by_size_and_false_alarms_are_named() -> None:
    found = [
        Heard("a", "h264", "bits", "stream", 0.3, 6.0, True, True),
        Heard("a", "h264", "bits", "captured", 0.3, 6.0, False, True),
        Heard("a", "h264", "bits", "clean", 0.0, 6.0, False, True),
        Heard("b", "h264", "bits", "stream", 0.05, 6.0, False, False),
    ]
    text = foreign.page(found, "test")
    assert "| **stream** | 2 | 0.50 (0.50) |" in text
    assert "| stream, area over 20 % | 1 | 1.00 (1.00) |" in text
    assert "| captured, title a | 1 | 0.00 (1.00) |" in text
    assert "1 files, 0.1 min; 0 told as damaged, 1 with a note: a (h264, a note)." in text
