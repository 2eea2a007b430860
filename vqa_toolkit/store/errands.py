"""Errands: work a page asked for that takes longer than a page waits, with its progress and its answer."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vqa_toolkit.errors import UsageError
from vqa_toolkit.store.clips import new_id
from vqa_toolkit.store.schema import opened, reading

ErrandState = Literal["queued", "running", "done", "failed", "cancelled"]

MAX_WAITING = 8
"""Errands that may wait: each takes a minute or so."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One errand. ``about`` tells what it answers, so that it is found again; ``share`` is in [0, 1]."""

    id: str
    owner: str
    kind: str
    about: str
    spec: Mapping[str, Any]
    state: ErrandState
    share: float
    seconds_left: float | None
    message: str
    answer: Any
    cancel: bool
    created: float  # seconds since 1970
    started: float | None
    finished: float | None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")


def add_errand(kind: str, about: str, spec: Mapping[str, Any], owner: str) -> Errand:
    """Queue an errand.

    Raises:
        UsageError: when too many wait already.
    """
    errand_id = new_id()
    with opened() as db:
        waiting = db.execute("SELECT COUNT(*) FROM errands WHERE state = 'queued'").fetchone()[0]
        if waiting >= MAX_WAITING:
            raise UsageError(f"{waiting} such tasks are waiting already, which is the most. Try again in a minute.")
        db.execute(
            "INSERT INTO errands (id, owner, kind, about, spec, state, created) VALUES (?, ?, ?, ?, ?, 'queued', ?)",
            (errand_id, owner, kind, about, json.dumps(spec), time.time()),
        )
    return errand_of(errand_id, owner)


def errand_of(errand_id: str, owner: str) -> Errand:
    """The owner's errand with this id.

    Raises:
        UsageError: when there is none, or it belongs to somebody else.
    """
    with reading() as db:
        row = db.execute("SELECT * FROM errands WHERE id = ? AND owner = ?", (errand_id, owner)).fetchone()
    if row is None:
        raise UsageError("There is no such task of this browser.")
    return _errand(row)


def latest_errand(kind: str, about: str, owner: str) -> Errand | None:
    """The owner's newest errand about this, or None: how a page that was reloaded finds its work again."""
    with reading() as db:
        row = db.execute(
            "SELECT * FROM errands WHERE owner = ? AND kind = ? AND about = ? ORDER BY created DESC, rowid DESC LIMIT 1",
            (owner, kind, about),
        ).fetchone()
    return None if row is None else _errand(row)


def errands_ahead(errand: Errand) -> int:
    """How many errands come before this one, the running one included; 0 when it runs or is over."""
    if errand.state != "queued":
        return 0
    with reading() as db:
        found = db.execute(
            "SELECT COUNT(*) FROM errands WHERE state = 'running' OR (state = 'queued' AND created < ?)",
            (errand.created,),
        )
        return int(found.fetchone()[0])


def claim_errand() -> Errand | None:
    """Take the longest-waiting errand and mark it running; None when none waits."""
    with opened() as db:
        row = db.execute("SELECT id FROM errands WHERE state = 'queued' ORDER BY created, rowid LIMIT 1").fetchone()
        if row is None:
            return None
        db.execute("UPDATE errands SET state = 'running', started = ? WHERE id = ?", (time.time(), row["id"]))
        return _errand(db.execute("SELECT * FROM errands WHERE id = ?", (row["id"],)).fetchone())


def note_errand(errand_id: str, share: float, message: str, seconds_left: float | None) -> None:
    """Write down how far it is."""
    with opened() as db:
        db.execute(
            "UPDATE errands SET share = ?, message = ?, seconds_left = ? WHERE id = ? AND state = 'running'",
            (share, message, seconds_left, errand_id),
        )


def end_errand(errand_id: str, state: ErrandState, message: str = "", answer: Any = None) -> None:
    """Close it. One that is over never changes again."""
    with opened() as db:
        db.execute(
            "UPDATE errands SET state = ?, message = ?, answer = ?, finished = ?, seconds_left = NULL"
            " WHERE id = ? AND state IN ('queued', 'running')",
            (state, message, "" if answer is None else json.dumps(answer), time.time(), errand_id),
        )


def cancel_errand(errand_id: str, owner: str) -> None:
    """Ask for it to stop: at once when it waits, within seconds when it runs."""
    errand = errand_of(errand_id, owner)
    with opened() as db:
        db.execute("UPDATE errands SET cancel = 1 WHERE id = ?", (errand.id,))
    if errand.state == "queued":
        end_errand(errand.id, "cancelled", "Cancelled before it began.")


def errand_cancelled(errand_id: str) -> bool:
    """Whether somebody asked for it to stop."""
    with reading() as db:
        row = db.execute("SELECT cancel FROM errands WHERE id = ?", (errand_id,)).fetchone()
    return row is not None and bool(row["cancel"])


def interrupted_errands() -> None:
    """Close what was under way when its server went away."""
    with opened() as db:
        db.execute(
            "UPDATE errands SET state = 'failed', message = ?, finished = ? WHERE state = 'running'",
            ("The app was stopped while this ran. Start it again.", time.time()),
        )


def _errand(row: sqlite3.Row) -> Errand:
    values = dict(row)
    values["spec"] = json.loads(values["spec"])
    values["answer"] = json.loads(values["answer"]) if values["answer"] else None
    values["cancel"] = bool(values["cancel"])
    return Errand(**values)
