"""Tearing: one frame shows two times, split at a horizontal line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Box, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.cells import cell_means, row_change
from vqa_toolkit.measures.tears import find_tear, row_ages

LUMA = Need("luma", height=270)
AGES_KEPT = 4  # earlier pictures that rows are matched with
USUAL = 3  # pictures on either side that say how rows usually change
MAP_ROWS = 45
MIN_SHARE = 0.06  # of the height: a thinner band is no tear


@dataclass(frozen=True, slots=True)
class TearingLimits(Limits):
    """When frames count as torn."""

    score: float = limit(
        0.6, unit="of 1", low=0.3, high=1.0, origin="torn frames of lively clips score 0.6 to 1, whole ones seldom and singly",
        doc="how sharply rows fall into an old and a new band",
    )  # fmt: skip
    frames: float = limit(3, unit="frames", low=1, high=25, origin="layers that move on twos fool single frames",
                          doc="torn frames that make a finding")  # fmt: skip
    merge: float = limit(0.6, unit="s", low=0.04, high=3.0, origin="not every frame of a torn shot tears",
                         doc="torn frames closer than this belong together")  # fmt: skip


class Tearing(Detector):
    """Rows matched in time: in a torn frame some rows repeat an earlier picture while the others move on.

    On luma of 270 lines, averaged to cells of 2×4 px, each row's change (97th percentile over its width) against the
    four pictures before it is compared with what that row usually changes from picture to picture (median of three on
    either side, the smaller). ``age`` is the map (n, 45): 0 repeats an earlier picture, 1 moves as usual, NaN cannot tell; ``score``
    says how sharply rows fall into an old and a new band, ``line`` where (share of the height).
    """

    name = "tearing"
    version = "3"
    title = "Torn frames"
    defects = ("tearing",)
    needs = (LUMA,)
    limits = TearingLimits
    CLEAN = (Case(), Case(scene="animation"), Case(faults=("stutter@1:5",)))
    FAULTY = (
        Case(faults=("tearing@2:4",), expect=(Expect("tearing", 2.0, 4.0, 0.17),)),
        Case(faults=("tearing@1:3,lag=3,strength=1",), expect=(Expect("tearing", 1.0, 3.0, 0.17),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        rows = tuple((i + 0.5) / MAP_ROWS for i in range(MAP_ROWS))
        self._score = Curve("score", "of 1")
        self._line = Curve("line", "of the height")
        self._age = Curve("age", "of 1", (Axis("row", "of the height", rows),), np.float16)
        self._past: deque[NDArray[np.float32]] = deque(maxlen=AGES_KEPT)
        self._steps: deque[NDArray[np.float32]] = deque(maxlen=2 * USUAL + 1)
        self._waiting: deque[tuple[float, NDArray[np.float32]]] = deque()
        self._end = 0.0

    def update(self, chunk: Chunk) -> None:
        """Match each frame's rows with the frames before; judge it once three more have come."""
        view = chunk.view(LUMA)
        if view is None:
            return
        for t, luma in zip(view.t.tolist(), view.data, strict=True):
            cells = cell_means(luma)
            if self._past:
                matches = np.stack([row_change(cells, old) for old in reversed(self._past)])
            else:
                matches = np.full((1, len(cells)), 255.0, np.float32)
            self._past.append(cells)
            self._steps.append(matches[0])
            self._waiting.append((t, matches))
            if len(self._waiting) > USUAL:
                self._decide(*self._waiting.popleft(), -1 - USUAL)
        self._end = view.end

    def _decide(self, t: float, matches: NDArray[np.float32], place: int) -> None:
        steps = list(self._steps)
        at = len(steps) + place
        sides = [np.median(side, axis=0) for side in (steps[max(at - USUAL, 0) : at], steps[at + 1 :]) if side]
        usual = np.minimum.reduce(sides) if sides else matches[0]  # what moves before and after
        ages = row_ages(matches, usual)
        tear = find_tear(ages, usual, max(2, round(MIN_SHARE * len(ages))))
        picks = np.minimum((np.arange(MAP_ROWS) + 0.5) / MAP_ROWS * len(ages), len(ages) - 1).astype(int)
        self._score.extend(t, [tear.score], t)
        self._line.extend(t, [tear.line], t)
        self._age.extend(t, ages[picks][None], t)

    def finish(self) -> Iterable[Signal]:
        """Score, line and the map of rows."""
        while self._waiting:
            self._decide(*self._waiting.popleft(), -1 - len(self._waiting))
        found = [c.signal() for c in (self._score, self._line, self._age)]
        if len(found[0].t) < USUAL:
            raise NotAssessable("the clip has too few frames to compare")
        return [Signal(s.name, s.unit, s.t, s.v, s.axes, self._end) for s in found]

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans with enough torn frames."""
        score = signals["score"]
        torn = score.v >= limits.score
        for span in spans(score, torn, merge_gap=limits.merge):
            places = span.first + np.flatnonzero(torn[span.items])
            if len(places) >= limits.frames:
                yield _finding(span, places, signals, limits)


def _finding(span: Span, places: NDArray[Any], signals: Mapping[str, Signal], limits: Any) -> Finding:
    lines = signals["line"].v[places].astype(float)
    top, bottom = float(lines.min()), float(lines.max())
    where = (
        f"at {np.median(lines):.0%} of the height"
        if bottom - top < 0.05
        else f"at {top:.0%} to {bottom:.0%} of the height"
    )
    return Finding(
        span.start, span.end, "tearing", "tearing", "issue", float(np.clip(0.4 + 0.1 * len(places), 0, 0.99)),
        float(len(places)), float(limits.frames), "torn frames",
        f"{len(places)} frames show two times at once, split {where}.",
        Box(0.0, max(0.0, top - 0.02), 1.0, min(1.0, bottom - top + 0.04)),
        details={"lines": [round(float(v), 3) for v in lines[:50]],
                 "times": [round(float(signals["score"].t[i]), 3) for i in places[:50]]},
    )  # fmt: skip
