"""Test pattern: colour bars or a grid in place of the programme, known by their geometry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.flats import colour_bars
from vqa_toolkit.measures.patterns import grid_pattern

LUMA, CHROMA = Need("luma", height=270), Need("chroma", height=90)


@dataclass(frozen=True, slots=True)
class TestPatternLimits(Limits):
    """How well the bars must fit."""

    __test__ = False  # not a test class, whatever pytest makes of its name

    match: float = limit(
        0.95, unit="", low=0.5, high=1.0, origin="75 and 100 % bars, both matrices and ranges correlate above 0.97",
        doc="correlation with the standard colours, at least",
    )  # fmt: skip
    uneven: float = limit(
        5.0, unit="code values", low=0.5, high=20.0, origin="bars under noise of 6 codes RMS measure below 2",
        doc="spread of the rows and columns within a bar, at most",
    )  # fmt: skip
    grid: float = limit(
        0.93, unit="of the picture", low=0.5, high=1.0, origin="crosshatch and squares after coding explain 0.97 and more",
        doc="share of the picture that regular lines or squares explain, at least",
    )  # fmt: skip
    min_duration: float = limit(
        0.10, unit="s", low=0.02, high=10.0, origin="EBU 0016B's example: 3 frames", doc="shortest finding"
    )


class TestPattern(Detector):
    """Seven or eight equal bars, each of one colour, in the order and proportion of the standard ones; crosshatch and squares.

    Signals: ``match`` (correlation of the bars' Y, Cb, Cr with 75 % bars; contrast and level drop out) and ``uneven``
    (code values); ``grid``, share of the picture that evenly spaced lines or two-toned squares explain.
    Full-width EBU and SMPTE bars and those in the middle three quarters of the width (SMPTE RP 219) fit.
    """

    __test__ = False

    name = "test_pattern"
    version = "2"
    title = "Test pattern"
    defects = ("test_pattern",)
    needs = (LUMA, CHROMA)
    limits = TestPatternLimits
    CLEAN = (Case(), Case(scene="text_graphics"))
    FAULTY = (
        Case(faults=("test_pattern@2:4",), expect=(Expect("test_pattern", 2.0, 4.0),)),
        Case(faults=("test_pattern@3:6,pattern=smpte,strength=0.5",), expect=(Expect("test_pattern", 3.0, 6.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._match, self._uneven = Curve("match", ""), Curve("uneven", "code values")
        self._grid = Curve("grid", "of the picture")
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Measure each frame."""
        luma, chroma = chunk.view(LUMA), chunk.view(CHROMA)
        if luma is None or chroma is None:
            return
        rows = np.array([colour_bars(y, c) for y, c in zip(luma.data, chroma.data, strict=True)])
        self._frames += len(rows)
        self._grid.extend(luma.t, [grid_pattern(y) for y in luma.data], luma.end)
        self._match.extend(luma.t, rows[:, 0], luma.end)
        self._uneven.extend(luma.t, rows[:, 1], luma.end)

    def finish(self) -> Iterable[Signal]:
        """The three curves."""
        if not self._frames:
            raise NotAssessable("no picture could be decoded")
        return self._match.signal(), self._uneven.signal(), self._grid.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans of frames that show bars; spans that show a grid."""
        match, grid = signals["match"], signals["grid"]
        bars = (match.v >= limits.match) & (signals["uneven"].v <= limits.uneven)
        for span in spans(match, bars, min_duration=limits.min_duration):
            yield _finding(span, match, limits.match, "Colour bars stand")
        for span in spans(grid, grid.v >= limits.grid, min_duration=limits.min_duration):
            yield _finding(span, grid, limits.grid, "A grid of lines or squares stands")


def _finding(span: Span, curve: Signal, bound: float, what: str) -> Finding:
    value = float(np.median(curve.v[span.items]))
    message = f"{what} in place of the programme for {span.end - span.start:.2f} s (match {value:.3f})."
    score = float(np.clip(0.7 + 0.3 * (value - bound) / max(1 - bound, 1e-6), 0, 1))
    return Finding(
        span.start, span.end, "test_pattern", "test_pattern", "issue", score, value, bound, curve.unit, message,
        details={"signal": curve.name},
    )  # fmt: skip
