"""Curves and intervals against scikit-learn, SciPy and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, balanced_accuracy_score, roc_auc_score

from vqa_toolkit.evaluate import bootstrap as boot
from vqa_toolkit.evaluate.curves import balanced_accuracy, event_curve, precision_recall, recall_at, roc


@pytest.mark.parametrize("seed", range(4))
def test_areas_equal_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.random(300) < 0.2
    score = np.round(rng.random(300) + 0.4 * truth, 1 + seed % 3)  # rounding makes ties
    assert roc(truth, score).area == pytest.approx(roc_auc_score(truth, score))
    assert precision_recall(truth, score).average == pytest.approx(average_precision_score(truth, score))
    assert balanced_accuracy(truth, score > 0.5) == pytest.approx(balanced_accuracy_score(truth, score > 0.5))


def test_a_class_that_is_absent_gives_no_number() -> None:
    assert np.isnan(roc([True, True], [0.1, 0.2]).area)
    assert np.isnan(precision_recall([False], [0.5]).average)
    assert np.isnan(balanced_accuracy([False], [False]))
    assert np.isnan(precision_recall([], []).average)


def test_event_curve_by_hand() -> None:
    # Four events, one never found; alarms at 0.7 and 0.3 in two minutes.
    curve = event_curve([0.9, 0.6, 0.3], 1, [0.7, 0.3], 2.0)
    assert curve.threshold.tolist() == [np.inf, 0.9, 0.7, 0.6, 0.3]
    assert curve.recall.tolist() == [0.0, 0.25, 0.25, 0.5, 0.75]
    assert curve.alarms_per_minute.tolist() == [0.0, 0.0, 0.5, 0.5, 1.0]
    assert recall_at(curve, 0.1) == 0.25
    assert recall_at(curve, 0.5) == 0.5
    assert recall_at(curve, 1.0) == 0.75


@pytest.mark.parametrize(("k", "n"), [(0, 5), (3, 9), (12, 12), (50, 80)])
def test_wilson_equals_scipys(k: int, n: int) -> None:
    expected = binomtest(k, n).proportion_ci(method="wilson")
    assert boot.wilson(k, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_bootstrap_covers_the_true_proportion_about_as_often_as_it_claims() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        successes = rng.binomial(5, 0.6, size=30)  # 30 titles of 5 clips
        counts = np.stack([successes, np.full(30, 5)], axis=1)
        covered += 0.6 in boot.bootstrap(counts, lambda s: s[:, 0] / s[:, 1], replicates=300)
    assert 180 <= covered <= 199  # 95 % of 200 = 190; three standard deviations of a binomial are 9.2


def test_titles_that_agree_within_themselves_widen_the_interval() -> None:
    alone = np.stack([np.tile([1, 0], 50), np.ones(100)], axis=1)
    together = np.stack([np.tile([10, 0], 5), np.full(10, 10)], axis=1)

    def width(counts: np.ndarray) -> float:
        low, high = boot.bootstrap(counts, lambda s: s[:, 0] / s[:, 1])
        return high - low

    assert width(together) > 2.5 * width(alone)  # √10 = 3.2 in theory


def test_perfect_results_are_no_proof_of_certainty() -> None:
    counts = np.array([[1.0, 1.0]] * 3)
    low, high = boot.proportion(counts, lambda s: s[:, 0] / s[:, 1], 3, 3)
    assert high == 1.0
    assert low == pytest.approx(0.4385, abs=1e-3)  # Wilson, 3 of 3


def test_no_false_alarm_bounds_the_rate_by_the_rule_of_three() -> None:
    assert boot.rate([[0, 1.0], [0, 1.0]], 0, 2.0) == pytest.approx((0.0, 1.498), abs=1e-3)
    assert np.isnan(boot.rate([[0, 0.0]], 0, 0.0).high)


def test_one_title_gives_no_interval() -> None:
    assert np.isnan(boot.bootstrap([[1.0, 2.0]], lambda s: s[:, 0] / s[:, 1]).low)
