"""Blockiness: the coding grid of heavy compression becomes visible (macroblocking)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import hysteresis, spans
from vqa_toolkit.measures.grid import blockiness
from vqa_toolkit.measures.smooth import running_median

LUMA = Need("luma")
FOOT = 0.75  # of the threshold: how far a span reaches down, and from where on a title has the grid throughout
SMOOTH_FRAMES = 5
LEVEL = 0.25  # quantile over the title that stands for its own level


@dataclass(frozen=True, slots=True)
class BlockinessLimits(Limits):
    """When the grid shows."""

    grid: float = limit(
        0.46, unit="of the activity", low=0.05, high=5.0, origin="clean development clips up to 0.36, 0.43 in MJPEG, faults from 0.53",
        doc="strength of the coding grid from which it shows in any title",
    )  # fmt: skip
    throughout: float = limit(
        0.65, unit="of the activity", low=0.05, high=5.0, origin="seven clean development clips in MJPEG at quality 5: 0.25 to 0.62",
        doc="strength from which a grid that a title has throughout is more than a note",
    )  # fmt: skip
    rise: float = limit(
        2.5, unit="times the title's level", low=1.1, high=10.0, origin="half of what medium faults measure",
        doc="rise over the title's own level (its quarter with the least grid) from which it shows",
    )  # fmt: skip
    least: float = limit(
        0.46, unit="of the activity", low=0.02, high=1.0, origin="clean development clips rise to 0.36 for moments, 0.43 in MJPEG",
        doc="strength below which a rise does not count",
    )  # fmt: skip
    drawn: float = limit(
        0.5, unit="of the large steps", low=0.1, high=1.0, origin="an eighth by chance, nearly all in pixel art",
        doc="share of large steps on the grid from which the title is drawn in blocks: then only a rise counts",
    )  # fmt: skip
    min_duration: float = limit(0.2, unit="s", low=0.0, high=5.0, origin="a key frame alone is not seen",
                                doc="shortest finding")  # fmt: skip


class Blockiness(Detector):
    """Steps between pixels that return every 8 or 16 pixels in both directions and are no larger than quantisation makes.

    Per frame on every 12th row and column at native size: ``grid``, how far steps on the grid exceed the
    others, over the picture's own activity (after Muijs & Kirenko 2005, with large drawn steps left out);
    ``drawn``, the share of those large steps that lie on the grid too (pixel art; also soft titles coded so coarsely that
    nothing but the grid is left, in which blockiness throughout is missed). An even, weak grid is a note.
    """

    name = "blockiness"
    version = "3"
    title = "Blockiness"
    defects = ("blockiness",)
    needs = (LUMA,)
    limits = BlockinessLimits
    CLEAN = (Case(), Case(scene="pixel_art"), Case(scene="low_bit_rate"))
    FAULTY = (
        Case(faults=("blockiness@2:4",), expect=(Expect("blockiness", 2.0, 4.0),)),
        Case(scene="foliage", faults=("blockiness@1:3,strength=0.7",), expect=(Expect("blockiness", 1.0, 3.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._grid = Curve("grid", "of the activity")
        self._drawn = Curve("drawn", "of the large steps")
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Measure each frame: every second one would show the encoder's own rhythm."""
        view = chunk.view(LUMA)
        if view is None:
            return
        strength, drawn = np.array([blockiness(luma) for luma in view.data]).T
        self._grid.extend(view.t, strength, view.end)
        self._drawn.extend(view.t, drawn, view.end)
        self._frames += len(view)

    def finish(self) -> Iterable[Signal]:
        """The grid, and how much of it is drawn."""
        if not self._frames:
            raise NotAssessable("no picture could be decoded")
        return self._grid.signal(), self._drawn.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans in which the grid shows."""
        grid = signals["grid"]
        value = running_median(np.nan_to_num(grid.v), SMOOTH_FRAMES)
        level = float(np.quantile(value, LEVEL)) if len(value) else 0.0
        threshold = max(limits.least, limits.rise * level)
        if len(value) and float(np.median(signals["drawn"].v)) < limits.drawn:
            threshold = min(limits.grid, threshold)
        active = hysteresis(value, threshold, FOOT * threshold)
        for span in spans(grid, active, min_duration=limits.min_duration, merge_gap=0.4):
            here = float(np.median(value[span.items]))
            even = level >= FOOT * threshold and here < limits.throughout
            yield Finding(
                span.start, span.end, "blockiness", "blockiness", "fyi" if even else "issue",
                float(np.clip(0.3 + 0.35 * (here / threshold - 0.5), 0, 0.99)), here, float(threshold),
                "of the activity", f"The coding grid shows: steps on it exceed the others by {here:.2f} of the activity."
                + (" It does throughout, as mildly as pictures coded one by one (MJPEG) do." if even else ""),
            )  # fmt: skip
