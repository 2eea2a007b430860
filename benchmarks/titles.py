"""Which titles the scoreboard uses: those that no limit and no network was chosen or trained on.

Limits were looked at on the development half of the titles (by hash), networks have splits of their own; each part of
the board takes its titles from the held-out side of whatever it judges.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

from vqa_toolkit.simulate.titles import MEDIA, part_of
from vqa_toolkit.tune.session import HALVES, HELD_OUT

Choice = Callable[[Path, str], bool]
LARGEST_BYTES = 4_000_000  # long or large clips cost time and add no title
OWN_SILENCE = "near silence"  # what a manifest notes of recordings that hold real silence, unlabelled


def held_out_video(path: Path, _: str) -> bool:
    """Clips of the folder ``video`` in the half of the titles that limits are not chosen on."""
    return path.parent.name == "video" and part_of(path.stem, HALVES, 0) == HELD_OUT


def unseen_by_corruption_net(path: Path, _: str) -> bool:
    """Clips of the folder ``video`` in the test split of the block corruption network."""
    from vqa_toolkit.train.corruption_clips import split_of, title_of

    return path.parent.name == "video" and split_of(title_of(path)) == "test"


def unseen_by_artifact_net(path: Path, _: str) -> bool:
    """Recordings of the folder ``audio`` in the test split of the audio artifact network."""
    from vqa_toolkit.train.artifacts_data import recording_of, split_of

    return path.parent.name == "audio" and split_of(recording_of(path.stem)) == "test"


def unseen_by_sync_net(path: Path, source: str) -> bool:
    """Whole frames of talking people from sources that the sync network was never trained on."""
    from vqa_toolkit.train.lipsync_split import TEST_SOURCES

    return path.name.startswith("full_") and source in TEST_SOURCES


CHOICES: dict[str, Choice] = {
    "pictures": held_out_video,
    "damage": unseen_by_corruption_net,
    "sound": unseen_by_artifact_net,
    "talking": unseen_by_sync_net,
}


def choose(part: str, pristine: Path) -> list[Path]:
    """The titles of one part of the board, sorted; one file of each recording, none that holds silence of its own."""
    rows = _manifest(pristine)
    chosen: dict[str, Path] = {}
    for path in sorted(p for p in pristine.rglob("*") if p.suffix.lower() in MEDIA):
        row = rows.get(path.relative_to(pristine).as_posix(), {})
        usable = path.stat().st_size <= LARGEST_BYTES and OWN_SILENCE not in row.get("notes", "")
        if usable and CHOICES[part](path, row.get("source", "")):
            chosen.setdefault(_variant(path.stem), path)
    return list(chosen.values())


def linked(part: str, pristine: Path, folder: Path) -> Path:
    """A folder of links to the chosen titles, for the corpus builder; nothing is copied."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in choose(part, pristine):
        link = folder / path.name
        if not link.is_symlink():
            link.symlink_to(path.resolve())
    return folder


def _variant(stem: str) -> str:
    """The stem without a trailing letter of a variant, so that one recording is one title."""
    return re.sub(r"-[A-Z]$", "", stem)


def _manifest(pristine: Path) -> dict[str, dict[str, str]]:
    manifest = pristine / "MANIFEST.csv"
    if not manifest.is_file():
        return {}
    with manifest.open(encoding="utf-8", newline="") as rows:
        return {row["file"]: {k: v or "" for k, v in row.items() if k} for row in csv.DictReader(rows)}
