"""Flash: photosensitive flashing of luminance and of saturated red, on an area grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import spans
from vqa_toolkit.measures.flashes import (
    AREAS,
    DARKER_BELOW,
    LUMA_STEP,
    RED_STEP,
    Transitions,
    count_transitions,
    first_to_last,
    luminance_and_red,
    of_the_points,
)

LUMA, CHROMA = Need("luma", height=270), Need("chroma", height=90)
KINDS = {"luminance": "Luminance", "red": "Saturated red"}


@dataclass(frozen=True, slots=True)
class FlashLimits(Limits):
    """How large a part may flash, and how often."""

    area: float = limit(
        0.25, unit="of the picture", low=0.02, high=1.0,
        origin="ITU-R BT.1702, WCAG 2", doc="part that flashes together",
    )  # fmt: skip
    transitions: float = limit(
        6.0, unit="transitions in 1 s", low=1.0, high=30.0, origin="three flashes (pairs) in any second: ITU-R BT.1702, WCAG 2",
        doc="most opposing changes in any second",
    )  # fmt: skip
    extended: float = limit(
        4.0, unit="transitions in 1 s", low=2.0, high=30.0,
        origin="EA IRIS: 4 to 6 a second, kept up", doc="from here on, flashing must not be kept up",
    )  # fmt: skip
    extended_duration: float = limit(
        4.0, unit="s", low=1.0, high=30.0,
        origin="EA IRIS: 4 s of any 5 s", doc="how long flashing may be kept up",
    )  # fmt: skip
    window: float = limit(
        1.0, unit="s", low=0.2, high=5.0,
        origin="ITU-R BT.1702, WCAG 2: any one second", doc="over which transitions count",
    )  # fmt: skip


class Flash(Detector):
    """More than three flashes in any second over more than a quarter of the picture, or fewer kept up for long.

    On a grid of 45 lines (coarse, so that grain averages out) every point follows its own extremes. Signals per frame:
    ``luminance_rising``, ``luminance_falling``, ``red_rising``, ``red_falling``, the share of points whose newest
    transition within 0.1 s it is. One frame's whole-picture mean would miss local flashing.
    Points of a ninth of the height that go opposite ways at once cancel: that is detail on the move, such as rolling text.
    A pattern that stands and reverses counts. ``luminance_turns``, ``red_turns`` (n, areas): how often at least each share of
    the points has turned in the last second; parts that flash in opposition do so each for itself. Light is by the sRGB curve.
    """

    name = "flash"
    version = "4"
    title = "Photosensitive flashes"
    defects = ("flash",)
    needs = (LUMA, CHROMA)
    limits = FlashLimits
    standards = ("ITU-R BT.1702", "WCAG 2")
    CLEAN = (Case(), Case(scene="fades"), Case(scene="camera_flashes"))
    FAULTY = (
        Case(faults=("flash@2:4",), expect=(Expect("flash", 2.0, 4.0, 0.25),)),
        Case(faults=("flash@2:4,mode=red",), expect=(Expect("flash", 2.0, 4.0, 0.25),)),
        Case(faults=("flash@2:4,mode=local",), expect=(Expect("flash", 2.0, 4.0, 0.25),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._full = media.video is not None and media.video.full_range
        names = ("luminance_rising", "luminance_falling", "red_rising", "red_falling")
        self._curves = [Curve(n, "of the picture") for n in names]
        self._turns = [Curve(f"{kind}_turns", "transitions in 1 s", (AREAS,), np.uint8) for kind in KINDS]
        self._light, self._red = Transitions(LUMA_STEP, DARKER_BELOW), Transitions(RED_STEP)
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Follow every point of the grid."""
        luma, chroma = chunk.view(LUMA), chunk.view(CHROMA)
        if luma is None or chroma is None:
            return
        rows, turns = [], []
        for t, y, c in zip(luma.t.tolist(), luma.data, chroma.data, strict=True):
            size = (max(1, c.shape[1] // 2), max(1, c.shape[0] // 2))
            small, tint = (np.asarray(cv2.resize(v, size, interpolation=cv2.INTER_AREA), np.uint8) for v in (y, c))
            light, red, saturated = luminance_and_red(small, tint, self._full)
            rows.append((*self._light.push(t, light), *self._red.push(t, red, saturated)))
            turns.append((self._light.turns, self._red.turns))
        self._frames += len(rows)
        for curve, values in zip(self._curves, np.array(rows).T, strict=True):
            curve.extend(luma.t, values, luma.end)
        for curve, values in zip(self._turns, np.array(turns).swapaxes(0, 1), strict=True):
            curve.extend(luma.t, values, luma.end)

    def finish(self) -> Iterable[Signal]:
        """The four shares and both counts."""
        if self._frames < 2:
            raise NotAssessable("the clip has fewer than two frames, so nothing can flash")
        return [c.signal() for c in (*self._curves, *self._turns)]

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Per kind: seconds with too many transitions; flashing that is kept up."""
        for kind in KINDS:
            rising, falling = signals[f"{kind}_rising"], signals[f"{kind}_falling"]
            asked = (rising.v, falling.v, limits.area, limits.window)
            count = np.maximum(count_transitions(rising.t, *asked), of_the_points(signals[f"{kind}_turns"], *asked))
            said: list[tuple[float, float]] = []
            for s in spans(rising, count > limits.transitions, merge_gap=limits.window):
                start, end = first_to_last(rising, falling, s, limits.area, limits.window)
                said.append((start, end))
                yield _finding(kind, start, end, float(count[s.items].max()), False, limits)
            kept = spans(
                rising, count >= limits.extended, merge_gap=limits.window, min_duration=limits.extended_duration
            )
            for s in kept:
                start, end = first_to_last(rising, falling, s, limits.area, limits.window)
                # What flashed too fast has been said; what was kept up after it has not.
                start = max([start, *(b for a, b in said if a < end and start < b)])
                if start < end:
                    yield _finding(kind, start, end, float(count[s.items].max()), True, limits)


def _finding(kind: str, start: float, end: float, value: float, kept: bool, limits: FlashLimits) -> Finding:
    bound = limits.extended if kept else limits.transitions
    severity: Severity = "issue" if kept else "blocker"
    how = f"is kept up for {end - start:.1f} s" if kept else f"in one second, {limits.transitions:.0f} are allowed"
    message = (
        f"{KINDS[kind]} flashes over more than {limits.area:.0%} of the picture: {value:.0f} opposing changes {how}."
    )
    score = float(np.clip(0.6 + 0.05 * (value - bound), 0, 1))
    return Finding(
        start, end, "flash", "flash", severity, score, value, bound, "transitions in 1 s", message,
        standards=("ITU-R BT.1702", "WCAG 2"), details={"signal": f"{kind}_rising", "kind": kind, "extended": kept},
    )  # fmt: skip
