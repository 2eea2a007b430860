"""Runs: one analysis of one clip, from waiting in the queue to its verdict. The queue's state lives here too."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vqa_toolkit.errors import UsageError
from vqa_toolkit.home import folder
from vqa_toolkit.store.clips import Clip, as_clip, new_id
from vqa_toolkit.store.schema import opened, reading

State = Literal["queued", "running", "done", "incomplete", "cancelled"]

MAX_WAITING = 8
"""Runs that may wait for one device: more than an hour of work for a laptop on minute-long clips."""


@dataclass(frozen=True, slots=True)
class Run:
    """One analysis. ``share`` is in [0, 1]; times are seconds since 1970, ``duration`` the clip's length in seconds."""

    id: str
    clip_id: str
    owner: str
    profile: str
    detectors: tuple[str, ...] | None  # None = all
    device: str
    state: State
    stage: str
    share: float
    seconds_left: float | None
    message: str
    attempt: int
    pid: int | None
    cancel: bool
    created: float
    started: float | None
    finished: float | None
    beat: float | None
    verdict: str | None
    reason: str
    duration: float | None
    blockers: int
    issues: int
    fyis: int

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "incomplete", "cancelled")


def result_path(run_id: str) -> Path:
    """Where a run's result is saved."""
    return folder("results") / f"{run_id}.vqa"


def report_path(run_id: str) -> Path:
    """Where a run's HTML report with stills is kept, when its worker wrote one."""
    return folder("results") / f"{run_id}.html"


def proxy_path(run_id: str) -> Path:
    """Where the copy that a browser can play is kept, when the original is none."""
    return folder("results") / f"{run_id}.proxy.mp4"


def enqueue(clip: Clip, *, profile: str, device: str, detectors: tuple[str, ...] | None = None) -> Run:
    """Put an analysis of ``clip`` at the end of the device's queue.

    Raises:
        UsageError: when the queue is full.
    """
    run_id, names = new_id(), None if detectors is None else json.dumps(detectors)
    with opened() as db:
        waiting = db.execute("SELECT COUNT(*) FROM runs WHERE state = 'queued' AND device = ?", (device,)).fetchone()[0]
        if waiting >= MAX_WAITING:
            raise UsageError(
                f"{waiting} analyses are waiting already, which is the most that may wait. "
                "Cancel one on the History page, or start this one when some have finished."
            )
        db.execute(
            "INSERT INTO runs (id, clip_id, owner, profile, detectors, device, state, created)"
            " VALUES (?, ?, ?, ?, ?, ?, 'queued', ?)",
            (run_id, clip.id, clip.owner, profile, names, device, time.time()),
        )
    return run_of(run_id, clip.owner)


def run_of(run_id: str, owner: str) -> Run:
    """The owner's run with this id.

    Raises:
        UsageError: when there is none, or it belongs to somebody else (the answer is the same on purpose).
    """
    with reading() as db:
        row = db.execute("SELECT * FROM runs WHERE id = ? AND owner = ?", (run_id, owner)).fetchone()
    if row is None:
        raise UsageError("There is no such run in this browser's history. Pick one on the History page.")
    return _run(row)


def runs_of(owner: str, limit: int = 200) -> list[tuple[Run, Clip]]:
    """The owner's runs with their clips, newest first."""
    with reading() as db:
        rows = db.execute("SELECT * FROM runs WHERE owner = ? ORDER BY created DESC LIMIT ?", (owner, limit)).fetchall()
        clips = {row["id"]: as_clip(row) for row in db.execute("SELECT * FROM clips WHERE owner = ?", (owner,))}
    return [(_run(row), clips[row["clip_id"]]) for row in rows]


def position(run: Run) -> int:
    """How many runs on the same device come before this one, the running one included; 0 when it runs or is over."""
    if run.state != "queued":
        return 0
    with reading() as db:
        ahead = db.execute(
            "SELECT COUNT(*) FROM runs WHERE device = ? AND (state = 'running' OR (state = 'queued' AND created < ?))",
            (run.device, run.created),
        ).fetchone()[0]
    return int(ahead)


def claim(device: str) -> Run | None:
    """Take the longest-waiting run of a device and mark it running; None when nothing waits."""
    with opened() as db:
        row = db.execute(
            "SELECT id FROM runs WHERE state = 'queued' AND device = ? ORDER BY created, rowid LIMIT 1", (device,)
        ).fetchone()
        if row is None:
            return None
        now = time.time()
        db.execute("UPDATE runs SET state = 'running', started = ?, beat = ? WHERE id = ?", (now, now, row["id"]))
        return _run(db.execute("SELECT * FROM runs WHERE id = ?", (row["id"],)).fetchone())


def update(run_id: str, **columns: Any) -> None:
    """Set columns of a run that is not over. A run that is over never changes again."""
    names = ", ".join(f"{name} = ?" for name in columns)
    with opened() as db:
        db.execute(
            f"UPDATE runs SET {names} WHERE id = ? AND state IN ('queued', 'running')", (*columns.values(), run_id)
        )


def end(run_id: str, state: State, *, reason: str = "", verdict: str | None = None, **columns: Any) -> None:
    """Close a run. Anything but ``done`` has the verdict *incomplete*: a run cut short is never a pass."""
    verdict = verdict if state == "done" else "incomplete"
    closing = {"state": state, "reason": reason, "verdict": verdict, "finished": time.time(), "pid": None}
    update(run_id, **closing, seconds_left=None, **columns)


def request_cancel(run_id: str, owner: str) -> None:
    """Ask for a run to stop: at once when it waits, within a second when it runs."""
    run = run_of(run_id, owner)
    with opened() as db:
        db.execute("UPDATE runs SET cancel = 1 WHERE id = ?", (run_id,))
        waiting = db.execute("SELECT state FROM runs WHERE id = ?", (run_id,)).fetchone()["state"] == "queued"
        if waiting:
            db.execute(
                "UPDATE runs SET state = 'cancelled', verdict = 'incomplete', finished = ?, reason = ? WHERE id = ?",
                (time.time(), "Cancelled before it began.", run.id),
            )


def cancel_requested(run_id: str) -> bool:
    """Whether somebody asked for this run to stop."""
    with reading() as db:
        row = db.execute("SELECT cancel FROM runs WHERE id = ?", (run_id,)).fetchone()
    return row is not None and bool(row["cancel"])


def interrupted(device: str) -> int:
    """Close the device's runs that were under way when their server went away; returns how many."""
    with opened() as db:
        return db.execute(
            "UPDATE runs SET state = 'incomplete', verdict = 'incomplete', finished = ?, pid = NULL, reason = ?"
            " WHERE state = 'running' AND device = ?",
            (time.time(), "The app was stopped while this analysis ran. The clip is kept: run it again.", device),
        ).rowcount


def _run(row: sqlite3.Row) -> Run:
    values = dict(row)
    values["detectors"] = None if row["detectors"] is None else tuple(json.loads(row["detectors"]))
    values["cancel"] = bool(row["cancel"])
    return Run(**values)
