"""The titles a corpus is made of: clips of a pristine folder, or procedural scenes where there is none."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import MediaError
from vqa_toolkit.simulate import scenes
from vqa_toolkit.simulate.core import ClipFacts, Frame
from vqa_toolkit.simulate.reading import Source, read_frames, read_sound, read_source
from vqa_toolkit.simulate.recipe import ClipForm
from vqa_toolkit.simulate.render import Material

MEDIA = frozenset({".mp4", ".mov", ".mkv", ".webm", ".ts", ".avi", ".mxf", ".wav", ".mp3", ".ogg", ".flac"})
SHORTEST_S = 4.0  # shorter clips are left out: nothing fits into them
RATE = 48000  # samples/s of procedural sound
BASE = Fraction(1, 90_000)
MATCHING = "procedural"  # the folder name that procedural titles go by


class Title(NamedTuple):
    """One title: ``name`` for people, ``group`` for the split (one person or source), a file or a scene, what it has."""

    name: str
    group: str
    path: Path | None
    scene: str
    has_pictures: bool
    has_sound: bool
    duration: float


def procedural(seed: int, takes: int = 4) -> list[Title]:
    """Titles from code: each scene that resembles no defect, ``takes`` times with a seed of its own."""
    names = [n for n in scenes.scene_names() if not scenes.SCENES[n].tempts]
    return [Title(f"{n}-{seed + k}", f"{n}-{seed + k}", None, n, True, True, 1e9) for k in range(takes) for n in names]


def from_folder(folder: Path) -> list[Title]:
    """Every clip below ``folder`` that opens, at least 4 s long; a ``MANIFEST.csv`` there may name the person of each."""
    people = _people(folder)
    found: list[Title] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in MEDIA and p.is_file()):
        name = path.relative_to(folder).as_posix()
        try:
            source = _source(path)
        except MediaError:  # a stray damaged file must not stop a corpus
            continue
        duration = max(source.facts.duration, source.sound_end)
        pictures = bool(source.facts.width) and len(source.times) > SHORTEST_S
        if duration >= SHORTEST_S:
            group = people.get(name) or path.stem
            found.append(Title(name, group, path, "", pictures, source.facts.rate > 0, duration))
    return found


def _people(folder: Path) -> Mapping[str, str]:
    path = folder / "MANIFEST.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as f:
        return {row["file"]: row.get("person") or "" for row in csv.DictReader(f) if row.get("file")}


def part_of(group: str, split: Mapping[str, float], seed: int) -> str:
    """Which part of the split a group belongs to: by its hash, so that new titles never move old ones."""
    place = int.from_bytes(hashlib.sha256(f"{seed}:{group}".encode()).digest()[:8], "big") / 2**64
    edge = 0.0
    for part, share in split.items():
        edge += share
        if place < edge:
            return part
    return next(reversed(list(split)))


@cache
def _source(path: Path) -> Source:
    return read_source(path)


def excerpt(pictures: Title | None, sound: Title | None, form: ClipForm, begin: float, seed: int) -> Material:
    """``form.seconds`` of the pictures of one title and the sound of one (often the same), from ``begin`` seconds on."""
    fps, width, height = _size(pictures, form)
    rate, channels = RATE, 2
    if sound is not None and sound.path is not None:
        facts = _source(sound.path).facts
        rate, channels = facts.rate, min(facts.channels, 2)
    duration = form.seconds
    for title in (pictures, sound):
        if title is not None:
            duration = min(duration, title.duration - begin if title.path is not None else duration)
    if pictures is not None:
        duration = max(1, round(duration * fps)) / fps
    facts = ClipFacts(
        width, height, fps if pictures else 0.0, duration, rate if sound else 0, channels if sound else 0
    )  # fmt: skip
    return Material(
        facts,
        (lambda: _pictures(pictures, facts, begin, seed)) if pictures is not None else None,
        (lambda: _sound(sound, facts, begin, seed)) if sound is not None else None,
        BASE,
    )


def _size(title: Title | None, form: ClipForm) -> tuple[float, int, int]:
    if title is None:
        return 25.0, 0, 0
    if title.path is None:
        fps = scenes.SCENES[title.scene].fps or 25.0
        return fps, round(form.height * 16 / 9 / 2) * 2, form.height // 2 * 2
    facts = _source(title.path).facts
    scale = min(1.0, form.height / facts.height)
    return facts.fps, max(2, round(facts.width * scale / 2) * 2), max(2, round(facts.height * scale / 2) * 2)


def _pictures(title: Title, facts: ClipFacts, begin: float, seed: int) -> Iterator[Frame]:
    if title.path is None:
        yield from scenes.scene(title.scene, facts.duration, facts.width, facts.height, facts.fps, seed)
        return
    size = (facts.width, facts.height)
    first: float | None = None
    for frame in read_frames(_source(title.path), begin, begin + facts.duration):
        first = frame.t if first is None else first
        yuv = frame.yuv
        if (yuv.shape[1], yuv.shape[0]) != size:
            yuv = cv2.resize(yuv, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        yield Frame(frame.t - first, yuv)


def _sound(title: Title, facts: ClipFacts, begin: float, seed: int) -> NDArray[np.float32]:
    count = round(facts.duration * facts.rate)
    if title.path is None:
        return scenes.scene_sound(title.scene, facts.duration, facts.rate, facts.channels, seed)[:count]
    samples = read_sound(_source(title.path))[:, : facts.channels]
    first = round(begin * facts.rate)
    taken = samples[first : first + count]
    return np.pad(taken, ((0, count - len(taken)), (0, 0))).astype(np.float32)
