"""A mains line is followed through a short sound; an engine that wanders across it is not."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.measures.artifact_spans import Found
from vqa_toolkit.measures.hum_lines import RATE, lowered
from vqa_toolkit.measures.hum_tracks import NOMINAL, WINDOW_S, TrackScan, followed, peaks, wanders

T = np.arange(4 * RATE) / RATE
LEAST_DB = 13.0  # the detector's default


def noise(seed: int = 1) -> np.ndarray:
    """Four seconds of white noise, −50 dBFS."""
    return 10 ** (-50 / 20) * np.random.default_rng(seed).standard_normal(len(T))


def scanned(wave: np.ndarray) -> Signal:
    """The lines of one channel."""
    scan = TrackScan(1)
    scan.push(T[: len(wave)], wave.astype(np.float32)[:, None])
    scan.close()
    return scan.curve.signal()


@pytest.mark.parametrize("hz", [49.7, 60.25, 119.6, 300.9])
def test_a_line_is_placed_far_below_a_bin(hz: float) -> None:
    size = int(WINDOW_S * RATE)
    found = peaks(lowered((0.01 * np.sin(2 * np.pi * hz * T) + noise())[None, :size]))
    line = int(np.abs(NOMINAL - hz).argmin())
    assert found.hz[0, line] == pytest.approx(hz, abs=0.03)  # a bin is 0.67 Hz, padded 0.33
    assert found.level[0, line] == pytest.approx(-40.0, abs=0.5)
    assert found.over[0, line] > 25
    assert np.delete(found.over[0], line).max() < LEAST_DB


def test_a_note_beside_the_mains_is_no_peak() -> None:
    """Beyond ± 1 % the level goes on rising: A♯1 is 58.27 Hz, G1 49 Hz, B2 123.47 Hz."""
    for hz in (58.27, 49.0, 123.47):
        found = peaks(lowered((0.1 * np.sin(2 * np.pi * hz * T) + noise())[None, : int(WINDOW_S * RATE)]))
        assert found.over[0].max() < LEAST_DB


def test_windows_stand_for_their_middle_half_second() -> None:
    signal = scanned(np.sin(2 * np.pi * 50 * T))
    assert signal.t.tolist() == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert signal.ends[-1] == 3.5
    assert signal.v.shape == (6, 1, 4, 3)
    assert signal.v[:, 0, 0, 0] == pytest.approx(50.0, abs=0.01)


@pytest.mark.parametrize("depth", [0.0, 0.3])
def test_hum_is_followed_and_an_engine_at_the_same_pitch_is_not(depth: float) -> None:
    span = Found(0.0, 4.0, 0.95, (0,))
    swing = 1 + depth * np.sin(2 * np.pi * 0.3 * T)  # the simulator's slow swing of level
    assert not wanders(span, scanned(0.02 * swing * np.sin(2 * np.pi * 119.8 * T) + noise()), LEAST_DB)
    phase = (
        2 * np.pi * (119.8 * T + 0.5 * np.sin(2 * np.pi * 0.4 * T) / (2 * np.pi * 0.4))
    )  # ± 0.5 Hz, as revolutions do
    assert wanders(span, scanned(0.02 * swing * np.sin(phase) + noise()), LEAST_DB)


def test_what_passes_by_is_no_hum() -> None:
    """A helicopter at one pitch, 3 dB softer every half second."""
    wave = 10 ** (-6 * T / 20) * np.sin(2 * np.pi * 60 * T)
    assert wanders(Found(0.0, 4.0, 0.95, (0,)), scanned(0.1 * wave + 0.01 * noise()), LEAST_DB)


def rows(hz: list[float], over: list[float], level: list[float]) -> np.ndarray:
    """Windows with one line each, (n, 1, 3)."""
    return np.stack([hz, over, level], axis=1)[:, None].astype(np.float32)


def test_three_quarters_of_the_windows_must_show_the_line() -> None:
    flat, high = [-30.0] * 4, [20.0] * 4
    assert followed(rows([50.0, 50.02, 49.98, 50.8], high, flat), LEAST_DB)
    assert not followed(rows([50.0, 50.02, 50.8, 49.4], high, flat), LEAST_DB)
    assert not followed(rows([50.0] * 4, [20.0, 20.0, 9.0, 9.0], flat), LEAST_DB)
    assert followed(rows([50.0] * 4, high, [-28.0, -29.0, -31.0, -32.5]), LEAST_DB)
    assert not followed(rows([50.0] * 4, high, [-20.0, -25.0, -30.0, -35.0]), LEAST_DB)
    assert not followed(rows([50.0, 60.0, 50.0, 60.0], high, flat), LEAST_DB)  # not one line


def test_where_many_windows_agree_half_the_height_is_enough() -> None:
    low, flat = [8.0] * 6, [-30.0] * 6
    assert followed(rows([50.0] * 5, low[:5], flat[:5]), LEAST_DB)
    assert not followed(rows([50.0] * 4, low[:4], flat[:4]), LEAST_DB)
    assert not followed(rows([50.0] * 6, [6.0] * 6, flat), LEAST_DB)
    assert not followed(rows([50.0, 50.3] * 3, low, flat), LEAST_DB)


def test_long_spans_and_spans_without_windows_are_left_to_others() -> None:
    axes = (Axis("channel", "", (0.0,)), Axis("line", "", (0.0,)), Axis("field", "", (0.0, 1.0, 2.0)))
    none = Signal("hum_tracks", "", np.arange(20) / 2 + 0.5, np.zeros((20, 1, 1, 3), np.float32), axes, 10.5)
    assert wanders(Found(0.0, 4.5, 0.9, (0,)), none, LEAST_DB)
    assert not wanders(Found(0.0, 5.0, 0.9, (0,)), none, LEAST_DB)
    assert not wanders(Found(20.0, 22.0, 0.9, (0,)), none, LEAST_DB)
