"""Clips that a moved limit cannot change are not judged again, and nobody can tell from the answers."""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import CaseMaker
from tests.tune.made import Blank, clip, session
from vqa_toolkit.core import Case, Finding, Limits, Signal, limit_fields
from vqa_toolkit.detectors import discover
from vqa_toolkit.detectors.black import BlackLimits
from vqa_toolkit.evaluate.clips import Clip
from vqa_toolkit.evaluate.measured import Measured
from vqa_toolkit.profile import Profile
from vqa_toolkit.tune import Session
from vqa_toolkit.tune.watched import Watched

FOLLOWED = ("black", "freeze", "silence", "dropout", "letterbox", "noise")
"""Detectors without a network whose judges differ most: spans, hysteresis, sums over a programme, arrays times limits."""


def watched(value: float) -> Any:
    return Watched(value, lambda limits: value, frozenset(["x"]), [])


def test_a_comparison_narrows_to_the_nearest_values() -> None:
    x = watched(0.5)
    assert (np.array([0.1, 0.4, 0.7, np.nan]) >= x).tolist() == [False, False, True, False]
    assert (x.low, x.high) == (0.4, 0.7)
    assert x < 0.6
    assert (x.low, x.high) == (0.4, 0.6)
    assert not np.float64(0.45) >= x
    assert (x.low, x.high) == (0.45, 0.6)


@pytest.mark.parametrize(("how", "low", "high"), [
    (operator.ge, -math.inf, 0.5), (operator.lt, -math.inf, 0.5), (operator.gt, 0.5, math.inf), (operator.le, 0.5, math.inf),
    (operator.eq, 0.5, 0.5),
])  # fmt: skip
def test_a_value_equal_to_the_limit_bounds_the_side_on_which_the_answer_would_change(
    how: object, low: float, high: float
) -> None:
    x = watched(0.5)
    how(np.array([0.5]), x)  # type: ignore[operator]
    assert (x.low, x.high) == (low, high)


def test_what_becomes_an_array_or_a_plain_number_is_pinned() -> None:
    for use in (float, lambda x: np.array([1.0, 2.0]) * x, lambda x: np.where([True], x, 0.0), round):
        x = watched(0.5)
        use(x)
        assert (x.low, x.high) == (0.5, 0.5)


def test_numbers_made_of_limits_are_followed() -> None:
    log: list[Watched] = []
    area: Any = Watched(0.5, operator.attrgetter("area"), frozenset(["area"]), log)
    half = 10 ** (0.5 * area - 1)
    assert half < 1.0
    assert half.again(BlackLimits(area=0.6)) == pytest.approx(10**-0.7)
    assert half < area  # 10^-0.75 = 0.178
    assert area.high == math.inf  # the two were compared with each other, not with a number


@pytest.fixture(scope="module")
def measured(case_clip: CaseMaker) -> list[Measured]:
    """Each detector's first cases, clean and faulty, measured once."""
    from vqa_toolkit.analyze import measure
    from vqa_toolkit.media.probe import probe

    known = discover()
    cases = [Case(), *(known[n].FAULTY[0] for n in FOLLOWED)]
    found = []
    for n, path in enumerate(dict.fromkeys(case_clip(c, width=160, height=90) for c in cases)):
        media = probe(path)
        made = measure(media, [known[k] for k in FOLLOWED], "cpu", lambda _: None, lambda: False)
        truth = Clip(str(n), path, str(n), str(n), "clean", media.duration, (), True)
        found.append(Measured(truth, media, made.signals, made.outcomes))
    return found


def outlines(found: tuple[Finding, ...]) -> list[tuple[object, ...]]:
    return [(f.start, f.end, f.defect, f.severity) for f in found]


@pytest.mark.parametrize("name", FOLLOWED)
def test_every_detector_gives_the_answers_of_judging_everything_anew(name: str, measured: list[Measured]) -> None:
    made = Session(discover()[name], tuple(measured), Profile(), "fyi")
    fields = limit_fields(made.detector.limits)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.tuples(st.sampled_from(fields), st.floats(0, 1)), min_size=1, max_size=2))
    def same(moves: list[tuple[tuple[str, dict[str, float]], float]]) -> None:
        changes = {n: meta["low"] + share * (meta["high"] - meta["low"]) for (n, meta), share in moves}
        limits: Limits = made.limits(**changes)
        try:
            anew = made.judged(limits)
        except ValueError:  # limits that contradict each other are refused either way
            with pytest.raises(ValueError, match="offset"):
                made.standing(limits)
            return
        assert [outlines(f) for f in made.standing(limits).found] == [outlines(j.findings) for j in anew]

    same()


def test_only_clips_that_the_limit_can_change_are_judged_again() -> None:
    clips = [clip(f"t{i}", 20.0, [(3.0, 3.2 + 0.1 * i)], []) for i in range(10)]  # black for 0.2 to 1.1 s
    made = Session(Blank, tuple(clips), Profile())
    assert made.standing(made.limits(min_duration=0.45)).changed.tolist() == [0, 1, 2]
    assert made.standing(made.limits(min_duration=0.45)) is made.standing(made.limits(min_duration=0.45))
    assert made.standing(made.limits(saturation=7.0)).changed.tolist() == []  # this judge never looks at it
    assert made.tally(made.limits(min_duration=0.45))[:, 2].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]


def test_a_judge_that_cannot_be_followed_is_asked_about_every_clip() -> None:
    class Sly(Blank):
        @staticmethod
        def judge(signals: Mapping[str, Signal], limits: Any) -> list[Finding]:
            return [*range(0 if type(limits) is BlackLimits else limits)]  # a watched number is no count

    made = Session(Sly, session(3).clips, Profile())
    assert made.standing(made.limits(min_duration=0.5)).changed.tolist() == [0, 1, 2]


@pytest.mark.parametrize(("clips", "seconds"), [(10, 3600.0), (600, 60.0), (4000, 9.0)])
def test_a_slider_move_over_ten_hours_takes_less_than_a_fifth_of_a_second(clips: int, seconds: float) -> None:
    rng = np.random.default_rng(1)
    material = []
    for i in range(clips):
        starts = np.sort(rng.uniform(0, seconds - 3, max(round(seconds / 120), int(rng.random() < seconds / 120))))
        spans = [(float(s), float(s + rng.uniform(0.2, 2))) for s in starts]
        material.append(clip(f"t{i}", seconds, spans, spans[::2]))
    made = Session(Blank, tuple(material), Profile())
    made.prepare()
    times = []
    for value in (0.2, 0.4, 0.6, 0.8, 1.0):
        started = time.process_time()  # of this process alone: other work on the machine does not count
        made.tally(made.limits(min_duration=value))
        times.append(time.process_time() - started)
    assert max(times) < 0.2
