"""The queue: order, bounds, who may see what, and that a run that is over stays as it is."""

from __future__ import annotations

import pytest

from vqa_toolkit.errors import UsageError
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.runs import (
    MAX_WAITING,
    cancel_requested,
    claim,
    end,
    enqueue,
    interrupted,
    position,
    request_cancel,
    run_of,
    runs_of,
    update,
)


def queued(clip: Clip, device: str = "cpu") -> str:
    return enqueue(clip, profile="default", device=device).id


def test_first_come_first_served_per_device(clip: Clip) -> None:
    first, second, other = queued(clip), queued(clip), queued(clip, "cuda")
    assert [position(run_of(r, "ann")) for r in (first, second, other)] == [0, 1, 0]
    claimed = claim("cpu")
    assert claimed is not None and claimed.id == first and claimed.state == "running"
    assert position(run_of(second, "ann")) == 1  # the running one is before it
    end(first, "done", verdict="pass")
    assert position(run_of(second, "ann")) == 0
    assert [r.id for r in (claim("cpu"), claim("cuda")) if r] == [second, other]
    assert claim("cpu") is None


def test_the_queue_is_bounded_and_says_so(clip: Clip) -> None:
    for _ in range(MAX_WAITING):
        queued(clip)
    with pytest.raises(UsageError, match="8 analyses are waiting already"):
        queued(clip)
    queued(clip, "cuda")  # each device has a queue of its own


def test_nobody_sees_anothers_run(clip: Clip) -> None:
    run = queued(clip)
    for stranger in ("bob", "", "ann' OR '1'='1"):
        with pytest.raises(UsageError, match="no such run in this browser"):
            run_of(run, stranger)
    assert [r.id for r, _ in runs_of("ann")] == [run]
    assert runs_of("bob") == []


@pytest.mark.parametrize("state", ["incomplete", "cancelled"])
def test_a_run_cut_short_is_never_a_pass(clip: Clip, state: str) -> None:
    run = queued(clip)
    end(run, state, verdict="pass", reason="died")  # type: ignore[arg-type]
    assert (run_of(run, "ann").verdict, run_of(run, "ann").reason) == ("incomplete", "died")


def test_a_run_that_is_over_never_changes(clip: Clip) -> None:
    run = queued(clip)
    end(run, "done", verdict="fail", issues=2)
    end(run, "incomplete", reason="late")
    update(run, share=0.1)
    after = run_of(run, "ann")
    assert (after.state, after.verdict, after.issues, after.reason) == ("done", "fail", 2, "")


def test_cancelling_what_waits_is_immediate_and_what_runs_is_asked(clip: Clip) -> None:
    running, waiting = queued(clip), queued(clip)
    claim("cpu")
    request_cancel(waiting, "ann")
    request_cancel(running, "ann")
    assert run_of(waiting, "ann").state == "cancelled"
    assert run_of(running, "ann").state == "running" and cancel_requested(running)
    with pytest.raises(UsageError):
        request_cancel(running, "bob")


def test_runs_of_a_server_that_went_away_are_closed_and_the_queue_is_kept(clip: Clip) -> None:
    running, waiting = queued(clip), queued(clip)
    claim("cpu")
    assert interrupted("cuda") == 0
    assert interrupted("cpu") == 1
    assert "The app was stopped" in run_of(running, "ann").reason
    assert run_of(waiting, "ann").state == "queued"
