"""Sound and picture of different length: one begins or ends without the other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vqa_toolkit.core import Case, Chunk, Detector, Finding, Limits, Need, PacketFact, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.measures.packets import stream_ends, stream_starts

PACKETS = Need("packets")


@dataclass(frozen=True, slots=True)
class AvDurationLimits(Limits):
    """How far apart the streams may begin and end."""

    short: float = limit(
        0.10, unit="s", low=0.02, high=10.0, origin="over 2 frames short (FC-108)", doc="sound ends early by"
    )
    long: float = limit(2.0, unit="s", low=0.05, high=30.0, origin="over 2 s long (FC-108)", doc="sound ends late by")
    begin: float = limit(
        0.5, unit="s", low=0.05, high=30.0, origin="not measured: recordings show from a key frame, broadcasts have one every 0.5 s",
        doc="sound and picture begin apart by",
    )  # fmt: skip


class AvDuration(Detector):
    """When the first packets of sound and picture begin and the last ones end. Signals: ``starts`` (video, audio) and ``ends``
    (see ``measures.packets.stream_ends``).
    """

    name = "av_duration"
    version = "2"
    title = "Stream lengths apart"
    defects = ("av_duration",)
    needs = (PACKETS,)
    limits = AvDurationLimits
    standards = ("Netflix FC-108",)
    CLEAN = (Case(),)

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        if media.video is None or media.audio is None:
            raise NotAssessable("the file has only one of sound and picture")
        self._facts: list[PacketFact] = []

    def update(self, chunk: Chunk) -> None:
        """Keep the facts."""
        view = chunk.view(PACKETS)
        if view is not None:
            self._facts.extend(view.data)

    def finish(self) -> Iterable[Signal]:
        """When the streams begin and end."""
        ends = stream_ends(self._facts, self.media)
        if not all(math.isfinite(ends.v[0, i]) for i in (0, 2)):
            raise NotAssessable("no packet of one of the streams could be read")
        return stream_starts(self._facts), ends

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """A finding over each stretch, at the head and at the tail, that only one stream fills."""
        video, audio = (float(t) for t in signals["starts"].v[0])
        if abs(audio - video) > limits.begin:
            yield _finding(video, audio, "begins", limits.begin)
        ends = signals["ends"].v[0]
        video, audio = float(ends[0]), float(ends[2])
        if not -limits.short <= audio - video <= limits.long:
            yield _finding(video, audio, "ends", limits.short if audio < video else limits.long)


def _finding(video: float, audio: float, does: str, bound: float) -> Finding:
    apart = abs(audio - video)
    message = f"The sound {does} {apart:.2f} s {'before' if audio < video else 'after'} the picture."
    return Finding(
        min(video, audio), max(video, audio), "av_duration", "av_duration", "issue", 1.0, apart, bound, "s", message,
        standards=("Netflix FC-108",) if does == "ends" else (),
    )  # fmt: skip
