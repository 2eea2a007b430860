"""Silence: no signal in the mix or in a channel; digital silence, quiet, and a dead line that only hisses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.silence import FRAME_S, STEADY_S, covered, level_spread, silent_states

SOUND = Need("audio")
SAID = {
    "digital": "carries no signal", "quiet": "is too quiet to hear", "dead line": "is a dead line: steady noise only",
}  # fmt: skip
FLOOR_DB = -120.0  # dBFS given to exact zeros


@dataclass(frozen=True, slots=True)
class SilenceLimits(Limits):
    """Two floors, and what a dead line is."""

    digital: float = limit(
        -90.0, unit="dBFS", low=-120.0, high=-70.0, origin="one step of 16 bits", doc="no signal at all"
    )
    quiet: float = limit(
        -60.0, unit="dBFS", low=-90.0, high=-30.0, origin="FFmpeg silencedetect", doc="too quiet to hear"
    )
    dead_line: float = limit(
        -42.0, unit="dBFS", low=-80.0, high=-25.0, origin="noise at amplitude 0.003 is −50 to −55 dBFS, with room above",
        doc="steady hiss below this, and far below the programme, is a dead line",
    )  # fmt: skip
    dead_line_drop: float = limit(
        15.0, unit="dB", low=3.0, high=60.0, origin="room tone in the development clips lies 30 dB below speech, but is not steady",
        doc="how far below the programme's loud parts a dead line lies",
    )  # fmt: skip
    steadiness: float = limit(
        1.2, unit="dB", low=0.2, high=6.0, origin="white noise spreads 0.2 dB in 20-ms frames, pink 0.7, room tone above 2",
        doc="largest standard deviation of the level over 0.5 s of a dead line",
    )  # fmt: skip
    min_duration: float = limit(
        0.5, unit="s", low=0.05, high=30.0, origin="shorter gaps are dropouts", doc="shortest digital silence"
    )
    min_quiet: float = limit(
        2.0, unit="s", low=0.2, high=60.0, origin="FFmpeg silencedetect", doc="shortest quiet or dead line"
    )
    blocker_duration: float = limit(
        5.0, unit="s", low=0.5, high=120.0, origin="a viewer changes channel", doc="a blocker from here on"
    )


class Silence(Detector):
    """Level per channel against two floors, and steady hiss far below the programme.

    Signals: ``level`` (n, channels), dBFS RMS of 20-ms frames; ``spread`` (n, channels), standard deviation of the level
    over the 0.5 s around each frame, dB.
    """

    name = "silence"
    version = "2"
    title = "Silence and dead lines"
    defects = ("silence",)
    needs = (SOUND,)
    limits = SilenceLimits
    standards = ("Netflix [016]",)
    CLEAN = (Case(),)
    FAULTY = (
        Case(faults=("silence@2:4",), expect=(Expect("silence", 2.0, 4.0),)),
        Case(faults=("silence@4:6",), expect=(Expect("silence", 4.0, 6.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._frame = max(round(FRAME_S * media.audio.rate), 1)
        channels = media.audio.channels
        self._axes = (Axis("channel", "", tuple(float(c) for c in range(channels))),)
        self._level = Curve("level", "dBFS", self._axes)
        self._t: NDArray[np.float64] = np.empty(0)
        self._samples: NDArray[np.float32] = np.empty((0, channels), dtype=np.float32)

    def update(self, chunk: Chunk) -> None:
        """RMS level of every whole 20-ms frame."""
        view = chunk.view(SOUND)
        if view is None:
            return
        self._t = np.concatenate([self._t, view.t])
        self._samples = np.concatenate([self._samples, np.nan_to_num(view.data, nan=0.0, posinf=1.0, neginf=-1.0)])
        self._measure(len(self._t) // self._frame, view.end)

    def _measure(self, frames: int, end: float) -> None:
        size = frames * self._frame
        if not frames:
            return
        blocks = self._samples[:size].reshape(frames, self._frame, -1).astype(np.float64)
        centred = blocks - blocks.mean(axis=1, keepdims=True)  # a constant offset carries nothing
        with np.errstate(divide="ignore"):
            level = np.maximum(10 * np.log10((centred**2).mean(axis=1)), FLOOR_DB)
        rest = self._t[size] if size < len(self._t) else end
        self._level.extend(self._t[: size : self._frame], level, float(rest))
        self._t, self._samples = self._t[size:], self._samples[size:]

    def finish(self) -> Iterable[Signal]:
        """Levels and their spread."""
        level = self._level.signal()
        if len(level.t) < round(STEADY_S / FRAME_S):
            raise NotAssessable(f"there is less than {STEADY_S} s of sound")
        return level, Signal("spread", "dB", level.t, level_spread(level.v), self._axes, level.end)

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Whole-mix findings first; a channel alone only where the others carry sound."""
        level, spread = signals["level"], signals["spread"]
        states = silent_states(
            level.v, spread.v, limits.digital, limits.quiet, limits.dead_line, limits.dead_line_drop, limits.steadiness
        )
        anywhere: NDArray[np.bool_] = np.asarray(states["quiet"].all(axis=1))
        scopes: list[tuple[int | None, NDArray[np.bool_]]] = [(None, np.ones_like(anywhere))]
        if level.v.shape[1] > 1:
            # A channel that never carries anything (an unused LFE, say) is one fact about the layout, not a silence.
            used = [c for c in range(level.v.shape[1]) if float(level.v[:, c].max()) > limits.digital]
            scopes += [(c, np.logical_not(anywhere)) for c in used]
        for channel, mask in scopes:
            said: list[Span] = []
            for kind, silent in states.items():
                here = mask & (silent.all(axis=1) if channel is None else silent[:, channel])
                shortest = limits.min_duration if kind == "digital" and channel is None else limits.min_quiet
                fresh = [s for s in spans(level, here, min_duration=shortest) if not covered(s, said)]
                said += fresh
                yield from (_finding(s, level, kind, channel, limits) for s in fresh)


def _finding(span: Span, level: Signal, kind: str, channel: int | None, limits: SilenceLimits) -> Finding:
    values = level.v[span.items] if channel is None else level.v[span.items, channel]
    value = float(np.median(values))
    floor = {"digital": limits.digital, "quiet": limits.quiet}.get(kind, limits.dead_line)
    said = f"{'The sound' if channel is None else f'Channel {channel + 1}'} {SAID[kind]}"
    severity: Severity = "fyi" if kind == "quiet" else "issue"
    if channel is None and kind != "quiet" and span.end - span.start >= limits.blocker_duration:
        severity = "blocker"
    return Finding(
        span.start, span.end, "silence", "silence", severity, float(np.clip(0.7 + (floor - value) / 100, 0, 1)), value, floor,
        "dBFS", f"{said} for {span.end - span.start:.2f} s ({value:.0f} dBFS, floor {floor:.0f} dBFS).", standards=("Netflix [016]",),
        details={"kind": kind, **({} if channel is None else {"channel": channel + 1})},
    )  # fmt: skip
