"""Constant colour: a frame of one colour, as a lost input or a failed decoder shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from vqa_toolkit.core import (
    Axis,
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
from vqa_toolkit.measures.blocks import block_means
from vqa_toolkit.measures.flats import interrupts, one_colour

LUMA, CHROMA = Need("luma", height=270), Need("chroma", height=90)
NEUTRAL = 128.0
DARK_CODE = 38.0  # 10 % of the luma range over black: darker neutral frames are ``black``
TINTED = 12.0  # codes of Cb or Cr from neutral
LOOK = (4, 6)  # rows and columns of the means by which the pictures before and after are compared


@dataclass(frozen=True, slots=True)
class ConstantColourLimits(Limits):
    """How much of the picture must have one colour, and for how long."""

    area: float = limit(
        0.97, unit="of the picture", low=0.5, high=1.0, origin="EBU 0016B's example takes 0.90; skies and walls reach 0.9, cards 0.95",
        doc="least share of the picture within 4 code values of its mean",
    )  # fmt: skip
    min_duration: float = limit(
        0.10, unit="s", low=0.02, high=10.0, origin="EBU 0016B's example: 3 frames", doc="shortest finding"
    )
    white_duration: float = limit(
        1.0, unit="s", low=0.02, high=10.0, origin="dips to white last half a second",
        doc="shorter flat grey or white is a note, as a transition may be meant, unless it cuts into a shot that goes on",
    )  # fmt: skip


class ConstantColour(Detector):
    """Frames of one colour that is not black.

    Per frame, ``area`` is the share of 8×8-block luma means and of chroma within 4 code values of their mean, the smaller
    of the two; ``colour`` (n, 3) is the mean Y, Cb, Cr; ``look`` (n, 4, 6) the luma means that tell whether the shot goes on.
    """

    name = "constant_colour"
    version = "2"
    title = "Constant colour"
    defects = ("constant_colour",)
    needs = (LUMA, CHROMA)
    limits = ConstantColourLimits
    standards = ("EBU 0016B",)
    CLEAN = (Case(), Case(scene="still_card"), Case(scene="fades"))
    FAULTY = (
        Case(faults=("constant_colour@2:4,colour=green",), expect=(Expect("constant_colour", 2.0, 4.0),)),
        Case(faults=("constant_colour@4:6,colour=blue,strength=0.5",), expect=(Expect("constant_colour", 4.0, 6.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._area = Curve("area", "of the picture")
        self._colour = Curve("colour", "code values", (Axis("component", "", (0.0, 1.0, 2.0)),))
        axes = tuple(Axis(n, "", tuple(map(float, range(k)))) for n, k in zip(("row", "column"), LOOK, strict=True))
        self._look = Curve("look", "code values", axes, np.uint8)
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Measure each frame."""
        luma, chroma = chunk.view(LUMA), chunk.view(CHROMA)
        if luma is None or chroma is None:
            return
        blocks = [block_means(y) for y in luma.data]
        rows = np.array([one_colour(y, c) for y, c in zip(blocks, chroma.data, strict=True)])
        self._frames += len(rows)
        self._area.extend(luma.t, rows[:, 0], luma.end)
        self._colour.extend(luma.t, rows[:, 1:], luma.end)
        looks = [cv2.resize(y, LOOK[::-1], interpolation=cv2.INTER_AREA) for y in blocks]
        self._look.extend(luma.t, np.stack(looks), luma.end)

    def finish(self) -> Iterable[Signal]:
        """The share, the colour and the look."""
        if not self._frames:
            raise NotAssessable("no picture could be decoded")
        return self._area.signal(), self._colour.signal(), self._look.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans of flat frames that are not black."""
        area, colour = signals["area"], signals["colour"].v
        tint = np.abs(colour[:, 1:] - NEUTRAL).max(axis=1)
        flat = (area.v >= limits.area) & ((colour[:, 0] > DARK_CODE) | (tint > TINTED))
        found = spans(area, flat, min_duration=limits.min_duration)
        return [_finding(s, area, colour, interrupts(s, signals["look"].v), limits) for s in found]


def _finding(span: Span, area: Signal, colour: Any, interrupts: bool, limits: ConstantColourLimits) -> Finding:
    length, share = span.end - span.start, float(np.median(area.v[span.items]))
    y, cb, cr = (float(v) for v in np.median(colour[span.items], axis=0))
    neutral = max(abs(cb - NEUTRAL), abs(cr - NEUTRAL)) <= TINTED
    meant = neutral and length < limits.white_duration and not interrupts
    severity: Severity = "fyi" if meant else "issue"
    why = " It may be a transition through white or grey." if meant else ""
    message = (
        f"The picture is one colour for {length:.2f} s (Y {y:.0f}, Cb {cb:.0f}, Cr {cr:.0f}; {share:.1%} of it).{why}"
    )
    score = float(np.clip(0.7 + 0.3 * (share - limits.area) / max(1 - limits.area, 1e-6), 0, 1)) * (
        0.5 if meant else 1.0
    )
    return Finding(
        span.start, span.end, "constant_colour", "constant_colour", severity, score, share, limits.area, "of the picture", message,
        standards=("EBU 0016B",), details={"signal": "area", "y": round(y), "cb": round(cb), "cr": round(cr)},
    )  # fmt: skip
