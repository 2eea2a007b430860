"""Second by second: was this second damaged, and how sure was the detector? ROC, PR and balanced accuracy of that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import FloatArray
from vqa_toolkit.evaluate.clips import Judged
from vqa_toolkit.evaluate.scores import faint, score_clip
from vqa_toolkit.evaluate.tolerances import FOLLOWS

HALF_S = 0.5  # a second counts as damaged (or as found) when at least half of it is


class Seconds(NamedTuple):
    """``truth`` (n,) bool and ``score`` (n,) in [0, 1] (0 where nothing was found) for every second that counts."""

    truth: NDArray[np.bool_]
    score: FloatArray


def covered(spans: Iterable[tuple[float, float]], seconds: int) -> FloatArray:
    """(seconds,): how much of each second [i, i+1) the spans cover, s. Overlapping spans are not counted twice."""
    share = np.zeros(seconds)
    edge = float("-inf")
    for start, end in sorted(spans):
        begin = max(start, edge)
        edge = max(edge, end)
        if end <= begin:
            continue
        i = np.arange(seconds)
        share += np.clip(np.minimum(end, i + 1) - np.maximum(begin, i), 0.0, None)
    return share


def second_by_second(judged: Iterable[Judged], defect: str) -> Seconds:
    """Every whole second of every clip that can speak of ``defect``.

    Seconds that are partly damaged (less than half), and seconds of another fault that may rightly provoke the defect,
    are left out: nobody could say what the right answer would be. Short events (under half a second) have no seconds
    of their own; for them the event scores are the measure.
    """
    truths, scores = [np.empty(0, dtype=bool)], [np.empty(0)]
    for item in judged:
        clip, n = item.clip, int(item.clip.seconds)
        if n == 0 or score_clip(item, defect) is None:
            continue
        inside = covered([(x.start, x.end) for x in clip.labels if x.defect == defect and not faint(x)], n)
        excused = covered(
            [
                (x.start, x.end)
                for x in clip.labels
                if x.defect and (defect in FOLLOWS.get(x.defect, ()) or (x.defect == defect and faint(x)))
            ],
            n,
        )
        truth = inside >= HALF_S
        keep = (truth | (inside == 0)) & (truth | (excused == 0))
        score = np.zeros(n)
        for f in item.findings:
            if f.defect == defect:
                score[covered([(f.start, f.end)], n) >= HALF_S] = np.maximum(
                    score[covered([(f.start, f.end)], n) >= HALF_S], max(f.score, 1e-6)
                )
        truths.append(truth[keep])
        scores.append(score[keep])
    return Seconds(np.concatenate(truths), np.concatenate(scores))
