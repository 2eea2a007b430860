"""Letterbox: bars at the edges of the picture, and their change inside a programme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import (
    Axis,
    Box,
    Case,
    Chunk,
    Curve,
    Detector,
    Expect,
    Finding,
    Limits,
    Need,
    Severity,
    Signal,
    limit,
)
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.bars import alike, picture_bars, running_rows, steady, usual_bars

LUMA = Need("luma", height=270)
SIDES = ("top", "bottom", "left", "right")
BLACK_CODE = 16  # 8-bit limited range (BT.709)
LEAST_LUMA_LINES = 48  # smaller pictures have no room for a bar of a few lines


@dataclass(frozen=True, slots=True)
class LetterboxLimits(Limits):
    """How large, alike, sharp and lasting bars must be."""

    size: float = limit(
        0.03, unit="of the side", low=0.005, high=0.4, origin="FFmpeg cropdetect rounds to 16 px: 0.015 of 1080 lines; twice that",
        doc="smallest bar, and smallest change",
    )  # fmt: skip
    unlike: float = limit(
        0.012,
        unit="of the side",
        low=0.0,
        high=0.2,
        origin="three lines of 270",
        doc="how far opposite bars may differ, and one bar in time",
    )
    lit: float = limit(
        0.4, unit="of the edge", low=0.05, high=1.0, origin="letterboxed titles 0.79 to 1 (dark shots 0.16), dark scenes to 0.05",
        doc="share of a bar's edge that must be lit on the picture's side",
    )  # fmt: skip
    min_duration: float = limit(
        0.3, unit="s", low=0.04, high=10.0, origin="shorter bars are transitions", doc="shortest change"
    )
    whole: float = limit(
        0.9, unit="of the pictures", low=0.5, high=1.0,
        origin="black heads and tails around a letterboxed film",
        doc="share of the pictures, dark ones left out, that have bars which are the format",
    )  # fmt: skip


class Letterbox(Detector):
    """Black bars above and below, at the sides or all round.

    Signals per frame: ``bars`` (n, 4), shares of the height (top, bottom) and width (left, right); ``lit``, how much of
    the bars' edges is lit inside. Opposite bars must be alike, straight and steady. Bars throughout, as far as
    dark pictures let one tell, are a note (the format); bars that come and go within the programme are an issue.
    """

    name = "letterbox"
    version = "2"
    title = "Bars around the picture"
    defects = ("letterbox",)
    needs = (LUMA,)
    limits = LetterboxLimits
    CLEAN = (Case(), Case(scene="dark"), Case(scene="credits"))
    FAULTY = (
        Case(faults=("letterbox@2:4",), expect=(Expect("letterbox", 2.0, 4.0),)),
        Case(faults=("letterbox@3:6,mode=pillarbox",), expect=(Expect("letterbox", 3.0, 6.0),)),
        Case(faults=("letterbox@2:4,mode=window,fit=crop",), expect=(Expect("letterbox", 2.0, 4.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        full = media.video is not None and media.video.full_range
        self._black = 0 if full else BLACK_CODE
        self._bars = Curve("bars", "of the side", (Axis("side", "", (0.0, 1.0, 2.0, 3.0)),))
        self._lit = Curve("lit", "of the edge")
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Measure each frame."""
        view = chunk.view(LUMA)
        if view is None:
            return
        if min(view.data.shape[1:]) < LEAST_LUMA_LINES:
            raise NotAssessable(f"the picture is smaller than {LEAST_LUMA_LINES} px, too small to tell bars")
        rows = np.array([picture_bars(y, self._black) for y in view.data])
        self._frames += len(rows)
        self._bars.extend(view.t, rows[:, :4], view.end)
        self._lit.extend(view.t, rows[:, 4], view.end)

    def finish(self) -> Iterable[Signal]:
        """The bars and their edges."""
        if not self._frames:
            raise NotAssessable("no picture could be decoded")
        return self._bars.signal(), self._lit.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Steady spans with bars on opposite sides."""
        bars, lit = signals["bars"], signals["lit"]
        v = bars.v.astype(np.float64)
        clear = lit.v >= limits.lit
        sides = [(v[:, 0], v[:, 1]), (v[:, 2], v[:, 3])]
        pairs = [alike(a, b, limits.unlike) for a, b in sides]
        usual = [usual_bars(a, b, clear, limits.unlike, limits.whole) for a, b in sides]
        over = np.maximum(pairs[0] - usual[0], pairs[1] - usual[1])
        for span in spans(lit, (over >= limits.size) & clear, min_duration=limits.min_duration):
            if all(steady(p[span.items], limits.unlike) for p in pairs):
                yield _finding(span, v, False, limits)
        if max(usual) >= limits.size:
            told = v[clear]
            yield _finding(Span(float(bars.t[0]), float(bars.ends[-1]), 0, len(told) - 1), told, True, limits)


def _finding(span: Span, v: NDArray[np.float64], whole: bool, limits: LetterboxLimits) -> Finding:
    top, bottom, left, right = (float(x) for x in np.median(running_rows(v[span.items]), axis=0))
    size = max(min(top, bottom), min(left, right))
    kind = (
        "letterbox" if max(left, right) < limits.size else "pillarbox" if max(top, bottom) < limits.size else "window"
    )
    severity: Severity = "fyi" if whole else "issue"
    when = "throughout" if whole else f"for {span.end - span.start:.2f} s inside the programme"
    message = f"Black bars ({kind}, up to {size:.1%} of the side) {when}."
    region = Box(left, top, max(1 - left - right, 0.0), max(1 - top - bottom, 0.0))
    return Finding(
        span.start, span.end, "letterbox", "letterbox", severity, 0.3 if whole else float(np.clip(0.7 + size, 0, 1)), size,
        limits.size, "of the side", message, region, details={"signal": "bars", "kind": kind, "throughout": whole},
    )  # fmt: skip
