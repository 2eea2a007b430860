"""Stutter: frames shown twice or lost in a moving shot, told apart from regular cadences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.cadence import beat, firsts, held_share, is_cadence, notches, surrounding, usual_step
from vqa_toolkit.measures.cells import cell_means, top_change

LUMA = Need("luma", height=270)
CELL_PX = 6
HELD_WINDOW_S = 1.5
SHOULDER = 0.45  # of the shot's motion, which the pictures beside a repeat must show


@dataclass(frozen=True, slots=True)
class StutterLimits(Limits):
    """When a picture counts as a repeat, a pause as a loss, and how many make a stutter."""

    repeat: float = limit(
        0.25, unit="of the shot's motion", low=0.02, high=0.6,
        origin="repeats after re-encoding measure below 0.1, live motion above 0.4, on generated scenes",
        doc="change below which a picture repeats the one before",
    )  # fmt: skip
    still: float = limit(
        3.0, unit="code values", low=0.2, high=20.0, origin="repeats under capture noise of sigma 8 measure below 2.5",
        doc="change that a repeat may show at most, whatever the motion",
    )  # fmt: skip
    motion: float = limit(
        2.0, unit="code values", low=0.2, high=20.0, origin="coding and capture noise of still shots measures below 1.5",
        doc="motion a shot must have to be assessed",
    )  # fmt: skip
    gap: float = limit(
        1.6, unit="of the frame interval", low=1.2, high=4.0, origin="between one interval and two",
        doc="timestamp distance from which a frame is missing",
    )  # fmt: skip
    hiccups: float = limit(2, unit="hiccups", low=1, high=20, origin="one repeat alone is rarely seen",
                           doc="fewer than this is only a note")  # fmt: skip
    held: float = limit(
        0.38, unit="of the frames", low=0.1, high=0.9, origin="animation on twos repeats 0.5, 24 in 60 repeats 0.6",
        doc="share of repeats in 1.5 s above which pictures are held on purpose",
    )  # fmt: skip
    merge: float = limit(2.0, unit="s", low=0.1, high=10.0, origin="one stutter, one finding",
                         doc="hiccups closer than this belong together")  # fmt: skip


class Stutter(Detector):
    """Repeated or missing frames in a moving shot (NTIA Wolf 2009 frames the problem; the measure is robust to noise).

    ``change`` is the 99th percentile over 6×6-px cells (luma of 270 lines) of |Y(t) − Y(t−1)|. A repeat changes less than
    a share of what the pictures around it change, on both sides. Repeats that keep a beat (pulldown, 24 in 25, 30 in 60),
    be it with pauses, are film in 60 that is seen in part, fill more than a share of the time (animation on twos), or lie on
    every second or third frame, are a cadence. A frame is missing where a step between timestamps is longer than those on
    both sides; a rate that changes loses none.
    """

    name = "stutter"
    version = "5"
    title = "Stutter"
    defects = ("stutter",)
    needs = (LUMA,)
    limits = StutterLimits
    CLEAN = (Case(), Case(scene="animation"), Case(scene="film_in_60", duration=4.0), Case(faults=("pulldown@1:5",)))
    FAULTY = (
        Case(faults=("stutter@1:5,rate=3",), expect=(Expect("stutter", 1.0, 5.0, 0.6),)),
        Case(faults=("stutter@1:5,rate=3,mode=drop",), expect=(Expect("stutter", 1.0, 5.0, 0.6),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._change = Curve("change", "code values")
        self._before: NDArray[np.float32] | None = None
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Compare each frame with the one before it."""
        view = chunk.view(LUMA)
        if view is None:
            return
        values = []
        for luma in view.data:
            cells = cell_means(luma, CELL_PX, CELL_PX)
            values.append(255.0 if self._before is None else top_change(cells, self._before))
            self._before = cells
        self._frames += len(values)
        self._change.extend(view.t, values, view.end)

    def finish(self) -> Iterable[Signal]:
        """The curve of change."""
        if self._frames < 2 * HELD_WINDOW_S:
            raise NotAssessable("the clip has too few frames to show motion")
        return (self._change.signal(),)

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Runs of hiccups that keep no beat."""
        change = signals["change"]
        if len(change.t) < 4:
            return
        motion = surrounding(change.v)
        step = np.diff(change.t)
        interval = float(np.median(step))
        share = change.v / np.maximum(motion, 1e-9)
        low = (share < limits.repeat) & (change.v < limits.still) & (motion >= limits.motion)
        repeats = notches(change.v, low, SHOULDER * motion)
        held = held_share(repeats, round(HELD_WINDOW_S / max(interval, 1e-3))) > limits.held
        steady = float(np.mean(np.abs(step - interval) < 0.3 * interval)) > 0.6
        late = (
            np.append(step > limits.gap * np.maximum(interval, usual_step(step)), False)
            & (motion >= limits.motion)
            & steady
        )
        # A loss long enough to be a gap in the file is the stream detector's finding, not a hiccup.
        late &= np.append(step, 0) < max(0.5, 4 * interval)
        hits = (repeats & ~held) | late
        period = beat(firsts(np.flatnonzero(hits)))
        for span in spans(change, hits, merge_gap=limits.merge):
            found = _finding(span, hits, late, change, motion, period, limits)
            if found is not None:
                yield found


def _finding(span: Span, hits: NDArray[np.bool_], late: NDArray[np.bool_], change: Signal, motion: NDArray[np.float64],
             period: int, limits: Any) -> Finding | None:  # fmt: skip
    places = span.first + np.flatnonzero(hits[span.items])
    first = firsts(places)
    if is_cadence(hits[span.items], period):
        return None
    count, lost = len(first), int(late[span.items].sum())
    seconds = max(span.end - span.start, 0.04)
    start = span.start if not late[span.first] or span.first + 1 >= len(change.t) else float(change.t[span.first])
    few = count < limits.hiccups
    kind = "missing" if lost > count / 2 else "repeated"
    what = f"{'a frame' if count == 1 else 'frames'} {kind} while the shot moves"
    deepest = float(np.max(1 - change.v[places] / np.maximum(motion[places], 1e-6)))
    return Finding(
        start, span.end, "stutter", "stutter", "fyi" if few else "issue", float(np.clip(0.4 + 0.1 * count, 0, 0.99)),
        float(count), float(limits.hiccups), "hiccups",
        f"Motion stumbles {'once' if count == 1 else f'{count} times in {seconds:.1f} s'}: {what}, on no regular beat.",
        details={"times": [round(float(change.t[i]), 3) for i in first[:50]], "missing": lost, "depth": round(deepest, 3)},
    )  # fmt: skip
