"""The corpus is screened and split by recording, masked faults are not taught, and training writes weights and goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from vqa_toolkit.errors import UsageError, WeightsError
from vqa_toolkit.models.artifact_net import load_artifact_net
from vqa_toolkit.models.weights import read_card
from vqa_toolkit.simulate.core import Extent
from vqa_toolkit.simulate.sound.hiss import Hiss
from vqa_toolkit.simulate.sound.hum import Hum
from vqa_toolkit.train import artifacts, artifacts_data
from vqa_toolkit.train.artifacts import Recipe, balanced_accuracy, build, train
from vqa_toolkit.train.artifacts_data import RATE, gather, recording_of, screen, split_of
from vqa_toolkit.train.artifacts_draw import CLASSES, HELD_OUT, KINDS, MARGIN, Source, applied, audible

SECOND = RATE + 2 * MARGIN


def notes(seconds: float, seed: int = 0) -> np.ndarray:
    """Decaying notes with pauses, which set in within 10 ms, (n,) float32."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    since = [np.mod(t + k / 5, 1.0) for k in range(4)]
    gains = [np.exp(-9 * a) * np.sin(np.pi / 2 * np.minimum(a / 0.01, 1)) ** 2 for a in since]
    wave = sum(np.sin(2 * np.pi * rng.uniform(200, 2000) * t) * gain for gain in gains)
    return np.asarray(0.2 * wave, np.float32)


@pytest.fixture
def pristine_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve short recordings; nothing made beside them."""
    monkeypatch.setattr(artifacts_data, "made_material", lambda: iter(()))
    monkeypatch.setattr(artifacts, "VALIDATION", 10)
    monkeypatch.setattr(artifacts, "CALIBRATION", 20)
    names = [f"take {i}x" for i in range(200)]
    for split in ("train", "val", "test"):
        for i, name in enumerate([n for n in names if split_of(n) == split][:4]):
            soundfile.write(tmp_path / f"{name}.wav", notes(3.0, i), RATE)
    return tmp_path


def test_recordings_stay_together() -> None:
    assert recording_of("LJ001-0003") == recording_of("LJ001-0032") != recording_of("LJ001-0132")
    assert recording_of("1-172649-C") == recording_of("1-172649-D")
    names = [f"recording {i}" for i in range(4000)]
    shares = [sum(split_of(n) == s for n in names) / len(names) for s in ("train", "val", "test")]
    assert shares == pytest.approx([0.70, 0.12, 0.18], abs=0.03)  # chance of 4000 hashes


def test_a_clip_that_hums_is_unknown_for_hum() -> None:
    clean = notes(6.0)
    hum, _ = Hum(f0_hz=60.0, snr_db=15.0, harmonics=5, am_depth=0.0).apply(
        clean[:, None], RATE, np.random.default_rng(0)
    )
    assert "hum" not in screen(clean)[0]
    assert "hum" in screen(hum[:, 0])[0]
    assert "distortion" in screen(np.clip(clean, -0.15, 0.15))[0]


def test_a_clip_with_a_click_of_its_own_is_unknown_for_clicks() -> None:
    clean = notes(3.0)
    assert "clicks" not in screen(clean)[0]
    clean[RATE] += 0.1
    assert "clicks" in screen(clean)[0]


def test_what_is_masked_is_not_taught() -> None:
    loud = np.random.default_rng(0).standard_normal(SECOND).astype(np.float32) * 0.2
    faint = loud + np.float32(1e-5) * np.random.default_rng(1).standard_normal(SECOND).astype(np.float32)
    strong = loud + np.float32(0.4) * np.random.default_rng(1).standard_normal(SECOND).astype(np.float32)
    assert not audible("hiss", loud, faint, Extent(0, 1))
    assert audible("hiss", loud, strong, Extent(0, 1))
    tone = np.sin(np.arange(SECOND) * 0.05).astype(np.float32)
    assert not audible("distortion", loud, np.clip(loud, -0.5, 0.5), Extent(0, 1))  # 2 % of its peaks: noise hides that
    assert audible("distortion", tone, np.clip(tone, -0.5, 0.5), Extent(0, 1))
    assert not audible("distortion", tone, tone, Extent(0, 1))


def test_draws_are_seeded_and_labelled(pristine_sound: Path) -> None:
    clips, samples = gather([pristine_sound], pristine_sound / "work")
    first, again = (Source(clips, samples, "train", 5) for _ in range(2))
    for wanted in CLASSES:
        a, b = first.draw(wanted=wanted), again.draw(wanted=wanted)
        np.testing.assert_array_equal(a.wave, b.wave)
        assert a.wave.shape == (RATE,)
        assert float(np.abs(a.wave).max()) <= 1.0
        assert a.label == CLASSES.index(wanted)
        assert a.target.tolist() == [float(c == wanted) for c in CLASSES[1:]]
    assert not any(set(HELD_OUT[k]) & set(KINDS[k]) for k in KINDS)


def test_training_writes_weights_with_a_card_and_goes_on(pristine_sound: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said: list[str] = []
    recipe = Recipe(steps=2, batch=4, workers=0)
    card = train([pristine_sound], out, recipe=recipe, say=said.append)
    assert card["steps_done"] == 2
    assert (
        card["data"]["train"]["recordings"] + card["data"]["val"]["recordings"] + card["data"]["test"]["recordings"]
        == 12
    )
    assert read_card("artifact_net", out)["sha256"] == card["sha256"]
    with torch.inference_mode():
        classes, _ = load_artifact_net(out).probabilities(torch.zeros(1, RATE))
    assert float(classes.sum()) == pytest.approx(1.0, abs=1e-5)
    assert train([pristine_sound], out, recipe=Recipe(steps=3, batch=4, workers=0), say=said.append)["steps_done"] == 3


def test_nothing_to_train_on_is_said(tmp_path: Path, pristine_sound: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    clips, samples = gather([pristine_sound], tmp_path / "few")
    with pytest.raises(UsageError, match="No recording falls into the val split"):
        Source([c for c in clips if c.split != "val"], samples, "val", 0)
    with pytest.raises(UsageError, match="No sound"):
        train([empty], tmp_path / "out")
    with pytest.raises(WeightsError, match="Download Cnn14"):
        train([pristine_sound], tmp_path / "out2", recipe=Recipe(cnn14=str(tmp_path / "absent.pth")))


def test_balanced_accuracy_by_hand() -> None:
    labels = torch.tensor([0, 0, 0, 0, 1, 1, -1])
    said = torch.tensor([0, 0, 0, 1, 1, 0, 3])
    assert balanced_accuracy(said, labels) == pytest.approx((0.75 + 0.5) / 2)


def test_training_may_begin_with_the_weights_of_the_package() -> None:
    begun, packaged = build(Recipe(start="packaged")).state_dict(), load_artifact_net().state_dict()
    assert begun.keys() == packaged.keys()
    assert all(torch.equal(begun[name], packaged[name]) for name in packaged)
    with pytest.raises(WeightsError):
        build(Recipe(start="/nowhere"))


def test_a_fault_made_at_a_lower_rate_has_nothing_above_its_band() -> None:
    clean = notes(1.3)
    faulty, extent = applied(Hiss(colour="white", snr_db=10.0), clean, np.random.default_rng(0), 8000)
    assert len(faulty) == len(clean)
    power = np.abs(np.fft.rfft(faulty * np.hanning(len(faulty)))) ** 2
    hz = np.arange(len(power)) * RATE / len(faulty)
    low, high = power[(hz > 2500) & (hz < 3500)].mean(), power[(hz > 5000) & (hz < 15_000)].mean()
    assert 10 * np.log10(low / high) > 50  # the resampler's stop band
    assert extent.expected["snr_db"] == 10.0
