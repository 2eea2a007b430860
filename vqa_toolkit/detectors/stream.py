"""The stream itself: timestamp gaps, decode errors, truncation, variable frame rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Case, Chunk, Detector, Expect, Finding, Limits, Need, PacketFact, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.measures.packets import error_times, held_share, packet_times, stream_ends, unfinished, variable_share

PACKETS = Need("packets")
ERROR_SPAN_S = 0.04  # s a single error is shown for: about a frame
KINDS: tuple[str, ...] = ("video", "audio")


@dataclass(frozen=True, slots=True)
class StreamLimits(Limits):
    """What a healthy stream keeps to."""

    video_gap: float = limit(
        0.10, unit="s", low=0.02, high=5.0, origin="three frames at 25/s; TR 101 290 asks for a PTS every 0.7 s",
        doc="missing time between two pictures, beyond the usual step",
    )  # fmt: skip
    audio_gap: float = limit(
        0.06, unit="s", low=0.01, high=5.0, origin="nearly three AAC packets", doc="missing time between two sound packets"
    )  # fmt: skip
    held_share: float = limit(
        0.1, unit="of steps", low=0.01, high=1.0, origin="a made screen recording 0.3; jitter, lost frames, halved rates to 0.024",
        doc="share of steps of three usual ones above which pictures are held at will, so that a gap is a note",
    )  # fmt: skip
    vfr_share: float = limit(
        0.05, unit="of steps", low=0.001, high=0.9, origin="constant-rate files measure 0, screen captures above 0.3",
        doc="share of picture steps off the usual one above which the rate is variable",
    )  # fmt: skip
    truncation: float = limit(0.5, unit="s", low=0.1, high=60.0, origin="containers round durations to about a tenth of this",
                              doc="how much earlier than declared a stream may end")  # fmt: skip
    error_gap: float = limit(1.0, unit="s", low=0.1, high=10.0, origin="one finding per burst",
                             doc="errors this near are one event")  # fmt: skip


class Stream(Detector):
    """Facts of packets and decoder, judged.

    Signals: ``video_step``/``audio_step`` (time since the packet before, s, at its time), ``errors`` (n, 2: video, audio; decode
    errors, corrupt flags and missing pictures at their times), ``ends``, ``unfinished`` (bytes that the last packets of a
    transport stream are known to lack; see ``measures.packets``).
    """

    name = "stream"
    version = "4"
    title = "Stream integrity"
    defects = ("pts_gap", "decode_error", "truncated", "vfr")
    needs = (PACKETS,)
    limits = StreamLimits
    standards = ("ETSI TR 101 290",)
    CLEAN = (Case(),)
    FAULTY = (Case(faults=("pts_gap@2:3",), expect=(Expect("pts_gap", 2.0, 3.0),)),)

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._facts: list[PacketFact] = []

    def update(self, chunk: Chunk) -> None:
        """Keep the facts; they are a few dozen bytes per packet."""
        view = chunk.view(PACKETS)
        if view is not None:
            self._facts.extend(view.data)

    def finish(self) -> Iterable[Signal]:
        """Steps, errors, ends."""
        if not self._facts:
            raise NotAssessable("the file holds no packet that could be read")
        for kind in KINDS:
            t, _ = packet_times(self._facts, kind)
            yield Signal(f"{kind}_step", "s", t, np.diff(t, prepend=t[:1]))
        yield stream_ends(self._facts, self.media)
        yield unfinished(self.media)
        yield error_times(self._facts)

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """All four findings."""
        variable = variable_share(signals["video_step"])
        held = held_share(signals["video_step"]) >= limits.held_share
        yield from _gaps(signals["video_step"], "pictures", limits.video_gap, variable > limits.vfr_share, held)
        yield from _gaps(signals["audio_step"], "sound", limits.audio_gap, False)
        yield from _error_bursts(signals["errors"], limits)
        yield from _truncation(signals["ends"].v[0], signals["unfinished"].v[0], limits)
        if variable > limits.vfr_share:
            step = signals["video_step"]
            message = f"The frame rate varies: {variable:.0%} of the steps between pictures are off the usual one."
            yield _found(float(step.t[0]), float(step.ends[-1]), "vfr", "fyi", variable, limits.vfr_share, "of steps",
                         message)  # fmt: skip


def _found(start: float, end: float, defect: str, severity: Any, value: float, bound: float, unit: str, message: str,
           standards: tuple[str, ...] = (), signal: str = "video_step") -> Finding:  # fmt: skip
    return Finding(
        max(start, 0.0), max(end, 0.0), defect, "stream", severity, 1.0, value, bound, unit, message, standards=standards,
        details={"signal": signal},
    )  # fmt: skip


def _gaps(step: Signal, what: str, bound: float, variable: bool, held: bool = False) -> Iterable[Finding]:
    steps = step.v[1:]
    usual = float(np.median(steps) if not variable else np.percentile(steps, 98) * 2) if len(steps) > 1 else math.inf
    for i in np.flatnonzero(steps > usual + bound) + 1:
        missing = float(step.v[i]) - usual
        start, end = float(step.t[i - 1]) + min(usual, float(step.v[i])), float(step.t[i])
        message = f"{missing:.2f} s of {what} are missing: no timestamp from {start:.3f} s to {end:.3f} s."
        message += " This file holds pictures at will, as screen recorders do." if held else ""
        yield _found(start, end, "pts_gap", "fyi" if held else "issue", missing, bound, "s", message, ("ETSI TR 101 290",),
                     step.name)  # fmt: skip


def _error_bursts(errors: Signal, limits: StreamLimits) -> Iterable[Finding]:
    for k, kind in enumerate(KINDS):
        own = errors.v[:, k] > 0
        if not own.any():
            continue
        t = errors.t[own]
        breaks = np.diff(t, append=np.inf) > limits.error_gap
        first = 0
        for last in np.flatnonzero(breaks):
            count = int(last) - first + 1
            message = f"{count} {kind} packet{'s' if count > 1 else ''} damaged, undecodable or missing, as the decoder met them."
            yield _found(float(t[first]), float(t[last]) + ERROR_SPAN_S, "decode_error", "issue", count, 0, "packets", message,
                         ("ETSI TR 101 290",), "errors")  # fmt: skip
            first = int(last) + 1


def _truncation(ends: NDArray[Any], lacks: NDArray[Any], limits: StreamLimits) -> Iterable[Finding]:
    video, video_declared, audio, audio_declared, file_declared = (float(e) for e in ends)
    reached = float(np.nanmax([video, audio, 0.0]))
    declared = [d for d in (video_declared, audio_declared) if math.isfinite(d)] or [file_declared]
    short = max(declared) - reached
    if math.isfinite(short) and short > limits.truncation:
        message = f"The file ends {short:.2f} s before its declared end ({max(declared):.2f} s): it is truncated."
        yield _found(reached, max(declared), "truncated", "blocker", short, limits.truncation, "s", message, (), "ends")
    elif lacks.any():
        # Recordings of broadcasts may well stop inside a PES packet; nothing is written in parts of transport packets.
        what, missing, severity = ("transport", lacks[0], "issue") if lacks[0] else ("PES", lacks[1], "fyi")
        message = f"The file stops inside a {what} packet, which lacks {missing:.0f} bytes: it was cut off, nobody can tell how far."
        yield _found(reached, reached, "truncated", severity, float(missing), 0, "bytes", message, (), "unfinished")
