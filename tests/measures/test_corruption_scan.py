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
from vqa_toolkit.models.corruption_look import Look, Seen

FPS = 25


class Watched(corruption_engine.Engine):
    """Sees nothing wrong, and keeps what it was shown."""

    def __init__(self, device: str) -> None:
        self.notes, self.device, self.batch = [], "cpu", 1
        self.shown: list[Look] = []
        self.scouted, self.glanced, self.promises, self.says = 0, 0, 0.0, 0.0
        self.net = SimpleNamespace(light=False)  # type: ignore[assignment]

    def look(self, looks: Sequence[Look], *, sparing: bool = False) -> list[Seen]:
        self.shown += looks
        return [Seen(np.zeros((5, 5), np.float32), 0.0) for _ in looks]

    def scout(self, looks: Sequence[Look]) -> list[Seen]:
        self.scouted += len(looks)
        return [Seen(np.full((5, 5), self.promises, np.float32), self.promises) for _ in looks]

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


def test_what_is_predicted_from_a_picture_that_never_came_is_complained_of(scanner: Scanner) -> None:
    scanner.flag([fact(0, key=True), fact(9)._replace(missing=True), fact(20, key=True)])
    assert np.flatnonzero(run(scanner, [100] * 30)["flagged"]).tolist() == list(range(9, 20))


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


def watch(monkeypatch: pytest.MonkeyPatch, side: int, promises: float, says: float, flagged: bool = False) -> Watched:
    """One window of 13 grey square pictures, as the engine saw it."""
    monkeypatch.setattr(corruption_engine, "Engine", Watched)
    scanner = Scanner(SimpleNamespace(video=SimpleNamespace(bit_depth=8, full_range=True)), "cpu", side, side)
    engine = scanner.engine
    assert isinstance(engine, Watched)
    engine.promises, engine.says = promises, says
    if flagged:
        scanner.flag([fact(0, concealed=True)])
    grey = np.full((side // 2, side // 2), 128, np.uint8)
    for number in range(13):
        scanner.push(number / FPS, (np.full((side, side), 100, np.uint8), grey, grey))
    scanner.end = 13 / FPS
    scanner.finish()
    return engine


@pytest.mark.parametrize(
    ("promises", "says", "flagged", "glances", "looks"),
    [
        (0.02, 0.0, False, False, False),  # nothing promises anything
        (0.2, 0.05, False, True, False),  # the scout is taken in, the head is not
        (0.2, 0.3, False, True, True),
        (0.02, 0.0, True, True, True),  # the decoder complained: whatever the scout says
    ],
)
def test_work_goes_where_there_is_doubt(
    monkeypatch: pytest.MonkeyPatch, promises: float, says: float, flagged: bool, glances: bool, looks: bool
) -> None:
    engine = watch(monkeypatch, 320, promises, says, flagged)
    assert engine.scouted == 52  # 13 pictures of four tiles: a small picture is scouted whole
    assert bool(engine.glanced) == glances and engine.glanced <= 24
    assert bool(engine.shown) == looks


def test_a_large_picture_is_scouted_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = watch(monkeypatch, 960, 0.0, 0.0)
    assert 40 <= engine.scouted <= corruption_scan.SCOUT_PX // 160**2 + 1


def test_a_tile_that_the_scout_passes_over_is_known_not_to_be_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corruption_engine, "Engine", Watched)
    scanner = Scanner(SimpleNamespace(video=SimpleNamespace(bit_depth=8, full_range=True)), "cpu", 320, 320)
    scanner.engine.promises = 0.03  # type: ignore[attr-defined]
    grey = np.full((160, 160), 128, np.uint8)
    for number in range(13):
        scanner.push(number / FPS, (np.full((320, 320), 100, np.uint8), grey, grey))
    found = {s.name: s.v for s in scanner.finish()}
    assert found["peak"] == pytest.approx(0.03) and found["probability"] == pytest.approx(0.03)
    assert not scanner.notes  # everything was seen


def test_the_worst_cell_is_looked_at_in_a_smaller_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Damage in one place, which the network sees in whole tiles, and in three quarters of their size a little less."""

    class Finds(Watched):
        def scout(self, looks: Sequence[Look]) -> list[Seen]:
            return [Seen(self.map(look), 0.9) for look in looks]

        glance = scout

        def look(self, looks: Sequence[Look], *, sparing: bool = False) -> list[Seen]:
            self.shown += looks
            return [Seen(self.map(look) * np.float32(1.0 if look.rgb.shape[0] == 160 else 0.5), 0.8) for look in looks]

        def map(self, look: Look) -> np.ndarray:
            small = look.rgb[..., 0].astype(np.float32)
            side = -(-small.shape[0] // 32)
            cells = np.zeros((side, side), np.float32)
            bright = np.argwhere(small > 200)
            if len(bright):
                cells[tuple((bright.mean(axis=0) // 32).astype(int))] = 0.8
            return cells

    monkeypatch.setattr(corruption_engine, "Engine", Finds)
    scanner = Scanner(SimpleNamespace(video=SimpleNamespace(bit_depth=8, full_range=True)), "cpu", 320, 320)
    grey = np.full((160, 160), 128, np.uint8)
    for number in range(13):
        luma = np.full((320, 320), 100, np.uint8)
        if number == 6:
            luma[196:220, 260:284] = 255  # the second cell down and the fourth across of the last tile
        scanner.push(number / FPS, (luma, grey, grey))
    scanner.end = 13 / FPS
    found = {s.name: s for s in scanner.finish()}
    smaller = found["smaller"].v
    assert smaller[6] == pytest.approx(0.4) and np.isnan(np.delete(smaller, 6)).all()
    sizes = {look.rgb.shape[:2] for look in scanner.engine.shown}  # type: ignore[attr-defined]
    assert (120, 120) in sizes
