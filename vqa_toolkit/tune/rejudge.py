"""The labelled clips of a session under given limits; only clips whose findings may have changed are judged again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Detector, Finding, FloatArray, Limits, limit_fields
from vqa_toolkit.evaluate.clips import Judged
from vqa_toolkit.evaluate.measured import Measured
from vqa_toolkit.evaluate.scores import HOUR_S, ClipScore, score_clip
from vqa_toolkit.tune.watched import MARGIN, Bound, watch

KEPT = 6
"""Judgements kept beside that of the base limits: where a slider stands, where it was, and a few neighbours."""

TOLD_EVERY = 20
"""Clips between two reports: tens of milliseconds."""

Found: TypeAlias = tuple[Finding, ...]
Judge: TypeAlias = Callable[[Measured, Limits], Found]
Scores: TypeAlias = Mapping[str, ClipScore | None]


@dataclass(frozen=True)
class Standing:
    """Every clip under one set of limits: findings, scores per defect (None = cannot speak of it), and counts.

    ``counts`` is (clips, defects, 4): hits, misses, false alarms, hours. ``changed`` are the clips judged anew.
    """

    found: Sequence[Found]
    scores: Sequence[Scores]
    counts: FloatArray
    changed: NDArray[np.intp]


class Rejudge:
    """Clips judged under base limits once, with the bounds within which other limits change nothing, clip by clip."""

    def __init__(
        self,
        detector: type[Detector],
        clips: Sequence[Measured],
        base: Limits,
        judge: Judge,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._detector, self._clips, self._base, self._judge = detector, clips, base, judge
        found = [judge(m, base) for m in clips]
        scores = [self._scored(m, f) for m, f in zip(clips, found, strict=True)]
        counts = np.array([self._counted(s) for s in scores]).reshape(len(clips), -1, 4)
        self.home = Standing(found, scores, counts, np.arange(len(clips)))
        self._near: OrderedDict[Limits, Standing] = OrderedDict()
        self._always: NDArray[np.bool_] = np.zeros(len(clips), dtype=bool)
        self._plain: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        self._made: list[tuple[int, Bound]] = []
        self._watch_all(progress)

    def under(self, limits: Limits) -> Standing:
        """Every clip under ``limits``; what the base limits' judgement cannot answer is judged now."""
        if limits == self._base:
            return self.home
        if limits in self._near:
            self._near.move_to_end(limits)
            return self._near[limits]
        changed = np.flatnonzero(self._stale(limits))
        found, scores, counts = list(self.home.found), list(self.home.scores), self.home.counts.copy()
        for i in changed.tolist():
            found[i] = self._judge(self._clips[i], limits)
            if found[i] != self.home.found[i]:
                scores[i] = self._scored(self._clips[i], found[i])
                counts[i] = self._counted(scores[i])
        self._near[limits] = Standing(found, scores, counts, changed)
        if len(self._near) > KEPT:
            self._near.popitem(last=False)
        return self._near[limits]

    def _scored(self, measured: Measured, found: Found) -> Scores:
        judged = Judged(measured.clip, found)
        return {d: score_clip(judged, d, "fyi") for d in self._detector.defects}  # the floor has been applied already

    def _counted(self, scores: Scores) -> list[list[float]]:
        return [
            [0.0] * 4 if s is None else [s.score.hits, s.score.misses, s.score.alarms, s.clip.seconds / HOUR_S]
            for s in scores.values()
        ]

    def _watch_all(self, progress: Callable[[int, int], None] | None) -> None:
        """Judge every clip on watched limits; bounds on a limit itself become arrays over the clips."""
        for i, measured in enumerate(self._clips):
            if progress is not None and i % TOLD_EVERY == 0:
                progress(i, len(self._clips))
            signals = measured.signals.get(self._detector.name)
            bounds: Iterable[Bound] | None = watch(self._detector, signals, self._base) if signals else ()
            if bounds is None:
                self._always[i] = True
                continue
            for bound in bounds:
                self._keep(i, bound)

    def _keep(self, clip: int, bound: Bound) -> None:
        if not bound.plain:
            self._made.append((clip, bound))
            return
        (name,) = bound.limits
        if name not in self._plain:
            n = len(self._clips)
            self._plain[name] = np.full(n, -np.inf), np.full(n, np.inf)
        low, high = self._plain[name]
        low[clip], high[clip] = max(low[clip], bound.low), min(high[clip], bound.high)

    def _stale(self, limits: Limits) -> NDArray[np.bool_]:
        """(clips,) bool: which clips may have other findings under ``limits``."""
        stale = self._always.copy()
        names = [name for name, _ in limit_fields(self._detector.limits)]
        moved = {n for n in names if getattr(limits, n) != getattr(self._base, n)}
        for name in moved & set(self._plain):
            now, (low, high) = getattr(limits, name), self._plain[name]
            slack = MARGIN * max(abs(now), MARGIN)
            stale |= ~((low + slack < now) & (now < high - slack))
        for clip, bound in self._made:
            if not stale[clip] and bound.limits & moved and not bound.holds(limits):
                stale[clip] = True
        return stale
