"""Counts worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.evaluate.made import finding, judged, label
from vqa_toolkit.evaluate.run import NO_FINDING, UNDAMAGED, confusion, evaluate_defect
from vqa_toolkit.evaluate.scores import Score, score_clip, score_defect
from vqa_toolkit.evaluate.seconds import covered, second_by_second
from vqa_toolkit.evaluate.strength import detection_curve
from vqa_toolkit.evaluate.tolerances import FOLLOWS, NOT_GUARANTEED

CORPUS = [
    judged((label("freeze", 2, 4),), (finding("freeze", 2.1, 4.1),), group="a"),
    judged((label("freeze", 2, 4),), (finding("freeze", 7, 8),), group="b", strength=0.2),
    judged((label("hum", 0, 10),), (finding("freeze", 3, 4, 0.4),), group="b"),
    judged((), (finding("freeze", 1, 2, 0.6),), group="c", kind="negative", seconds=1800.0),
    judged((), (), group="d", kind="clean", seconds=1800.0),
]


def test_precision_recall_f1_and_false_alarms_per_hour_by_hand() -> None:
    total = score_defect(CORPUS, "freeze").total
    assert (total.hits, total.misses, total.alarms, total.clean_alarms, total.clean_hours) == (1, 1, 3, 1, 1.0)
    assert (total.precision, total.recall, total.alarms_per_hour) == (0.25, 0.5, 1.0)
    assert total.f1 == pytest.approx(1 / 3)  # 2·¼·½ / (¼ + ½)


def test_findings_below_the_floor_do_not_count() -> None:
    mild = judged((label("freeze", 2, 4),), (finding("freeze", 2, 4, severity="fyi"),))
    assert score_defect([mild], "freeze").total == Score(0, 1)
    assert score_defect([mild], "freeze", "fyi").total == Score(1, 0)


def test_what_a_fault_rightly_provokes_is_neither_hit_nor_alarm() -> None:
    black = judged((label("black", 2, 4),), (finding("freeze", 2, 4), finding("freeze", 8, 9)))
    assert score_defect([black], "freeze").total.alarms == 1
    assert "freeze" in FOLLOWS["black"]


def test_a_clip_speaks_only_of_what_its_labels_can_know() -> None:
    web = judged((), (finding("loudness", 0, 10),), kind="clean")
    assert "loudness" in NOT_GUARANTEED
    assert score_clip(web, "loudness") is None
    made = judged((), (finding("loudness", 0, 10),), kind="negative", known=True)
    assert score_defect([made], "loudness").total.alarms == 1
    golden = judged((), (finding("black", 0, 10),), judged=frozenset({"flash"}))
    assert score_clip(golden, "black") is None
    assert score_defect([golden], "flash").total == Score()


def test_without_events_recall_and_f1_are_unknown() -> None:
    score = score_defect(CORPUS, "black").total
    assert np.isnan([score.recall, score.f1, score.precision]).all()
    assert score.alarms_per_hour == 0.0


def test_intervals_contain_their_value() -> None:
    got = score_defect(CORPUS, "freeze")
    for name in ("precision", "recall", "f1", "alarms_per_hour"):
        assert getattr(got.total, name) in got.intervals[name], name


def test_detection_curve_counts_each_strength() -> None:
    points = detection_curve(score_defect(CORPUS, "freeze").clips)
    assert [(p.strength, p.hits, p.events, p.recall) for p in points] == [(0.2, 0, 1, 0.0), (0.5, 1, 1, 1.0)]


def test_covered_seconds_do_not_count_overlaps_twice() -> None:
    assert covered([(0.5, 2.25), (1.0, 2.0), (3.0, 9.0)], 4).tolist() == [0.5, 1.0, 0.25, 1.0]


def test_seconds_leave_out_what_nobody_could_answer() -> None:
    # Seconds 2 and 3 are damaged; second 4 only for 0.2 s (left out); seven others are clean.
    item = judged((label("freeze", 2, 4.2),), (finding("freeze", 3, 6, 0.8),))
    units = second_by_second([item], "freeze")
    assert units.truth.tolist() == [False, False, True, True, False, False, False, False, False]
    assert units.score.tolist() == [0, 0, 0, 0.8, 0.8, 0, 0, 0, 0]
    got = evaluate_defect([item], "freeze")
    assert got.balanced_accuracy == pytest.approx((1 / 2 + 6 / 7) / 2)
    assert (got.onset_error, got.offset_error) == pytest.approx((1.0, 1.8))


def test_event_curve_of_a_corpus() -> None:
    curve = evaluate_defect(CORPUS, "freeze").events
    minutes = (30 + 3600) / 60
    assert curve.recall.tolist() == [0.0, 0.5, 0.5, 0.5]
    assert curve.alarms_per_minute.tolist() == pytest.approx([0, 1 / minutes, 2 / minutes, 3 / minutes])


def test_confusion_rows_are_shares_of_clips() -> None:
    got = confusion(CORPUS, ["freeze", "hum"], "issue")
    assert got["freeze"] == {"freeze": 1.0, "hum": 0.0, NO_FINDING: 0.0}
    assert got["hum"] == {"freeze": 1.0, "hum": 0.0, NO_FINDING: 0.0}
    assert got[UNDAMAGED] == {"freeze": 0.5, "hum": 0.0, NO_FINDING: 0.5}


def test_a_fault_that_changes_nothing_is_no_event() -> None:
    """A tear of a still picture: neither a miss without a finding, nor an alarm or a hit with one."""
    still = replace(label("tearing", 2, 4), effect=0.4)
    seen = replace(label("tearing", 2, 4), effect=12.0)
    assert score_defect([judged((still,), ())], "tearing").total == Score()
    assert (
        score_defect([judged((still,), (finding("tearing", 2, 4), finding("tearing", 8, 9)))], "tearing").total.alarms
        == 1
    )
    assert score_defect([judged((seen,), ())], "tearing").total == Score(0, 1)


def test_what_a_title_had_before_is_no_alarm() -> None:
    web = judged((), (finding("dc_offset", 0, 10),), kind="clean")
    assert score_defect([web], "dc_offset").total.alarms == 1
    own = replace(web, clip=replace(web.clip, own=frozenset({"dc_offset"})))
    assert score_clip(own, "dc_offset") is None
