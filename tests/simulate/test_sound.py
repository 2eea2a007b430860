"""The labels are true: each fault of the sound is found where its label says by plain arithmetic on the samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import SoundFault
from vqa_toolkit.simulate.sound.channels import DualMono, MissingChannel, Phase
from vqa_toolkit.simulate.sound.clicks import HELD_S, Clicks
from vqa_toolkit.simulate.sound.clicks import KINDS as CLICK_KINDS
from vqa_toolkit.simulate.sound.distortion import KINDS as DISTORTION_KINDS
from vqa_toolkit.simulate.sound.distortion import STARVED, Clipping, Distortion
from vqa_toolkit.simulate.sound.hiss import COLOURS, Hiss, coloured_noise
from vqa_toolkit.simulate.sound.hum import KINDS as HUM_KINDS
from vqa_toolkit.simulate.sound.hum import Hum
from vqa_toolkit.simulate.sound.level import DcOffset, LevelShift, Loudness, TruePeak
from vqa_toolkit.simulate.sound.repeat import Repeat, Skip
from vqa_toolkit.simulate.sound.silence import DeadLine, Dropout, Silence

RATE = 16_000
SPAN: dict[str, Any] = {"start": 1.0, "end": 3.0}
FAULTS: list[SoundFault] = [
    *(Hum(kind=k, **SPAN) for k in HUM_KINDS), *(Hiss(colour=k, **SPAN) for k in COLOURS),
    *(Distortion(kind=k, **SPAN) for k in DISTORTION_KINDS), *(Clicks(kind=k, **SPAN) for k in CLICK_KINDS),
    Clipping(**SPAN), Silence(**SPAN), DeadLine(**SPAN), Dropout(start=1.0, end=3.0, gap_s=2.0), Repeat(**SPAN),
    Skip(**SPAN), LevelShift(**SPAN), Loudness(**SPAN), TruePeak(**SPAN), DcOffset(**SPAN), Phase(**SPAN),
    DualMono(**SPAN), MissingChannel(**SPAN),
]  # fmt: skip


def programme(seconds: float = 4.0, channels: int = 2) -> NDArray[np.float32]:
    """Soft tones that differ between the channels; peak below 0.5."""
    t = np.arange(int(seconds * RATE)) / RATE
    waves = [0.2 * np.sin(2 * np.pi * (330 + 110 * c) * t) + 0.2 * np.sin(2 * np.pi * 517 * t) for c in range(channels)]
    return np.stack(waves, axis=1).astype(np.float32)


def apply(fault: SoundFault, audio: NDArray[np.float32], seed: int = 1) -> tuple[NDArray[np.float32], object]:
    """The fault with a fixed seed."""
    return fault.apply(audio, RATE, np.random.default_rng(seed))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.name}-{getattr(f, 'kind', getattr(f, 'colour', ''))}")
def test_changes_the_span_and_nothing_else(fault: SoundFault) -> None:
    clean = programme()
    kept = clean.copy()
    out, extent = fault.apply(clean, RATE, np.random.default_rng(1))
    again, extent_again = fault.apply(clean, RATE, np.random.default_rng(1))
    np.testing.assert_array_equal(clean, kept)  # the input is not touched
    np.testing.assert_array_equal(out, again)  # one seed, one result
    assert extent == extent_again
    assert out.dtype == np.float32
    assert out.shape == clean.shape
    assert (extent.start, extent.end) == (1.0, 3.0)
    np.testing.assert_array_equal(out[:RATE], clean[:RATE])
    np.testing.assert_array_equal(out[3 * RATE :], clean[3 * RATE :])
    assert float(np.abs(out[RATE : 3 * RATE] - clean[RATE : 3 * RATE]).max()) > 1e-3


@pytest.mark.parametrize("kind", HUM_KINDS)
@pytest.mark.parametrize("snr_db", [0.0, 20.0])
def test_hum_has_the_stated_level_and_frequency(kind: str, snr_db: float) -> None:
    clean = programme()
    out, extent = Hum(kind=kind, snr_db=snr_db, f0_hz=50.0, am_depth=0.0, **SPAN).apply(
        clean, RATE, np.random.default_rng(2)
    )
    added = (out - clean)[RATE : 3 * RATE, 0].astype(np.float64)
    ratio = 20 * np.log10(np.sqrt(np.mean(clean[RATE : 3 * RATE].astype(np.float64) ** 2)) / np.sqrt(np.mean(added**2)))
    assert ratio == pytest.approx(snr_db, abs=0.05)  # float32 sums
    spectrum = np.abs(np.fft.rfft(added * np.hanning(len(added))))
    assert np.argmax(spectrum) * 0.5 % 50.0 == pytest.approx(0.0, abs=0.5)  # 0.5 Hz bins: on a multiple of 50 Hz
    assert extent.expected["f0_hz"] == 50.0


@pytest.mark.parametrize("colour", COLOURS)
def test_hiss_has_the_stated_level_and_no_line(colour: str) -> None:
    clean = programme()
    out, _ = Hiss(colour=colour, snr_db=15.0, **SPAN).apply(clean, RATE, np.random.default_rng(2))
    added = (out - clean)[RATE : 3 * RATE].astype(np.float64)
    ratio = 10 * np.log10(np.mean(clean[RATE : 3 * RATE].astype(np.float64) ** 2) / np.mean(added**2))
    assert ratio == pytest.approx(15.0, abs=0.05)
    assert abs(float(np.corrcoef(added[:, 0], added[:, 1])[0, 1])) < 0.1  # each channel has noise of its own


def test_white_hiss_is_flat_and_brown_falls_by_six_db_an_octave() -> None:
    silent = np.zeros((8 * RATE, 1), np.float32)
    for colour, slope in (("white", 0.0), ("pink", -3.01), ("brown", -6.02)):
        out, _ = Hiss(colour=colour, snr_db=0.0).apply(silent, RATE, np.random.default_rng(3))
        power = np.abs(np.fft.rfft(out[:, 0])) ** 2
        hz = np.arange(len(power)) * RATE / len(out)
        octaves = [10 * np.log10(power[(hz >= f) & (hz < 1.1 * f)].mean()) for f in (200, 400, 800, 1600, 3200)]
        assert np.polyfit(np.arange(5), octaves, 1)[0] == pytest.approx(slope, abs=0.5)  # chance of 160 bins and more


def test_hard_clipping_clips_the_stated_share() -> None:
    clean = programme()
    out, extent = Distortion(kind="hard", share=0.1, **SPAN).apply(clean, RATE, np.random.default_rng(0))
    inside = np.abs(out[RATE : 3 * RATE])
    assert float(np.mean(inside == inside.max())) == pytest.approx(0.1, abs=0.002)
    assert extent.expected["clipped_share"] == pytest.approx(0.1, abs=0.002)


def test_clipping_reaches_full_scale_and_the_stated_gain() -> None:
    clean = programme()
    out, extent = Clipping(gain_db=12.0, **SPAN).apply(clean, RATE, np.random.default_rng(0))
    expected = np.clip(clean[RATE : 3 * RATE].astype(np.float64) * 10 ** (12 / 20), -1, 1)
    np.testing.assert_allclose(out[RATE : 3 * RATE], expected, atol=1e-6)
    assert extent.expected["clipped_share"] == pytest.approx(float(np.mean(np.abs(expected) >= 1)), abs=1e-4)


def test_bitcrush_leaves_two_to_the_bits_levels() -> None:
    out, _ = Distortion(kind="bitcrush", bits=3.0).apply(programme(), RATE, np.random.default_rng(0))
    assert len(np.unique(out)) <= 2**3 + 1


def test_reencoding_after_clipping_leaves_no_flat_top() -> None:
    out, _ = Distortion(kind="reencode", share=0.2, **SPAN).apply(programme(), RATE, np.random.default_rng(0))
    inside = np.abs(out[RATE : 3 * RATE])
    assert float(np.mean(inside == inside.max())) < 0.001


def test_asymmetric_clips_one_side_and_a_crossover_silences_what_is_small() -> None:
    clean = programme()
    half, extent = Distortion(kind="asymmetric", share=0.2).apply(clean, RATE, np.random.default_rng(0))
    level = np.quantile(np.abs(clean), 0.8)
    assert half == pytest.approx(np.minimum(clean, level), abs=1e-6)
    assert extent.expected["clipped_share"] == pytest.approx(0.2, abs=0.002)
    out, _ = Distortion(kind="crossover", strength=1.0).apply(clean, RATE, np.random.default_rng(0))
    assert np.mean(out == 0) == pytest.approx(0.6, abs=0.01)  # the share of samples within the dead zone


def test_decimated_sound_stands_still_between_the_samples_it_holds() -> None:
    out, _ = Distortion(kind="decimate", strength=1.0).apply(programme(), RATE, np.random.default_rng(0))
    step = round(RATE / 3000)
    held = out[: len(out) // step * step].reshape(-1, step, out.shape[1])
    assert np.ptp(held, axis=1).max() == 0
    assert np.array_equal(held[:, 0], programme()[: len(held) * step : step])


def test_band_noise_has_edges() -> None:
    noise = coloured_noise("band", 20 * RATE, 1, RATE, np.random.default_rng(3))[:, 0]
    power = np.abs(np.fft.rfft(noise)) ** 2
    hz = np.arange(len(power)) * RATE / len(noise)
    level = [
        10 * np.log10(power[(hz >= a) & (hz < b)].mean())
        for a, b in ((10, 14), (1500, 2500), (RATE / 2 - 500, RATE / 2))
    ]
    assert level[1] > level[2] + 3
    assert np.isfinite(level).all()


@pytest.mark.parametrize("kind", CLICK_KINDS)
def test_every_click_is_at_its_label_to_the_sample(kind: str) -> None:
    clean = programme()
    out, extent = Clicks(kind=kind, count=5, strength=1.0, **SPAN).apply(clean, RATE, np.random.default_rng(4))
    at = np.round(np.array(extent.times) * RATE).astype(int)
    assert len(at) == extent.expected["count"] == (6 if kind in ("dropped", "repeated", "splice") else 5)
    step = np.abs(np.diff(out[:, 0], 2))
    usual = np.abs(np.diff(clean[:, 0], 2)).max()
    for a in at:
        assert (
            step[a - 2 : a + 17].max() > 1.05 * usual
        )  # the wave breaks within a millisecond of the label, not before
    begins = at[0] - (int(HELD_S[1] * RATE) if kind == "held" else 0)  # where it stops moving, it bends
    assert step[: begins - 3].max() <= 1.05 * usual


def test_an_inverted_stretch_has_the_other_sign() -> None:
    clean = programme()
    out, extent = Clicks(kind="inverted", count=5, **SPAN).apply(clean, RATE, np.random.default_rng(4))
    for at in np.round(np.array(extent.times) * RATE).astype(int):
        changed = np.flatnonzero((out != clean)[at : at + RATE // 50].any(axis=1)) + at
        assert 0.0009 * RATE <= len(changed) <= 0.0101 * RATE
        np.testing.assert_array_equal(out[changed], -clean[changed])


def test_what_overflows_begins_again_at_the_other_end() -> None:
    clean = programme()
    out, _ = Distortion(kind="wrapped", share=0.1, **SPAN).apply(clean, RATE, np.random.default_rng(4))
    part, level = slice(RATE, 3 * RATE), float(np.quantile(np.abs(clean[RATE : 3 * RATE]), 0.9))
    over = np.abs(clean[part]) > level * 1.0001
    np.testing.assert_allclose(out[part][over], (clean[part] - 2 * level * np.sign(clean[part]))[over], atol=1e-6)
    under = np.abs(clean[part]) < level * 0.9999
    np.testing.assert_allclose(out[part][under], clean[part][under], atol=1e-6)


def test_a_slow_amplifier_takes_no_step_that_is_too_large() -> None:
    clean = programme()
    part = slice(RATE, 3 * RATE)
    out, _ = Distortion(kind="slewed", strength=1.0, **SPAN).apply(clean, RATE, np.random.default_rng(4))
    usual = float(np.quantile(np.abs(np.diff(clean[part], axis=0)), 0.5))
    assert np.abs(np.diff(out[part], axis=0)).max() <= usual * 1.001
    assert np.array_equal(out[RATE], clean[RATE])


def test_wrong_words_are_constant_and_a_held_sample_stands_still() -> None:
    clean = programme()
    out, extent = Clicks(kind="words", count=5, strength=1.0, **SPAN).apply(clean, RATE, np.random.default_rng(4))
    for at in np.round(np.array(extent.times) * RATE).astype(int):
        wrong = np.flatnonzero(out[at : at + 8, 0] != clean[at : at + 8, 0])
        assert wrong[0] == 0
        assert len(wrong) <= 4
        assert np.ptp(out[at : at + len(wrong), 0]) == 0
    out, extent = Clicks(kind="held", count=5, **SPAN).apply(clean, RATE, np.random.default_rng(4))
    for end in np.round(np.array(extent.times) * RATE).astype(int):
        assert np.ptp(out[end - int(0.001 * RATE) : end, 0]) == 0  # at least a millisecond
        assert out[end, 0] == clean[end, 0]


@pytest.mark.parametrize("codec", STARVED)
def test_a_starved_codec_distorts_in_place(codec: str) -> None:
    clean = 0.2 * coloured_noise("pink", 4 * RATE, 1, RATE, np.random.default_rng(3)).astype(np.float32)
    _, extent = Distortion(kind="codec", codec=codec, strength=0.0).apply(clean, RATE, np.random.default_rng(0))
    assert 3 < extent.expected["sdr_db"] < 35  # out of place by a few samples it would be near 0


def test_dead_line_has_its_level_and_no_programme() -> None:
    out, _ = DeadLine(level_dbfs=-50.0, **SPAN).apply(programme(), RATE, np.random.default_rng(0))
    inside = out[RATE : 3 * RATE].astype(np.float64)
    assert 10 * np.log10(np.mean(inside**2)) == pytest.approx(-50.0, abs=0.2)  # chance of 64,000 samples


def test_dropout_times_and_length() -> None:
    clean = programme() + 0.5
    out, extent = Dropout(gap_s=0.1, every_s=0.5, **SPAN).apply(clean, RATE, np.random.default_rng(0))
    zero = np.flatnonzero(np.diff((out[:, 0] == 0).astype(int)) == 1) + 1
    np.testing.assert_array_equal(zero, np.round(np.array(extent.times) * RATE))
    assert int((out[:, 0] == 0).sum()) == 4 * 1600
    assert extent.end == pytest.approx(2.6)


def test_repeat_plays_the_same_buffer() -> None:
    out, extent = Repeat(buffer_s=0.25, **SPAN).apply(programme(), RATE, np.random.default_rng(0))
    buffers = out[RATE : 3 * RATE].reshape(8, 4000, 2)
    assert bool((buffers == buffers[0]).all())
    assert extent.times == tuple(1.0 + 0.25 * k for k in range(1, 8))


def test_skip_jumps_ahead_and_back() -> None:
    clean = programme()
    out, extent = Skip(skip_s=0.5, start=1.0, end=2.0).apply(clean, RATE, np.random.default_rng(0))
    np.testing.assert_array_equal(out[RATE : 2 * RATE], clean[RATE + 8000 : 2 * RATE + 8000])
    assert extent.times == (1.0, 2.0)


def test_level_shift_and_loudness_are_plain_gains() -> None:
    clean = programme()
    for fault in (LevelShift(shift_db=-12.0, **SPAN), Loudness(offset_db=-12.0, **SPAN)):
        out, _ = fault.apply(clean, RATE, np.random.default_rng(0))
        np.testing.assert_allclose(out[RATE : 3 * RATE], clean[RATE : 3 * RATE] * 10 ** (-12 / 20), atol=1e-6)


def test_true_peak_lies_between_the_samples() -> None:
    """A quarter-rate sine sampled at 45° peaks 3.01 dB above its samples: the textbook inter-sample over."""
    n = np.arange(2 * RATE)
    clean = (0.25 * np.sin(np.pi / 2 * n + np.pi / 4)).astype(np.float32)[:, None]
    out, extent = TruePeak(peak_dbtp=2.0).apply(clean, RATE, np.random.default_rng(0))
    middle = out[RATE // 2 : 3 * RATE // 2]
    assert 20 * np.log10(float(np.abs(middle).max())) == pytest.approx(2.0 - 3.01, abs=0.2)  # the ends ring a little
    assert extent.expected["peak_dbtp"] == pytest.approx(2.0, abs=0.1)


def test_dc_offset_moves_the_mean() -> None:
    clean = programme()
    out, _ = DcOffset(offset=0.1, **SPAN).apply(clean, RATE, np.random.default_rng(0))
    assert float((out - clean)[RATE : 3 * RATE].mean()) == pytest.approx(0.1, abs=1e-6)


def test_phase_cancels_in_mono_and_channels_go() -> None:
    clean = programme()
    inverted, extent = Phase(strength=1.0, **SPAN).apply(clean, RATE, np.random.default_rng(0))
    assert float(np.abs(inverted[RATE : 3 * RATE].sum(axis=1)).max()) < 1e-6
    assert extent.expected["correlation"] == pytest.approx(-1.0)
    same, _ = DualMono(**SPAN).apply(clean, RATE, np.random.default_rng(0))
    np.testing.assert_array_equal(same[RATE : 3 * RATE, 1], clean[RATE : 3 * RATE, 0])
    missing, _ = MissingChannel(channel=0, **SPAN).apply(clean, RATE, np.random.default_rng(0))
    assert not missing[RATE : 3 * RATE, 0].any()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Hum(snr_db=200.0), "snr_db must be -20 to 60 dB"),
        (lambda: Hiss(colour="green"), "colour must be one of white"),
        (lambda: Clicks(count=0), "count must be 1 to 100000 clicks"),
        (lambda: Distortion(share=0.9), "share must be 0.0005 to 0.6 of samples"),
    ],
)
def test_wrong_parameters_are_named_with_unit_and_range(make: object, words: str) -> None:
    with pytest.raises(FaultError, match=words):
        make()  # type: ignore[operator]


def test_what_does_not_fit_the_sound_is_refused() -> None:
    mono = programme(channels=1)
    for fault, words in (
        (Phase(), "two channels or more"),
        (Silence(start=9.0), "no samples between"),
        (Clicks(count=5000, start=0.0, end=1.0), "do not fit"),
        (TruePeak(), "is silent"),
    ):
        sound = np.zeros_like(mono) if isinstance(fault, TruePeak) else mono
        with pytest.raises(FaultError, match=words):
            apply(fault, sound)
