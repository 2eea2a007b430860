"""Boxes, cuts and mouth crops; cascades on a drawn face would prove nothing, so real faces are in the corpus test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.core import Need
from vqa_toolkit.media.decode import decode
from vqa_toolkit.media.probe import probe
from vqa_toolkit.models.faces import FaceBox, FaceFinder, iou
from vqa_toolkit.models.shots import CutMeter
from vqa_toolkit.models.tracks import CROP_HEIGHT, CROP_WIDTH, FaceTracker, mouth_crop

PRESENTER = Path(__file__).parents[2] / "sample_media" / "presenter.mp4"
boxes = st.builds(FaceBox, st.floats(-50, 50), st.floats(-50, 50), st.floats(1, 60))


def test_iou_by_hand() -> None:
    assert iou(FaceBox(0, 0, 2), FaceBox(1, 0, 2)) == pytest.approx(2 / 6)
    assert iou(FaceBox(0, 0, 2), FaceBox(3, 0, 2)) == 0.0
    assert iou(FaceBox(0, 0, 4), FaceBox(0.5, 0.5, 2)) == pytest.approx(4 / 16)


@given(a=boxes, b=boxes)
def test_iou_is_symmetric_and_a_share(a: FaceBox, b: FaceBox) -> None:
    assert iou(a, b) == pytest.approx(iou(b, a))
    assert 0.0 <= iou(a, b) <= 1.0 + 1e-9
    assert iou(a, a) == pytest.approx(1.0)


def test_the_mouth_lands_in_the_middle_of_its_crop() -> None:
    picture = np.zeros((400, 400), np.uint8)
    box = FaceBox(200.0, 180.0, 160.0)
    mouth_y = 180 + (0.78 - 0.5) * 160
    cv2.circle(picture, (200, round(mouth_y)), 3, 255, -1)
    crop = mouth_crop(picture, box)
    assert crop.shape == (CROP_HEIGHT, CROP_WIDTH)
    y, x = np.unravel_index(int(crop.argmax()), crop.shape)
    assert abs(y - CROP_HEIGHT / 2) <= 3 and abs(x - CROP_WIDTH / 2) <= 3


def test_a_picture_without_a_face_has_none() -> None:
    rng = np.random.default_rng(0)
    assert FaceFinder().find(np.full((180, 320), 90, np.uint8)) == []
    assert FaceFinder().find(rng.integers(0, 255, (16, 16)).astype(np.uint8)) == []


def textured(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return cv2.resize(rng.integers(0, 255, (9, 16)).astype(np.uint8), (320, 180), interpolation=cv2.INTER_CUBIC)


def test_cuts_are_found_and_motion_is_none() -> None:
    meter = CutMeter()
    first, second = textured(1) // 3, 120 + textured(2) // 2
    flags = [meter.is_cut(np.roll(first, 2 * k, axis=1)) for k in range(10)]
    flags += [meter.is_cut(np.roll(second, 2 * k, axis=1)) for k in range(10)]
    assert [k for k, cut in enumerate(flags) if cut] == [10]


class Scripted(FaceFinder):
    """Answers with boxes along a line that jitter, now and then with none."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(5)
        self.calls = 0

    def find(self, grey: np.ndarray, hurried: bool = False, known: Sequence[FaceBox] = ()) -> list[FaceBox]:
        self.calls += 1
        if self.calls % 7 == 3:
            return []
        jitter = self.rng.normal(0, 2.0, 3)
        return [FaceBox(160 + jitter[0], 90 + jitter[1], 80 + jitter[2])]


def test_jitter_is_smoothed_and_a_gap_is_bridged() -> None:
    tracker, picture = FaceTracker(Scripted()), textured(3)
    for k in range(100):
        tracker.update(k / 25, picture)
    tracker.finish()
    (track,) = tracker.take_done()
    assert len(track.t) >= 95
    centres = np.array([(b.x, b.y) for b in track.boxes])
    assert np.abs(np.diff(centres, axis=0)).max() < 0.3  # detections jump by several px
    assert np.abs(centres - [160, 90]).max() < 2.5


def test_a_cut_ends_a_track_and_begins_another() -> None:
    tracker, picture = FaceTracker(Scripted()), textured(3)
    for k in range(60):
        tracker.update(k / 25, picture, cut=k == 30)
    tracker.finish()
    first, second = sorted(tracker.take_done(), key=lambda track: track.number)
    assert (first.shot, second.shot) == (0, 1)
    assert first.t[-1] <= 29 / 25 + 1e-9 and second.t[0] >= 30 / 25 - 1e-9


@pytest.mark.corpus
def test_faces_of_whole_frames_are_found(pristine: Path) -> None:
    """On the whole-frame clips a face is found in at least nine of ten searches of all but one clip."""
    need, poor = Need("luma", height=540), []
    for path in sorted((pristine / "talking").glob("full_*.mp4"))[::4]:
        finder, found, looked = FaceFinder(), 0, 0
        for chunk in decode(probe(path), (need,)):
            view = chunk.view(need)
            for luma in view.data[::12] if view else ():
                looked += 1
                found += bool(finder.find(luma))
        if found < 0.9 * looked:
            poor.append(path.name)
    assert len(poor) <= 1, poor


def test_a_hurried_search_takes_turns_and_stays_with_the_one_that_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    finder, asked = FaceFinder(), list[str]()
    answer: dict[str, list[FaceBox]] = {}
    monkeypatch.setattr(FaceFinder, "_run", staticmethod(lambda *_: []))

    def search(name: str) -> list[FaceBox]:
        asked.append(name)
        return answer.get(name, [])

    for name in ("_wider", "_framed", "_profiles", "_flat"):
        monkeypatch.setattr(finder, name, lambda _, name=name: search(name))
    empty = np.full((180, 320), 90, np.uint8)
    for _ in range(5):
        assert finder.find(empty, hurried=True) == []
    assert asked == ["_wider", "_framed", "_profiles", "_flat", "_wider"]
    asked.clear()
    answer["_profiles"] = [FaceBox(50.0, 50.0, 40.0, False)]
    assert len(finder.find(empty)) == 1  # all in order until one answers
    assert asked == ["_wider", "_framed", "_profiles"]
    asked.clear()
    for _ in range(3):
        assert len(finder.find(empty, hurried=True)) == 1
    assert asked == ["_profiles"] * 3


@pytest.mark.parametrize("wall", [25, 128, 225])
def test_a_face_before_a_plain_wall_is_found(wall: int) -> None:
    """The bundled presenter as a small part of an even picture: equalised as a whole, her contrast would go to the wall's noise."""
    need = Need("luma", height=540)
    pictures = next(v for c in decode(probe(PRESENTER), (need,)) if (v := c.view(need)))
    finder = FaceFinder()
    (face,) = finder.find(pictures.data[0])
    scale, left, top = 100.0 / face.size, 300, 60
    part = cv2.resize(pictures.data[0], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:260, :460]
    noise = np.random.default_rng(1).normal(wall, 2.0, (540, 960))
    picture = np.clip(noise, 0, 255).astype(np.uint8)
    picture[top : top + part.shape[0], left : left + part.shape[1]] = part
    found = finder.find(picture)
    wanted = FaceBox(left + scale * face.x, top + scale * face.y, 100.0)
    assert max(iou(wanted, box) for box in found) > 0.6


def test_a_known_face_is_found_again_near_its_place_without_searching_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled presenter: the same box, from a part of the picture; a face that is not there is searched for everywhere."""
    need = Need("luma", height=540)
    pictures = next(v for c in decode(probe(PRESENTER), (need,)) if (v := c.view(need)))
    picture, finder, sizes = pictures.data[0], FaceFinder(), list[int]()
    run = FaceFinder._run

    def watched(cascade: cv2.CascadeClassifier, part: np.ndarray, *more: object) -> list[FaceBox]:
        sizes.append(part.size)
        return run(cascade, part, *more)  # type: ignore[arg-type]

    (face,) = finder.find(picture)
    monkeypatch.setattr(FaceFinder, "_run", staticmethod(watched))
    (again,) = finder.find(picture, known=[face])
    assert iou(face, again) > 0.85
    assert len(sizes) == 1 and sizes[0] < 0.5 * (300 * 533)
    elsewhere = face._replace(x=face.size, y=face.size)
    assert iou(finder.find(picture, known=[elsewhere])[0], face) > 0.85
    assert len(sizes) == 3


def test_a_shot_without_faces_is_searched_less_often() -> None:
    class Nobody(FaceFinder):
        calls = 0

        def find(self, grey: np.ndarray, hurried: bool = False, known: Sequence[FaceBox] = ()) -> list[FaceBox]:
            Nobody.calls += 1
            return []

    tracker, picture = FaceTracker(Nobody()), textured(3)
    for k in range(250):
        tracker.update(k / 25, picture)
    assert 14 <= Nobody.calls <= 20  # five a second for one second, then one every 0.8 s
