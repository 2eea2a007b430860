"""Dropout: a short gap inside running programme, in every channel or in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Axis, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.measures.gaps import Gap, gaps, least_blocks
from vqa_toolkit.measures.sound_blocks import BlockCutter, rms_db, time_of

SOUND = Need("audio")
BLOCK_S = 0.005
DIGITAL_DB = -90.0  # dBFS: one step of 16 bits; long gaps below are ``silence``
HOLES_SHARE = 0.1  # of the programme: where digital silence is this common, pauses are made of it


@dataclass(frozen=True, slots=True)
class DropoutLimits(Limits):
    """What a gap is, and how abruptly it must begin and end."""

    floor: float = limit(
        -50.0, unit="dBFS", low=-90.0, high=-30.0, origin="Essentia", doc="level inside a gap, at most"
    )
    beside: float = limit(
        -36.0, unit="dBFS", low=-60.0, high=-10.0, origin="Essentia asks −30 dB of music; speech at −23 LUFS has softer sounds",
        doc="level over 40 ms before and after, at least",
    )  # fmt: skip
    edge: float = limit(
        24.0, unit="dB", low=6.0, high=60.0, origin="plosives of the development speech fall up to 20 dB in 10 ms",
        doc="how far the level must fall into the gap, and rise out of it, within 10 ms",
    )  # fmt: skip
    sure_edge: float = limit(
        32.0, unit="dB", low=6.0, high=80.0, origin="twice the power ratio of a plosive, with room",
        doc="one edge this abrupt suffices when the other lies in a softer passage",
    )  # fmt: skip
    min_duration: float = limit(0.01, unit="s", low=0.005, high=1.0, origin="Essentia", doc="shortest gap")
    max_duration: float = limit(3.5, unit="s", low=0.1, high=10.0, origin="Essentia", doc="longest gap")
    programme_floor: float = limit(
        -75.0, unit="dBFS", low=-120.0, high=-40.0, origin="room tone of the development scenes is −58, of studios −70",
        doc="where a programme's quiet tenth stays above this, digital silence cannot be a pause",
    )  # fmt: skip
    silence: float = limit(
        0.5, unit="s", low=0.05, high=30.0, origin="the shortest digital silence of the silence detector",
        doc="gaps of digital silence from here on are silence, not dropouts",
    )  # fmt: skip


class Dropout(Detector):
    """Gaps of 10 ms to 3.5 s at or below −50 dBFS that begin and end abruptly.

    Signal ``level``: RMS per 5 ms and channel, dBFS. Pauses of speech and music fade by themselves; lost buffers do not.
    """

    name = "dropout"
    version = "1"
    title = "Sound dropout"
    defects = ("dropout",)
    needs = (SOUND,)
    limits = DropoutLimits
    standards = ("Netflix [016]",)
    CLEAN = (Case(), Case(scene="surf"), Case(scene="percussion"))
    FAULTY = (
        Case(scene="music", faults=("dropout@2:2.1,gap_s=0.1",), expect=(Expect("dropout", 2.0, 2.1, 0.05),)),
        Case(scene="rain", faults=("dropout@3:3.4,gap_s=0.4",), expect=(Expect("dropout", 3.0, 3.4, 0.05),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        channels = media.audio.channels
        self._cut = BlockCutter(BLOCK_S, media.audio.rate, channels)
        self._level = Curve("level", "dBFS", (Axis("channel", "", tuple(float(c) for c in range(channels))),))

    def update(self, chunk: Chunk) -> None:
        """RMS level of every whole 5-ms block."""
        view = chunk.view(SOUND)
        for blocks in self._cut.push(view.t, view.data) if view is not None else ():
            self._level.extend(blocks.t, rms_db(blocks.x), blocks.end)

    def finish(self) -> Iterable[Signal]:
        """The level."""
        level = self._level.signal()
        if len(level.t) < 4:
            raise NotAssessable("there is less than 20 ms of sound")
        return (level,)

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Gaps of the loudest channel first; then gaps of one channel while another goes on."""
        level = signals["level"]
        everywhere = np.asarray(level.v.max(axis=1))
        abrupt = min(limits.edge / 2, limits.sure_edge)  # what every dropout has at both edges
        least = least_blocks(BLOCK_S, limits.min_duration)
        said = [g for g in gaps(everywhere, limits.floor, abrupt, least) if _lost(g, level, limits)]
        said += [
            g
            for g in _holes(level, everywhere, limits)
            if not any(g.first <= s.last and s.first <= g.last for s in said)
        ]
        yield from (_finding(g, level, None, limits) for g in said)
        for channel in range(level.v.shape[1] if level.v.shape[1] > 1 else 0):
            for gap in gaps(level.v[:, channel], limits.floor, abrupt, least):
                alone = everywhere[gap.first : gap.last + 1]
                if float(np.median(alone)) > limits.beside and _lost(gap, level, limits):
                    yield _finding(gap, level, channel, limits)


def _lost(gap: Gap, level: Signal, limits: DropoutLimits) -> bool:
    length = time_of(level, gap.last + 1) - float(level.t[gap.first])
    if not limits.min_duration - 1e-6 <= length <= limits.max_duration:
        return False
    if gap.level <= DIGITAL_DB and length >= limits.silence:
        return False
    weak, strong = sorted((gap.fall, gap.rise))
    loud = min(gap.before, gap.after) >= limits.beside
    # Attacks rise out of nothing by nature, so that one edge alone must be the fall, and far.
    return (loud and weak >= limits.edge) or (
        gap.fall >= limits.sure_edge and gap.rise >= limits.edge / 2 and gap.before >= limits.beside and strong > 0
    )


def _holes(level: Signal, v: Any, limits: DropoutLimits) -> list[Gap]:
    """Short digital silence in a programme that has a noise floor everywhere else."""
    digital = v <= DIGITAL_DB
    if not digital.any() or digital.mean() > HOLES_SHARE or np.percentile(v[~digital], 10) < limits.programme_floor:
        return []
    found = []
    for gap in gaps(v, DIGITAL_DB, limits.edge / 2, least_blocks(BLOCK_S, limits.min_duration)):
        length = time_of(level, gap.last + 1) - float(level.t[gap.first])
        if min(gap.fall, gap.rise) >= limits.edge / 2 and limits.min_duration - 1e-6 <= length < limits.silence:
            found.append(gap)
    return found


def _finding(gap: Gap, level: Signal, channel: int | None, limits: DropoutLimits) -> Finding:
    start, end = float(level.t[gap.first]), time_of(level, gap.last + 1)
    who = "The sound" if channel is None else f"Channel {channel + 1}"
    around = f"{gap.level:.0f} dBFS between {gap.before:.0f} and {gap.after:.0f} dBFS"
    message = f"{who} drops out for {1000 * (end - start):.0f} ms: {around}."
    sure = (min(gap.fall, gap.rise) - limits.edge) / 60
    return Finding(
        start, end, "dropout", "dropout", "issue", float(np.clip(0.75 + sure, 0, 1)), gap.level, limits.floor, "dBFS", message,
        standards=("Netflix [016]",),
        details={"signal": "level", "fall_db": round(gap.fall, 1), "rise_db": round(gap.rise, 1),
                 **({} if channel is None else {"channel": channel + 1})},
    )  # fmt: skip
