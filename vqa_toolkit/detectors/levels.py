"""Levels: luma or R'G'B' outside the legal range (EBU R103)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.legal import Illegal, illegal_shares

RATE = 5.0  # frames/s: an area's share over a second needs no more, and full planes are costly
DIFFER = 0.004  # of the picture: where two samples differ by more, the frames between them tell when it changed
PLANES = Need("planes")
UNSAID = ("bt709", "bt601")  # where the file does not name its matrix, what either allows is not held against it
KINDS = {"under": "Luma lies under", "over": "Luma lies over", "gamut": "R'G'B' lies outside"}


@dataclass(frozen=True, slots=True)
class LevelsLimits(Limits):
    """How much of the picture may lie outside."""

    luma: float = limit(
        0.01, unit="of the picture", low=0.0, high=0.5,
        origin="EBU R103: 1 % of the picture", doc="luma beyond the range, at most",
    )  # fmt: skip
    gamut: float = limit(
        0.05, unit="of the picture", low=0.0, high=0.5, origin="EBU R103: 1 % after filtering; unfiltered edges and coding take more",
        doc="R'G'B' beyond −5 to 105 %, at most",
    )  # fmt: skip
    min_duration: float = limit(
        0.4, unit="s", low=0.1, high=10.0,
        origin="two samples in time: one alone may be a flash", doc="shortest finding",
    )  # fmt: skip


class Levels(Detector):
    """Video signal levels: 8-bit luma 5–246, 10-bit 20–984 (EBU R103), and R'G'B' −5 to 105 %; full range has no luma limit.

    Signals, sampled at 5 frames/s, at every frame where they change, and on at least 135 lines: ``under``, ``over``, ``gamut``,
    the share of the picture outside. A violation shorter than 0.2 s may fall between samples.
    """

    name = "levels"
    version = "2"
    title = "Levels outside the legal range"
    defects = ("levels",)
    needs = (PLANES,)
    limits = LevelsLimits
    standards = ("EBU R103", "EBU 0051B")
    CLEAN = (Case(), Case(scene="fades"))
    FAULTY = (
        Case(faults=("levels@2:4",), expect=(Expect("levels", 2.0, 4.0),)),
        Case(faults=("levels@3:6,mode=white,strength=0.8",), expect=(Expect("levels", 3.0, 6.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        video = media.video
        self._depth: int = video.bit_depth or 8 if video is not None else 8
        self._full: bool = video is not None and video.full_range
        space = video.colour_space if video is not None else ""
        known = {"bt709": "bt709", "bt2020nc": "bt2020", "bt2020c": "bt2020", "smpte170m": "bt601", "bt470bg": "bt601"}
        self._matrices = (known[space],) if space in known else UNSAID
        self._rows: list[tuple[float, ...]] = []
        self._held: list[tuple[float, tuple[Any, Any, Any]]] = []
        self._slot, self._end = -1, 0.0

    def update(self, chunk: Chunk) -> None:
        """Keep the frames since the last sample, and sample where one is due."""
        view = chunk.view(PLANES)
        if view is None:
            return
        for t, planes in zip(view.t.tolist(), view.data, strict=True):
            self._held.append((t, planes))
            slot = math.floor(t * RATE + 1e-6)
            if slot != self._slot:
                self._slot = slot
                self._sample()
        self._end = view.end

    def _sample(self) -> None:
        """Measure the newest frame and, where its shares are others than the last sample's, those between the two."""
        t, planes = self._held.pop()
        now = self._shares(planes)
        before = self._rows[-1][1:] if self._rows else now
        if max(abs(a - b) for a, b in zip(now, before, strict=True)) > DIFFER:
            self._rows += [(at, *self._shares(p)) for at, p in self._held]
        self._rows.append((t, *now))
        self._held.clear()

    def _shares(self, planes: tuple[Any, Any, Any]) -> Illegal:
        depth = 8 if planes[0].dtype == np.uint8 else max(self._depth, 9)
        return illegal_shares(*planes, depth, self._full, *self._matrices)

    def finish(self) -> Iterable[Signal]:
        """The three shares."""
        if not self._rows:
            raise NotAssessable("no picture could be decoded")
        rows = np.asarray(self._rows)
        return [
            Signal(n, "of the picture", rows[:, 0], rows[:, k + 1].astype(np.float32), end=self._end)
            for k, n in enumerate(KINDS)
        ]

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """One finding per stretch in which any of the three is beyond its limit."""
        under, over, gamut = (signals[k] for k in KINDS)
        active = (np.maximum(under.v, over.v) > limits.luma) | (gamut.v > limits.gamut)
        for span in spans(under, active, merge_gap=0.25, min_duration=limits.min_duration):
            yield _finding(span, signals, limits)


def _finding(span: Span, signals: Mapping[str, Signal], limits: LevelsLimits) -> Finding:
    medians = {k: float(np.median(signals[k].v[span.items])) for k in KINDS}
    bounds = {k: limits.gamut if k == "gamut" else limits.luma for k in KINDS}
    kind = max(KINDS, key=lambda k: medians[k] / max(bounds[k], 1e-4))
    value, bound = medians[kind], bounds[kind]
    message = f"{KINDS[kind]} the legal range in {value:.1%} of the picture for {span.end - span.start:.1f} s."
    score = float(np.clip(0.6 + 0.1 * np.log2(max(value, 1e-4) / max(bound, 1e-4)), 0, 1))
    return Finding(
        span.start, span.end, "levels", "levels", "issue", score, value, bound, "of the picture", message,
        standards=("EBU R103", "EBU 0051B"), details={"signal": kind, **{k: round(v, 4) for k, v in medians.items()}},
    )  # fmt: skip
