"""How much a fault shows, and what a title has of its own."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, Frame, PictureFault
from vqa_toolkit.simulate.material import Material
from vqa_toolkit.simulate.registry import parse_fault
from vqa_toolkit.simulate.screening import Effect, difference, own_defects, stray_bursts

FACTS = ClipFacts(64, 48, 25.0, 1.0, 0, 0)


def frames(moving: bool) -> Iterator[Frame]:
    ramp = np.arange(64, dtype=np.uint8) * 3
    for i in range(25):
        yield Frame(i / 25, np.broadcast_to(np.roll(ramp, 4 * i if moving else 0)[None, :, None], (48, 64, 3)).copy())


def effect_of(fault: str, moving: bool) -> float | None:
    effect, parsed = Effect(), parse_fault(fault)
    assert isinstance(parsed, PictureFault)
    assert len(list(effect.watch(parsed, frames(moving), FACTS, np.random.default_rng(1)))) <= 25
    return effect.value


@pytest.mark.parametrize("fault", ["tearing@0.2:0.8,strength=1", "interlacing@0.2:0.8", "freeze@0.2:0.8"])
def test_faults_made_of_motion_show_only_where_something_moves(fault: str) -> None:
    assert effect_of(fault, moving=False) == 0.0
    moved = effect_of(fault, moving=True)
    assert moved is not None and moved >= 5.0


def test_lost_pictures_have_no_measured_effect() -> None:
    assert effect_of("stutter@0.2:0.8,mode=drop,rate=6", moving=True) is None


def test_difference_is_the_largest_component() -> None:
    a = np.zeros((48, 64, 3), np.uint8)
    b = a.copy()
    b[..., 2] = 7
    assert difference(a, b) == 7.0


def test_a_title_that_begins_black_has_black_of_its_own() -> None:
    def dark() -> Iterator[Frame]:
        for frame in frames(moving=True):
            yield Frame(frame.t, np.minimum(frame.yuv, 20) if frame.t < 0.2 else frame.yuv)

    assert own_defects(Material(FACTS, dark, None, Fraction(1, 1000))) == ["black"]


@pytest.mark.parametrize(
    ("moving", "offset", "own"), [(True, 0.0, []), (False, 0.0, ["freeze"]), (True, 0.01, ["dc_offset"])]
)
def test_a_titles_own_defects(moving: bool, offset: float, own: list[str]) -> None:
    sound = np.full((48000, 2), offset, np.float32)
    clip = Material(FACTS, lambda: frames(moving), lambda: sound, Fraction(1, 1000))
    assert own_defects(clip) == own


@pytest.mark.parametrize(("level", "own"), [(0.0, []), (0.003, ["hum"])])
def test_a_recording_with_a_mains_line_hums_by_itself(level: float, own: list[str]) -> None:
    t = np.arange(4 * 16_000) / 16_000
    sound = 0.01 * np.random.default_rng(0).standard_normal((len(t), 1)) + level * np.sin(2 * np.pi * 60 * t)[:, None]
    clip = Material(FACTS._replace(rate=16_000), None, lambda: sound.astype(np.float32), Fraction(1, 1000))
    assert own_defects(clip) == own


def test_crushing_leaves_a_tenth_of_a_dark_picture() -> None:
    fault = parse_fault("exposure@0.2:0.8,strength=1")
    assert isinstance(fault, PictureFault)
    dark = (Frame(f.t, 16 + f.yuv // 8) for f in frames(moving=False))  # codes 16 to 39: the knee lies at 146
    made = list(fault.apply(dark, FACTS, np.random.default_rng(0)))
    assert (made[10].yuv[..., 0] > 16).mean() == pytest.approx(0.1, abs=0.03)


def narrow(rate: int) -> NDArray[np.float64]:
    """Three seconds of band-limited noise that swells as speech does, (n,)."""
    from scipy.signal import butter, sosfiltfilt

    noise = sosfiltfilt(butter(8, 4000, fs=rate, output="sos"), np.random.default_rng(3).standard_normal(3 * rate))
    return np.asarray(0.05 * noise * (1.1 + np.sin(np.arange(3 * rate) / rate * 9)))


@pytest.mark.parametrize("rate", [32_000, 48_000])
def test_a_burst_that_a_narrow_band_cannot_pass_is_its_own(rate: int) -> None:
    wave = narrow(rate)
    assert not len(stray_bursts(wave, rate))
    wave[rate] += 0.15
    np.testing.assert_allclose(stray_bursts(wave, rate), [1.0], atol=0.001)


def test_where_the_band_is_full_nothing_can_stray() -> None:
    wave = 0.05 * np.random.default_rng(3).standard_normal(96_000)
    wave[32_000] += 0.9
    assert not len(stray_bursts(wave, 32_000))


def test_sound_that_is_cut_off_has_no_stray_burst() -> None:
    wave = narrow(32_000)
    wave[-800:] = 0
    assert not len(stray_bursts(wave, 32_000))


def test_hardly_any_sound_has_no_stray_burst() -> None:
    assert not len(stray_bursts(np.zeros(300), 32_000))
    assert not len(stray_bursts(np.zeros(9000), 32_000))
