"""Levels: shares outside the range by construction, in both depths and ranges."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import see
from vqa_toolkit.detectors.levels import Levels
from vqa_toolkit.measures.legal import code_limits, illegal_shares


def test_a_stretch_outside_the_range_is_found_with_its_share() -> None:
    luma = np.full((60, 180, 320), 126, np.uint8)
    luma[18:43, :18] = 250
    signals, (found,) = see(Levels, luma)
    assert [found.start, found.end] == pytest.approx([0.72, 1.72], abs=1e-6)  # though 5 frames a second are sampled
    assert len(signals["over"].t) == 12 + 2 * 4
    assert found.value == pytest.approx(0.1, abs=1e-6)
    assert found.details["signal"] == "over"


@pytest.mark.parametrize(("code", "legal"), [(4, False), (5, True), (246, True), (247, False)])
def test_eight_bit_limits_are_those_of_r103(code: int, legal: bool) -> None:
    luma = np.full((30, 96, 160), code, np.uint8)
    luma[:, :48] = 126
    assert (see(Levels, luma, gamut=0.5)[1] == []) is legal


def test_ten_bit_limits_are_those_of_r103() -> None:
    assert code_limits(10) == (64 - 44, 940 + 44)
    y = np.array([[19, 20, 984, 985]], np.uint16).repeat(4, axis=1)
    grey = np.full((1, 8), 512, np.uint16)
    assert illegal_shares(y, grey, grey, 10, full_range=False)[:2] == (0.25, 0.25)
    assert illegal_shares(y, grey, grey, 10, full_range=True)[:2] == (0.0, 0.0)


def test_a_colour_outside_the_gamut() -> None:
    y, grey = np.full((8, 8), 126, np.uint8), np.full((4, 4), 128, np.uint8)
    assert illegal_shares(y, grey, grey, 8, full_range=False).gamut == 0.0
    # R' = 0.502 + 1.5748·112/224 = 1.29
    assert illegal_shares(y, grey, np.full((4, 4), 240, np.uint8), 8, full_range=False).gamut == 1.0


def test_what_one_of_two_matrices_allows_is_no_fault_where_the_file_names_none() -> None:
    """Full red by BT.709 (Y 63, Cb 102, Cr 240): BT.601 would make it R' 0.92, G' −0.18."""
    y, cb, cr = (np.full((8, 8), code, np.uint8) for code in (63, 102, 240))
    shares = [illegal_shares(y, cb, cr, 8, False, *m).gamut for m in (("bt709",), ("bt601",), ("bt709", "bt601"))]
    assert shares == [0.0, 1.0, 0.0]


def test_grey_material_has_no_gamut() -> None:
    none = np.empty((0, 0), np.uint8)
    assert illegal_shares(np.full((8, 8), 255, np.uint8), none, none, 8, full_range=False) == (0.0, 1.0, 0.0)
