"""Media of talking people → mouth crops and log-mel, cut once and kept: about 15 s of one core a minute of video."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Need
from vqa_toolkit.errors import MediaError
from vqa_toolkit.media.decode import decode
from vqa_toolkit.media.probe import probe
from vqa_toolkit.models.mel import HOP, log_mel
from vqa_toolkit.models.sync_net import FPS
from vqa_toolkit.models.sync_stream import LEAST_ANCHORS, LEAST_STEP_S
from vqa_toolkit.models.tracks import FaceTrack, FaceTracker

LUMA = Need("luma", height=540)
SOUND = Need("audio", rate=16_000, mono=True)
SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".ts", ".m4v")
LEAST_PICTURES = 12  # of a track that is kept
RATE = 16_000


def media_files(folder: Path) -> list[Path]:
    """Every video below ``folder``, in order of its path; whole-frame twins (``full_*``) of cut clips are left out."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and not p.name.startswith("full_"))


def described(folder: Path) -> dict[str, dict[str, str]]:
    """Rows of ``MANIFEST.csv`` (in the folder or above it) by file name; empty where there is none."""
    for place in (folder, folder.parent):
        path = place / "MANIFEST.csv"
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as f:
                return {Path(row["file"]).name: row for row in csv.DictReader(f)}
    return {}


def cut_folder(folder: Path, cache: Path, report: Callable[[str], None]) -> Iterator[tuple[Path, Path]]:
    """(media file, its ``.npz`` in ``cache``) for every file in which a face was followed; what is there is kept."""
    cache.mkdir(parents=True, exist_ok=True)
    files = media_files(folder)
    for number, path in enumerate(files):
        target = cache / (path.stem + ".npz")
        if not target.exists():
            try:
                cut_clip(path, target)
            except MediaError as exc:
                report(f"left out: {exc}")
            if number % 100 == 0:
                report(f"cut {number + 1} of {len(files)} clips")
        if target.exists():
            yield path, target


def cut_clip(path: Path, target: Path) -> bool:
    """Follow the largest face of a clip and write ``k0``, ``crops``, ``mel``, ``size``, ``frontal``; False without a face."""
    tracker, sound, last = FaceTracker(), np.zeros(0, np.float32), -np.inf
    for chunk in decode(probe(path), (LUMA, SOUND)):
        pictures, heard = chunk.view(LUMA), chunk.view(SOUND)
        for t, luma in zip(pictures.t.tolist(), pictures.data, strict=True) if pictures else ():
            if t - last >= LEAST_STEP_S:
                tracker.update(t, luma)
                last = t
        if heard is not None:
            sound = _placed(sound, heard.t, np.asarray(heard.data, np.float32).reshape(len(heard), -1)[:, 0])
    tracker.finish()
    tracks = [k for k in tracker.take_done() if len(k.t) >= LEAST_PICTURES and len(k.anchors) >= min(LEAST_ANCHORS, 3)]
    if not tracks or not len(sound):
        return False
    best = max(tracks, key=lambda k: len(k.t) * float(np.median([b.size for b in k.boxes])) ** 0.5)
    first, crops = on_clock(best)
    part = target.with_name(target.stem + ".part.npz")
    np.savez(
        part, k0=first, crops=crops, mel=log_mel(sound, 0, len(sound) // HOP + 1).astype(np.float16),
        size=np.float32(np.median([b.size for b in best.boxes])), frontal=best.frontal_share,
    )  # fmt: skip
    part.replace(target)
    return True


def _placed(sound: NDArray[np.float32], t: NDArray[np.float64], mono: NDArray[np.float32]) -> NDArray[np.float32]:
    at = np.round(t * RATE).astype(np.int64)
    grown = np.pad(sound, (0, max(0, int(at[-1]) + 1 - len(sound))))
    grown[at[at >= 0]] = mono[at >= 0]
    return grown


def on_clock(track: FaceTrack) -> tuple[int, NDArray[np.uint8]]:
    """(first picture, crops (n, H, W)) on the 25 frames/s clock, neighbours blended by time."""
    t, crops = np.array(track.t), np.stack(track.crops)
    first, last = int(np.ceil(t[0] * FPS - 1e-3)), int(np.floor(t[-1] * FPS + 1e-3))
    clock = np.arange(first, last + 1) / FPS
    j = np.clip(np.searchsorted(t, clock, side="right") - 1, 0, max(len(t) - 2, 0))
    part = np.clip((clock - t[j]) / np.maximum(t[j + 1] - t[j], 1e-6), 0, 1)[:, None, None]
    return first, np.round((1 - part) * crops[j] + part * crops[j + 1]).astype(np.uint8)
