"""Level shift on samples whose gain is known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import RATE, hear, noise
from vqa_toolkit.detectors.level_shift import LevelShift


def shifted(start: float, end: float, db: float, seconds: float = 8.0, level: float = 0.05) -> np.ndarray:
    """Pink-like noise that swells by half a dB, with a gain of ``db`` between ``start`` and ``end`` seconds."""
    x = np.cumsum(noise(seconds, level=level), axis=0) * 0.05 + noise(seconds, level=level / 4, seed=1)
    x -= x.mean(axis=0)
    x *= 10 ** (np.sin(np.arange(len(x))[:, None] / RATE) / 40)
    x[round(start * RATE) : round(end * RATE)] *= 10 ** (db / 20)
    return np.asarray(x)


@pytest.mark.parametrize("db", [-12.0, -7.0, 9.0])
def test_shift_and_return(db: float) -> None:
    _, found = hear(LevelShift, shifted(3.0, 5.0, db))
    assert [f.defect for f in found] == ["level_shift"]
    assert found[0].start == pytest.approx(3.0, abs=0.03) and found[0].end == pytest.approx(5.0, abs=0.03)
    assert found[0].details["shift_db"] == pytest.approx(db, abs=1.5)


def test_shift_that_stays_lasts_to_the_end() -> None:
    _, found = hear(LevelShift, shifted(4.0, 8.0, -15.0))
    assert len(found) == 1
    assert found[0].start == pytest.approx(4.0, abs=0.03) and found[0].end == pytest.approx(8.0, abs=0.01)


def test_a_slow_fade_is_no_shift() -> None:
    x = noise(8.0)
    x *= 10 ** (-np.interp(np.arange(len(x)) / RATE, [2.0, 4.0], [0.0, 20.0])[:, None] / 20)
    assert not hear(LevelShift, x)[1]


def test_another_sound_as_loud_is_no_shift() -> None:
    """Noise gives way to a bright hiss 12 dB louder: other bands move, so no gain was turned."""
    x = noise(8.0, level=0.02)
    x[4 * RATE :] = np.diff(noise(8.0, level=0.08, seed=2), axis=0, prepend=0.0)[4 * RATE :]
    x[: 4 * RATE] = np.cumsum(x[: 4 * RATE], axis=0) * 0.02
    assert not hear(LevelShift, x)[1]


def test_signals_do_not_depend_on_chunks() -> None:
    x = shifted(1.0, 2.0, -10.0, seconds=3.0)
    a, _ = hear(LevelShift, x, chunk_s=1.0)
    b, _ = hear(LevelShift, x, chunk_s=0.37)
    np.testing.assert_array_equal(a["bands"].v, b["bands"].v)


def test_a_return_into_a_swell_is_paired() -> None:
    """The level goes on rising after the return, so that what lasts there is twice what happens at once."""
    x = shifted(3.0, 5.0, -8.0)
    x *= 10 ** (np.interp(np.arange(len(x)) / RATE, [5.05, 5.2, 6.3, 6.5], [0.0, 7.0, 7.0, 0.0])[:, None] / 20)
    found = hear(LevelShift, x)[1]
    assert [(f.start, f.end) for f in found] == [(pytest.approx(3.0, abs=0.03), pytest.approx(5.0, abs=0.03))]
