"""Painted blocks: inside the label something changed, outside nothing did."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.simulate.core import ClipFacts, Frame
from vqa_toolkit.simulate.painted import MODES, PaintedBlocks, areas, draw_patches

FACTS = ClipFacts(192, 128, 25.0, 2.0, 0, 0)
TIMES = np.arange(50) / 25


def frames() -> list[Frame]:
    rng = np.random.default_rng(1)
    return [Frame(float(t), rng.integers(30, 220, (128, 192, 3), dtype=np.uint8)) for t in TIMES]


@pytest.mark.parametrize("mode", [*MODES, "mixed"])
def test_only_labelled_cells_and_times_change(mode: str) -> None:
    fault = PaintedBlocks(start=0.4, end=1.2, mode=mode, strength=0.6)
    clean = frames()
    shown = list(fault.apply(iter(clean), FACTS, np.random.default_rng(7)))
    extent = fault.extent(TIMES, FACTS, np.random.default_rng(7))
    assert extent.mask is not None
    times, cells = extent.mask
    assert (extent.start, extent.end) == pytest.approx((0.4, 1.2))
    changed = np.stack([(a.yuv != b.yuv).any(axis=2) for a, b in zip(clean, shown, strict=True)])
    assert not changed[(TIMES < 0.4) | (TIMES >= 1.2)].any()
    inside = np.any(changed[np.isin(TIMES, times)].reshape(len(times), 4, 32, 6, 32), axis=(2, 4))
    assert np.all(np.any(inside, axis=(1, 2)))
    assert not np.any(inside & (cells == 0))


def test_a_run_of_blocks_is_in_raster_order() -> None:
    patch = draw_patches(np.random.default_rng(0), FACTS, 0.5, (0.0, 1.0))[0]._replace(
        side=16, first=10, run=16, rectangle=False
    )
    covered = np.zeros((128, 192), dtype=int)
    for place in areas(patch, 128, 192):
        covered[place] += 1
    blocks = covered.reshape(8, 16, 12, 16).mean(axis=(1, 3)).reshape(-1)
    assert np.array_equal(np.flatnonzero(blocks), np.arange(10, 26))
    assert covered.max() == 1
