"""Every n-th picture, however the stream is cut."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.measures.sampled import Sampled


def media(fps: float) -> SimpleNamespace:
    return SimpleNamespace(video=SimpleNamespace(fps=fps))


@pytest.mark.parametrize(("fps", "step"), [(10.0, 1), (23.976, 2), (25.0, 2), (50.0, 4), (0.0, 1), (float("nan"), 1)])
def test_about_twelve_a_second_are_left(fps: float, step: int) -> None:
    assert Sampled(media(fps)).step == step


@given(st.lists(st.integers(0, 40), max_size=12))
def test_where_the_stream_is_cut_makes_no_difference(pieces: list[int]) -> None:
    sampled, picked, begun = Sampled(media(50.0)), [], 0
    for count in pieces:
        picked += (begun + sampled.pick(count)).tolist()
        begun += count
    assert picked == list(range(0, begun, 4))
