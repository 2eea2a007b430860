"""Level shift: the programme becomes louder or softer at a stroke, in everything alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Axis, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.measures.level_steps import (
    BANDS_HZ,
    LEAST,
    Change,
    Step,
    band_levels,
    evenness,
    opposite,
    pairs,
    smoothed,
    steps,
)
from vqa_toolkit.measures.sound_blocks import BlockCutter, time_of

SOUND = Need("audio")
BLOCK_S = 0.01
LEAST_STEP, LEAST_SHARE = 2.0, 0.5  # dB, and of the larger: what is measured at all, so that limits may go there
STEP_FACTS, PAIR_FACTS = ("block", "near dB", "dB", "spread dB"), ("step", "step back", "dB", "spread dB")


@dataclass(frozen=True, slots=True)
class LevelShiftLimits(Limits):
    """How large a step is, and how like a turned knob."""

    step: float = limit(4.0, unit="dB", low=LEAST_STEP, high=20.0, origin="the weakest that even sound shows beside its own swell",
                        doc="smallest shift")  # fmt: skip
    most: float = limit(26.0, unit="dB", low=10.0, high=80.0, origin="more is a sound that begins or ends, or a mute",
                        doc="largest shift")  # fmt: skip
    paired: float = limit(
        2.7, unit="of 1", low=1.0, high=20.0, origin="0.6 h of development sound stays below 2.65, most shifts reach 2.7 to 10",
        doc="evenness of a shift that is taken back",
    )  # fmt: skip
    single: float = limit(
        4.2, unit="of 1", low=1.0, high=20.0, origin="0.6 h of development sound stays below 4.1, even sound shifted 4.9 to 7.6",
        doc="evenness of a shift that stays",
    )  # fmt: skip
    sharp: float = limit(
        0.65, unit="of the shift", low=LEAST_SHARE, high=1.0, origin="swells (surf, engines) reach 0.3 within 40 ms",
        doc="share of the lasting change that happens within 40 ms, or its inverse",
    )  # fmt: skip


class LevelShift(Detector):
    """One gain step: all bands, and floor, middle and peaks of the level alike, at one instant, for half a second and more.

    Signal ``bands`` (n, 11): level over all channels per 10 ms between 100 Hz and 11 kHz, dB. At every step of the short-time
    level, the 10 to 90 % quantiles of each band over up to 1.5 s on either side are compared: their median difference is
    the shift, and evenness (shift over spread + 1 dB) tells a gain from sounds that begin or end: ``steps``, and ``pairs`` of
    a step and the step back, with what lies between against what lies around. Small shifts in speech are not told.
    """

    name = "level_shift"
    version = "3"
    title = "Level shift"
    defects = ("level_shift",)
    needs = (SOUND,)
    limits = LevelShiftLimits
    standards = ("Netflix [019]",)
    CLEAN = (Case(), Case(scene="music"), Case(scene="percussion"), Case(scene="surf"))
    FAULTY = (
        Case(scene="rain", faults=("level_shift@2:4,shift_db=-10",), expect=(Expect("level_shift", 2.0, 4.0, 0.06),)),
        Case(scene="applause", faults=("level_shift@3:6,shift_db=8",), expect=(Expect("level_shift", 3.0, 6.0, 0.06),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._rate = media.audio.rate
        self._cut = BlockCutter(BLOCK_S, self._rate, media.audio.channels)
        self._bands = Curve("bands", "dB", (Axis("band", "Hz", tuple(map(float, BANDS_HZ[:-1]))),), "float16")

    def update(self, chunk: Chunk) -> None:
        """Band levels of every whole 10-ms block."""
        view = chunk.view(SOUND)
        for blocks in self._cut.push(view.t, view.data) if view is not None else ():
            self._bands.extend(blocks.t, band_levels(blocks.x, self._rate), blocks.end)

    def finish(self) -> Iterable[Signal]:
        """The band levels."""
        bands = self._bands.signal()
        if len(bands.t) < 2 * LEAST:
            raise NotAssessable(f"there is less than {2 * LEAST * BLOCK_S:g} s of sound")
        calm = smoothed(bands.v)
        found = list(steps(bands.v, calm, LEAST_STEP))
        back = list(pairs(found, calm, LEAST_SHARE, LEAST_STEP))
        return (
            bands,
            _events("steps", STEP_FACTS, bands, [(s.at, (s.at, s.near, *s.change)) for s in found]),
            _events("pairs", PAIR_FACTS, bands, [(found[p.there].at, (p.there, p.back, *p.change)) for p in back]),
        )

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Shifts that are taken back, the evenest first; then single steps, until the next or the end."""
        bands = signals["bands"]
        found = [Step(int(at), near, Change(db, spread)) for at, near, db, spread in signals["steps"].v.tolist()]
        taken: list[tuple[int, int]] = []
        rows = signals["pairs"].v
        even = evenness(rows[:, 2], rows[:, 3])
        enough = np.flatnonzero(even >= limits.paired)
        for i, j, db, spread in rows[enough[np.argsort(-even[enough], kind="stable")]].tolist():
            there, back, change = found[int(i)], found[int(j)], Change(db, spread)
            large = min(abs(there.change.db), abs(back.change.db)) >= limits.step
            fits = _fits(there, change, limits) and _fits(back, change, limits, -1)
            free = not any(there.at < b and a < back.at for a, b in taken)
            if large and fits and free and opposite(there, back, limits.sharp):
                taken.append((there.at, back.at))
                yield _finding(bands, there.at, back.at, change, limits.paired, limits)
        fitting = [s for s in found if _fits(s, s.change, limits)]
        for k, s in enumerate(fitting):
            end = next((o.at for o in fitting[k + 1 :] if o.near * s.near < 0), len(bands.t))
            if s.change.evenness >= limits.single and not any(a <= s.at <= b for a, b in taken):
                taken.append((s.at, end))
                yield _finding(bands, s.at, end, s.change, limits.single, limits)


def _events(name: str, facts: tuple[str, ...], bands: Signal, rows: list[tuple[int, tuple[float, ...]]]) -> Signal:
    t = np.array([time_of(bands, at) for at, _ in rows], dtype=np.float64)
    v = np.array([row for _, row in rows], dtype=np.float64).reshape(-1, len(facts))
    axis = Axis("fact", ", ".join(facts), tuple(float(k) for k in range(len(facts))))
    return Signal(name, "dB", t, v, (axis,), float(bands.ends[-1]))


def _fits(step: Step, change: Change, limits: Any, way: int = 1) -> bool:
    """Whether what happens at once is what lasts."""
    share = way * step.near / change.db if change.db else 0.0
    return bool(limits.step <= abs(change.db) <= limits.most and limits.sharp <= share <= 1 / limits.sharp)


def _finding(bands: Signal, first: int, last: int, change: Change, bound: float, limits: Any) -> Finding:
    start, end = time_of(bands, first), time_of(bands, last)
    way = "louder" if change.db > 0 else "softer"
    message = f"Everything becomes {abs(change.db):.1f} dB {way} at a stroke, for {end - start:.2f} s."
    score = min(0.99, 0.5 + 0.2 * (change.evenness / bound - 1))
    return Finding(
        start, end, "level_shift", "level_shift", "issue", score, abs(change.db), limits.step, "dB", message,
        standards=("Netflix [019]",),
        details={"signal": "bands", "shift_db": round(change.db, 1), "evenness": round(change.evenness, 2)},
    )  # fmt: skip
