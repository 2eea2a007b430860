"""Faces in pictures: found by Haar cascades, followed by optical flow, cut out around the mouth.

The boxes of a cascade jitter by several percent from frame to frame. The rigid upper face is therefore followed by
sparse optical flow, which is smooth but drifts, and the detections, which jitter but do not drift, correct it slowly:
``box(t) = flow path(t) + smoothed (detection − flow path)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

DETECT_PX = 300  # px: the picture's height when it is searched; a face of 8 % of it is still found
LEAST_FACE_PX = 24  # px in the searched picture: what the cascades were trained on is 20 to 24
LEAST_SHARE = 0.075  # of the picture's height: 80 px at 1080
BORDER = 0.22  # of the picture: mirrored around it when nothing is found, for faces that fill the frame
AGAIN_ROOM = 0.35  # of its side: how far around a known face it is searched again
AGAIN_SIZES = 0.75, 1.33  # of its side: how small and how large
CONTRAST, TILES = 1.0, (8, 8)  # of the local equalisation: its clip limit (more makes faces of noise) and its grid
SIDE_SCALE = 0.92  # a profile box is a little larger than a frontal one around the same head (measured by eye)


class FaceBox(NamedTuple):
    """A square face box: centre and side in px; ``frontal`` is False where only the profile cascade answered."""

    x: float
    y: float
    size: float
    frontal: bool = True


def iou(a: FaceBox, b: FaceBox) -> float:
    """Intersection over union of two square boxes, in [0, 1]."""
    reach = (a.size + b.size) / 2
    w = min(reach - abs(a.x - b.x), a.size, b.size)
    h = min(reach - abs(a.y - b.y), a.size, b.size)
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / (a.size**2 + b.size**2 - w * h)


class FaceFinder:
    """OpenCV's cascades, frontal first; with ``model`` (a user's own YuNet ONNX file) ``cv2.FaceDetectorYN`` instead."""

    def __init__(self, model: Path | None = None) -> None:
        folder = Path(cv2.__file__).parent / "data"
        self._frontal = cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_alt2.xml"))
        self._wide = cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))
        self._side = cv2.CascadeClassifier(str(folder / "haarcascade_profileface.xml"))
        self._local = cv2.createCLAHE(CONTRAST, TILES)
        self._turn = 0  # which of the other searches is due
        self._answered = -1  # which one answered last; -1: none
        self._yunet = cv2.FaceDetectorYN.create(str(model), "", (320, 320), 0.7) if model else None

    def find(self, grey: Grey, hurried: bool = False, known: Sequence[FaceBox] = ()) -> list[FaceBox]:
        """Faces of a picture (h, w), largest first, in its px.

        Where all the ``known`` faces are found again near their places, nothing else is searched: twenty times faster.
        Contrast is made even place by place: over the whole picture at once, a face before a plain wall would lose its own
        (48 % instead of 96 % of such faces were found). Where the frontal cascade finds none, four more searches follow,
        each only if the one before found nothing. A ``hurried`` call makes one of them: the one that answered in the last
        call, else each in its turn.
        """
        height, width = grey.shape
        scale = min(1.0, DETECT_PX / height)
        small = grey
        if scale < 1.0:
            size = (max(round(width * scale), 1), DETECT_PX)
            small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        before = [FaceBox(b.x * scale, b.y * scale, b.size * scale, b.frontal) for b in known]
        found = self._classic(small, hurried, before) if self._yunet is None else _modern(self._yunet, small)
        return sorted(
            (FaceBox(b.x / scale, b.y / scale, b.size / scale, b.frontal) for b in found), key=lambda b: -b.size
        )

    def _classic(self, small: Grey, hurried: bool, known: Sequence[FaceBox]) -> list[FaceBox]:
        even = np.asarray(self._local.apply(small), np.uint8)
        again = [self._again(even, box) for box in known]
        if again and all(again):
            return [box for box in again if box is not None]
        found = self._run(self._frontal, even, 4)
        if found:
            return found
        others = (
            lambda: self._wider(even), lambda: self._framed(even), lambda: self._profiles(even), lambda: self._flat(small)
        )  # fmt: skip
        due = range(len(others))
        if hurried:
            due = range(first := self._answered if self._answered >= 0 else self._turn, first + 1)
            self._turn = (self._turn + 1) % len(others)
        self._answered = -1
        for number in due:
            found = others[number]()
            if found:
                self._answered = number
                break
        return found

    def _again(self, even: Grey, box: FaceBox) -> FaceBox | None:
        """A frontal face about where and as large as ``box``."""
        if not box.frontal:
            return None
        half = (0.5 + AGAIN_ROOM) * box.size
        left, top = max(int(box.x - half), 0), max(int(box.y - half), 0)
        part = even[top : max(int(box.y + half), top), left : max(int(box.x + half), left)]
        low, high = (round(share * box.size) for share in AGAIN_SIZES)
        low = max(low, LEAST_FACE_PX)
        if min(part.shape) < low:
            return None
        found = self._run(self._frontal, np.ascontiguousarray(part), 3, (low, high))
        return found[0]._replace(x=found[0].x + left, y=found[0].y + top) if found else None

    def _wider(self, even: Grey) -> list[FaceBox]:
        return self._run(self._wide, even, 5)

    def _framed(self, even: Grey) -> list[FaceBox]:
        """Faces that fill the frame, in the picture with its edges mirrored around it."""
        pad = round(min(even.shape) * BORDER)
        framed = np.asarray(cv2.copyMakeBorder(even, pad, pad, pad, pad, cv2.BORDER_REFLECT), np.uint8)
        large = [b for b in self._run(self._frontal, framed, 3) if b.size > 0.4 * min(even.shape)]
        return [FaceBox(b.x - pad, b.y - pad, b.size) for b in large]

    def _flat(self, small: Grey) -> list[FaceBox]:
        """Faces in the picture made even as a whole: they are the better seen where light falls on them from one side."""
        return self._run(self._frontal, np.asarray(cv2.equalizeHist(small), np.uint8), 3)

    def _profiles(self, even: Grey) -> list[FaceBox]:
        right = self._run(self._side, even, 4)
        flipped = self._run(self._side, np.ascontiguousarray(even[:, ::-1]), 4)
        left = [FaceBox(even.shape[1] - b.x, b.y, b.size) for b in flipped]
        return [FaceBox(b.x, b.y, b.size * SIDE_SCALE, False) for b in right + left]

    @staticmethod
    def _run(
        cascade: cv2.CascadeClassifier, picture: Grey, neighbours: int, sizes: tuple[int, int] | None = None
    ) -> list[FaceBox]:
        least, most = sizes or (max(LEAST_FACE_PX, round(LEAST_SHARE * picture.shape[0])), max(picture.shape))
        if least > min(picture.shape):
            return []
        rows: Sequence[Sequence[int]] = cascade.detectMultiScale(
            picture, scaleFactor=1.12, minNeighbors=neighbours, minSize=(least, least), maxSize=(most, most)
        )
        boxes = [FaceBox(x + w / 2, y + h / 2, float(w)) for x, y, w, h in rows]
        boxes.sort(key=lambda b: -b.size)
        kept: list[FaceBox] = []
        for box in boxes:  # a cascade also answers inside a face: the larger box wins
            if not any(abs(box.x - k.x) < k.size / 2 and abs(box.y - k.y) < k.size / 2 for k in kept):
                kept.append(box)
        return kept


def _modern(yunet: cv2.FaceDetectorYN, small: Grey) -> list[FaceBox]:
    yunet.setInputSize((small.shape[1], small.shape[0]))
    _, rows = yunet.detect(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR))
    # YuNet boxes a face from forehead to chin; the square with the same chin line is 0.86 of its height
    boxes = np.empty((0, 15)) if rows is None else np.asarray(rows, np.float64)
    return [FaceBox(float(x + w / 2), float(y + 0.57 * h), float(0.86 * h)) for x, y, w, h in boxes[:, :4]]
