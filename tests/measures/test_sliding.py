"""Windows of a stream do not depend on how it was cut, begin where they say, and never reach over a gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_toolkit.measures.sliding import Sliding, Window

RATE = 100.0


def run(cuts: list[int], n: int = 1000, pad: int = 0, gap_at: int | None = None) -> list[Window]:
    """Push 0 … n − 1 in pieces."""
    t = np.arange(n) / RATE + 5.0
    if gap_at is not None:
        t[gap_at:] += 3.0
    x = np.arange(n, dtype=np.float32)[:, None]
    sliding = Sliding(100, 50, RATE, pad=pad)
    found = []
    for a, b in zip([0, *cuts], [*cuts, n], strict=True):
        found += list(sliding.push(t[a:b], x[a:b]))
    return [*found, *sliding.close()]


@settings(deadline=None)
@given(st.lists(st.integers(0, 1000), max_size=8).map(sorted), st.sampled_from([0, 7]))
def test_cuts_change_nothing(cuts: list[int], pad: int) -> None:
    whole, pieces = run([], pad=pad), run(cuts, pad=pad)
    assert [w.own for w in whole] == [w.own for w in pieces]
    for a, b in zip(whole, pieces, strict=True):
        assert a.start == pytest.approx(b.start, abs=1e-9)
        np.testing.assert_array_equal(a.samples, b.samples)


def test_windows_lie_on_the_grid() -> None:
    windows = run([])
    assert [w.start for w in windows] == pytest.approx([5.0 + 0.5 * k for k in range(20)])
    for k, window in enumerate(windows[:-1]):
        np.testing.assert_array_equal(window.samples[:, 0], np.arange(50 * k, 50 * k + 100))
    assert windows[-1].own == 50
    np.testing.assert_array_equal(windows[-1].samples[50:99, 0], np.arange(998, 949, -1))  # mirrored


def test_a_gap_ends_a_run() -> None:
    windows = run([300], gap_at=430)
    assert not any(w.samples[: w.own].min() < 430 <= w.samples[: w.own].max() for w in windows)
    assert any(w.start == pytest.approx(5.0 + 4.3 + 3.0) for w in windows)


def test_padding_mirrors_the_head() -> None:
    first = run([3, 5], pad=7)[0]
    np.testing.assert_array_equal(first.samples[:9, 0], [7, 6, 5, 4, 3, 2, 1, 0, 1])
    assert first.start == pytest.approx(5.0 - 0.07)
