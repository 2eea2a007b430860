"""Errands: queued with their position, run in a process of their own, cancelled, and never another's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CaseMaker
from vqa_toolkit.core import Case
from vqa_toolkit.errors import FaultError, UsageError
from vqa_toolkit.evaluate.injection import StrengthCurve, detection_by_strength
from vqa_toolkit.jobs import errands
from vqa_toolkit.store.errands import (
    MAX_WAITING,
    add_errand,
    cancel_errand,
    claim_errand,
    end_errand,
    errand_of,
    errands_ahead,
    latest_errand,
    note_errand,
)

PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VQA_HOME", str(tmp_path / "home"))
    yield
    errands.stop()


def test_errands_wait_in_order_and_end_once() -> None:
    first, second = (add_errand("strength", about, {"n": 1}, "ann") for about in ("a", "b"))
    assert (errands_ahead(first), errands_ahead(second)) == (0, 1)
    running = claim_errand()
    assert running is not None
    assert (running.id, running.spec) == (first.id, {"n": 1})
    assert errands_ahead(errand_of(second.id, "ann")) == 1
    note_errand(first.id, 0.5, "half-way", 3.0)
    end_errand(first.id, "done", answer={"x": [1.5]})
    end_errand(first.id, "failed", "too late")
    done = errand_of(first.id, "ann")
    assert (done.state, done.answer, done.share, done.message) == ("done", {"x": [1.5]}, 0.5, "")
    cancel_errand(second.id, "ann")
    assert errand_of(second.id, "ann").state == "cancelled"
    assert claim_errand() is None


def test_an_errand_is_its_owners() -> None:
    mine = add_errand("strength", "a", {}, "ann")
    assert latest_errand("strength", "a", "bob") is None
    for act in (lambda: errand_of(mine.id, "bob"), lambda: cancel_errand(mine.id, "bob")):
        with pytest.raises(UsageError, match="no such task"):
            act()


def test_too_many_errands_are_refused() -> None:
    for n in range(MAX_WAITING):
        add_errand("strength", str(n), {}, "ann")
    with pytest.raises(UsageError, match="waiting already"):
        add_errand("strength", "one more", {}, "ann")


def awaited(errand_id: str) -> str:
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        errand = errand_of(errand_id, "ann")
        if errand.over:
            return f"{errand.state}: {errand.message}"
        time.sleep(0.2)
    raise AssertionError("the errand never ended")


def test_what_goes_wrong_is_said_and_the_next_one_runs(tmp_path: Path) -> None:
    values = {"path": str(tmp_path / "gone.mp4"), "fault": "freeze@1:2", "profile": "default", "device": "cpu"}
    wrong = errands.send("strength", "a", values, "ann")
    unknown = errands.send("no such work", "a", {}, "ann")
    empty = errands.send("corpus", "b", {"corpus": str(tmp_path), "detector": "black"}, "ann")
    assert awaited(wrong.id).startswith("failed: gone.mp4")
    assert awaited(unknown.id) == "failed: This stopped with an unexpected KeyError. Try it again."
    assert "a folder with labelled clips is needed" in awaited(empty.id)


def test_a_fault_at_rising_strengths(case_clip: CaseMaker, tmp_path: Path) -> None:
    clip = case_clip(Case(duration=6.0), width=160, height=90)
    told: list[tuple[int, int]] = []
    curve = detection_by_strength(
        clip, "black@2:3", tmp_path, strengths=(0.2, 0.9), progress=lambda done, of, _: told.append((done, of))
    )
    assert told == [(0, 2), (1, 2)]
    assert (curve.detector, curve.defect, curve.unit) == ("black", "black", "s")
    assert [(t.strength, t.found) for t in curve.trials] == [(0.2, True), (0.9, True)]
    assert [t.value for t in curve.trials] == pytest.approx([1.0, 1.0], abs=0.05)
    assert StrengthCurve.from_json(curve.to_json()) == curve
    assert list(tmp_path.iterdir()) == []


def test_a_hard_negative_has_no_curve(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="provoke no finding"):
        detection_by_strength("clip.mp4", "pulldown@1:2", tmp_path)
