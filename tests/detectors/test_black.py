"""Black: what is said about where it lies."""

from __future__ import annotations

import numpy as np
import pytest

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
    curves = {"dark": black.astype(float), "level": v, **flat}
    (found,) = Black.judge({k: Signal(k, "", t, c) for k, c in curves.items()}, BlackLimits())
    assert found.severity == "fyi" and found.message.endswith(where)
