"""The scanner: what a decoder's complaint reaches, and that every look knows both its neighbours in time."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from vqa_toolkit.core import PacketFact
from vqa_toolkit.measures import corruption_scan
from vqa_toolkit.measures.corruption_scan import Scanner
from vqa_toolkit.models import corruption_engine
from vqa_toolkit.models.corruption_engine import Look, Seen

FPS = 25


class Watched(corruption_engine.Engine):
    """Sees nothing wrong, and keeps what it was shown."""

    def __init__(self, device: str) -> None:
        self.notes, self.device, self.batch = [], "cpu", 1
        self.shown: list[Look] = []
        self.glanced, self.says = 0, 0.0
        self.net = SimpleNamespace(light=False)  # type: ignore[assignment]

    def look(self, looks: Sequence[Look]) -> list[Seen]:
        self.shown += looks
        return [Seen(np.zeros((5, 5), np.float32), 0.0) for _ in looks]

    def glance(self, looks: Sequence[Look]) -> list[Seen]:
        self.glanced += len(looks)
        return [Seen(np.full((5, 5), self.says, np.float32), self.says) for _ in looks]


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch) -> Scanner:
    monkeypatch.setattr(corruption_engine, "Engine", Watched)
    made = Scanner(SimpleNamespace(video=SimpleNamespace(bit_depth=8, full_range=True)), "cpu", 64, 64)
    made.whole = True
    return made


def run(scanner: Scanner, levels: Sequence[int]) -> dict[str, np.ndarray]:
    """Pictures of one brightness each, 25 a second."""
    grey = np.full((32, 32), 128, np.uint8)
    for number, level in enumerate(levels):
        scanner.push(number / FPS, (np.full((64, 64), level, np.uint8), grey, grey))
    scanner.end = len(levels) / FPS
    return {s.name: s.v for s in scanner.finish()}


def fact(number: int, *, key: bool = False, concealed: bool = False) -> PacketFact:
    return PacketFact("video", number / FPS, 0.0, 0, key, False, "", concealed)


def test_a_complaint_reaches_to_the_next_key_frame(scanner: Scanner) -> None:
    scanner.flag([fact(0, key=True), fact(20, key=True), fact(40, key=True), fact(7, concealed=True)])
    flagged = run(scanner, [100] * 60)["flagged"]
    assert np.flatnonzero(flagged).tolist() == list(range(7, 20))


def test_a_damaged_key_frame_refreshes_nothing(scanner: Scanner) -> None:
    scanner.flag([fact(10, key=True), fact(10, concealed=True), fact(20, key=True)])
    assert np.flatnonzero(run(scanner, [100] * 30)["flagged"]).tolist() == list(range(10, 20))


def test_looks_know_both_neighbours_across_windows(scanner: Scanner) -> None:
    run(scanner, [100 + n % 3 for n in range(40)])
    shown = scanner.engine.shown  # type: ignore[attr-defined]
    for n, look in enumerate(shown):
        expected = [100 + max(0, n - 1) % 3, 100 + min(39, n + 1) % 3]
        assert [int(look.before[0, 0]), int(look.after[0, 0])] == expected


def test_a_cut_parts_neighbours(scanner: Scanner) -> None:
    run(scanner, [50] * 15 + [200] * 15)
    before, after = scanner.engine.shown[14], scanner.engine.shown[15]  # type: ignore[attr-defined]
    assert int(before.after[0, 0]) == 50 and int(before.before[0, 0]) == 50
    assert int(after.before[0, 0]) == 200 and int(after.after[0, 0]) == 200


@pytest.mark.parametrize("said", ["nothing", "a little", "a doubt", "a complaint"])
def test_work_goes_where_there_is_doubt(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr(corruption_engine, "Engine", Watched)
    monkeypatch.setattr(corruption_scan, "SMALL_PX", 0)
    monkeypatch.setattr(corruption_scan, "GLANCE_PX", 2_000_000)
    scanner = Scanner(SimpleNamespace(video=SimpleNamespace(bit_depth=8, full_range=True)), "cpu", 320, 320)
    engine = scanner.engine
    assert isinstance(engine, Watched)
    engine.says = {"nothing": 0.0, "a little": 0.12, "a doubt": 0.3, "a complaint": 0.0}[said]
    if said == "a complaint":
        scanner.flag([fact(0, concealed=True)])
    grey = np.full((160, 160), 128, np.uint8)
    for number in range(13):  # one window: 52 tiles
        scanner.push(number / FPS, (np.full((320, 320), 100, np.uint8), grey, grey))
    scanner.end = 13 / FPS
    scanner.finish()
    assert (engine.glanced == 52) == (said in ("a doubt", "a complaint"))
    assert bool(engine.shown) == (said != "nothing")


def test_a_small_picture_is_glanced_at_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corruption_engine, "Engine", Watched)
    scanner = Scanner(SimpleNamespace(video=SimpleNamespace(bit_depth=8, full_range=True)), "cpu", 320, 320)
    engine = scanner.engine
    assert isinstance(engine, Watched)
    engine.says = 0.0
    grey = np.full((160, 160), 128, np.uint8)
    for number in range(13):  # one window: 52 tiles
        scanner.push(number / FPS, (np.full((320, 320), 100, np.uint8), grey, grey))
    scanner.finish()
    assert engine.glanced == 52
    assert not engine.shown
