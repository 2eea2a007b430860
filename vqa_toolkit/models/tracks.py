"""One person per track: boxes linked by overlap, followed by optical flow, smoothed, and cut down to the mouth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.models.faces import FaceBox, FaceFinder, Grey, iou

CROP_HEIGHT, CROP_WIDTH = 80, 120  # px; the network takes 64 × 96 out of the middle, training moves about in the rest
CROP_SHARE = 0.975  # of the face box's side: the crop's width
MOUTH_AT = 0.78  # of the face box's height: the mouth's middle in boxes of the frontal cascade
DETECT_EVERY = 0.2  # s between searches; flow carries the boxes between them
WHOLE_EVERY = 1.0  # s between searches of the whole picture while every known face is found again near its place
PATIENCE, IDLE_EVERY = 1.0, 0.8  # s of a shot without any face, after which it is searched less often
KEEP_LOST = 1.0  # s: a face not found for so long has gone (SyncNet's published pipeline: 25 frames)
LAG = 1.0  # s of detections ahead that smooth a box
SMOOTH = 0.4  # s: deviation of the Gaussian that weights the detections around a frame
LEAST_IOU = 0.3
MEMORY = 20.0  # s that detections are kept: longer than any window waits for its sound
MOST_TRACKS = 6  # at once, the largest faces: bounds memory and time in a crowd
FLOW_PX = 270  # px: the height of the picture for optical flow; half of 540 is reduced ten times faster than to 300
MOST_POINTS = 40


class Anchor(NamedTuple):
    """A detection relative to the flow path: time s, residual px, side px, whether frontal."""

    t: float
    dx: float
    dy: float
    size: float
    frontal: bool


class _Waiting(NamedTuple):
    t: float
    x: float
    y: float
    patch: Grey
    left: int
    top: int


@dataclass
class FaceTrack:
    """One face in one shot. ``t`` seconds; ``crops`` (CROP_HEIGHT, CROP_WIDTH) u8; ``boxes`` in px of the picture given."""

    number: int
    shot: int
    t: list[float] = field(default_factory=list)
    crops: list[Grey] = field(default_factory=list)
    boxes: list[FaceBox] = field(default_factory=list)
    closed: bool = False
    anchors: list[Anchor] = field(default_factory=list)  # of the last MEMORY seconds
    _x: float = 0.0
    _y: float = 0.0
    _points: NDArray[np.float32] | None = None
    _waiting: list[_Waiting] = field(default_factory=list)

    @property
    def frontal_share(self) -> float:
        """Share of detections that the frontal cascade made, [0, 1]."""
        return float(np.mean([a.frontal for a in self.anchors])) if self.anchors else 0.0

    def now(self) -> FaceBox:
        """The box as far as it is known without looking ahead."""
        last = self.anchors[-1]
        return FaceBox(self._x + last.dx, self._y + last.dy, last.size, last.frontal)

    def smooth(self, t: float, x: float, y: float) -> FaceBox:
        """The box at time ``t`` on the flow path (``x``, ``y``): the near detections' weighted residual on top of it."""
        near = np.array(
            [a for a in self.anchors if abs(a.t - t) <= LAG] or [min(self.anchors, key=lambda a: abs(a.t - t))]
        )
        middle = np.median(near[:, 1:4], axis=0)
        sane = np.all(np.abs(near[:, 1:4] - middle) <= 0.2 * middle[2], axis=1)
        near = near[sane] if sane.any() else near
        weight = np.exp(-0.5 * ((near[:, 0] - t) / SMOOTH) ** 2) + 1e-6
        dx, dy = (near[:, 1:3] * weight[:, None]).sum(axis=0) / weight.sum()
        return FaceBox(x + float(dx), y + float(dy), float(near[:, 3].mean()), bool(near[:, 4].mean() >= 0.5))

    def settle(self, until: float) -> None:
        """Cut the mouth out of every waiting frame up to time ``until``."""
        while len(self.anchors) > 1 and self.anchors[0].t < until - MEMORY:
            self.anchors.pop(0)
        while self._waiting and self._waiting[0].t <= until:
            w = self._waiting.pop(0)
            box = self.smooth(w.t, w.x, w.y)
            self.t.append(w.t)
            self.boxes.append(box)
            self.crops.append(mouth_crop(w.patch, box._replace(x=box.x - w.left, y=box.y - w.top)))


def mouth_crop(grey: Grey, box: FaceBox) -> Grey:
    """The lower face of ``box`` in ``grey`` as (CROP_HEIGHT, CROP_WIDTH) uint8; beyond the edge, the edge repeats."""
    scale = CROP_WIDTH / (CROP_SHARE * box.size)
    if scale < 0.7:  # shrinking without a low-pass would alias
        side = max(2, round(1 / scale))
        grey = np.asarray(cv2.blur(grey, (side, side)), np.uint8)
    x, y = box.x, box.y + (MOUTH_AT - 0.5) * box.size
    matrix = np.array([[scale, 0, CROP_WIDTH / 2 - scale * x], [0, scale, CROP_HEIGHT / 2 - scale * y]])
    out = cv2.warpAffine(
        grey, matrix, (CROP_WIDTH, CROP_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(out, np.uint8)


class FaceTracker:
    """Pictures in, tracks out. ``take`` returns what can be known about each track by now and forgets it."""

    def __init__(self, finder: FaceFinder | None = None, detect_every: float = DETECT_EVERY) -> None:
        self._finder = finder or FaceFinder()
        self._every = detect_every
        self._next = self._next_whole = -np.inf
        self._faced = -np.inf  # s: when there was a face, or a shot began
        self._shot = 0
        self._born = 0
        self._before: Grey | None = None
        self._live: list[FaceTrack] = []
        self._done: list[FaceTrack] = []
        self.most_faces = 0
        self.largest_px = 0.0

    def update(self, t: float, grey: Grey, cut: bool = False) -> None:
        """One picture (h, w) uint8 at ``t`` seconds; ``cut`` says that a new shot begins with it."""
        scale = min(1.0, FLOW_PX / grey.shape[0])
        small = (
            grey
            if scale == 1.0
            else np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        )
        if cut:
            self._close(self._live)
            self._shot += 1
            self._next = self._next_whole = -np.inf
        elif self._before is not None and self._before.shape == small.shape:
            for track in self._live:
                _follow(track, self._before, small, scale)
        if t >= self._next - 1e-6:
            if self._live or not np.isfinite(self._next):
                self._faced = t
            self._detect(t, grey, hurried=bool(np.isfinite(self._next)))  # a new shot is searched thoroughly
            for track in self._live:
                _pick_points(track, small, scale)
            self._next = t + (IDLE_EVERY if t - self._faced > PATIENCE else self._every)
        for track in self._live:
            track._waiting.append(_cut_patch(track, t, grey))
            track.settle(t - LAG)
        self._before = small

    def finish(self) -> None:
        """No more pictures come."""
        self._close(self._live)

    @property
    def live(self) -> tuple[FaceTrack, ...]:
        """Tracks that still run."""
        return tuple(self._live)

    def take_done(self) -> list[FaceTrack]:
        """Tracks that ended since the last call, each given once."""
        done, self._done = self._done, []
        return done

    def _detect(self, t: float, grey: Grey, *, hurried: bool) -> None:
        known = [track.now() for track in self._live] if t < self._next_whole - 1e-6 else []
        boxes = self._finder.find(grey, hurried, known)
        if not known:
            self._next_whole = t + WHOLE_EVERY
        self.most_faces = max(self.most_faces, len(boxes))
        self.largest_px = max(self.largest_px, boxes[0].size if boxes else 0.0)
        free = list(self._live)
        for box in boxes:
            best = max(free, key=lambda k: iou(k.now(), box), default=None)
            if best is not None and iou(best.now(), box) >= LEAST_IOU:
                best.anchors.append(Anchor(t, box.x - best._x, box.y - best._y, box.size, box.frontal))
                free.remove(best)
            elif len(self._live) < MOST_TRACKS:
                track = FaceTrack(
                    self._born, self._shot, anchors=[Anchor(t, 0.0, 0.0, box.size, box.frontal)], _x=box.x, _y=box.y
                )
                self._born += 1
                self._live.append(track)
        self._close([k for k in free if t - k.anchors[-1].t >= KEEP_LOST])

    def _close(self, tracks: list[FaceTrack]) -> None:
        for track in list(tracks):
            track.settle(track.anchors[-1].t + self._every)
            track._waiting.clear()
            track.closed = True
            self._live.remove(track)
            self._done.append(track)


def _cut_patch(track: FaceTrack, t: float, grey: Grey) -> _Waiting:
    box = track.now()
    half = 0.95 * box.size
    left, top = max(int(box.x - half), 0), max(int(box.y - half), 0)
    right, bottom = max(int(box.x + half), left + 2), max(int(box.y + half), top + 2)
    patch = grey[top:bottom, left:right]
    if min(patch.shape) < 2:  # the path left the picture
        patch, left, top = grey[-2:, -2:], grey.shape[1] - 2, grey.shape[0] - 2
    return _Waiting(t, track._x, track._y, patch.copy(), left, top)


def _pick_points(track: FaceTrack, small: Grey, scale: float) -> None:
    """Corners of the eyes and the nose: the part of a face that speech does not move."""
    box = track.now()
    x, y, half = box.x * scale, box.y * scale, 0.5 * box.size * scale
    left, right = max(int(x - 0.75 * half), 0), int(x + 0.75 * half)
    top, bottom = max(int(y - 0.7 * half), 0), int(y + 0.2 * half)
    region = small[top:bottom, left:right]
    track._points = None
    if min(region.shape) >= 8:
        found = cv2.goodFeaturesToTrack(region, MOST_POINTS, 0.02, max(2.0, half / 12))
        if found is not None:
            track._points = (found + np.array([left, top], np.float32)).astype(np.float32)


def _follow(track: FaceTrack, before: Grey, small: Grey, scale: float) -> None:
    if track._points is None or len(track._points) < 4:
        return
    moved, status, _ = cv2.calcOpticalFlowPyrLK(  # type: ignore[call-overload]  # the stubs demand the output
        before, small, track._points, None, winSize=(15, 15), maxLevel=2
    )
    good = status.reshape(-1) == 1
    if good.sum() < 4:
        track._points = None
        return
    step = np.median((moved - track._points)[good].reshape(-1, 2), axis=0)
    if np.abs(step).max() > 0.5 * track.anchors[-1].size * scale:  # no face moves half its width in a frame
        return
    track._x += float(step[0]) / scale
    track._y += float(step[1]) / scale
    track._points = moved[good].reshape(-1, 1, 2)
