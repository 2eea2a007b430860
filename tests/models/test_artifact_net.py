"""The audio-artifact network: shapes, what its front-end sees, batch and chunk independence, weights with a card."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vqa_toolkit.errors import WeightsError
from vqa_toolkit.models.artifact_net import (
    FFTS,
    FRAMES,
    HOP,
    RATE,
    Again,
    ArtifactNet,
    FrontEnd,
    bands,
    folded,
    load_artifact_net,
    readied,
)
from vqa_toolkit.models.precision import autocast, fast_bf16


def wave(hz: float) -> torch.Tensor:
    """One second of a sine, (1, 32000)."""
    return 0.3 * torch.sin(2 * torch.pi * hz * torch.arange(RATE) / RATE)[None]


def test_size_and_shapes() -> None:
    net = ArtifactNet().eval()
    assert 1_000_000 <= sum(p.numel() for p in net.parameters()) <= 5_000_000
    classes, artifacts = net.probabilities(torch.zeros(3, RATE))
    assert classes.shape == (3, 5)
    assert artifacts.shape == (3, 4)
    torch.testing.assert_close(classes.sum(1), torch.ones(3))


@pytest.mark.parametrize("size", [f[0] for f in FFTS])
def test_bands_of_a_flat_spectrum_are_one(size: int) -> None:
    torch.testing.assert_close(bands(size) @ torch.ones(size // 2 + 1), torch.ones(64))


def test_the_low_band_sees_fifty_hertz_where_it_is() -> None:
    _, _, low = FrontEnd()(wave(50.0))
    assert int(low[0, 0].argmax()) == 25  # bins of 2 Hz
    _, _, low = FrontEnd()(wave(60.0))
    assert int(low[0, 0].argmax()) == 30


def test_a_click_of_one_sample_is_seen_in_its_ten_milliseconds() -> None:
    clean = wave(440.0)
    clicked = clean.clone()
    clicked[0, 16_100] += 0.5  # 503 ms
    front = FrontEnd()
    before, after = front(clean)[0], front(clicked)[0]
    change = (after - before)[0, 0].amax(0)  # the shortest window's peaks, over bands
    assert change.shape == (FRAMES,)
    assert int(change.argmax()) in (49, 50, 51)


def test_each_window_is_judged_alone() -> None:
    net = ArtifactNet().eval()
    torch.manual_seed(0)
    batch = 0.1 * torch.randn(6, RATE)
    together = net(batch).artifacts
    alone = torch.cat([net(b[None]).artifacts for b in batch])
    torch.testing.assert_close(together, alone, rtol=1e-3, atol=1e-4)


def test_windows_of_a_longer_wave_are_those_of_its_seconds() -> None:
    torch.manual_seed(0)
    long = 0.1 * torch.randn(2, RATE + 3 * HOP)
    shared = FrontEnd()(long)
    alone = FrontEnd()(long.unfold(1, RATE, HOP).flatten(0, 1))
    inside = slice(4, FRAMES - 2)  # windows of the longest spectrum that hold nothing mirrored
    torch.testing.assert_close(shared[0][..., inside], alone[0][..., inside], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(shared[1][..., 1:], alone[1][..., 1:])  # the first 10 ms see the samples before them
    torch.testing.assert_close(shared[2], alone[2])
    assert ArtifactNet().eval()(long).artifacts.shape == (8, 4)


def test_absent_weights_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="artifact_net"):
        load_artifact_net(tmp_path)


def test_package_weights_know_the_obvious() -> None:
    """Hum and hiss far above a tone, and neither of them in the tone alone."""
    net = load_artifact_net()
    torch.manual_seed(1)
    t = torch.arange(RATE) / RATE
    notes = [torch.sin(2 * torch.pi * f * t) * torch.exp(-3 * (t % 0.25)) for f in (330.0, 495.0, 620.0)]
    tune = 0.1 * torch.stack(notes).sum(0)
    hum = 0.1 * torch.stack([torch.sin(2 * torch.pi * 50 * k * t) / k for k in (1, 2, 3, 4)]).sum(0)
    waves = torch.stack([tune, tune + hum, tune + 0.02 * torch.randn(RATE)])
    _, artifacts = net.probabilities(waves)
    assert artifacts[0, :2].max() < 0.5
    assert artifacts[1, 0] > 0.5
    assert artifacts[2, 1] > 0.5


def test_folded_it_says_the_same() -> None:
    net = load_artifact_net()
    wave = 0.1 * torch.randn(2, RATE + HOP, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        before = net.probabilities(wave)
        after = folded(net).probabilities(wave)
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=0)


@pytest.mark.skipif(not fast_bf16(), reason="this processor does not multiply bfloat16")
def test_readied_it_says_in_bfloat16_what_it_says_when_cast_each_time() -> None:
    wave = 0.1 * torch.randn(2, RATE + HOP, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode(), autocast("cpu"):
        cast = folded(load_artifact_net()).probabilities(wave)
        kept = readied(load_artifact_net(), "cpu").probabilities(wave)
    for one, other in zip(cast, kept, strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=0)


def test_layers_that_have_learned_nothing_change_nothing() -> None:
    maps = torch.rand(2, 8, 4, 6, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(Again(8).eval()(maps.clone()), maps)


def test_nearness_to_the_peak_is_the_windows_own() -> None:
    quiet, loud = torch.full((1, HOP), 0.1), torch.full((1, HOP), 0.5)
    _, statistics, _ = FrontEnd()(torch.cat([quiet, quiet, loud], 1))
    far = statistics[:, 7] / 8
    assert far[0].tolist() == pytest.approx([1.0] * 100)
    assert far[1].tolist() == pytest.approx([0.0] * 50 + [1.0] * 50)


def test_silence_teaches_without_a_nan() -> None:
    net = ArtifactNet()
    net(torch.zeros(2, RATE)).classes.sum().backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in net.parameters() if p.grad is not None)
