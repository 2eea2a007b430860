"""Freeze: the picture stops while time goes on. Noise-tolerant, and told apart from cards that never moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span
from vqa_toolkit.measures.holds import is_habit
from vqa_toolkit.measures.stillness import EXACT, Changes, faded_in, still_stretches, was_calm, was_cut_to

LUMA = Need("luma", height=270)
NOISY_FRAMES = 18  # frames that must look alike before noise may be called stillness; slow cameras need longer
WHY = {
    "still_card": " It was cut to and never moved: probably a still card.",
    "faded_in": " It faded in and never moved: probably a card.",
    "calm_shot": " The shot hardly moved before either: it may just be calm.",
    "recorded_screen": " It stands most of the time and goes on as if nothing was missed: probably a recorded screen or slides.",
}


@dataclass(frozen=True, slots=True)
class FreezeLimits(Limits):
    """When a picture counts as frozen."""

    change: float = limit(
        0.6, unit="code values", low=0.05, high=5.0,
        origin="encoded capture noise of 3 codes RMS measures 0.35 to 0.5 at 360 lines, slow live foliage 0.9 to 1.2",
        doc="structured change between neighbouring frames below which nothing new is shown",
    )  # fmt: skip
    drift: float = limit(
        1.5, unit="code values", low=0.1, high=10.0, origin="encoded capture noise of 3 codes RMS measures up to 1.0, live foliage 10",
        doc="structured change against the picture 0.4 s earlier below which nothing moved slowly either",
    )  # fmt: skip
    min_duration: float = limit(
        0.7, unit="s", low=0.1, high=10.0, origin="tools in use take 2 to 5 s; viewers notice from about half a second",
        doc="shortest freeze that is reported",
    )  # fmt: skip
    min_noisy_duration: float = limit(
        0.96, unit="s", low=0.1, high=20.0,
        origin="static surveillance shots fall below the change limit for up to a second between key frames",
        doc="shortest freeze that is reported where noise goes on, so that stillness is less certain",
    )  # fmt: skip
    blocker_duration: float = limit(
        2.0, unit="s", low=0.2, high=60.0, origin="FFmpeg freezedetect's default duration", doc="a blocker from here on"
    )
    cut: float = limit(
        12.0, unit="code values", low=2.0, high=100.0,
        origin="cuts between unlike pictures change 20 code values and more on average, fast pans 5 to 10",
        doc="mean change on entering a still picture above which it is a card that was cut to, not a picture that stopped",
    )  # fmt: skip
    habit: float = limit(
        0.6, unit="of the time", low=0.3, high=1.0, origin="drawn screen recordings 0.68 to 1, films stalled three times to 0.55",
        doc="share of the 15 s before and after that stand too, from which a hold may be a recorded screen's",
    )  # fmt: skip


class Freeze(Detector):
    """Adjacent frames with no new information for longer than a limit.

    Per frame, ``change`` is the 99.5th percentile of |8×8-block mean of Y(t) − Y(t−1)| on luma of 270 lines, less what
    independent noise would give; ``drift`` the same against the picture 0.4 s earlier; ``step`` the plain mean
    |Y(t) − Y(t−1)|; ``redrawn`` is what of the drift no brightness explains. A picture that was cut to or faded in and never
    moved (card, slide) is a note, and so is one that stands most of the time and goes on as if nothing was missed.
    """

    name = "freeze"
    version = "4"
    title = "Frozen picture"
    defects = ("freeze",)
    needs = (LUMA,)
    limits = FreezeLimits
    CLEAN = (Case(), Case(scene="dark"))
    FAULTY = (
        Case(faults=("freeze@2:4",), expect=(Expect("freeze", 2.0, 4.0),)),
        Case(faults=("freeze@3.5:6",), expect=(Expect("freeze", 3.5, 6.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._change = Curve("change", "code values")
        self._drift = Curve("drift", "code values")
        self._step = Curve("step", "code values")
        self._redrawn = Curve("redrawn", "code values")
        self._changes = Changes()
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Compare each frame with the one before it and with the one 0.4 s before it."""
        view = chunk.view(LUMA)
        if view is None:
            return
        rows = [self._changes.push(t, luma) for t, luma in zip(view.t.tolist(), view.data, strict=True)]
        self._frames += len(rows)
        for curve, values in zip(
            (self._change, self._drift, self._step, self._redrawn), np.asarray(rows).T, strict=True
        ):
            curve.extend(view.t, values, view.end)

    def finish(self) -> Iterable[Signal]:
        """The four curves."""
        if self._frames < 2:
            raise NotAssessable("the clip has fewer than two frames, so nothing can move")
        return self._change.signal(), self._drift.signal(), self._step.signal(), self._redrawn.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Stretches without change or drift; each says how long and how still."""
        change, drift, step = signals["change"], signals["drift"], signals["step"]
        least = min(limits.min_duration, limits.min_noisy_duration)
        found = still_stretches(change, drift, limits.change, limits.drift)
        for span in found:
            # The frame that begins the run repeats the one before it, which is the first frozen picture on screen.
            shown = max(span.first - 1, 0)
            held = span._replace(start=float(change.t[shown]), first=shown)
            if held.end - held.start < least - 1e-6:
                continue
            exact = float(np.median(change.v[span.items])) <= EXACT
            shortest = limits.min_duration if exact else limits.min_noisy_duration
            enough = exact or span.last - span.first + 1 >= NOISY_FRAMES
            if not enough or held.end - held.start < shortest - 1e-6:
                continue
            meant = {
                "still_card": was_cut_to(step, held.first, limits.cut),
                "faded_in": faded_in(drift, signals["redrawn"], held.first, 2 * limits.drift),
                "calm_shot": was_calm(drift, step, held.first, exact, 2 * limits.drift),
                "recorded_screen": exact and is_habit(found, held, step, limits.habit),
            }
            yield _finding(held, change, meant, limits)


def _finding(span: Span, change: Signal, meant: dict[str, bool], limits: FreezeLimits) -> Finding:
    length = span.end - span.start
    worst = float(change.v[span.first + 1 : span.last + 1].max(initial=0.0))
    note = any(meant.values())
    severity: Severity = "fyi" if note else "blocker" if length >= limits.blocker_duration else "issue"
    why = next((WHY[name] for name, so in meant.items() if so), "")
    message = f"The picture stands still for {length:.2f} s (change at most {worst:.2f} code values).{why}"
    score = float(np.clip(1.0 - 0.4 * worst / limits.change, 0, 1)) * (0.4 if note else 1.0)
    return Finding(
        span.start, span.end, "freeze", "freeze", severity, score, length, limits.min_duration, "s", message,
        details={"largest_change": round(worst, 3), **meant},
    )  # fmt: skip
