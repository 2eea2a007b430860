"""Tearing: one frame shows two times, split at a horizontal line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Box, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.cells import cell_means
from vqa_toolkit.measures.tears import Map, find_tear, held_rows, in_rhythm, motion, row_peaks, row_shares, usual_motion

LUMA = Need("luma", height=270)
AGES_KEPT = 4  # earlier pictures that rows are matched with
USUAL = 3  # pictures on either side that say how rows usually change
MAP_ROWS = 45
MIN_SHARE = 0.06  # of the height: a thinner band is no tear


@dataclass(frozen=True, slots=True)
class TearingLimits(Limits):
    """When frames count as torn."""

    score: float = limit(
        0.5, unit="of 1", low=0.3, high=1.0, origin="torn frames whose bands move score 0.5 to 1, whole ones seldom and singly",
        doc="how sharply rows fall into an old and a new band",
    )  # fmt: skip
    frames: float = limit(3, unit="frames", low=1, high=25, origin="layers that move on twos fool single frames",
                          doc="torn frames that make a finding")  # fmt: skip
    merge: float = limit(0.6, unit="s", low=0.04, high=3.0, origin="not every frame of a torn shot tears",
                         doc="torn frames closer than this belong together")  # fmt: skip


class Tearing(Detector):
    """Rows matched in time: in a torn frame some rows repeat an earlier picture while the others move on.

    On luma of 270 lines, averaged to cells of 2×4 px. Only cells that move both before and after (medians of three steps)
    can tell: each row's age is the share of that usual motion which it shows against the most alike of the four pictures
    before it. Rows at rest for two steps, bands that repeat on a beat (a layer on twos) and shots that judder are not
    torn. ``age`` is the map (n, 45): 0 repeats an earlier picture, 1 moves as usual, NaN cannot tell; ``score`` says how
    sharply rows fall into an old and a new band, ``line`` where (share of the height). A tear that nothing moves across
    cannot be seen.
    """

    name = "tearing"
    version = "4"
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
        self._past: deque[Map] = deque(maxlen=AGES_KEPT)
        self._window: deque[tuple[float, list[Map]]] = deque(maxlen=2 * USUAL + 1)  # motion against each of the past
        self._frames, self._end = 0, 0.0

    def update(self, chunk: Chunk) -> None:
        """Match each frame's rows with the frames before; judge it once three more have come."""
        view = chunk.view(LUMA)
        if view is None:
            return
        for t, luma in zip(view.t.tolist(), view.data, strict=True):
            cells = cell_means(luma)
            changes = [motion(cells, old) for old in reversed(self._past)] or [np.zeros_like(cells)]
            self._past.append(cells)
            self._window.append((t, changes))
            self._frames += 1
            if self._frames <= USUAL:
                self._untold(t)
            elif len(self._window) == 2 * USUAL + 1:
                self._tell()
        self._end = view.end

    def _tell(self) -> None:
        """Judge the picture in the middle of the window by what its cells do before and after."""
        t, changes = self._window[USUAL]
        steps = [c[0] for _, c in self._window]
        usual = usual_motion(steps[:USUAL], steps[USUAL + 1 :])
        shares = row_shares([*changes, steps[USUAL - 1], steps[USUAL + 1]], usual)
        ages = shares[:-2].min(axis=0)
        news = np.where(held_rows(shares[0], shares[-2], shares[-1]), np.nan, ages)
        tear = find_tear(news, row_peaks(usual), max(2, round(MIN_SHARE * len(ages))))
        picks = np.minimum((np.arange(MAP_ROWS) + 0.5) / MAP_ROWS * len(ages), len(ages) - 1).astype(int)
        self._score.extend(t, [tear.score], t)
        self._line.extend(t, [tear.line], t)
        self._age.extend(t, ages[picks][None], t)

    def _untold(self, t: float) -> None:
        """A picture with too few before it or after it to say how its rows usually move."""
        self._score.extend(t, [0.0], t)
        self._line.extend(t, [np.nan], t)
        self._age.extend(t, np.full((1, MAP_ROWS), np.nan), t)

    def finish(self) -> Iterable[Signal]:
        """Score, line and the map of rows; bands on a beat score nothing."""
        left = min(USUAL, max(self._frames - USUAL, 0))
        for t, _ in list(self._window)[len(self._window) - left :]:
            self._untold(t)
        score, line, age = (replace(c.signal(), end=self._end) for c in (self._score, self._line, self._age))
        if len(score.t) < USUAL:
            raise NotAssessable("the clip has too few frames to compare")
        steady = [bool(s) and in_rhythm(age.v, place) for place, s in enumerate(score.v.tolist())]
        return [replace(score, v=np.where(steady, np.float32(0), score.v)), line, age]

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
        f"{len(places)} {'frame shows' if len(places) == 1 else 'frames show'} two times at once, split {where}.",
        Box(0.0, max(0.0, top - 0.02), 1.0, min(1.0, bottom - top + 0.04)),
        details={"lines": [round(float(v), 3) for v in lines[:50]],
                 "times": [round(float(signals["score"].t[i]), 3) for i in places[:50]]},
    )  # fmt: skip
