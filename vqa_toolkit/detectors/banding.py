"""Banding: posterised smooth areas, on CAMBI's scale of 0 to 24."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Axis, Box, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, hysteresis, spans
from vqa_toolkit.measures.contours import GRID_COLUMNS, GRID_ROWS, banding
from vqa_toolkit.measures.sampled import Sampled
from vqa_toolkit.measures.smooth import running_median

LUMA = Need("luma", height=270)
SMOOTH_FRAMES = 3


@dataclass(frozen=True, slots=True)
class BandingLimits(Limits):
    """When banding annoys."""

    score: float = limit(
        5.0, unit="of 24", low=1.0, high=24.0, origin="CAMBI: about 5 begins to annoy", doc="banding score"
    )
    min_duration: float = limit(0.2, unit="s", low=0.0, high=5.0, origin="shorter contours are not seen",
                                doc="shortest finding")  # fmt: skip


class Banding(Detector):
    """False contours in smooth areas, about 12.5 times a second on luma of 270 lines: points where two plateaus meet at a
    small step, and how even these steps are over the picture (flat artwork has steps of all heights, posterisation one).

    ``score`` 0–24; ``map`` (n, 9, 16) the share of contour points per part of the picture.
    """

    name = "banding"
    version = "3"
    title = "Banding"
    defects = ("banding",)
    needs = (LUMA,)
    limits = BandingLimits
    CLEAN = (Case(scene="sky"), Case(), Case(scene="animation"))
    FAULTY = (Case(scene="sky", faults=("banding@2:4",), expect=(Expect("banding", 2.0, 4.0, 0.13),)),)

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        axes = (Axis("row", "of the height", tuple((i + 0.5) / GRID_ROWS for i in range(GRID_ROWS))),
                Axis("column", "of the width", tuple((i + 0.5) / GRID_COLUMNS for i in range(GRID_COLUMNS))))  # fmt: skip
        self._score = Curve("score", "of 24")
        self._map = Curve("map", "of the points", axes, np.float16)
        self._sampled = Sampled(media)
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Measure about 12.5 frames a second: contours last."""
        view = chunk.view(LUMA)
        if view is None:
            return
        places = self._sampled.pick(len(view))
        found = [banding(view.data[i]) for i in places]
        self._frames += len(view)
        if found:
            self._score.extend(view.t[places], [b.score for b in found], view.end)
            self._map.extend(view.t[places], np.stack([b.map for b in found]), view.end)

    def finish(self) -> Iterable[Signal]:
        """The score and its map."""
        if not self._frames:
            raise NotAssessable("no picture could be decoded")
        return self._score.signal(), self._map.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans whose score annoys."""
        score = signals["score"]
        value = running_median(score.v, SMOOTH_FRAMES)
        active = hysteresis(value, limits.score, 0.7 * limits.score)
        for span in spans(score, active, min_duration=limits.min_duration, merge_gap=0.3):
            yield _finding(span, float(np.median(value[span.items])), signals, limits)


def _finding(span: Span, value: float, signals: Mapping[str, Signal], limits: Any) -> Finding:
    where = signals["map"].v[span.items].astype(np.float32).mean(axis=0)
    rows, columns = np.nonzero(where >= 0.5 * where.max())
    box = Box(columns.min() / GRID_COLUMNS, rows.min() / GRID_ROWS,
              (np.ptp(columns) + 1) / GRID_COLUMNS, (np.ptp(rows) + 1) / GRID_ROWS)  # fmt: skip
    score = float(np.clip(0.3 + 0.4 * (value / limits.score - 0.5), 0, 0.99))
    return Finding(
        span.start, span.end, "banding", "banding", "issue", score, value, float(limits.score), "of 24",
        f"Smooth areas fall into visible steps: banding {value:.1f} of 24.", Box(*map(float, box)),
    )  # fmt: skip
