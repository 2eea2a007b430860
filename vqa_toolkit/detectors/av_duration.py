"""Sound and picture of different length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vqa_toolkit.core import Case, Chunk, Detector, Finding, Limits, Need, PacketFact, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.measures.packets import stream_ends

PACKETS = Need("packets")


@dataclass(frozen=True, slots=True)
class AvDurationLimits(Limits):
    """How far apart the streams may end."""

    short: float = limit(
        0.10, unit="s", low=0.02, high=10.0, origin="over 2 frames short (FC-108)", doc="sound ends early by"
    )
    long: float = limit(2.0, unit="s", low=0.05, high=30.0, origin="over 2 s long (FC-108)", doc="sound ends late by")


class AvDuration(Detector):
    """When the last packets of sound and picture end. Signal: ``ends`` (see ``measures.packets.stream_ends``)."""

    name = "av_duration"
    version = "1"
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
        """When the streams end."""
        ends = stream_ends(self._facts, self.media)
        if not all(math.isfinite(ends.v[0, i]) for i in (0, 2)):
            raise NotAssessable("no packet of one of the streams could be read")
        return (ends,)

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """One finding over the stretch that only one stream fills."""
        ends = signals["ends"].v[0]
        video, audio = float(ends[0]), float(ends[2])
        apart = audio - video
        if -limits.short <= apart <= limits.long:
            return
        bound = limits.short if apart < 0 else limits.long
        message = f"The sound ends {abs(apart):.2f} s {'before' if apart < 0 else 'after'} the picture."
        yield Finding(
            min(video, audio), max(video, audio), "av_duration", "av_duration", "issue", 1.0, abs(apart), bound, "s", message,
            standards=("Netflix FC-108",),
        )  # fmt: skip
