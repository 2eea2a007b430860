"""Figures of lip sync show the numbers they are given, with units on every axis."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.measures.test_sync_verdict import curve
from vqa_toolkit.core import Axis, Outcome, Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.sync import offset_curve, similarity_map, track_votes
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.profile import load_profile
from vqa_toolkit.result import AnalysisResult

OFFSETS = (Axis("offset", "ms", tuple((np.arange(51) - 25.0) * -40.0)),)


def result(measured: bool = True) -> AnalysisResult:
    t, rows = np.arange(6.0), np.arange(0, 9, 0.2)
    maps = np.stack([curve(120.0)] * len(rows))
    signals = {
        "offset": Signal("offset", "ms", t, np.full(6, 120.0)),
        "confidence": Signal("confidence", "cosine", t, np.full(6, 0.5)),
        "similarity": Signal("similarity", "cosine", t, np.stack([curve(120.0)] * 6), OFFSETS),
        "window_end": Signal("window_end", "s", t, t + 4),
        "spoken": Signal("spoken", "s", t, np.full(len(t), 4.0)),
        "track": Signal("track", "", t, np.zeros(6, np.int16)),
        "map": Signal("map", "cosine", rows, maps, OFFSETS),
        "map_track": Signal("map_track", "", rows, np.zeros(len(rows), np.int16)),
    }
    media = MediaInfo("x.mp4", "x.mp4", 1, "mp4", 10.0, 0.0, 0.0, None, None)
    outcome = Outcome("assessed") if measured else Outcome("not_assessable", "no face is seen")
    return AnalysisResult(
        media=media, profile=load_profile("default"), signals={"av_sync": signals if measured else {}},
        outcomes={"av_sync": outcome}, findings=(), incidents=(), versions={}, timings={}, incomplete="",
    )  # fmt: skip


def test_the_map_is_brightest_at_the_offset() -> None:
    figure = similarity_map(result())
    heat = figure.data[0]
    assert heat.y[int(np.argmax(heat.z[:, 3]))] == 120.0
    assert "ms" in figure.layout.yaxis.title.text and "time" in figure.layout.xaxis.title.text


def test_the_curve_names_offset_and_confidence_and_draws_three_bands() -> None:
    figure = offset_curve(result())
    assert figure.data[0].name == "face 1: +120 ms, confidence 0.50"
    spans = sorted((s.x0, s.x1) for s in figure.layout.shapes if s.type == "rect")
    assert spans == [(-185.0, 90.0), (-125.0, 45.0), (-60.0, 40.0)]


def test_a_window_of_silence_leaves_the_curve_and_little_speech_is_a_small_dot() -> None:
    held = result()
    signals = held.signals["av_sync"]
    curves, spoken = signals["similarity"].v.copy(), signals["spoken"].v.copy()
    curves[0], spoken[0], spoken[1] = np.nan, 0.0, 1.0
    changed = {
        "similarity": Signal("similarity", "cosine", np.arange(6.0), curves, OFFSETS),
        "spoken": Signal("spoken", "s", np.arange(6.0), spoken),
    }
    held = dataclasses.replace(held, signals={"av_sync": {**signals, **changed}})
    assert offset_curve(held).data[0].name == "face 1: +120 ms, confidence 0.50"
    dots = track_votes(held).data[0]
    assert dots.customdata[1] == pytest.approx(dots.customdata[2] / 2)


def test_votes_are_where_the_windows_peak() -> None:
    figure = track_votes(result())
    np.testing.assert_allclose(figure.data[0].y, 120.0, atol=1.0)
    assert sorted(s.y0 for s in figure.layout.shapes) == [-155.0, 67.0]


@pytest.mark.parametrize("draw", [similarity_map, offset_curve, track_votes])
def test_nothing_measured_says_why(draw: object) -> None:
    with pytest.raises(UsageError, match="no face is seen"):
        draw(result(measured=False))  # type: ignore[operator]


def test_an_unknown_face_is_refused() -> None:
    with pytest.raises(UsageError, match="no face track 4"):
        similarity_map(result(), track=4)
