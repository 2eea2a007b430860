"""The detector on files: eight clicks are eight, hum is named, and awkward sound gets an answer or a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from vqa_toolkit.analyze import analyze
from vqa_toolkit.core import Finding, Outcome
from vqa_toolkit.simulate.sound.clicks import Clicks
from vqa_toolkit.simulate.sound.hum import Hum

RATE = 48_000


def tune(seconds: float, rate: int = RATE) -> np.ndarray:
    """Decaying notes, (n, 1) float32."""
    t = np.arange(int(seconds * rate)) / rate
    notes = [
        np.sin(2 * np.pi * f * t) * np.exp(-4 * np.mod(t + shift, 0.5))
        for f, shift in ((330, 0.0), (495, 0.2), (660, 0.35))
    ]
    return np.asarray(0.2 * np.sum(notes, axis=0), np.float32)[:, None]


def judged(path: Path, wave: np.ndarray, rate: int = RATE) -> tuple[Outcome, list[Finding]]:
    """Outcome and findings of the detector on a sound written as float WAV."""
    soundfile.write(path, wave, rate, subtype="FLOAT")
    result = analyze(path, detectors=["audio_artifacts"], device="cpu", cache=False)
    return result.outcomes["audio_artifacts"], list(result.findings)


def test_eight_clicks_in_a_tone_are_eight(tmp_path: Path) -> None:
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(6 * RATE) / RATE)).astype(np.float32)[:, None]
    wave, extent = Clicks(kind="impulse", count=8, strength=1.0, start=1.0, end=5.0).apply(
        tone, RATE, np.random.default_rng(3)
    )
    _, findings = judged(tmp_path / "clicks.wav", wave)
    times = [t for f in findings if f.defect == "clicks" for t in f.details["times"]]
    assert times == pytest.approx(list(extent.times), abs=1.5e-6)  # the same samples; details keep microseconds


def test_hum_is_named_with_its_fundamental_and_channel(tmp_path: Path) -> None:
    clean = tune(8.0)
    hum, _ = Hum(f0_hz=60.0, snr_db=3.0, harmonics=8, decay=1.0, am_depth=0.0).apply(
        clean, RATE, np.random.default_rng(0)
    )
    _, findings = judged(tmp_path / "hum.wav", np.concatenate([clean, hum], axis=1))
    found = [f for f in findings if f.defect == "hum"]
    assert len(found) == 1
    assert found[0].details["family_hz"] == 60
    assert found[0].details["f0_hz"] == pytest.approx(60.0, abs=0.15)  # the grid is 0.1 Hz
    assert found[0].details["channels"] == [2]
    assert (found[0].start, found[0].end) == pytest.approx((0.0, 8.0), abs=0.5)


@pytest.mark.parametrize(
    ("wave", "words"),
    [(tune(0.3), "0.30 s of sound, less than 1 s"), (np.zeros((2 * RATE, 2), np.float32), "silent throughout")],
    ids=["short", "silent"],
)
def test_what_cannot_be_judged_says_why(tmp_path: Path, wave: np.ndarray, words: str) -> None:
    outcome, findings = judged(tmp_path / "x.wav", wave)
    assert outcome.status == "not_assessable"
    assert words in outcome.reason
    assert findings == []


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (192_000, 2), (48_000, 16)])
def test_any_rate_and_any_number_of_channels(tmp_path: Path, rate: int, channels: int) -> None:
    outcome, _ = judged(tmp_path / "x.wav", np.repeat(tune(1.6, rate), channels, axis=1), rate)
    assert outcome.status == "assessed"
    assert any("8000 samples/s" in note for note in outcome.notes) == (rate == 8000)


def test_samples_that_are_no_numbers_are_counted(tmp_path: Path) -> None:
    wave = tune(2.0)
    wave[100:110] = np.nan
    wave[200] = np.inf
    outcome, _ = judged(tmp_path / "nan.wav", wave)
    assert outcome.status == "assessed"
    assert any("11 samples were no numbers" in note for note in outcome.notes)
