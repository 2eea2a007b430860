"""Block corruption: displaced, smeared or constant-coloured blocks from damaged transmission, found by a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.corruption_scan import Scanner
from vqa_toolkit.measures.corruption_verdict import certain, complaint_near, damaged, quoted, region_of

PLANES, PACKETS = Need("planes"), Need("packets")
LEAST_PX = 32  # one cell of the map
DOCS = "docs/block_corruption.md"
ORIGIN = "one issue in 17.7 min of clean development clips, none in the bundled ones"
WHOLE = "whole development programmes: one false issue in 20 min instead of ten, 28 of 47 recordings told instead of 31"


@dataclass(frozen=True, slots=True)
class BlockCorruptionLimits(Limits):
    """When a picture counts as corrupted."""

    decision: float = limit(2, unit="version", low=1, high=2, origin=DOCS, doc="2: the network's own; 1: published")  # fmt: skip
    probability: float = limit(
        0.8, unit="probability", low=0.05, high=0.999, origin=DOCS, doc="v2: of a picture, at its peak",
    )  # fmt: skip
    flagged_probability: float = limit(
        0.3, unit="probability", low=0.01, high=0.999, origin="a decoder that complains makes damage far likelier",
        doc="v2: the same where the demuxer or the decoder complained of the picture, or of one since the last key frame",
    )  # fmt: skip
    flagged_cell: float = limit(0.35, unit="probability", low=0.0, high=0.999, origin=DOCS, doc="its cell, or a note")  # fmt: skip
    cell: float = limit(
        0.97, unit="probability", low=0.0, high=0.999, origin=ORIGIN, doc="v2: least worst cell of a picture, in a restless title",
    )  # fmt: skip
    quiet_cell: float = limit(0.75, unit="probability", low=0.0, high=0.999, origin=ORIGIN, doc="v2: cell in quiet titles")  # fmt: skip
    restless: float = limit(
        0.3, unit="probability", low=0.0, high=1.0, origin="quiet titles stay below 0.1, restless ones above 0.6",
        doc="v2: a title is restless where one in ten worst cells 1 to 30 s away is above this",
    )  # fmt: skip
    pair: float = limit(0.95, unit="probability", low=0.0, high=1.0, origin=ORIGIN, doc="v2: or two pictures; restless")  # fmt: skip
    quiet_pair: float = limit(0.75, unit="probability", low=0.0, high=1.0, origin=ORIGIN, doc="v2: pair in quiet titles")  # fmt: skip
    sure_cell: float = limit(0.88, unit="probability", low=0.0, high=0.999, origin=WHOLE, doc="v2: else a note")  # fmt: skip
    sure_pair: float = limit(0.8, unit="probability", low=0.0, high=1.0, origin=WHOLE, doc="v2: else a note")  # fmt: skip
    broad_cell: float = limit(0.5, unit="probability", low=0.0, high=0.999, origin=ORIGIN, doc="v2: or this, if much is")  # fmt: skip
    broad_area: float = limit(0.1, unit="share of cells", low=0.0, high=1.0, origin=ORIGIN, doc="v2: what much is")
    speck: float = limit(
        0.03, unit="share of cells, summed over pictures", low=0.0, high=10.0, origin=ORIGIN, doc="v2: less than this is only a note",
    )  # fmt: skip
    smaller: float = limit(
        0.26, unit="probability", low=0.0, high=1.0, origin="validation titles, and bundled programmes scaled and coded anew",
        doc="v2: at three quarters of its size no worst cell of an event reaches this: a note",
    )  # fmt: skip
    release: float = limit(0.8, unit="probability", low=0.01, high=0.99, origin="validation titles", doc="end below")
    area: float = limit(
        0.07, unit="share of cells", low=0.001, high=0.9, origin="Prime Video's v1: corruptedArea > 0.07",
        doc="v1: share of damaged cells above which a picture is corrupted",
    )  # fmt: skip
    merge_gap: float = limit(0.6, unit="s", low=0.0, high=10.0, origin="cascade's looks", doc="one event if nearer")
    blocker_area: float = limit(0.15, unit="share of cells", low=0.01, high=1.0, origin="not overlooked", doc="blocker")


class BlockCorruption(Detector):
    """A fully convolutional ResNet18 maps damage per 32-px cell; its learned decision gives a probability per picture.

    Signals per picture: ``probability``, ``area`` (share of all cells seen with p > 0.5: the least that is damaged), NaN where
    nothing was looked at; ``peak`` of its cells; ``pair``, how far two pictures agree on a cell; ``smaller``, a damaged picture's
    worst cell at three quarters of its size; ``flagged``, 1 where the decoder complained; ``map`` (n, rows, cols), percent, of
    pictures with damage and of one a second. A GPU looks at every picture whole; on a CPU, change on the coding grid chooses
    tiles of 160 px, a scout and the head the best of them.
    """

    name = "block_corruption"
    version = "18"
    title = "Block corruption"
    defects = ("block_corruption",)
    needs = (PLANES, PACKETS)
    network = True
    limits = BlockCorruptionLimits
    standards = ("Netflix Video Hit", "ITS error blocks")
    CLEAN = (Case(), Case(scene="crowd"))
    FAULTY = (
        Case(
            faults=("painted_blocks@2:4,mode=mixed,strength=0.9",),
            expect=(Expect("block_corruption", 2.0, 4.0, tolerance=0.6),),
        ),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._scanner: Scanner | None = None

    def update(self, chunk: Chunk) -> None:
        """Hand pictures and decoder flags to the scanner, which works in windows of half a second of its own."""
        facts, view = chunk.view(PACKETS), chunk.view(PLANES)
        if view is None:
            return
        if self._scanner is None:
            height, width = view.data[0][0].shape
            if min(height, width) < LEAST_PX:
                raise NotAssessable(f"the picture is {width}x{height} px, smaller than one 32-px cell of the map")
            self._scanner = Scanner(self.media, self.device, height, width)
        if facts is not None:
            self._scanner.flag(facts.data)
        for t, planes in zip(view.t.tolist(), view.data, strict=True):
            self._scanner.push(t, planes)
        self._scanner.end = view.end

    def finish(self) -> Iterable[Signal]:
        """Probability, area and maps."""
        if self._scanner is None:
            raise NotAssessable("the file has no picture")
        signals = self._scanner.finish()
        self.notes += self._scanner.notes
        self.aside_s = self._scanner.engine.seconds
        return signals

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans over the limit of the chosen decision, each with its worst picture, its size and its place."""
        if limits.decision < 1.5:
            curve, unit = signals["area"], "share of cells"
            active = np.nan_to_num(curve.v) > limits.area
        else:
            curve, unit = signals["probability"], "probability"
            active = damaged(signals, limits)
        for span in spans(curve, active, merge_gap=limits.merge_gap):
            yield _finding(span, curve, signals, limits, unit)


def _finding(span: Span, curve: Signal, signals: Mapping[str, Signal], limits: Any, unit: str) -> Finding:
    value, bound = quoted(signals, limits, span.items)
    area = float(np.nanmax(np.nan_to_num(signals["area"].v[span.items])))
    worst = float(curve.t[span.first + int(np.nanargmax(curve.v[span.items]))])
    maps = signals["map"]
    inside = (maps.t >= span.start) & (maps.t < span.end)
    region = region_of(maps.v[inside].max(axis=0)) if inside.any() else None
    sure = limits.decision < 1.5 or certain(signals, limits, span.items)
    severity: Severity = "fyi" if not sure else "blocker" if area >= limits.blocker_area else "issue"
    told, score = complaint_near(signals, span.items), float(np.nanmax(signals["probability"].v[span.items]))
    return Finding(
        span.start, span.end, "block_corruption", "block_corruption", severity, score, value, bound, unit,
        f"{'Damaged' if sure else 'Perhaps damaged'} blocks for {span.end - span.start:.2f} s, at worst {area:.0%} of the picture at "
        f"{worst:.2f} s{'; the decoder complained within a second' if told else ''}.", region, BlockCorruption.standards,
        {"worst_time": round(worst, 3), "largest_area": round(area, 4), "decoder_complained": told},
    )  # fmt: skip
