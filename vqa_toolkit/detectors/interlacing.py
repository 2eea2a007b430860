"""Interlacing: combing in progressive material, and lines in the wrong order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, hysteresis, spans
from vqa_toolkit.measures.combing import Strips, combing, line_order, strips

LUMA = Need("luma")
MOST = 0.6  # of a combed stretch that exchanged lines must cover to explain it
TELECINE = (0.25, 0.55)  # share of combed frames: 2 of 5 with 3:2 pulldown


@dataclass(frozen=True, slots=True)
class InterlacingLimits(Limits):
    """When frames count as combed or as out of order."""

    comb: float = limit(
        0.025, unit="of the moving points", low=0.002, high=0.8,
        origin="woven development clips measure 0.05 to 0.3, whole ones below 0.005", doc="share of combing points",
    )  # fmt: skip
    order: float = limit(
        1.1, unit="times", low=0.9, high=3.0, origin="lines in order measure 0.3 to 0.95, exchanged ones 1.3 to 3",
        doc="roughness of lines over that of exchanged lines",
    )  # fmt: skip
    min_duration: float = limit(0.16, unit="s", low=0.0, high=5.0, origin="four frames at 25 frames/s",
                                doc="shortest finding")  # fmt: skip
    merge: float = limit(0.5, unit="s", low=0.0, high=5.0, origin="combing hides while nothing moves",
                         doc="combed frames closer than this belong together")  # fmt: skip


class Interlacing(Detector):
    """Two fields of different times in one progressive frame (combing), or the lines of each pair exchanged.

    On every 16th column (and row, as a control) at native height, per frame: ``comb``, the share of moving points where
    neighbouring lines
    alternate while lines two apart agree; ``order``, roughness across line pairs as they are over exchanged.
    """

    name = "interlacing"
    version = "1"
    title = "Combing and line order"
    defects = ("interlacing",)
    needs = (LUMA,)
    limits = InterlacingLimits
    CLEAN = (Case(), Case(scene="foliage"), Case(scene="credits"))
    FAULTY = (
        Case(faults=("interlacing@2:4",), expect=(Expect("interlacing", 2.0, 4.0, 0.13),)),
        Case(faults=("interlacing@1:3,mode=field_order",), expect=(Expect("interlacing", 1.0, 3.0, 0.13),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._comb = Curve("comb", "of the moving points")
        self._order = Curve("order", "times")
        self._before: Strips | None = None

    def update(self, chunk: Chunk) -> None:
        """Measure each frame's line structure."""
        view = chunk.view(LUMA)
        if view is None:
            return
        rows = []
        for luma in view.data:
            now = strips(luma)
            rows.append((combing(now, self._before), line_order(now.down)))
            self._before = now
        comb, order = np.asarray(rows, np.float32).reshape(-1, 2).T
        self._comb.extend(view.t, comb, view.end)
        self._order.extend(view.t, order, view.end)

    def finish(self) -> Iterable[Signal]:
        """Both curves."""
        if self._before is None:
            raise NotAssessable("no picture could be decoded")
        return self._comb.signal(), self._order.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans of combed frames; spans of exchanged lines."""
        comb, order = signals["comb"], signals["order"]
        exchanged = hysteresis(np.nan_to_num(order.v, nan=0.0), limits.order, 0.95 * limits.order)
        combed = hysteresis(np.nan_to_num(comb.v, nan=0.0), limits.comb, 0.5 * limits.comb)
        swaps, combs = (
            spans(curve, active, min_duration=limits.min_duration, merge_gap=limits.merge)
            for curve, active in ((order, exchanged), (comb, combed))
        )
        # Fields of two times may pass for exchanged lines for a while: what lasts longer by far explains both.
        swaps = [s for s in swaps if not any(_meet(s, c) and MOST * _long(c) > _long(s) for c in combs)]
        for span in swaps:
            yield _finding(
                span,
                order,
                limits.order,
                "times",
                "Lines are in the wrong order (fields exchanged): "
                "detail is {value:.2f} times rougher than with line pairs exchanged.",
                "issue",
            )
        for span in combs:
            if any(_meet(s, span) for s in swaps):
                continue
            share = float(np.mean(combed[span.items]))
            film = TELECINE[0] <= share <= TELECINE[1] and span.end - span.start > 1.0
            why = " Two frames in five comb: film carried by 3:2 pulldown." if film else ""
            yield _finding(
                span,
                comb,
                limits.comb,
                "of the moving points",
                "Moving parts show two fields of different times: {value:.0%} of moving points comb." + why,
                "fyi" if film else "issue",
            )


def _meet(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


def _long(span: Span) -> float:
    return span.end - span.start


def _finding(span: Span, curve: Signal, threshold: float, unit: str, message: str, severity: Severity) -> Finding:
    inside = curve.v[span.items]
    value = float(np.nanmedian(inside[inside >= 0.5 * threshold]))
    score = float(np.clip(0.5 + 0.5 * (value / threshold - 1), 0, 0.99))
    return Finding(span.start, span.end, "interlacing", "interlacing", severity, score, value, float(threshold), unit,
                   message.format(value=value))  # fmt: skip
