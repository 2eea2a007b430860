"""Faults by name and notation: what is written is what is read."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_toolkit.simulate import faults, notation, parse_fault
from vqa_toolkit.simulate.core import Fault
from vqa_toolkit.simulate.pixels import from_yuv, to_yuv

PAINTED = (
    "black", "constant_colour", "test_pattern", "freeze", "stutter", "tearing", "blur", "noise", "banding", "interlacing",
    "flash", "levels", "letterbox", "exposure", "av_sync", "av_drift", "pts_gap", "truncated", "decode_error",
    "av_duration", "vfr", "caption_layout", "caption_sync", "caption_coverage", "caption_text",
)  # fmt: skip


@pytest.mark.parametrize("name", PAINTED)
def test_a_fault_is_named_as_the_finding_it_provokes(name: str) -> None:
    assert faults()[name].defect == name


def test_every_parameter_says_what_it_is() -> None:
    for name, kind in faults().items():
        assert kind.__doc__, name
        for f in dataclasses.fields(kind):
            assert f.metadata["doc"], (name, f.name)
            if f.metadata["low"] is not None:
                assert f.metadata["low"] < f.metadata["high"], (name, f.name)


@st.composite
def any_fault(draw: st.DrawFn) -> Fault:
    """A fault of any kind with parameters drawn from their declared ranges."""
    kind = draw(st.sampled_from([k for n, k in faults().items() if n != "dubbed"]))
    start = round(draw(st.floats(0, 1000)), 3)
    values: dict[str, Any] = {"start": start, "end": draw(st.sampled_from([start + 1.5, math.inf]))}
    for f in dataclasses.fields(kind):
        meta = f.metadata
        if f.name in ("start", "end") or draw(st.booleans()):
            continue
        if meta["choices"]:
            values[f.name] = draw(st.sampled_from(meta["choices"]))
        elif meta["low"] is not None and "int" in str(f.type):
            values[f.name] = draw(st.integers(math.ceil(meta["low"]), math.floor(min(meta["high"], 1e6))))
        elif meta["low"] is not None:
            values[f.name] = draw(st.floats(meta["low"], min(meta["high"], 1e6)))
    return kind(**values)


@given(any_fault())
@settings(max_examples=120, deadline=None)
def test_notation_is_read_back_as_the_same_fault(fault: Fault) -> None:
    assert parse_fault(notation(fault)) == fault


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_pictures_survive_420_bit_for_bit(half_width: int, half_height: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    yuv = rng.integers(16, 236, (2 * half_height, 2 * half_width, 3), dtype=np.uint8)
    yuv[..., 1:] = rng.integers(16, 240, (half_height, half_width, 2), dtype=np.uint8).repeat(2, 0).repeat(2, 1)
    assert np.array_equal(to_yuv(from_yuv(yuv)), yuv)
