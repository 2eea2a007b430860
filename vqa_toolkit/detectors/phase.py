"""Phase: one of two channels is inverted, so that their mono sum cancels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Axis, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.pairs import audible, channel_pairs, correlation, pair_power
from vqa_toolkit.measures.sound_blocks import BlockCutter

SOUND = Need("audio")
BLOCK_S = 0.02
OPPOSED = -0.5  # correlation of one block that belongs to an inverted passage: short blocks scatter
BESIDE_S = 2.0  # s around a block whose loudest says whether it is a pause
BRIDGE_S = 0.3  # s of other sound within an inverted passage that do not end it


@dataclass(frozen=True, slots=True)
class PhaseLimits(Limits):
    """How opposed, how loud and for how long."""

    correlation: float = limit(
        -0.85, unit="", low=-1.0, high=-0.3, origin="170° (FFmpeg aphasemeter) is −0.985 for a tone; a room's side signal leaves −0.9",
        doc="correlation of the passage, at most",
    )  # fmt: skip
    min_duration: float = limit(1.0, unit="s", low=0.2, high=30.0, doc="shortest passage",
                                origin="FFmpeg aphasemeter takes 2 s; development sound has no such passage of 1 s")  # fmt: skip
    level: float = limit(
        -60.0,
        unit="dBFS",
        low=-90.0,
        high=-20.0,
        origin="FFmpeg silencedetect: below, nothing is heard",
        doc="quieter blocks do not count, nor those 25 dB below what surrounds them",
    )


class Phase(Detector):
    """Passages in which left and right are near opposites.

    Signal ``power`` (n, pairs, 3): mean of l², r², l·r per 20 ms, for the front pair (and the rear pair of 5.1).
    Correlation is taken over the passage's energy, so that pauses do not count.
    """

    name = "phase"
    version = "2"
    title = "Inverted phase"
    defects = ("phase",)
    needs = (SOUND,)
    limits = PhaseLimits
    standards = ("Netflix [015]",)
    CLEAN = (Case(), Case(scene="applause"))
    FAULTY = (Case(scene="music", faults=("phase@1:5,strength=0.8",), expect=(Expect("phase", 1.0, 5.0, 0.1),)),)

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._pairs = channel_pairs(media.audio.channels)
        if not self._pairs:
            raise NotAssessable("the sound has one channel, which has no phase against another")
        axes = (
            Axis("pair", "", tuple(float(p) for p in range(len(self._pairs)))),
            Axis("product", "", (0.0, 1.0, 2.0)),
        )
        self._cut = BlockCutter(BLOCK_S, media.audio.rate, media.audio.channels)
        self._power = Curve("power", "full scale²", axes)

    def update(self, chunk: Chunk) -> None:
        """Energies and product of every whole 20-ms block."""
        view = chunk.view(SOUND)
        for blocks in self._cut.push(view.t, view.data) if view is not None else ():
            self._power.extend(blocks.t, pair_power(blocks.x, self._pairs), blocks.end)

    def finish(self) -> Iterable[Signal]:
        """The powers, and their correlation per block for the eye."""
        power = self._power.signal()
        if len(power.t) < 2:
            raise NotAssessable("there is less than 40 ms of sound")
        front = correlation(power.v[:, 0]).astype(np.float32)
        return power, Signal("correlation", "", power.t, front, (), power.end)

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Passages of opposed blocks, bridged over pauses, whose energy as a whole is opposed."""
        power = signals["power"]
        for pair in range(power.v.shape[1]):
            p = power.v[:, pair].astype(np.float64)
            loud = audible(p[:, :2].max(axis=1), limits.level, round(BESIDE_S / BLOCK_S))
            opposed = loud & (correlation(p) <= OPPOSED)
            for span in spans(power, _held(opposed, loud), merge_gap=BRIDGE_S, min_duration=limits.min_duration):
                r = float(correlation(p[span.items].sum(axis=0)))
                if r <= limits.correlation:
                    yield _finding(span, r, pair, limits)


def _held(opposed: Any, loud: Any) -> Any:
    """Opposed blocks, and the quiet ones between two of them with nothing else in between."""
    index = np.arange(len(opposed))
    previous = np.maximum.accumulate(np.where(loud, index, -1))
    following = np.minimum.accumulate(np.where(loud, index, len(opposed))[::-1])[::-1]
    inside = (previous >= 0) & (following < len(opposed))
    ends = opposed[np.maximum(previous, 0)] & opposed[np.minimum(following, len(opposed) - 1)]
    return opposed | (~loud & inside & ends)


def _finding(span: Span, r: float, pair: int, limits: PhaseLimits) -> Finding:
    which = "Left and right" if pair == 0 else "The rear channels"
    degrees = float(np.degrees(np.arccos(r)))
    message = f"{which} oppose each other for {span.end - span.start:.2f} s (correlation {r:.2f}, {degrees:.0f}°): mono cancels."
    score = float(np.clip(0.6 + 0.4 * (limits.correlation - r) / max(1 + limits.correlation, 1e-3), 0, 1))
    return Finding(
        span.start, span.end, "phase", "phase", "issue", score, r, limits.correlation, "", message, standards=("Netflix [015]",),
        details={"signal": "correlation", "degrees": round(degrees, 1), "channel": 2 if pair == 0 else 6},
    )  # fmt: skip
