"""Lip sync: does the sound belong to the lips, and if so, how early or late is it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Axis, Case, Chunk, Detector, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.measures.sync_findings import moving_sound, out_of_sync
from vqa_toolkit.measures.sync_reasons import SAYS_NOTHING, event_curves, why_not
from vqa_toolkit.measures.sync_story import story_of
from vqa_toolkit.measures.sync_verdict import FRAME_MS, votes

LUMA = Need("luma", height=540)
SOUND = Need("audio", rate=16_000, mono=True)


@dataclass(frozen=True, slots=True)
class AvSyncLimits(Limits):
    """When sound and lips count as apart. The defaults lie midway between BT.1359's detectability and acceptability."""

    early: float = limit(
        67.0, unit="ms", low=20.0, high=400.0, origin="midway between +45 and +90 ms of ITU-R BT.1359-1",
        doc="sound earlier than this is reported",
    )  # fmt: skip
    late: float = limit(
        155.0, unit="ms", low=20.0, high=400.0, origin="midway between -125 and -185 ms of ITU-R BT.1359-1",
        doc="sound later than this is reported",
    )  # fmt: skip
    early_blocker: float = limit(
        90.0, unit="ms", low=20.0, high=1000.0, origin="BT.1359-1: not acceptable", doc="a blocker"
    )
    late_blocker: float = limit(
        185.0, unit="ms", low=20.0, high=1000.0, origin="BT.1359-1: not acceptable", doc="a blocker"
    )
    confidence: float = limit(
        0.2, unit="cosine", low=0.02, high=0.6, origin="1.4 % of windows of validation speakers dubbed by others, docs/lipsync.md",
        doc="peak minus median of the similarity over offsets, scaled to four seconds, from which a window is believed",
    )  # fmt: skip
    drift: float = limit(
        25.0,
        unit="ms/min",
        low=2.0,
        high=1000.0,
        origin="10 ms/min of error and a factor of two",
        doc="a drift is reported",
    )
    min_duration: float = limit(
        2.0, unit="s", low=1.0, high=30.0, origin="half a window", doc="shortest stretch of speech that is reported"
    )


class AvSync(Detector):
    """Windows of four seconds a second apart: each face's lips against the sound at every offset within ± 1 s.

    ``offset`` (ms, + = sound early) is where the similarity of both towers of a SyncNet peaks, ``confidence`` the peak
    minus the median. Evidence that is not speech (onsets of sound and of motion) is kept apart as ``events``.
    """

    name = "av_sync"
    version = "8"
    title = "Lip sync"
    defects = ("av_sync", "av_drift")
    needs = (LUMA, SOUND)
    limits = AvSyncLimits
    network = True
    standards = ("ITU-R BT.1359-1", "EBU R37")
    CLEAN = (Case(),)
    FAULTY = ()

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        from vqa_toolkit.models.sync_net import load_sync_net
        from vqa_toolkit.models.sync_stream import SyncStream

        self._stream = SyncStream(load_sync_net(device), device)

    def update(self, chunk: Chunk) -> None:
        """Track faces, keep the sound, measure every window that is complete."""
        sound, pictures = chunk.view(SOUND), chunk.view(LUMA)
        if sound is not None:
            self._stream.hear(sound.t, np.asarray(sound.data, np.float32).reshape(len(sound.t), -1).mean(axis=1))
        if pictures is not None:
            for t, luma in zip(pictures.t.tolist(), pictures.data, strict=True):
                self._stream.see(t, luma)
        self._stream.advance()

    def finish(self) -> Iterable[Signal]:
        """Offsets, confidences and maps; or why nothing can be said."""
        s = self._stream
        s.finish()
        levels = s.sound.levels()
        reason = why_not(s, levels)
        if reason:
            raise NotAssessable(reason)
        curves = np.stack([w.curve for w in s.windows])
        starts = np.array([w.start for w in s.windows])
        found = votes(
            starts, np.array([w.end for w in s.windows]), np.array([w.spoken for w in s.windows]),
            np.array([w.track for w in s.windows]), curves, SAYS_NOTHING,
        )  # fmt: skip
        offsets = (Axis("offset", "ms", tuple((np.arange(curves.shape[1]) - (curves.shape[1] - 1) / 2) * -FRAME_MS)),)
        end = s.windows[-1].end
        t = np.array([v.start for v in found])
        rows_t = np.array([r.t for r in s.rows])
        faces = (Axis("centre x, centre y, side", "of width, height, height", (0.0, 1.0, 2.0)),)
        event_t, events = event_curves(s.motion, levels)
        return (
            Signal("offset", "ms", t, np.array([v.offset for v in found], np.float32), end=found[-1].end),
            Signal("confidence", "cosine", t, np.array([v.confidence for v in found], np.float32), end=found[-1].end),
            Signal("similarity", "cosine", starts, curves, offsets, end),
            Signal("window_end", "s", starts, np.array([w.end for w in s.windows]), end=end),
            Signal("spoken", "s", starts, np.array([w.spoken for w in s.windows], np.float32), end=end),
            Signal("track", "", starts, np.array([w.track for w in s.windows], np.int16), end=end),
            Signal("face", "px", starts, np.array([w.face_px for w in s.windows], np.float32), end=end),
            Signal("map", "cosine", rows_t, np.stack([r.curve for r in s.rows]), offsets),
            Signal("map_track", "", rows_t, np.array([r.track for r in s.rows], np.int16)),
            Signal("faces", "", rows_t, np.array([r.face for r in s.rows], np.float32), faces),
            Signal("events", "correlation", event_t, events, offsets),
        )

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Votes → one story; the stretches that are off, and how the offset moves."""
        story, found = story_of(signals, limits.confidence)
        if story is not None:
            yield from out_of_sync(found, story, limits, AvSync.standards)
            yield from moving_sound(found, story, limits, AvSync.standards)
