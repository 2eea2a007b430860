"""DC offset: a constant that rides on the sound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import (
    Axis,
    Case,
    Chunk,
    Curve,
    Detector,
    Expect,
    Finding,
    FloatArray,
    Limits,
    Need,
    Signal,
    limit,
)
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, hysteresis, spans
from vqa_toolkit.measures.sound_blocks import BlockCutter, step_place, time_of

SOUND = Need("audio")
BLOCK_S = 0.02
STEADY_S = 1.0  # the mean is taken over this much: one cycle of 1 Hz, 20 of the lowest audible tone


@dataclass(frozen=True, slots=True)
class DcOffsetLimits(Limits):
    """How far the mean may lie from zero."""

    offset: float = limit(
        0.01, unit="of full scale", low=0.001, high=0.5, origin="−40 dBFS; 49 development recordings without an offset measure 0",
        doc="magnitude that three quarters of the 20-ms means of a second reach",
    )  # fmt: skip
    min_duration: float = limit(
        0.8, unit="s", low=0.1, high=30.0, origin="shorter swings are wind and rumble", doc="shortest offset"
    )
    of_level: float = limit(
        0.1, unit="of the RMS", low=0.0, high=2.0, origin="−20 dB: asymmetric waves of loud bass move the mean by less",
        doc="the mean must also reach this share of the sound's RMS around it",
    )  # fmt: skip


class DcOffset(Detector):
    """The mean of the samples away from zero for a second and more.

    Signals per 20 ms and channel: ``mean`` (of full scale) and ``rms`` (of full scale, about zero).
    """

    name = "dc_offset"
    version = "1"
    title = "DC offset"
    defects = ("dc_offset",)
    needs = (SOUND,)
    limits = DcOffsetLimits
    standards = ("EBU QC 0231B",)
    CLEAN = (Case(), Case(scene="bass"), Case(scene="engine"))
    FAULTY = (Case(faults=("dc_offset@1.5:4.5",), expect=(Expect("dc_offset", 1.5, 4.5, 0.1),)),)

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        axes = (Axis("channel", "", tuple(float(c) for c in range(media.audio.channels))),)
        self._cut = BlockCutter(BLOCK_S, media.audio.rate, media.audio.channels)
        self._mean, self._rms = Curve("mean", "of full scale", axes), Curve("rms", "of full scale", axes)

    def update(self, chunk: Chunk) -> None:
        """Mean and RMS of every whole 20-ms block."""
        view = chunk.view(SOUND)
        for blocks in self._cut.push(view.t, view.data) if view is not None else ():
            self._mean.extend(blocks.t, np.einsum("nsc->nc", blocks.x) / blocks.x.shape[1], blocks.end)
            power = np.einsum("nsc,nsc->nc", blocks.x, blocks.x) / blocks.x.shape[1]
            self._rms.extend(blocks.t, np.sqrt(power), blocks.end)

    def finish(self) -> Iterable[Signal]:
        """Both curves."""
        mean = self._mean.signal()
        if len(mean.t) < round(STEADY_S / BLOCK_S):
            raise NotAssessable(f"there is less than {STEADY_S:g} s of sound")
        return mean, self._rms.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Per channel; channels that carry the same offset at the same time are one finding."""
        mean, rms = signals["mean"], signals["rms"]
        said: list[Finding] = []
        for channel in range(mean.v.shape[1]):
            for span in _offset_spans(mean, channel, limits):
                value = float(np.mean(mean.v[span.items, channel], dtype=np.float64))
                around = float(np.sqrt(np.mean(rms.v[span.items, channel].astype(np.float64) ** 2)))
                twin = any(abs(f.start - span.start) < STEADY_S and abs(f.end - span.end) < STEADY_S for f in said)
                if abs(value) >= max(limits.offset, limits.of_level * around) and not twin:
                    said.append(_finding(span, value, channel, limits))
        return said


def _offset_spans(mean: Signal, channel: int, limits: DcOffsetLimits) -> list[Span]:
    """Spans of the one-second mean beyond the limit, their ends put where the mean steps."""
    v = mean.v[:, channel].astype(np.float64)
    steady = _steady(v)
    active = hysteresis(steady, limits.offset, limits.offset / 2)
    reach = round(STEADY_S / BLOCK_S)
    found = []
    for span in spans(mean, active, merge_gap=STEADY_S / 2):
        first, last = span.first, span.last
        if first > 0:
            first = step_place(v, max(first - reach, 0), min(first + reach, len(v)))
        if last < len(v) - 1:
            last = step_place(v, max(last - reach, 0), min(last + reach, len(v))) - 1
        if last > first and time_of(mean, last + 1) - float(mean.t[first]) >= limits.min_duration:
            found.append(Span(float(mean.t[first]), time_of(mean, last + 1), first, last))
    return found


def _steady(v: FloatArray) -> NDArray[np.float64]:
    """What three quarters of the block means within a second reach or pass, on one side of zero.

    Asymmetric voices move the mean while they sound; a constant is there in the pauses too.
    """
    from scipy.ndimage import percentile_filter

    size = round(STEADY_S / BLOCK_S)
    low, high = (percentile_filter(v, p, size=size, mode="nearest") for p in (25, 75))
    return np.asarray(np.maximum(np.maximum(low, -high), 0.0))


def _finding(span: Span, value: float, channel: int, limits: DcOffsetLimits) -> Finding:
    message = f"The sound lies {value:+.3f} of full scale off zero for {span.end - span.start:.2f} s."
    score = float(np.clip(0.6 + 0.2 * np.log10(abs(value) / limits.offset), 0, 1))
    return Finding(
        span.start, span.end, "dc_offset", "dc_offset", "issue", score, abs(value), limits.offset, "of full scale", message,
        standards=("EBU QC 0231B",), details={"signal": "mean", "channel": channel + 1, "offset": round(value, 5)},
    )  # fmt: skip
