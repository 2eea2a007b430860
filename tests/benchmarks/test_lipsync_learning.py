"""Shares of people and of minutes for the learning curve of lip sync."""

from __future__ import annotations

import numpy as np

from benchmarks.lipsync_learning import LEAST_FRAMES, someone, thinned
from vqa_toolkit.train.lipsync_data import TalkingClip


def clip(name: str, person: str = "", pictures: int = 100) -> TalkingClip:
    return TalkingClip(
        name, "somewhere", person, 0, np.zeros((pictures, 2, 3), np.uint8), np.zeros((400, 80), np.float16)
    )


CLIPS = [*(clip(f"{p}_{k}", p) for p in "abcdefgh" for k in (1, 2)), *(clip(f"tv_{k:05d}") for k in range(1000, 1080))]


def test_a_smaller_share_of_people_lies_within_every_larger_one() -> None:
    quarter, half = ({someone(c) for c in thinned(CLIPS, share, 1.0)} for share in (0.25, 0.5))
    assert quarter < half < {someone(c) for c in CLIPS}
    assert all(
        sum(someone(c) == who for c in thinned(CLIPS, 0.5, 1.0)) == sum(someone(c) == who for c in CLIPS)
        for who in half
    )


def test_minutes_shorten_every_clip_but_leave_a_segment() -> None:
    assert {len(c.crops) for c in thinned(CLIPS, 1.0, 0.5)} == {50}
    assert {len(c.crops) for c in thinned(CLIPS, 1.0, 0.1)} == {LEAST_FRAMES}
    assert len(CLIPS[0].crops) == 100  # the clips themselves stay whole
