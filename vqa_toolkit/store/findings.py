"""Findings of a run, each with an id that a link can carry, and the reviews people wrote about them."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import UsageError
from vqa_toolkit.store.schema import opened, reading

Opinion = Literal["confirm", "dismiss", "comment"]

MAX_REASON = 2000
"""Characters of a reason: a paragraph or two."""


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody thought of a finding, and when (seconds since 1970). Never changed, only followed by another."""

    run_id: str
    finding_id: str
    who: str
    at: float
    verdict: Opinion
    reason: str


def finding_ids(findings: Sequence[Finding]) -> list[str]:
    """A short id per finding that is the same whenever the same findings are made again.

    Eight hexadecimal digits of SHA-256 over detector, defect and span (milliseconds); equal ones are numbered.
    """
    ids: list[str] = []
    for finding in findings:
        text = f"{finding.detector}|{finding.defect}|{_ms(finding.start)}|{_ms(finding.end)}"
        short = hashlib.sha256(text.encode()).hexdigest()[:8]
        twins = sum(1 for other in ids if other.split("-")[0] == short)
        ids.append(f"{short}-{twins + 1}" if twins else short)
    return ids


def _ms(seconds: float) -> int:
    return round(seconds * 1000) if math.isfinite(seconds) else -1


def keep_findings(run_id: str, findings: Sequence[Finding]) -> list[str]:
    """Store a run's findings (replacing earlier ones); returns their ids."""
    ids = finding_ids(findings)
    rows = [
        (run_id, ids[n], n, f.start, f.end, f.defect, f.detector, f.severity, f.score, f.value, f.limit, f.unit, text)
        for n, (f, text) in enumerate((f, f.message) for f in findings)
    ]
    with opened() as db:
        db.execute("DELETE FROM findings WHERE run_id = ?", (run_id,))
        db.executemany("INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return ids


def add_review(run_id: str, finding_id: str, *, who: str, verdict: Opinion, reason: str) -> Review:
    """Append a review.

    Raises:
        UsageError: when the finding is unknown, the verdict is none of the three, or the reason is empty or too long.
    """
    text = reason.strip()
    if verdict not in get_args(Opinion):
        raise UsageError(f"A review is confirm, dismiss or comment; got {verdict!r}.")
    if not text:
        raise UsageError("A review needs a reason: say in a few words why, so that others can follow it.")
    if len(text) > MAX_REASON:
        raise UsageError(f"The reason is {len(text)} characters long; keep it under {MAX_REASON}.")
    with opened() as db:
        if db.execute("SELECT 1 FROM findings WHERE run_id = ? AND id = ?", (run_id, finding_id)).fetchone() is None:
            raise UsageError("There is no such finding in this run.")
        review = Review(run_id, finding_id, who, time.time(), verdict, text)
        db.execute(
            "INSERT INTO reviews (run_id, finding_id, who, at, verdict, reason) VALUES (?, ?, ?, ?, ?, ?)",
            (run_id, finding_id, who, review.at, verdict, text),
        )
    return review


def reviews_of(run_id: str) -> list[Review]:
    """A run's reviews, oldest first."""
    with reading() as db:
        rows = db.execute(
            "SELECT run_id, finding_id, who, at, verdict, reason FROM reviews WHERE run_id = ? ORDER BY id", (run_id,)
        ).fetchall()
    return [Review(**dict(row)) for row in rows]


def standing(reviews: Sequence[Review]) -> dict[str, Opinion]:
    """The last confirm or dismiss per finding id; comments do not change it."""
    return {r.finding_id: r.verdict for r in reviews if r.verdict != "comment"}
