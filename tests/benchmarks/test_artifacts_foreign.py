"""Audio faults by other tools: each family does what its name says, masked ones are left out, the page counts right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import artifacts_foreign as foreign
from benchmarks.artifacts_foreign import Heard, Workshop
from vqa_toolkit.simulate.scenes import sounds
from vqa_toolkit.train.artifacts_data import RATE, Floats


@pytest.fixture(scope="module")
def programme() -> Floats:
    """Six seconds of the simulator's music."""
    return np.asarray(sounds.MAKERS["music"](float(foreign.LONG_S), RATE, 3), np.float32).reshape(-1)


@pytest.mark.parametrize("family", foreign.families())
def test_every_family_makes_its_fault(family: tuple[str, str], programme: Floats, tmp_path: Path, ffmpeg: str) -> None:
    make = foreign.families()[family]
    out = next(
        (o for seed in range(4) if (o := make(Workshop(tmp_path), programme, np.random.default_rng(seed))) is not None),
        None,
    )
    assert out is not None
    assert len(out) > 5 * RATE
    assert (
        float(np.abs(out[: 2 * RATE] / np.abs(out).max() - programme[: 2 * RATE] / np.abs(programme).max()).max())
        > 0.01
    )


def test_what_the_programme_masks_is_left_out(programme: Floats) -> None:
    loud = np.random.default_rng(0).standard_normal(len(programme)).astype(np.float32) * 0.3
    rng = np.random.default_rng(0)
    assert foreign.added("hiss", programme, loud, rng) is None  # music 10 to 30 dB beneath noise
    assert foreign.added("hiss", loud, programme, rng) is not None


def test_recall_is_by_family_and_what_else_was_told_is_counted() -> None:
    found = [
        Heard("hum", "saw", "a", True, True, ()),
        Heard("hum", "saw", "b", False, True, ("hiss",)),
        Heard("none", "clean", "a", False, False, ("clicks",)),
        Heard("none", "clean", "b", False, False, ()),
    ]
    text = foreign.page(found, "test")
    assert "| saw | 2 | 0.50 (1.00) | hiss 1 |" in text
    assert "2 clips; told of 1: a (clicks)" in text
