"""Repeat: a sound buffer that is played again and again, as a starved player does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, hysteresis, spans
from vqa_toolkit.measures.repeats import LONGEST_S, NONE, Repetition, best_mismatch, flattened, reduction, repetition
from vqa_toolkit.measures.sliding import Sliding, Window

SOUND = Need("audio")
WINDOW_S, HOP_S = 1.5, 0.5  # s: the last half second of a window is judged against the whole
BLOCK_S = 0.01
CORRELATED_S = 1.0  # s at the end of a window that are searched for the period
LOOSER = 2.0  # times the limit that single blocks of a repetition may reach
BRIDGE_S = 0.05  # s of coding noise that do not end a repetition


@dataclass(frozen=True, slots=True)
class RepeatLimits(Limits):
    """How alike the repeats must be, for how long, and when a loop is music."""

    mismatch: float = limit(
        0.08, unit="of 1", low=0.001, high=0.5, origin="development sound: buffers in AAC up to 0.03, music from 0.15",
        doc="difference from the buffer before: 0 equal, 1 unrelated",
    )  # fmt: skip
    min_repeats: float = limit(
        2.0, unit="repeats", low=1.0, high=20.0,
        origin="a single repeat may be an echo", doc="fewest repeats after the original",
    )  # fmt: skip
    min_duration: float = limit(0.3, unit="s", low=0.05, high=5.0, doc="shortest repetition",
                                origin="0.4 h of development sound, coded, repeats nowhere for 0.25 s")  # fmt: skip
    beat: float = limit(
        0.3, unit="s", low=0.05, high=0.6, origin="drum loops repeat every 0.3 s and more; players hold 20 to 250 ms",
        doc="longer buffers are probably a beat",
    )  # fmt: skip
    loop: float = limit(
        6.0, unit="s", low=1.0, high=120.0,
        origin="not measured: a stalled player is stopped or goes on, programmed music lasts", doc="longer ones are probably music",
    )  # fmt: skip


class Repeat(Detector):
    """Stretches that equal themselves one buffer (25 to 600 ms) earlier, once tones and rumble weigh no more than the rest.

    Signals: ``mismatch`` per 10 ms (0 equal, 1 unrelated) and ``period``, the buffer's length in seconds (0 = none).
    A jump to another moment without repetition (a skip) shows in sound alone only as the click at the splice.
    """

    name = "repeat"
    version = "3"
    title = "Repeated buffer"
    defects = ("repeat",)
    needs = (SOUND,)
    limits = RepeatLimits
    standards = ("Netflix [018]",)
    CLEAN = (Case(), Case(scene="bass"), Case(scene="percussion"))
    FAULTY = (
        Case(scene="rain", faults=("repeat@2:3,buffer_s=0.1",), expect=(Expect("repeat", 2.0, 3.0, 0.06),)),
        Case(scene="applause", faults=("repeat@3:4.5,buffer_s=0.25",), expect=(Expect("repeat", 3.0, 4.5, 0.06),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        rate = media.audio.rate
        self._group = reduction(rate)
        self._rate = rate / self._group
        self._block = max(1, round(BLOCK_S * self._rate))
        self._hop = round(HOP_S / BLOCK_S) * self._block
        size = round(WINDOW_S / HOP_S) * self._hop
        self._cut = Sliding(size * self._group, self._hop * self._group, rate, pad=(size - self._hop) * self._group)
        self._last: tuple[Window, Any, Repetition] | None = None
        self._before = NONE
        self._mismatch, self._period = Curve("mismatch", "of 1"), Curve("period", "s")

    def update(self, chunk: Chunk) -> None:
        """Measure every whole window, one behind: the buffer may show only in the next one."""
        view = chunk.view(SOUND)
        for window in (
            self._cut.push(view.t, np.nan_to_num(view.data, posinf=0.0, neginf=0.0)) if view is not None else ()
        ):
            self._take(window)

    def _take(self, window: Window) -> None:
        y = flattened(window.samples, self._rate * self._group, self._group)
        found = repetition(y[-round(CORRELATED_S * self._rate) :], self._rate)
        if self._last is not None:
            gap = abs(window.start - self._last[0].start - self._hop / self._rate) > HOP_S / 2
            self._judge(*self._last, NONE if gap else found)
        self._last = window, y, found

    def _judge(self, window: Window, y: Any, found: Repetition, after: Repetition) -> None:
        """Mismatch of the window's last hop at the periods of this window and its neighbours."""
        best, period = best_mismatch(y, (self._before, after, found), self._rate, self._block, self._hop // self._block)
        size = len(y) * self._group
        own = max(window.own - (size - self._hop * self._group), 0) // (self._block * self._group)
        start = window.start + (len(y) - self._hop) / self._rate
        step = self._block / self._rate
        if own:
            t = start + np.arange(own) * step
            self._mismatch.extend(t, best[:own], float(t[-1] + step))
            self._period.extend(t, period[:own], float(t[-1] + step))
        self._before = found

    def finish(self) -> Iterable[Signal]:
        """Both curves."""
        for window in self._cut.close():
            self._take(window)
        if self._last is not None:
            self._judge(*self._last, NONE)
        signal = self._mismatch.signal()
        if len(signal.t) < round(LONGEST_S / BLOCK_S):
            raise NotAssessable(f"there is less than {LONGEST_S:g} s of sound")
        return signal, self._period.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Stretches that repeat, from the start of the buffer that is repeated."""
        alike, period = signals["mismatch"], signals["period"].v
        near = hysteresis(-alike.v, -limits.mismatch, -LOOSER * limits.mismatch)
        for span in spans(alike, near, merge_gap=BRIDGE_S, min_duration=limits.min_duration / 2):
            buffer = float(np.median(lags := period[span.items][period[span.items] > 0]))
            steady = float(np.mean(np.abs(lags - buffer) <= 0.002)) >= 0.8
            length = span.end - span.start
            value = float(np.median(alike.v[span.items]))
            long = length >= limits.min_repeats * buffer * 0.9 and length + buffer >= limits.min_duration
            if steady and long and value <= limits.mismatch:
                yield _finding(span, buffer, value, limits)


def _finding(span: Span, buffer: float, value: float, limits: RepeatLimits) -> Finding:
    start, repeats = max(span.start - buffer, 0.0), (span.end - span.start) / buffer
    music = span.end - start > limits.loop or buffer > limits.beat
    severity: Severity = "fyi" if music else "issue"
    why = " It may be music made of loops." if music else ""
    message = f"A buffer of {1000 * buffer:.0f} ms is played {repeats + 1:.0f} times in a row.{why}"
    return Finding(
        start, span.end, "repeat", "repeat", severity, float(np.clip(0.95 - 2.0 * value, 0, 1)) * (0.4 if music else 1.0), value,
        limits.mismatch, "of 1", message, standards=("Netflix [018]",),
        details={"signal": "mismatch", "period_s": round(buffer, 4), "repeats": round(repeats, 1)},
    )  # fmt: skip
