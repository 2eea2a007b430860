"""Packet facts as curves: when packets come, which are damaged, how even their steps are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, PacketFact, Signal
from vqa_toolkit.media.info import AudioInfo, MediaInfo, VideoInfo

ENDS = ("video end", "video declared", "audio end", "audio declared", "file declared")


def packet_times(facts: Sequence[PacketFact], stream: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times and durations (n,), seconds, of a stream's packets in presentation order."""
    own = [(f.t, f.duration) for f in facts if f.stream == stream and f.size and math.isfinite(f.t)]
    table = np.array(sorted(own), dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def error_times(facts: Sequence[PacketFact]) -> Signal:
    """Signal ``errors`` (n, 2): damaged, undecodable or missing packets of video and audio, at the time they were met."""
    reach = 0.0
    rows = []
    for f in facts:
        reach = f.t if math.isfinite(f.t) else reach
        if f.complaint:
            rows.append((max(reach, 0.0), f.stream == "video", f.stream == "audio"))
    table = np.array(sorted(rows), dtype=np.float64).reshape(-1, 3)
    return Signal("errors", "errors", table[:, 0], table[:, 1:], (Axis("stream", "", (0.0, 1.0)),))


def variable_share(step: Signal) -> float:
    """Share of steps more than 15 % (and 2 ms) off the median step; rare long gaps are not a variable rate."""
    steps = step.v[1:]
    if len(steps) < 10:
        return 0.0
    usual = float(np.median(steps))
    return float(np.mean(np.abs(steps - usual) > max(0.15 * usual, 0.002)))


HELD = 3.0  # times the median step from which a picture was held; lost pictures and halved rates make twice the step


def held_share(step: Signal) -> float:
    """Share of steps of :data:`HELD` times the median step and more: screen recorders give a picture when something changes."""
    steps = step.v[1:]
    return float(np.mean(steps >= HELD * np.median(steps))) if len(steps) >= 10 else 0.0


def stream_ends(facts: Sequence[PacketFact], media: MediaInfo) -> Signal:
    """Signal ``ends`` (1, 5), seconds, in the order of :data:`ENDS`: when each stream's last packet ends, when it was
    declared to end, and when the file was; NaN where there is none."""
    ends = [*_stream_end(facts, "video", media.video), *_stream_end(facts, "audio", media.audio), media.duration]
    axes = (Axis("end of", "", tuple(float(i) for i in range(len(ENDS)))),)
    return Signal("ends", "s", np.zeros(1), np.array([ends]), axes)


def unfinished(media: MediaInfo) -> Signal:
    """Signal ``unfinished`` (1, 2): bytes that the last transport packet and the last PES packets are known to lack."""
    lacks = np.array([[media.packet_lacks, media.pes_lacks]], dtype=np.float64)
    return Signal("unfinished", "bytes", np.zeros(1), lacks, (Axis("of packets", "", (0.0, 1.0)),))


def stream_starts(facts: Sequence[PacketFact]) -> Signal:
    """Signal ``starts`` (1, 2), seconds: when the first packets of video and audio are presented; NaN where there is none."""
    starts = [float(t[0]) if len(t) else math.nan for t, _ in (packet_times(facts, s) for s in ("video", "audio"))]
    return Signal("starts", "s", np.zeros(1), np.array([starts]), (Axis("stream", "", (0.0, 1.0)),))


def _stream_end(facts: Sequence[PacketFact], stream: str, info: VideoInfo | AudioInfo | None) -> tuple[float, float]:
    t, duration = packet_times(facts, stream)
    if not len(t) or info is None:
        return math.nan, math.nan
    usual = float(np.median(np.diff(t))) if len(t) > 1 else 0.0
    last = float(duration[-1])
    # A last packet that claims to last far longer than the others is how some containers hide a missing tail.
    end = float(t[-1]) + (last if 0 < last < 10 * max(usual, 0.01) else usual)
    return end, info.duration + (info.start if math.isfinite(info.start) else 0.0)
