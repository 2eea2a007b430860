"""Figures of an evaluation show the numbers they are made of."""

from __future__ import annotations

import pytest

from tests.evaluate.made import finding, judged, label
from tests.tune.made import session
from vqa_toolkit.evaluate.run import Evaluation, confusion, evaluate_defect
from vqa_toolkit.figures import evaluate as figures
from vqa_toolkit.figures.style import Mode
from vqa_toolkit.profile import Profile
from vqa_toolkit.tune import Cost, sweep

CORPUS = [
    judged((label("freeze", 2, 4),), (finding("freeze", 2, 4, 0.8),), group="a", strength=0.9),
    judged((label("freeze", 2, 4),), (finding("freeze", 7, 8, 0.3),), group="b", strength=0.2),
]
ONE = evaluate_defect(CORPUS, "freeze")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_axis_has_a_name(mode: Mode) -> None:
    made = Evaluation(Profile(), tuple(CORPUS), {"freeze": ONE}, confusion(CORPUS, ["freeze"], "issue"), {})
    drawn = [make(ONE, mode) for make in (figures.precision_recall, figures.roc, figures.events, figures.detection)]
    drawn += [figures.confusion(made, mode), figures.sweep(sweep(session(4), "min_duration", Cost()), "black", mode)]
    for figure in drawn:
        assert figure.layout.xaxis.title.text, figure.layout.title.text
        assert figure.layout.yaxis.title.text, figure.layout.title.text


def test_the_detection_curve_shows_recall_and_counts() -> None:
    trace = figures.detection(ONE).data[0]
    assert list(trace.x) == [0.2, 0.9]
    assert list(trace.y) == [0.0, 1.0]
    assert [list(c) for c in trace.customdata] == [[0, 1], [1, 1]]


def test_the_working_point_is_where_everything_reported_counts() -> None:
    # Four damaged seconds, two of them found; three found in all.
    point = figures.precision_recall(ONE).data[-1]
    assert point.name == "working point"
    assert (point.x[0], point.y[0]) == pytest.approx((0.5, 2 / 3))


def test_the_confusion_shows_only_what_was_found() -> None:
    made = Evaluation(Profile(), (), {}, confusion(CORPUS, ["freeze", "hum"], "issue"), {})
    assert list(figures.confusion(made).data[0].x) == ["freeze"]


def test_the_sweep_marks_the_current_and_the_cheapest_value() -> None:
    swept = sweep(session(4), "min_duration", Cost())
    lines = [s.x0 for s in figures.sweep(swept, "black").layout.shapes if s.type == "line"]
    assert lines == [swept.current, swept.best]
