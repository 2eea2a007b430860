"""Two captures of made-up content, apart by a known time, worse and louder: the offset is found, or called unsure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.evaluate.align import Alignment, align, correlation_by_lag

Signals = dict[str, dict[str, Signal]]
AXIS = Axis("channel", "", (0.0, 1.0))


def content(seed: int, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Change (with cuts) and sound level of a programme, 100 values a second."""
    rng = np.random.default_rng(seed)
    n = round(seconds * 100)
    change = np.exp(np.repeat(rng.normal(0, 0.7, n // 40 + 1), 40)[:n])
    change[rng.integers(0, n, max(1, n // 300))] = 40.0
    level = -30 + 8 * np.repeat(rng.normal(0, 1, n // 25 + 1), 25)[:n]
    return change, level


def capture(seed: int, start: float, end: float, fps: float = 25.0, noise: float = 0.0, gain: float = 0.0) -> Signals:
    """A recording of that programme from ``start`` to ``end``, its own times beginning at 0."""
    change, level = content(seed, 60.0)
    rng = np.random.default_rng(seed + 1000)

    def sampled(v: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
        t = np.arange(0.0, end - start, 1 / rate)
        return t, np.interp(t + start, np.arange(len(v)) / 100, v)

    t, c = sampled(change, fps)
    u, heard = sampled(level, 50.0)
    c = np.abs(c + noise * rng.normal(0, 0.3, len(c)))
    heard = heard + gain + noise * rng.normal(0, 2, len(heard))
    return {
        "freeze": {"change": Signal("change", "code values", t, c.astype(np.float32))},
        "silence": {"level": Signal("level", "dBFS", u, np.stack([heard, heard - 3], axis=1).astype(np.float32),
                                    (AXIS,))},
    }  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 50), st.floats(-20, 20), st.sampled_from([25.0, 29.97, 50.0]))
def test_the_offset_of_a_worse_louder_capture_is_found(seed: int, offset: float, fps: float) -> None:
    a = capture(seed, max(-offset, 0.0), max(-offset, 0.0) + 30.0)
    b = capture(seed, max(offset, 0.0), max(offset, 0.0) + 30.0, fps, noise=1.0, gain=9.0)
    found = align(a, b)
    assert found.shift == pytest.approx(offset, abs=0.03)
    assert found.word in ("sure", "likely")
    assert align(b, a).shift == pytest.approx(-found.shift, abs=0.01)


def test_different_content_is_called_unsure() -> None:
    words = [align(capture(seed, 0.0, 30.0), capture(seed + 100, 0.0, 30.0)).word for seed in range(8)]
    assert words == ["unsure"] * 8


def test_sound_that_was_moved_against_the_picture_is_said() -> None:
    a = capture(3, 0.0, 30.0)
    moved = capture(3, 2.0, 32.0)
    assert align(a, {**a, "silence": moved["silence"]}).apart == pytest.approx(2.0, abs=0.05)
    assert align(a, a).shift == 0.0
    assert align(a, a).correlation == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(("confidence", "apart", "word"), [
    (0.7, 9.0, "sure"), (0.4, 9.0, "likely"), (0.2, 9.0, "unsure"), (0.2, 0.04, "likely"), (0.05, 0.0, "unsure"),
    (0.2, float("nan"), "unsure"),
])  # fmt: skip
def test_sound_and_picture_that_agree_bear_each_other_out(confidence: float, apart: float, word: str) -> None:
    assert Alignment(1.0, confidence, 0.0, ("loudness",), apart).word == word


def test_without_a_common_curve_the_person_is_asked() -> None:
    a = capture(3, 0.0, 30.0)
    with pytest.raises(UsageError, match="share no curve"):
        align({"freeze": a["freeze"]}, {"silence": a["silence"]})


def test_correlation_by_lag_against_the_definition() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=300), rng.normal(size=220)
    lags, score = correlation_by_lag(a, b)
    for at in rng.integers(0, len(lags), 40).tolist():
        lag = int(lags[at])
        first, last = max(lag, 0), min(len(a), len(b) + lag)
        if np.isnan(score[at]):
            assert last - first < 110
            continue
        x, y = a[first:last], b[first - lag : last - lag]
        assert score[at] == pytest.approx(np.sum(x * y) / np.sqrt(np.sum(x**2) * np.sum(y**2)), abs=1e-9)
