"""A mains line is told from what merely lies near one."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.measures.artifact_spans import Found
from vqa_toolkit.measures.hum_lines import RATE, LineScan, denied, lines, lowered

T = np.arange(4 * RATE) / RATE


def measured(wave: np.ndarray) -> tuple[float, float, float]:
    """Fundamental, best partial and mean of the best two of four seconds at 32 kHz."""
    noise = 1e-3 * np.random.default_rng(1).standard_normal(len(wave))
    found = lines(lowered((wave + noise)[None]))
    best = int(found.two[0].argmax())
    return float(found.hz[0, best]), float(found.one[0, best]), float(found.two[0, best])


@pytest.mark.parametrize("f0", [49.6, 50.0, 60.25, 60.5])
def test_a_steady_line_is_placed_within_a_quarter_of_a_bin_and_stands_alone(f0: float) -> None:
    hz, one, _ = measured(0.01 * np.sin(2 * np.pi * f0 * T) + 0.005 * np.sin(2 * np.pi * 5 * f0 * T))
    assert hz == pytest.approx(f0, abs=0.0626)
    assert one > 25  # 0.01 in noise of 1e-3 at 32 kHz: SNR in a bin of 0.25 Hz is some 48 dB


def test_notes_beside_the_mains_and_notes_that_decay_are_no_lines() -> None:
    assert measured(0.1 * np.sin(2 * np.pi * 58.27 * T))[1] < 14  # A♯1
    assert measured(0.1 * np.sin(2 * np.pi * 49.0 * T))[1] < 14  # G1
    beats = np.exp(-6 * np.mod(T, 0.6))
    assert measured(0.1 * beats * np.sin(2 * np.pi * 59.1 * T))[1] < 14  # a drum tuned to 59 Hz


def test_the_lower_rate_keeps_low_tones_and_drops_what_would_fold_onto_the_mains() -> None:
    kept, folded = (lowered(np.sin(2 * np.pi * f * T)[None])[0] for f in (50.0, 3950.0))
    assert len(kept) == len(T) // 8 - 3
    assert np.sqrt(2) * kept.std() == pytest.approx(1.0, abs=0.01)
    assert np.sqrt(2) * folded.std() < 10 ** (-60 / 20)


def test_windows_stand_for_their_middle_second() -> None:
    scan = LineScan(2)
    noise = 1e-3 * np.random.default_rng(1).standard_normal(7 * RATE)  # without it rounding decides what stands highest
    wave = np.repeat((np.sin(2 * np.pi * 60 * np.arange(7 * RATE) / RATE) + noise)[:, None], 2, axis=1).astype(
        np.float32
    )
    scan.push(10.0 + np.arange(len(wave)) / RATE, wave)
    scan.close()
    signal = scan.curve.signal()
    assert signal.t.tolist() == [11.5, 12.5, 13.5, 14.5]
    assert signal.v.shape == (4, 2, 2, 4)
    assert signal.v[..., 1, 0] == pytest.approx(60.0, abs=0.0626)


def said(hz: list[float], one: list[float]) -> Signal:
    """Windows that begin at 0, 1, 2 … s."""
    v = np.array([[[[h, o, 0.0, 0.0]]] for h, o in zip(hz, one, strict=True)], np.float32)
    axes = (Axis("channel", "", (0.0,)), Axis("family", "Hz", (50.0,)), Axis("field", "", (0.0, 1.0, 2.0, 3.0)))
    return Signal("hum_lines", "", np.arange(len(hz), dtype=np.float64) + 1.5, v, axes, len(hz) + 1.5)


def test_what_rings_at_multiples_of_sixty_denies_no_line_of_fifty() -> None:
    ringing = sum(0.02 * np.sin(2 * np.pi * 60.2 * k * T) for k in (3, 6, 9))
    noise = 1e-3 * np.random.default_rng(1).standard_normal(len(T))
    found = lines(lowered((0.01 * np.sin(2 * np.pi * 100.0 * T) + ringing + noise)[None]))
    assert found.hz[0].tolist() == pytest.approx([50.0, 60.2], abs=0.0626)
    assert found.one[0].min() > 25


def test_a_span_is_denied_where_no_two_windows_show_one_line() -> None:
    whole = Found(0.0, 8.0, 0.9, (0,))
    assert denied(whole, said([50.0] * 5, [9.0] * 5), 14.0)
    assert denied(whole, said([50.0, 50.3, 49.9, 60.0, 50.2], [20.0] * 5), 14.0)  # never the same twice
    assert not denied(whole, said([50.0, 50.3, 50.2, 60.0, 50.2], [9.0, 20.0, 20.0, 9.0, 9.0]), 14.0)
    assert not denied(Found(0.0, 4.4, 0.9, (0,)), said([50.0] * 5, [9.0] * 5), 14.0)  # one window cannot tell
