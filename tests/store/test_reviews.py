"""Findings keep their ids; reviews are only ever added."""

from __future__ import annotations

import math
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import ResultError, UsageError
from vqa_toolkit.home import database
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.findings import add_review, finding_ids, keep_findings, reviews_of, standing
from vqa_toolkit.store.runs import enqueue
from vqa_toolkit.store.schema import opened


def finding(start: float, defect: str = "black", value: float = 1.0) -> Finding:
    return Finding(start, start + 1.0, defect, defect, "issue", 0.9, value, 0.1, "s", "It is black.")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the law
@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["black", "freeze"])), max_size=30))
def test_ids_are_unique_and_depend_on_nothing_but_the_findings(drawn: list[tuple[int, str]]) -> None:
    findings = [finding(float(start), defect) for start, defect in drawn]
    ids = finding_ids(findings)
    assert len(set(ids)) == len(ids)
    assert finding_ids(list(findings)) == ids


def test_reviews_follow_each_other(clip: Clip) -> None:
    run = enqueue(clip, profile="default", device="cpu").id
    first, second = keep_findings(run, [finding(1.0), finding(4.0, value=math.nan)])
    add_review(run, first, who="ann", verdict="confirm", reason="real")
    add_review(run, first, who="bob", verdict="dismiss", reason="a fade by intent")
    add_review(run, first, who="ann", verdict="comment", reason="agreed")
    assert [(r.who, r.verdict) for r in reviews_of(run)] == [("ann", "confirm"), ("bob", "dismiss"), ("ann", "comment")]
    assert standing(reviews_of(run)) == {first: "dismiss"}
    assert second not in standing(reviews_of(run))


@pytest.mark.parametrize(
    ("verdict", "reason", "said"),
    [
        ("maybe", "x", "confirm, dismiss or comment"),
        ("confirm", "  ", "needs a reason"),
        ("confirm", "x" * 2001, "2001"),
    ],
)
def test_a_review_without_sense_is_refused(clip: Clip, verdict: str, reason: str, said: str) -> None:
    run = enqueue(clip, profile="default", device="cpu").id
    (first,) = keep_findings(run, [finding(1.0)])
    with pytest.raises(UsageError, match=said):
        add_review(run, first, who="ann", verdict=verdict, reason=reason)  # type: ignore[arg-type]
    assert reviews_of(run) == []


def test_a_review_of_nothing_is_refused(clip: Clip) -> None:
    run = enqueue(clip, profile="default", device="cpu").id
    with pytest.raises(UsageError, match="no such finding"):
        add_review(run, "00000000", who="ann", verdict="confirm", reason="x")


@pytest.mark.parametrize("change", ["UPDATE reviews SET reason = 'x'", "DELETE FROM reviews"])
def test_the_database_itself_refuses_to_change_a_review(clip: Clip, change: str) -> None:
    run = enqueue(clip, profile="default", device="cpu").id
    (first,) = keep_findings(run, [finding(1.0)])
    add_review(run, first, who="ann", verdict="confirm", reason="real")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), opened() as db:
        db.execute(change)
    assert [r.reason for r in reviews_of(run)] == ["real"]


def test_a_database_from_the_future_or_no_database_is_refused_in_a_sentence(clip: Clip) -> None:
    with opened() as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ResultError, match="written by a newer vqa_toolkit"):
        enqueue(clip, profile="default", device="cpu")
    database().write_bytes(b"this is no database, whatever its name says" * 40)
    with pytest.raises(ResultError, match="cannot be used as the toolkit's database"):
        enqueue(clip, profile="default", device="cpu")
