"""Colours that everybody can tell apart: contrast and colour-blind distance are computed here, not looked up."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from vqa_toolkit.figures.style import DARK, LIGHT, Theme, colour, family

# Full-strength dichromacy in linear RGB: Machado, Oliveira & Fernandes 2009, table for severity 1.0.
SIGHT = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(code: str) -> NDArray[np.float64]:
    c = np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    to_lms = np.array(
        [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
         [0.0883024619, 0.2817188376, 0.6299787005]]
    )  # fmt: skip
    to_lab = np.array(
        [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
         [0.0259040371, 0.7827717662, -0.8086757660]]
    )  # fmt: skip
    return np.asarray(to_lab @ np.cbrt(np.clip(to_lms @ rgb, 0, None)))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_stand_out_from_the_background(theme: Theme) -> None:
    graphics = [*theme.families.values(), theme.curve, theme.limit]
    assert min(contrast(c, theme.background) for c in graphics) >= 3.0  # WCAG 2.2, 1.4.11
    words = [theme.text, theme.muted, *theme.severity.values()]
    assert min(contrast(c, ground) for c in words for ground in (theme.background, theme.surface)) >= 4.5  # 1.4.3


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_families_differ_to_every_kind_of_sight(theme: Theme, sight: str) -> None:
    seen = {n: oklab(np.clip(SIGHT[sight] @ linear(c), 0, 1)) for n, c in theme.families.items()}
    distances = {(a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(seen, 2)}
    closest = min(distances, key=distances.__getitem__)
    assert distances[closest] >= 0.09, closest  # 0.02 is about one just noticeable difference in OKLab


def test_both_themes_know_the_same_names() -> None:
    assert set(LIGHT.families) == set(DARK.families)
    assert set(LIGHT.severity) == set(DARK.severity) == {"fyi", "issue", "blocker"}


def test_a_defect_keeps_its_colour_and_kin_share_it() -> None:
    assert colour("loudness") == colour("true_peak") == LIGHT.families["loudness"]
    assert colour("black") != colour("freeze")
    assert colour("black", "dark") == DARK.families["absence"]
    assert family("caption_overlap") == "captions"
    assert family("something_new") == "stream"
