"""Sync faults: the sound is moved by what the label says, measured by cross-correlation with the pristine sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.simulate.conftest import DURATION, Decoded, decode
from vqa_toolkit.core import Case
from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate import make_case, simulate

RATE = 48000


def lag_ms(bad: NDArray[np.float32], clean: NDArray[np.float32], start: float, end: float, reach: float = 0.6) -> float:
    """How early ``bad`` is against ``clean`` in [start, end) s, by the peak of the cross-correlation within ± reach s."""
    first, last, far = round(start * RATE), round(end * RATE), round(reach * RATE)
    piece = bad[first:last, 0].astype(np.float64)
    around = np.pad(clean[:, 0].astype(np.float64), far)[first : last + 2 * far]
    size = 2 ** int(np.ceil(np.log2(len(around) + len(piece))))
    score = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(piece, size)), size)[: 2 * far + 1]
    return (int(np.argmax(score)) - far) / RATE * 1000


@pytest.mark.parametrize("offset", [-350.0, -125.0, 40.0, 500.0])
def test_constant_offset_moves_the_sound_by_its_sign(clip: Path, clean: Decoded, tmp_path: Path, offset: float) -> None:
    label = simulate(clip, [f"av_sync,offset_ms={offset}"], 1, tmp_path / "o.mkv")[0]
    bad = decode(tmp_path / "o.mkv")
    assert label.expected["offset_ms"] == pytest.approx(offset)
    assert lag_ms(bad.audio, clean.audio, 0.6, 1.8) == pytest.approx(offset, abs=0.05)
    assert np.array_equal(bad.y, clean.y)  # the pictures are copied
    assert len(bad.audio) == len(clean.audio)
    assert np.abs(bad.audio[:2000]).max() > 0  # mirrored sound fills the edge, not silence


def test_drawn_offsets_have_both_signs_and_the_scale_of_their_strength(clip: Path, tmp_path: Path) -> None:
    drawn = {simulate(clip, ["av_sync,strength=0"], s, tmp_path / "o.mkv")[0].expected["offset_ms"] for s in range(6)}
    assert drawn == {100.0, -100.0}


def test_offset_of_a_span_leaves_the_rest_alone(clip: Path, clean: Decoded, tmp_path: Path) -> None:
    simulate(clip, ["av_sync@1:2,offset_ms=200"], 1, tmp_path / "o.mkv")
    bad = decode(tmp_path / "o.mkv").audio
    assert lag_ms(bad, clean.audio, 1.1, 1.9) == pytest.approx(200, abs=0.05)
    assert np.array_equal(bad[:RATE], clean.audio[:RATE])
    assert np.array_equal(bad[2 * RATE :], clean.audio[2 * RATE :])


@pytest.mark.parametrize("slope", [3000.0, -1200.0])
def test_drift_grows_with_time(tmp_path: Path, slope: float) -> None:
    sound = np.zeros((3 * RATE, 1))
    placed = np.arange(RATE // 4, 3 * RATE - RATE // 4, RATE // 4)
    sound[placed] = 0.5
    soundfile.write(tmp_path / "clean.wav", sound, RATE)
    label = simulate(tmp_path / "clean.wav", [f"av_drift,ms_per_min={slope}"], 1, tmp_path / "o.wav")[0]
    bad = decode(tmp_path / "o.wav").audio[:, 0]
    growth = slope / 60_000  # a pulse of time p is heard at p / (1 + growth)
    heard = [round(p / (1 + growth)) for p in placed if p / (1 + growth) < 2.9 * RATE]
    assert all(bad[h - 1 : h + 2].max() > 0.2 for h in heard)
    far = np.ones(len(bad), dtype=bool)
    for h in heard:
        far[h - 3 : h + 4] = False
    assert np.abs(bad[: round(2.7 * RATE)][far[: round(2.7 * RATE)]]).max() == 0
    assert label.expected["offset_ms"] == pytest.approx(3 * slope / 60)


def test_step_jumps_at_its_instant(clip: Path, clean: Decoded, tmp_path: Path) -> None:
    label = simulate(clip, ["av_drift,mode=step,step_ms=-300"], 1, tmp_path / "o.mkv")[0]
    bad = decode(tmp_path / "o.mkv").audio
    assert label.times == (DURATION / 2,)
    assert lag_ms(bad, clean.audio, 0.5, 1.1) == pytest.approx(0, abs=0.05)
    assert lag_ms(bad, clean.audio, 1.35, 2.2) == pytest.approx(-300, abs=0.05)


def test_muted_is_digital_silence_and_nothing_else(clip: Path, clean: Decoded, tmp_path: Path) -> None:
    label = simulate(clip, ["muted@0.5:1.5"], 1, tmp_path / "o.mkv")[0]
    bad = decode(tmp_path / "o.mkv").audio
    muted = slice(RATE // 2, RATE * 3 // 2)
    assert (label.defect, label.start, label.end) == ("silence", 0.5, 1.5)
    assert not bad[muted].any()
    assert np.array_equal(np.delete(bad, muted, axis=0), np.delete(clean.audio, muted, axis=0))


def test_dubbed_carries_the_other_clip_s_sound(clip: Path, clean: Decoded, tmp_path: Path) -> None:
    make_case(Case("percussion", duration=2.4), tmp_path / "drums.mkv", width=0)
    label = simulate(clip, [f"dubbed,sound={tmp_path / 'drums.mkv'}"], 1, tmp_path / "o.mkv")[0]
    bad, other = decode(tmp_path / "o.mkv").audio.mean(axis=1), decode(tmp_path / "drums.mkv").audio.mean(axis=1)
    assert label.defect is None
    assert np.corrcoef(bad, other)[0, 1] > 0.999
    assert abs(np.corrcoef(bad, clean.audio.mean(axis=1))[0, 1]) < 0.1


def test_dubbed_needs_a_file() -> None:
    with pytest.raises(FaultError, match=r"dubbed: sound must be the path of a media file, got 'nowhere\.wav'"):
        simulate("any.mp4", ["dubbed,sound=nowhere.wav"], 1, "out.mp4")
