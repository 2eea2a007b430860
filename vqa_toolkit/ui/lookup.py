"""What a page looks up in the clip itself, beside its stored result: stills, sound, captions. Kept, because it is asked often."""

from __future__ import annotations

import io
import math
import threading
import wave
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import MediaError, UsageError
from vqa_toolkit.jobs.aside import ask
from vqa_toolkit.measures.spectrum import Picture
from vqa_toolkit.media.captions import CaptionTrack, Cue
from vqa_toolkit.media.info import CaptionInfo
from vqa_toolkit.store.clips import Clip, clip_of
from vqa_toolkit.store.runs import proxy_path, result_path, run_of
from vqa_toolkit.ui.evidence import MAX_COLUMNS

if TYPE_CHECKING:
    from vqa_toolkit.figures.spectrogram import Drawn

Scale = Literal["linear", "log", "mel"]

LISTEN_S = 10.0
"""Longest piece to listen to: below 1 MiB as mono 16 bit, from where Streamlit tells two pieces apart by samples only."""

TILE_COLUMNS = 1200
"""Columns of a minute of spectrogram: 50 ms each, a frame or two."""

STRIP_DB = 80.0
"""How far below the loudest a spectrogram strip reaches."""

MOVE_S = 300.0
"""A copy with moved sound reads and writes the whole file: an hour of it takes a minute on a slow disk."""


_drawing = threading.Lock()


def still_at(clip: Clip, t: float, height: int) -> tuple[float, NDArray[np.uint8]]:
    """The picture on screen at ``t`` seconds, its shorter side at most ``height`` px, and its own time.

    Raises:
        UsageError: when the file has gone or changed. MediaError: when it cannot be decoded there.
    """
    return _still(_there(clip), clip.modified_ns, round(t, 4), height)


@lru_cache(maxsize=64)
def _still(path: Path, _modified_ns: int, t: float, height: int) -> tuple[float, NDArray[np.uint8]]:
    found = ask("stills", path, times=[t], height=height)
    return float(found.facts["times"][0]), found.arrays["picture0"]


def drawn_at(clip: Clip, start: float, end: float, scale: Scale = "log") -> Drawn:
    """The clip's sound between two times as a spectrogram and an envelope.

    Raises:
        UsageError: when the file has gone or changed. MediaError: when it has no sound there.
    """
    with _drawing:  # a page that changes its width asks again before the first answer: the second waits for it
        return _drawn(_there(clip), clip.modified_ns, round(start, 3), round(end, 3), scale)


@lru_cache(maxsize=96)
def _drawn(path: Path, _modified_ns: int, start: float, end: float, scale: Scale) -> Drawn:
    from vqa_toolkit.figures.spectrogram import Drawn  # plotly: not while the server starts

    found = ask("drawn", path, start=start, end=end, scale=scale, columns=TILE_COLUMNS)
    t, low, high = found.arrays["wave"]
    shown = Picture(found.arrays["t"], found.arrays["hz"], found.arrays["db"])
    return Drawn(shown, (t, low, high), float(found.facts["end"]))


def heard(clip: Clip, start: float, end: float) -> bytes:
    """The clip's sound between two times, at most ``LISTEN_S`` seconds of it, as a WAV file.

    Raises:
        UsageError: when the file has gone or changed. MediaError: when it has no sound there.
    """
    return _heard(_there(clip), clip.modified_ns, round(max(0.0, start), 3), round(min(end, start + LISTEN_S), 3))


@lru_cache(maxsize=16)
def _heard(path: Path, _modified_ns: int, start: float, end: float) -> bytes:
    found = ask("sound", path, start=start, end=end)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(int(found.facts["rate"]))
        file.writeframes(found.arrays["samples"].tobytes())
    return out.getvalue()


def tracks_of(clip: Clip) -> tuple[CaptionTrack, ...]:
    """The clip's caption tracks, embedded and beside it, as they are now.

    Raises:
        UsageError: when the file has gone or changed. MediaError: when it cannot be opened.
    """
    return _tracks(_there(clip), clip.modified_ns)


@lru_cache(maxsize=8)
def _tracks(path: Path, _modified_ns: int) -> tuple[CaptionTrack, ...]:
    return tuple(_track(**told) for told in ask("captions", path).facts["tracks"])


def _track(info: dict[str, Any], cues: list[dict[str, Any]], encoding: str, problem: str) -> CaptionTrack:
    return CaptionTrack(CaptionInfo(**info), tuple(Cue(**cue) for cue in cues), encoding, problem)


def moved_path(run_id: str) -> Path:
    """Where the copy of a run's clip with its sound moved is kept, one per run."""
    return result_path(run_id).with_suffix(".moved.mp4")


def move(run_id: str, clip: Clip, ms: float) -> str:
    """Make the copy with the sound ``ms`` later, unless it is there; what tells it from other copies of this run.

    Raises:
        UsageError: when the file has gone or changed. MediaError: when no copy can be made.
    """
    target, note = moved_path(run_id), moved_path(run_id).with_suffix(".txt")
    wanted = f"{clip.sha256} {ms:.0f}"
    if not target.is_file() or not note.is_file() or note.read_text("ascii") != wanted:
        copy = proxy_path(run_id)
        source = copy if copy.is_file() else _there(clip)  # what this browser plays
        ask("moved", source, target=str(target), ms=float(round(ms)), wait_s=MOVE_S)
        note.write_text(wanted, "ascii")
    return f"{ms:.0f}"


def spectrum_strip(run_id: str, owner: str, span: tuple[float, float], columns: int) -> tuple[int, int, bytes]:
    """The spectrogram of a run's clip between two times as (rows, columns, bytes), the highest tone on top.

    Drawn minute by minute, each kept, so that an hour never lies in memory and a second look is at once.
    """
    run = run_of(run_id, owner)
    clip = clip_of(run.clip_id, owner)
    wide = max(8, min(columns, MAX_COLUMNS))
    start, end = max(0.0, span[0]), min(span[1], run.duration or span[1])
    if not math.isfinite(end) or end <= start:
        raise UsageError("This stretch of the clip has no sound to draw.")
    pieces: list[Picture] = []
    for a, b in _minutes(start, end, run.duration or end):
        with suppress(MediaError):  # a minute without sound, as where the sound ends first
            pieces.append(drawn_at(clip, a, b).picture)
    if not pieces:
        raise UsageError("This stretch of the clip has no sound to draw.")
    t, db = np.concatenate([p.t for p in pieces]), np.concatenate([p.db for p in pieces], axis=1)
    at = np.linspace(start, end, wide + 1)
    first = np.clip(np.searchsorted(t, at, "right") - 1, 0, len(t) - 1)
    rows = np.stack([db[:, a : max(b, a + 1)].max(axis=1) for a, b in pairwise(first.tolist())])
    scaled = np.clip((rows - db.max()) / STRIP_DB * 255.0 + 255.0, 0, 255).astype(np.uint8)
    return scaled.shape[1], wide, np.ascontiguousarray(scaled.T[::-1]).tobytes()


def _minutes(start: float, end: float, duration: float) -> list[tuple[float, float]]:
    from vqa_toolkit.figures.spectrogram import TILE_S

    numbers = range(int(start // TILE_S), math.ceil(end / TILE_S))
    spans = [(n * TILE_S, min((n + 1) * TILE_S, duration)) for n in numbers]
    return [(a, b) for a, b in spans if b - a > 0.01] or [(start, end)]


def _there(clip: Clip) -> Path:
    if clip.missing:
        raise UsageError(clip.missing)
    return clip.path
