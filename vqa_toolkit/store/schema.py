"""The database: one SQLite file in write-ahead mode, opened per call, safe for many processes.

::

    clips 1──n runs 1──n findings 1──n reviews (append-only, enforced by triggers)
    errands (questions that take longer than a page waits)
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vqa_toolkit.errors import ResultError
from vqa_toolkit.home import database

VERSION = 2
"""Schema version, kept in SQLite's ``user_version``."""

BUSY_TIMEOUT_S = 10.0
"""How long a writer waits for another process before it gives up; one write takes milliseconds."""

SCHEMA = """
CREATE TABLE clips (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('upload', 'path', 'sample', 'simulated')),
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, sha256 TEXT NOT NULL DEFAULT '', created REAL NOT NULL,
    made_from TEXT NOT NULL DEFAULT '', faults TEXT NOT NULL DEFAULT '[]', seed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX clips_by_sha256 ON clips (sha256);
CREATE TABLE runs (
    id TEXT PRIMARY KEY, clip_id TEXT NOT NULL REFERENCES clips (id) ON DELETE CASCADE, owner TEXT NOT NULL,
    profile TEXT NOT NULL, detectors TEXT, device TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'incomplete', 'cancelled')),
    stage TEXT NOT NULL DEFAULT '', share REAL NOT NULL DEFAULT 0, seconds_left REAL, message TEXT NOT NULL DEFAULT '',
    attempt INTEGER NOT NULL DEFAULT 0, pid INTEGER, cancel INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL, started REAL, finished REAL, beat REAL,
    verdict TEXT, reason TEXT NOT NULL DEFAULT '', duration REAL,
    blockers INTEGER NOT NULL DEFAULT 0, issues INTEGER NOT NULL DEFAULT 0, fyis INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX runs_by_state ON runs (state, device, created);
CREATE INDEX runs_by_owner ON runs (owner, created);
CREATE TABLE findings (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, id TEXT NOT NULL, number INTEGER NOT NULL,
    start REAL NOT NULL, "end" REAL NOT NULL, defect TEXT NOT NULL, detector TEXT NOT NULL, severity TEXT NOT NULL,
    score REAL, value REAL, "limit" REAL, unit TEXT NOT NULL, message TEXT NOT NULL,
    PRIMARY KEY (run_id, id)
);
CREATE TABLE reviews (
    id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, finding_id TEXT NOT NULL, who TEXT NOT NULL, at REAL NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('confirm', 'dismiss', 'comment')), reason TEXT NOT NULL
);
CREATE INDEX reviews_by_finding ON reviews (run_id, finding_id);
CREATE TRIGGER reviews_are_not_changed BEFORE UPDATE ON reviews BEGIN
    SELECT RAISE(ABORT, 'reviews are append-only'); END;
CREATE TRIGGER reviews_are_not_deleted BEFORE DELETE ON reviews BEGIN
    SELECT RAISE(ABORT, 'reviews are append-only'); END;
"""

ERRANDS = """
CREATE TABLE errands (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL, spec TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    share REAL NOT NULL DEFAULT 0, seconds_left REAL, message TEXT NOT NULL DEFAULT '', answer TEXT NOT NULL DEFAULT '',
    cancel INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, started REAL, finished REAL
);
CREATE INDEX errands_by_owner ON errands (owner, kind, about, created);
"""

STEPS = {0: (SCHEMA, ERRANDS), 1: (ERRANDS,)}
"""What brings a file of each earlier version to the present one."""


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    """The database inside one transaction: committed when the block ends, rolled back when it raises.

    Raises:
        ResultError: when the file was written by a later version of the toolkit, or is not a database.
    """
    db = sqlite3.connect(database(), timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        _prepare(db)
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
    finally:
        db.close()


@contextmanager
def reading() -> Iterator[sqlite3.Connection]:
    """The database for reading only: never waits for a writer."""
    db = sqlite3.connect(database(), timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        db.row_factory = sqlite3.Row
        _prepare(db)
        yield db
    finally:
        db.close()


def _prepare(db: sqlite3.Connection) -> None:
    """Create the tables in a new file; refuse a file from the future.

    SQLite answers "locked" at once, whatever its timeout, to whoever meets the change to write-ahead mode in another
    process; so that is tried again here.
    """
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            return _bring_up_to_date(db)
        except sqlite3.DatabaseError as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if "locked" not in str(error) or time.monotonic() > until:
                why = f"{database()} cannot be used as the toolkit's database ({error}). Move it away."
                raise ResultError(why) from error
            time.sleep(0.02)


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    if found == VERSION:
        return
    if found > VERSION:
        raise ResultError(
            f"{database()} was written by a newer vqa_toolkit (schema {found}, this one knows {VERSION}). "
            "Update vqa_toolkit, or set VQA_HOME to another folder."
        )
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    for script in STEPS.get(int(db.execute("PRAGMA user_version").fetchone()[0]), ()):
        for statement in _statements(script):
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """Whole SQL statements, one at a time: ``executescript`` would commit the transaction around them."""
    statement = ""
    for line in script.strip().splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
