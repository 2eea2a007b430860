"""Pictures and sound in, windows of similarity out: tracks faces, resamples mouths to 25 frames/s, asks the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.models.faces import FaceBox
from vqa_toolkit.models.shots import CutMeter
from vqa_toolkit.models.sync_curve import mean_curve, seconds_spoken, similarity, unless_silent
from vqa_toolkit.models.sync_net import CONTEXT, FPS, MEL_PER_FRAME, SyncNet
from vqa_toolkit.models.sync_sound import SoundStore
from vqa_toolkit.models.tracks import LAG, FaceTrack, FaceTracker

WINDOW_S, HOP_S = 4.0, 1.0
WINDOW = round(WINDOW_S * FPS)  # pictures
REACH = 25  # pictures either way: one second
LEAST = 40  # pictures (1.6 s) that a window must have
ROW = 5  # pictures to a row of the distance map: 0.2 s
LEAST_STEP_S = 0.030  # pictures nearer in time than this are skipped: more than 33 frames/s add nothing at 25
LEAST_ANCHORS = 3  # detections in a window below which its track is taken for a false alarm

SOUND_LATE_S = 8.0  # s: twice what the decoder lets one stream run ahead

Floats = NDArray[np.float32]


class Window(NamedTuple):
    """What one face says over [start, end) seconds: mean similarity ``curve`` (2 REACH + 1,), NaN where there is no sound.

    ``spoken`` seconds of it lie near speech; the rest is left out.
    """

    start: float
    end: float
    track: int
    curve: Floats
    face_px: float
    frontal: float
    spoken: float


class Row(NamedTuple):
    """0.2 s of the map of similarities of one face."""

    t: float
    track: int
    curve: Floats
    face: tuple[float, float, float]  # centre and side, fractions of the picture's width, height and height


@dataclass
class _Mouth:
    """A track's mouth crops on the 25 frames/s clock, from picture ``first`` on."""

    track: FaceTrack
    first: int = -1
    crops: list[NDArray[np.uint8]] = field(default_factory=list)
    boxes: list[FaceBox] = field(default_factory=list)  # one a crop
    start: int = -1  # picture at which the next window begins
    shown: int = -1  # picture up to which rows have been written
    given: int = 0  # windows so far

    def resample(self) -> None:
        """Take the settled crops over to the clock, blending neighbours by time; what was taken is forgotten."""
        t, crops = self.track.t, self.track.crops
        if not t or (self.first < 0 and len(t) < 2):
            return
        if self.first < 0:
            self.first = self.start = self.shown = int(np.ceil(t[0] * FPS - 1e-3))
        j = 0
        while j + 1 < len(t):
            k = self.first + len(self.crops)
            at = k / FPS
            if at > t[j + 1] + 1e-6:
                j += 1
                continue
            part = min(max((at - t[j]) / max(t[j + 1] - t[j], 1e-6), 0.0), 1.0)
            mixed = (1 - part) * crops[j].astype(np.float32) + part * crops[j + 1]
            self.crops.append(np.round(mixed).astype(np.uint8))
            self.boxes.append(self.track.boxes[j])
        del t[:j], crops[:j], self.track.boxes[:j]

    @property
    def end(self) -> int:
        return self.first + len(self.crops)

    def forget(self, before: int) -> None:
        n = min(max(0, before - self.first), len(self.crops))
        del self.crops[:n], self.boxes[:n]
        self.first += n


class SyncStream:
    """Feed ``see`` and ``hear`` in time order, call ``advance`` now and then and ``finish`` at the end; memory is bounded."""

    def __init__(self, net: SyncNet, device: str = "cpu", tracker: FaceTracker | None = None) -> None:
        self._net, self._device = net, device
        self.tracker = tracker or FaceTracker()
        self.sound = SoundStore()
        self._cuts = CutMeter()
        self._mouths: dict[int, _Mouth] = {}
        self._last_t = -np.inf
        self._before: NDArray[np.int16] | None = None
        self.windows: list[Window] = []
        self.rows: list[Row] = []
        self.motion: list[tuple[float, float]] = []  # (t s, mean absolute change of luma)
        self.pictures_seen = 0
        self._shape = (1, 1)

    def see(self, t: float, luma: NDArray[np.uint8]) -> None:
        """One picture (h, w) at ``t`` seconds."""
        if t - self._last_t < LEAST_STEP_S:
            return
        self._last_t = t
        self.pictures_seen += 1
        self._shape = luma.shape[0], luma.shape[1]
        step = max(1, luma.shape[0] // 60)
        small = luma[::step, ::step].astype(np.int16)
        if self._before is not None and self._before.shape == small.shape:
            self.motion.append((t, float(np.abs(small - self._before).mean())))
        self._before = small
        self.tracker.update(t, luma, self._cuts.is_cut(luma))

    def hear(self, t: NDArray[np.float64], mono: Floats) -> None:
        """Sound (n,) at 16 kHz at times ``t`` (n,)."""
        self.sound.push(t, mono)

    def advance(self) -> None:
        """Give out every window whose pictures and sound are complete."""
        for track in (*self.tracker.live, *self.tracker.take_done()):
            self._mouths.setdefault(track.number, _Mouth(track))
        # Streams are delivered within a few seconds of each other; sound that is later than that will not come.
        heard_to = max(self.sound.end, self._last_t - SOUND_LATE_S)
        for number, mouth in list(self._mouths.items()):
            mouth.resample()
            self._ready(mouth, heard_to)
            if mouth.track.closed and (mouth.end + REACH) / FPS <= heard_to:
                self._last_window(self._mouths.pop(number))
        oldest = min((m.start / FPS for m in self._mouths.values() if m.first >= 0), default=np.inf)
        needed = min(oldest, self._last_t - LAG) - (REACH + 2) / FPS - WINDOW_S
        if np.isfinite(needed):
            self.sound.forget(max(0.0, needed))

    def finish(self) -> None:
        """No more comes: give out what is left, windows and rows in time order."""
        self.tracker.finish()
        self.advance()
        for mouth in list(self._mouths.values()):
            self._ready(mouth, np.inf)
            self._last_window(mouth)
        self._mouths.clear()
        self.windows.sort(key=lambda w: (w.start, w.track))
        self.rows.sort(key=lambda r: (r.t, r.track))

    def _ready(self, mouth: _Mouth, heard_to: float) -> None:
        while (
            mouth.first >= 0 and mouth.start + WINDOW <= mouth.end and (mouth.start + WINDOW + REACH) / FPS <= heard_to
        ):
            self._measure(mouth, mouth.start, mouth.start + WINDOW)
            mouth.start += round(HOP_S * FPS)
            mouth.forget(mouth.start)

    def _last_window(self, mouth: _Mouth) -> None:
        """A closed track's last four seconds, or all of a track that is shorter."""
        if mouth.first < 0:
            return
        begin = max(mouth.first, mouth.end - WINDOW)
        if mouth.end - begin >= LEAST and (
            not mouth.given or mouth.end - mouth.start > WINDOW - round(HOP_S * FPS) + 8
        ):
            self._measure(mouth, begin, mouth.end)

    def _measure(self, mouth: _Mouth, begin: int, end: int) -> None:
        near = [a for a in mouth.track.anchors if begin / FPS - 0.5 <= a.t <= end / FPS]
        if len(near) < LEAST_ANCHORS:  # a false alarm, or a face that is hardly ever found
            return
        mine = slice(begin - mouth.first, end - mouth.first)
        mel, inside = self.sound.mel((begin - REACH) * MEL_PER_FRAME, (end - begin + 2 * REACH) * MEL_PER_FRAME)
        sims = similarity(self._net, np.stack(mouth.crops[mine]), mel, inside, REACH, "context", self._device)
        sims = unless_silent(sims, mel, inside, REACH)
        size, frontal = float(np.median([a.size for a in near])), float(np.mean([a.frontal for a in near]))
        number = mouth.track.number
        self.windows.append(
            Window(begin / FPS, end / FPS, number, mean_curve(sims), size, frontal, seconds_spoken(sims))
        )
        mouth.given += 1
        centre = CONTEXT // 2
        height, width = self._shape
        for k in range(max(mouth.shown, begin + centre), begin + centre + len(sims) - ROW + 1, ROW):
            box = mouth.boxes[k - mouth.first]
            face = (box.x / width, box.y / height, box.size / height)
            at = k - begin - centre
            self.rows.append(Row(k / FPS, number, np.asarray(sims[at : at + ROW].mean(axis=0), np.float32), face))
            mouth.shown = k + ROW
