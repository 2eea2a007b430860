"""Stream lengths apart: judged from when the first and last packets of sound and picture are presented."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, PacketFact, Signal
from vqa_toolkit.detectors.av_duration import AvDuration, AvDurationLimits
from vqa_toolkit.measures.packets import stream_starts


def told(starts: tuple[float, float], ends: tuple[float, float]) -> list[tuple[float, float, str]]:
    """Findings for video and audio that start and end at these seconds."""
    rows = {"starts": [starts], "ends": [(ends[0], np.nan, ends[1], np.nan, np.nan)]}
    axes = (Axis("stream", "", ()),)
    signals = {name: Signal(name, "s", np.zeros(1), np.array(row), axes) for name, row in rows.items()}
    return [(f.start, f.end, f.message) for f in AvDuration.judge(signals, AvDurationLimits())]


@pytest.mark.parametrize(
    ("starts", "said"),
    [((0.0, 3.0), "The sound begins 3.00 s after the picture."), ((3.0, 0.0), "The sound begins 3.00 s before the picture.")],
)  # fmt: skip
def test_a_stream_that_begins_late_is_told_over_the_stretch_without_it(starts: tuple[float, float], said: str) -> None:
    assert told(starts, (10.0, 10.0)) == [(0.0, 3.0, said)]


def test_reordered_pictures_and_a_codecs_delay_are_no_late_start() -> None:
    assert told((0.08, 0.0), (10.0, 10.0)) == told((0.0, 0.2), (10.0, 10.0)) == []


def test_both_ends_are_told_apart() -> None:
    assert [m for *_, m in told((2.0, 0.0), (12.0, 10.0))] == [
        "The sound begins 2.00 s before the picture.", "The sound ends 2.00 s before the picture.",
    ]  # fmt: skip


def test_a_stream_without_packets_has_no_start() -> None:
    starts = stream_starts([PacketFact("video", 0.5, 0.04, 10, True, False, "", False)])
    assert starts.v[0, 0] == 0.5 and np.isnan(starts.v[0, 1])
