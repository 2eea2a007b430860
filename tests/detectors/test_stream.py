"""Stream facts judged on steps written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Finding, Signal
from vqa_toolkit.detectors.stream import Stream, StreamLimits
from vqa_toolkit.measures.packets import ENDS


def judged(t: np.ndarray, lacks: tuple[int, int] = (0, 0)) -> list[Finding]:
    axis = (Axis("x", "", (0.0, 1.0)),)
    signals = {
        "video_step": Signal("video_step", "s", t, np.diff(t, prepend=t[:1]), end=float(t[-1]) + 0.04),
        "audio_step": Signal("audio_step", "s", np.empty(0), np.empty(0)),
        "errors": Signal("errors", "errors", np.empty(0), np.empty((0, 2)), axis),
        "unfinished": Signal("unfinished", "bytes", np.zeros(1), np.array([lacks], np.float64), axis),
        "ends": Signal("ends", "s", np.zeros(1), np.full((1, 5), np.nan), (Axis("end of", "", tuple(map(float, range(len(ENDS))))),)),
    }  # fmt: skip
    return list(Stream.judge(signals, StreamLimits()))


def times(*steps: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(np.concatenate(steps))])


def test_a_gap_in_a_constant_rate_is_an_issue() -> None:
    (gap,) = judged(times(np.full(50, 0.04), np.array([1.04]), np.full(50, 0.04)))
    assert (gap.defect, gap.severity) == ("pts_gap", "issue")
    assert [gap.start, gap.end] == pytest.approx([2.04, 3.04])


def test_a_gap_in_a_jittering_phone_file_is_an_issue() -> None:
    """Steps of 25 and 42 ms by turns, with frames lost now and then."""
    steps = np.tile([0.025, 0.042], 60)
    steps[::17] *= 2
    found = judged(times(steps, np.array([2.0]), steps))
    assert {(f.defect, f.severity) for f in found} == {("pts_gap", "issue"), ("vfr", "fyi")}


def test_a_hold_in_a_screen_recording_is_a_note_that_says_so() -> None:
    """Scrolling, typing with a key each fifth of a second, and three seconds in which nobody does anything."""
    scroll, typing = np.full(60, 0.033), np.full(12, 0.2)
    found = judged(times(scroll, typing, np.array([3.0]), scroll, typing))
    gaps = [f for f in found if f.defect == "pts_gap"]
    assert [f.severity for f in gaps] == ["fyi"]
    assert "screen recorders" in gaps[0].message


def test_a_transport_stream_that_stops_inside_a_packet_is_cut_off() -> None:
    t = times(np.full(50, 0.04))
    (packet,), (pes,) = judged(t, (111, 0)), judged(t, (0, 848))
    assert (packet.defect, packet.severity, packet.value) == ("truncated", "issue", 111)
    assert (pes.defect, pes.severity, pes.value) == ("truncated", "fyi", 848)
    assert "transport packet" in packet.message and "PES packet" in pes.message


def test_findings_do_not_begin_before_the_clock_does() -> None:
    t = times(np.tile([0.02, 0.05], 40)) - 0.03
    (vfr,) = judged(t)
    assert vfr.start == 0.0
