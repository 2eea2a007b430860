"""Annotated clips: as long as the incident and its margins, with sound, the map and the words where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Box, Finding, Incident, Signal
from vqa_toolkit.errors import MediaUnreadable
from vqa_toolkit.report.clip import BANNER_PX, MARGIN_S, annotated, save_clips
from vqa_toolkit.result import AnalysisResult

HEIGHT, WIDTH = 90, 160
INCIDENT = Incident(2.0, 3.0, "blocker", "Damaged <b>", "", (0,))
DAMAGE = Finding(
    2.0, 3.0, "block_corruption", "block_corruption", "blocker", 0.9, 1.0, 0.9, "probability", "It is damaged.",
    Box(0.5, 0.5, 0.25, 0.25),
)  # fmt: skip


class Sound(NamedTuple):
    start: float
    samples: NDArray[np.float32]
    rate: int


def grey(start: float, end: float) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    for k in range(round(start * 25), round(end * 25)):
        yield k / 25, np.full((HEIGHT, WIDTH, 3), 90, np.uint8)


def test_a_clip_lasts_as_its_incident_and_margins_and_carries_sound(result: AnalysisResult, tmp_path: Path) -> None:
    from dataclasses import replace

    shown = replace(result, incidents=(INCIDENT,), findings=(DAMAGE,), signals={})

    def tone(start: float, end: float) -> Sound:
        t = np.arange(round((end - start) * 48000)) / 48000
        return Sound(start, (0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)[:, None], 48000)

    (path,) = save_clips(shown, tmp_path, grey, tone)
    assert path.name == "incident_01_00m02.000s.mp4"
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name]  # nothing half-made is left
    with av.open(str(path)) as made:
        assert (made.streams.video[0].width, made.streams.video[0].height) == (WIDTH, HEIGHT + BANNER_PX)
        assert sum(1 for _ in made.decode(video=0)) == round((1 + 2 * MARGIN_S) * 25)
    with av.open(str(path)) as made:
        loudest = max(float(np.abs(f.to_ndarray()).max()) for f in made.decode(audio=0))
        assert 0.25 < loudest < 0.4


def test_without_pictures_there_is_no_clip(result: AnalysisResult, tmp_path: Path) -> None:
    from dataclasses import replace

    def none(start: float, end: float) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        raise MediaUnreadable("a.mp4", "it is gone", "Bring it back")

    shown = replace(result, incidents=(INCIDENT,), findings=(DAMAGE,))
    assert save_clips(shown, tmp_path, none, lambda start, end: None) == []


def test_the_map_the_box_and_the_words_are_shown_while_it_lasts_and_not_before() -> None:
    picture = np.full((96, 160, 3), 90, np.uint8)
    percent = np.zeros((1, 3, 5), np.uint8)
    percent[0, 0, 4] = 100
    axes = (Axis("y", "px", (16.0, 48.0, 80.0)), Axis("x", "px", (16.0, 48.0, 80.0, 112.0, 144.0)))
    maps = Signal("map", "percent", np.array([2.5]), percent, axes)
    during = annotated(picture, 2.5, INCIDENT, [DAMAGE], maps)
    before = annotated(picture, 1.5, INCIDENT, [DAMAGE], maps)
    assert during.shape == (96 + BANNER_PX, 160, 3)
    assert (during[10, 150] != 90).any()  # the damaged cell
    assert (during[10, 10] == 90).all()  # and no other
    assert tuple(during[48, 90]) == (255, 80, 80)  # the box's upper edge, in a blocker's colour
    assert (before[:96] == 90).all()
    assert (before[100:] > 100).any()  # words all the same
