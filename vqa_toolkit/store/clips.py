"""Clips: which file, whose, and what it was when it was taken in."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vqa_toolkit.errors import MediaUnreadable, UsageError
from vqa_toolkit.home import folder
from vqa_toolkit.store.schema import opened, reading

Origin = Literal["upload", "path", "sample", "simulated"]

ID_BYTES = 8
"""Random bytes in an id: 64 bits cannot be guessed at any rate a local server answers."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A media file that somebody chose. ``name`` is what they called it: text to show, never a path."""

    id: str
    owner: str
    name: str
    path: Path
    origin: Origin
    size: int  # bytes
    modified_ns: int
    sha256: str  # "" until it was read
    created: float  # seconds since 1970
    made_from: str = ""  # the clean clip's id, for a simulated one
    faults: tuple[str, ...] = ()  # in the command line's notation
    seed: int = 0

    @property
    def pending(self) -> bool:
        """Whether this is a simulated clip that is yet to be made."""
        return self.origin == "simulated" and not self.sha256

    @property
    def missing(self) -> str:
        """Why the file cannot be played or analysed again; "" when it can."""
        if self.pending:
            return ""
        try:
            stat = self.path.stat()
        except OSError:
            return "The media file is no longer there; its stored results can still be read."
        if stat.st_size != self.size or stat.st_mtime_ns != self.modified_ns:
            return "The media file has changed since it was taken in; its stored results describe the earlier file."
        return ""


def new_id() -> str:
    """A fresh id for a clip or a run: 16 hexadecimal characters."""
    return secrets.token_hex(ID_BYTES)


def add_clip(
    path: Path, *, owner: str, name: str, origin: Origin, sha256: str = "", clip_id: str | None = None
) -> Clip:
    """Remember a file. The same unchanged file chosen again by the same owner is the same clip.

    Raises:
        MediaUnreadable: when the file is not there or not a regular file.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise MediaUnreadable(path, "the file is not there", "Choose another file") from error
    if not path.is_file():
        raise MediaUnreadable(path, "this is a folder or a device, not a media file", "Choose a file inside it")
    with opened() as db:
        row = db.execute(
            "SELECT * FROM clips WHERE owner = ? AND path = ? AND size = ? AND modified_ns = ?",
            (owner, str(path), stat.st_size, stat.st_mtime_ns),
        ).fetchone()
        if row is not None:
            return as_clip(row)
        clip = Clip(clip_id or new_id(), owner, name, path, origin, stat.st_size, stat.st_mtime_ns, sha256, time.time())
        db.execute(
            "INSERT INTO clips (id, owner, name, path, origin, size, modified_ns, sha256, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (clip.id, owner, name, str(path), origin, clip.size, clip.modified_ns, sha256, clip.created),
        )
    return clip


def plan_clip(clean: Clip, faults: tuple[str, ...], seed: int = 0) -> Clip:
    """A clip that the worker will make from ``clean`` by simulating ``faults``; its file does not exist yet."""
    clip_id = new_id()
    path = folder("uploads") / clip_id / "media.mp4"
    path.parent.mkdir()
    clip = Clip(
        clip_id, clean.owner, f"{clean.name} with {len(faults)} faults", path, "simulated", 0, 0, "", time.time(),
        clean.id, faults, seed,
    )  # fmt: skip
    with opened() as db:
        db.execute(
            "INSERT INTO clips (id, owner, name, path, origin, size, modified_ns, sha256, created, made_from, faults, seed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (clip.id, clip.owner, clip.name, str(path), clip.origin, 0, 0, "", clip.created, clean.id,
             json.dumps(faults), seed),
        )  # fmt: skip
    return clip


def clip_of(clip_id: str, owner: str) -> Clip:
    """The owner's clip with this id.

    Raises:
        UsageError: when there is none, or it belongs to somebody else (the answer is the same on purpose).
    """
    with reading() as db:
        row = db.execute("SELECT * FROM clips WHERE id = ? AND owner = ?", (clip_id, owner)).fetchone()
    if row is None:
        raise UsageError("There is no such clip in this browser's library. Open the clip again.")
    return as_clip(row)


def clip_with_sha256(sha256: str, owner: str) -> Clip | None:
    """The owner's newest clip with this content, or None."""
    with reading() as db:
        row = db.execute(
            "SELECT * FROM clips WHERE sha256 = ? AND owner = ? AND sha256 != '' ORDER BY created DESC LIMIT 1",
            (sha256, owner),
        ).fetchone()
    return None if row is None else as_clip(row)


def clips_of(owner: str, limit: int = 50) -> list[Clip]:
    """The owner's clips, newest first."""
    with reading() as db:
        found = db.execute("SELECT * FROM clips WHERE owner = ? ORDER BY created DESC LIMIT ?", (owner, limit))
        rows = found.fetchall()
    return [as_clip(row) for row in rows]


def note_sha256(clip_id: str, sha256: str) -> None:
    """Keep the content's hash once it is known, and what the file of a simulated clip is now that it was made."""
    with opened() as db:
        row = db.execute("SELECT * FROM clips WHERE id = ?", (clip_id,)).fetchone()
        db.execute("UPDATE clips SET sha256 = ? WHERE id = ?", (sha256, clip_id))
        if row is not None and as_clip(row).pending:
            stat = Path(row["path"]).stat()
            db.execute(
                "UPDATE clips SET size = ?, modified_ns = ? WHERE id = ?", (stat.st_size, stat.st_mtime_ns, clip_id)
            )


def as_clip(row: sqlite3.Row) -> Clip:
    """A clip from its row."""
    return Clip(**{**dict(row), "path": Path(row["path"]), "faults": tuple(json.loads(row["faults"]))})
