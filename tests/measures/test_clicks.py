"""Clicks: exact places in tones, none in drums; flat tops, levels and mains lines against formulas by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_toolkit.measures.clicks import CONTEXT_S, find_clicks, residual
from vqa_toolkit.measures.damage import flat_top_share, levels
from vqa_toolkit.measures.hum import mains
from vqa_toolkit.measures.hum_lines import lowered
from vqa_toolkit.simulate.sound.clicks import Clicks
from vqa_toolkit.simulate.sound.hum import Hum

RATE = 48_000


def tone(hz: float, seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    """A sine at −10 dBFS, (n, 1)."""
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)[:, None]


def test_residual_inverts_a_known_predictor() -> None:
    """An autoregressive process x = 1.3·x₋₁ − 0.6·x₋₂ + e gives e back (order 12 holds order 2)."""
    from scipy.signal import lfilter

    drive = np.random.default_rng(0).standard_normal(RATE)
    wave = lfilter([1.0], [1.0, -1.3, 0.6], drive)
    assert float(np.corrcoef(residual(wave)[100:], drive[100:])[0, 1]) > 0.999  # estimated from 48,000 samples


@pytest.mark.parametrize("hz", [100.0, 440.0, 3000.0])
@pytest.mark.parametrize("kind", ["impulse", "dropped", "repeated", "splice"])
def test_eight_clicks_in_a_tone_are_eight_and_exact(hz: float, kind: str) -> None:
    count = 8 if kind == "impulse" else 7  # a displaced passage adds the jump back at its end
    fault = Clicks(kind=kind, count=count, strength=1.0, start=0.2, end=1.8)
    faulty, extent = fault.apply(tone(hz), RATE, np.random.default_rng(5))
    found = find_clicks(faulty[:, 0], RATE)
    np.testing.assert_array_equal([c.sample for c in found], np.round(np.array(extent.times) * RATE))
    assert len(found) == 8


@settings(max_examples=15, deadline=None)
@given(gain=st.floats(0.02, 3.0), shift=st.integers(0, 2000))
def test_gain_and_shift_change_nothing(gain: float, shift: int) -> None:
    faulty, _ = Clicks(count=4, strength=0.8, start=0.3, end=1.5).apply(tone(700.0), RATE, np.random.default_rng(1))
    first = [c.sample for c in find_clicks(faulty[:, 0], RATE)]
    moved = np.concatenate([tone(700.0, 0.5)[RATE // 2 - shift :, 0], faulty[:, 0]]) * np.float32(gain)
    again = [c.sample - shift for c in find_clicks(moved, RATE)]
    # prepending a tone out of phase makes one click of its own, where the two meet
    assert [s for s in again if s > 10] == first or not shift


def test_drums_and_silence_and_noise_hold_none() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(RATE) / RATE
    hits = np.zeros(2 * RATE)
    for start in (0.3, 0.8, 1.3):
        a = int(start * RATE)
        hits[a : a + RATE // 2] += (rng.standard_normal(RATE) * np.exp(-t / 0.06))[: RATE // 2] * 0.5
    hits += 1e-4 * rng.standard_normal(len(hits))
    assert [c for c in find_clicks(hits, RATE) if c.over_db > 14] == []  # 14 dB: the detector's default
    assert find_clicks(np.zeros(RATE), RATE) == []
    assert find_clicks(0.1 * rng.standard_normal(RATE), RATE) == []


def test_an_attack_rises_and_a_click_does_not() -> None:
    rng = np.random.default_rng(2)
    wave = 1e-3 * rng.standard_normal(RATE)
    wave[RATE // 2 :] *= 10.0  # from here on 20 dB louder
    wave[[RATE // 4, RATE // 2]] += 0.5
    clicks = find_clicks(wave, RATE)
    assert [c.sample for c in clicks] == [RATE // 4, RATE // 2]
    assert [c.rise_db for c in clicks] == pytest.approx([0.0, 20.0], abs=3.0)  # medians of seven peaks of noise


def test_context_holds_no_clicks() -> None:
    wave = tone(440.0, 1.0)[:, 0]
    edge = round(CONTEXT_S * RATE)
    wave[edge - 10] += 0.5
    wave[len(wave) - edge + 10] += 0.5
    assert find_clicks(wave, RATE) == []


def test_flat_tops_of_a_clipped_sine() -> None:
    """A 100 Hz sine clipped at half its height is flat for 2/3 of the time: 2·acos(0.5)/π."""
    clean = tone(100.0)
    share = flat_top_share(np.clip(clean, -0.15, 0.15))[0]
    assert share == pytest.approx(2 / 3, abs=0.01)  # two samples less per run, 400 runs of 160 samples
    assert flat_top_share(tone(1000.0))[0] == 0.0


def test_levels_of_a_pulsed_tone() -> None:
    wave = tone(1000.0)
    wave[: RATE // 2] *= 0.01
    got = levels(wave, RATE)
    assert got.floor[0] == pytest.approx(20 * np.log10(0.003 / np.sqrt(2)), abs=0.05)
    assert got.rms[0] == pytest.approx(10 * np.log10(0.75 * 0.3**2 / 2), abs=0.05)


@pytest.mark.parametrize("f0", [49.7, 50.0, 60.2])
def test_mains_names_the_fundamental(f0: float) -> None:
    rng = np.random.default_rng(0)
    noise = (0.05 * rng.standard_normal((64_000, 1))).astype(np.float32)
    hum, _ = Hum(f0_hz=f0, snr_db=0.0, harmonics=10, decay=0.5, am_depth=0.0).apply(noise, 32_000, rng)
    with_hum, without = (mains(lowered(x[None, :32_000, 0])) for x in (hum, noise))
    assert with_hum.f0_hz[0] == pytest.approx(f0, abs=0.11)  # the grid is 0.1 Hz
    assert with_hum.over_db[0] > 20
    assert without.over_db[0] < 12  # the best of 42 combs on noise
