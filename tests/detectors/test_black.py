"""Black: what is said about where it lies."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.detectors.fed import FPS, see
from vqa_toolkit.core import Signal
from vqa_toolkit.detectors.black import Black, BlackLimits


@pytest.mark.parametrize(
    ("level", "where"),
    [
        ([*[16] * 25, *range(16, 116, 4)], "It lies before a fade-in: probably meant."),
        ([*range(116, 16, -4), *[16] * 25], "It lies after a fade-out: probably meant."),
        ([*range(116, 16, -4), *[16] * 25, *range(16, 116, 4)], "It lies between a fade-out and a fade-in: probably meant."),
    ],
)  # fmt: skip
def test_black_that_is_meant_names_the_fades_that_are_there(level: list[int], where: str) -> None:
    v = np.array(level, float)
    black, t = v <= 20, np.arange(len(v)) / 25
    flat = {name: np.where(black, 0.0, 255.0) for name in ("structure", "saturation", "lettering")}
    flat["title"] = np.zeros(len(v))
    curves = {"dark": black.astype(float), "level": v, **flat}
    (found,) = Black.judge({k: Signal(k, "", t, c) for k, c in curves.items()}, BlackLimits())
    assert found.severity == "fyi" and found.message.endswith(where)


def lettered(
    lines: tuple[str, ...], size: int, place: tuple[float, float] = (0.5, 0.5), apart: float = 5.0
) -> np.ndarray:
    """Three seconds of luma (n, 270, 480): white lines of small letters, ``size`` px high, roll slowly over black."""
    page = np.full((540, 480), 16, np.uint8)
    for n, line in enumerate(lines):
        width = cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, size / 22, 1)[0][0]
        at = (round(place[0] * 480 - width / 2), round(place[1] * 270 + n * apart * size))
        cv2.putText(page, line, at, cv2.FONT_HERSHEY_SIMPLEX, size / 22, 235, 1, cv2.LINE_AA)
    return np.stack([np.roll(page, -round(0.1 * 270 * i / FPS), 0)[:270] for i in range(75)])


@pytest.mark.parametrize("size", [6, 8, 12, 20])
@pytest.mark.parametrize(
    "lines", [("THE END",), ("Directed by", "A. MARLOWE", "Camera", "N. OKAFOR")], ids=["title", "credits"]
)
def test_few_white_letters_on_black_are_a_note(lines: tuple[str, ...], size: int) -> None:
    found = see(Black, lettered(lines, size))[1]
    assert {f.severity for f in found} <= {"fyi"}
    assert all("lettering" in f.message for f in found)


def test_a_logo_or_a_subtitle_does_not_excuse_black() -> None:
    black = np.full((75, 270, 480), 16, np.uint8)
    black[:, 14:60, 400:460] = 235
    (logo,) = see(Black, black)[1]
    (name,) = see(Black, lettered(("CHANNEL 5",), 8, (0.12, 0.2)))[1]
    (subtitle,) = see(Black, np.repeat(lettered(("- Who is there?",), 8, (0.5, 0.9))[:1], 75, axis=0))[1]
    assert {f.severity for f in (logo, name, subtitle)} == {"blocker"}


def test_specks_in_the_middle_are_no_lettering() -> None:
    luma = np.full((75, 270, 480), 16, np.uint8)
    luma[:, [80, 130, 150], [200, 260, 300]] = 200
    (found,) = see(Black, luma)[1]
    assert found.severity == "blocker"
