"""Curves over the score: ROC and precision-recall of labelled units, event recall against false alarms. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from vqa_toolkit.core import FloatArray


class RocCurve(NamedTuple):
    """False and true positive rates at falling thresholds, from (0, 0) to (1, 1); ``area`` under it in [0, 1]."""

    threshold: FloatArray
    false_rate: FloatArray
    true_rate: FloatArray
    area: float


class PrCurve(NamedTuple):
    """Recall and precision at falling thresholds; ``average`` precision = Σ (R_i − R_{i−1}) P_i."""

    threshold: FloatArray
    recall: FloatArray
    precision: FloatArray
    average: float


class EventCurve(NamedTuple):
    """Event recall and false alarms per minute at falling thresholds of the score."""

    threshold: FloatArray
    alarms_per_minute: FloatArray
    recall: FloatArray


def _sums(truth: ArrayLike, score: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(thresholds, true positives, false positives) at each distinct score, falling."""
    y, s = np.asarray(truth, dtype=bool), np.asarray(score, dtype=np.float64)
    order = np.argsort(-s, kind="stable")
    y, s = y[order], s[order]
    last = np.append(np.flatnonzero(np.diff(s) != 0), len(s) - 1) if len(s) else np.empty(0, dtype=np.int64)
    hits = np.cumsum(y)[last].astype(np.float64)
    return s[last], hits, last + 1.0 - hits


def roc(truth: ArrayLike, score: ArrayLike) -> RocCurve:
    """ROC of units with labels ``truth`` (n,) bool and scores (n,). The area is NaN without both classes."""
    t, hits, alarms = _sums(truth, score)
    positives, negatives = (hits[-1], alarms[-1]) if len(t) else (0.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        true_rate, false_rate = np.append(0.0, hits / positives), np.append(0.0, alarms / negatives)
    return RocCurve(np.append(np.inf, t), false_rate, true_rate, float(np.trapezoid(true_rate, false_rate)))


def precision_recall(truth: ArrayLike, score: ArrayLike) -> PrCurve:
    """Precision and recall of units with labels ``truth`` (n,) bool and scores (n,). NaN without a positive."""
    t, hits, alarms = _sums(truth, score)
    positives = hits[-1] if len(t) else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        recall, precision = hits / positives, hits / (hits + alarms)
    average = float(np.sum(np.diff(recall, prepend=0.0) * precision)) if positives else float("nan")
    return PrCurve(t, recall, precision, average)


def balanced_accuracy(truth: ArrayLike, decided: ArrayLike) -> float:
    """Mean of the true positive and the true negative rate; NaN without both classes."""
    y, d = np.asarray(truth, dtype=bool), np.asarray(decided, dtype=bool)
    if not y.any() or y.all():
        return float("nan")
    return float((d[y].mean() + (~d[~y]).mean()) / 2)


def event_curve(hit_scores: ArrayLike, missed: int, alarm_scores: ArrayLike, minutes: float) -> EventCurve:
    """Recall against false alarms per minute as the threshold on the score falls.

    ``hit_scores`` (n,) are the best scores of found events, ``missed`` the number never found at any threshold,
    ``alarm_scores`` (m,) those of findings that answer no event, ``minutes`` how much was listened to or looked at.
    """
    hits, alarms = np.asarray(hit_scores, dtype=np.float64), np.asarray(alarm_scores, dtype=np.float64)
    t = np.unique(np.concatenate([hits, alarms]))[::-1]
    events = len(hits) + missed
    found = (hits[None, :] >= t[:, None]).sum(axis=1) / events if events else np.full(len(t), np.nan)
    wrong = (alarms[None, :] >= t[:, None]).sum(axis=1) / minutes if minutes > 0 else np.full(len(t), np.nan)
    return EventCurve(np.append(np.inf, t), np.append(0.0, wrong), np.append(0.0 if events else np.nan, found))


def recall_at(curve: EventCurve, alarms_per_minute: float) -> float:
    """The highest event recall at no more than so many false alarms per minute."""
    allowed = curve.recall[curve.alarms_per_minute <= alarms_per_minute + 1e-12]
    return float(allowed.max()) if len(allowed) else float("nan")
