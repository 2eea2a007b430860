"""Letterbox: bars of known size; dark pictures and single bars are none."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import picture, see
from vqa_toolkit.detectors.letterbox import Letterbox


def shot(frames: int = 40) -> np.ndarray:
    return np.repeat(picture()[None], frames, axis=0)


@pytest.mark.parametrize(("kind", "y", "x"), [("letterbox", 27, 0), ("pillarbox", 0, 60), ("window", 27, 48)])
def test_bars_that_come_and_go_are_found_with_their_size(kind: str, y: int, x: int) -> None:
    luma = shot()
    inner = luma[10:30, y : 270 - y, x : 480 - x].copy()
    luma[10:30] = 16
    luma[10:30, y : 270 - y, x : 480 - x] = inner
    (found,) = see(Letterbox, luma)[1]
    assert [found.start, found.end] == pytest.approx([0.4, 1.2])
    assert (found.severity, found.details["kind"]) == ("issue", kind)
    assert found.value == pytest.approx(max(y / 270, x / 480), abs=1e-6)
    assert found.region == pytest.approx((x / 480, y / 270, 1 - 2 * x / 480, 1 - 2 * y / 270), abs=1e-6)


def test_bars_throughout_are_a_note() -> None:
    luma = shot()
    luma[:, :27] = luma[:, -27:] = 16
    (found,) = see(Letterbox, luma)[1]
    assert (found.severity, found.start, found.end) == ("fyi", 0.0, 1.6)


@pytest.mark.parametrize("rest", ["dark", "lit"])
def test_bars_are_the_format_where_the_rest_is_too_dark_to_tell(rest: str) -> None:
    """A trailer with bars of which one shot in four is bright: nothing anywhere reaches into them."""
    luma = shot()
    luma[:, 40:-40] = luma[:, 40:-40] if rest == "lit" else 16 + luma[:, 40:-40] // 16
    luma[:10, :27] = luma[:10, -27:] = 16
    luma[10:, :40] = luma[10:, -40:] = 16 if rest == "dark" else 120
    luma[:10, 27:-27] = shot(10)[:, 27:-27]
    (found,) = see(Letterbox, luma)[1]
    assert found.value == pytest.approx(0.1)
    assert (found.severity, found.end) == (("fyi", 1.6) if rest == "dark" else ("issue", pytest.approx(0.4)))


@pytest.mark.parametrize("kind", ["none", "one bar", "black", "dark towards the edges"])
def test_what_are_no_bars(kind: str) -> None:
    luma = shot()
    if kind == "one bar":
        luma[10:30, :27] = 16
    elif kind == "black":
        luma[10:30] = 16
    elif kind == "dark towards the edges":
        shade = np.clip((np.hanning(270)[:, None] * 1.3) - 0.3, 0, 1)
        luma[10:30] = (16 + (luma[10:30] - 16.0) * shade).astype(np.uint8)
    assert see(Letterbox, luma)[1] == []


def test_full_range_black_is_zero() -> None:
    luma = shot()
    luma[10:30, :27] = luma[10:30, -27:] = 0
    assert len(see(Letterbox, luma, full_range=True)[1]) == 1


@pytest.mark.parametrize(("whole", "severity"), [(0.9, "issue"), (0.7, "fyi")])
def test_how_much_of_a_clip_must_have_bars_that_are_its_format(whole: float, severity: str) -> None:
    """Bars in 32 of 40 pictures, the others lit to their edges."""
    luma = shot()
    luma[:32, :27] = luma[:32, -27:] = 16
    (found,) = see(Letterbox, luma, whole=whole)[1]
    assert found.severity == severity
