"""The clips that come with the app: each opened from the folder beside ``app.py``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from vqa_toolkit.media.probe import file_sha256
from vqa_toolkit.store.clips import Clip, add_clip

FIRST = "incident"


class Sample(NamedTuple):
    """A bundled clip: its file, its title and what it is good for."""

    path: Path
    title: str
    about: str


_ABOUT = {
    "incident": ("Incident", "Black, freeze, silence and a timestamp gap at known times."),
    "clean": ("Clean programme", "Cuts, camera moves, titles, music, speech and captions, and nothing wrong."),
    "presenter": ("Presenter", "A speaking portrait: whether lips and sound belong together."),
    "photos": ("Photographs in motion", "Slow moves over still photographs: easy to mistake for freezes."),
}


def samples(app_folder: Path) -> list[Sample]:
    """The bundled clips that are there, the incident first."""
    folder = app_folder / "sample_media"
    found = sorted(folder.glob("*.mp4"), key=lambda p: (p.stem != FIRST, p.stem != "clean", p.stem))
    return [Sample(p, *_ABOUT.get(p.stem, (p.stem.replace("_", " ").capitalize(), "A bundled sample."))) for p in found]


def sample_clip(sample: Sample, owner: str) -> Clip:
    """The sample as the owner's clip."""
    stat = sample.path.stat()
    digest = _digest(sample.path, stat.st_size, stat.st_mtime_ns)
    return add_clip(sample.path, owner=owner, name=f"{sample.title} (sample)", origin="sample", sha256=digest)


@cache
def _digest(path: Path, _size: int, _modified_ns: int) -> str:
    return file_sha256(path)
