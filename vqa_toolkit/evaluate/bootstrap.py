"""Intervals by bootstrap over titles: clips of one title are not independent, so titles are what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vqa_toolkit.core import FloatArray

REPLICATES = 1000
CONFIDENCE = 0.95
Z_95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution
NONE_SEEN_95 = 2.995732273553991  # −ln 0.05: upper 95 % bound of a Poisson mean when nothing was seen ("rule of three")
FEW_TITLES = 10  # below, a bootstrap over titles is too narrow to be believed alone


class Interval(NamedTuple):
    """A 95 % interval; NaN where it cannot be told."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, float)) and self.low <= value <= self.high


UNKNOWN = Interval(float("nan"), float("nan"))


def draws(groups: int, replicates: int = REPLICATES, seed: int = 0) -> NDArray[np.int64]:
    """(replicates, groups): how often each group is drawn in each replicate; every row sums to ``groups``."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(groups, np.full(groups, 1.0 / groups), size=replicates)


def bootstrap(
    counts: ArrayLike, statistic: Callable[[FloatArray], FloatArray], replicates: int = REPLICATES, seed: int = 0
) -> Interval:
    """Percentile interval of a statistic of summed counts.

    ``counts`` is (groups, k): one row per title. ``statistic`` maps sums (r, k) to (r,). Fewer than two groups, or no
    finite replicate, give ``UNKNOWN``.
    """
    table = np.asarray(counts, dtype=np.float64)
    if len(table) < 2:
        return UNKNOWN
    with np.errstate(divide="ignore", invalid="ignore"):
        values = statistic(draws(len(table), replicates, seed) @ table)
    values = values[np.isfinite(values)]
    if not len(values):
        return UNKNOWN
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return Interval(float(low), float(high))


def wilson(successes: float, trials: float) -> Interval:
    """Wilson's score interval of a proportion: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). Wilson 1927."""
    if trials <= 0:
        return UNKNOWN
    p, z2 = successes / trials, Z_95**2
    centre = p + z2 / (2 * trials)
    spread = Z_95 * np.sqrt(p * (1 - p) / trials + z2 / (4 * trials**2))
    scale = 1 + z2 / trials
    return Interval(max(0.0, float((centre - spread) / scale)), min(1.0, float((centre + spread) / scale)))


def proportion(
    counts: ArrayLike, statistic: Callable[[FloatArray], FloatArray], successes: float, trials: float,
    transform: Callable[[float], float] = float,
) -> Interval:  # fmt: skip
    """The bootstrap interval of a proportion; with fewer than ``FEW_TITLES`` titles, or a bootstrap that is one point,
    its hull with Wilson's interval of ``successes`` of ``trials``.

    A bootstrap of perfect results is a point, which would claim that three of three proves certainty. ``transform`` turns
    the proportion successes/trials into the statistic where they differ (rising).
    """
    interval = bootstrap(counts, statistic)
    if trials <= 0 or (len(np.asarray(counts)) >= FEW_TITLES and interval.low < interval.high):
        return interval
    low, high = (transform(x) for x in wilson(successes, trials))
    return Interval(float(np.nanmin([interval.low, low])), float(np.nanmax([interval.high, high])))


def rate(counts: ArrayLike, events: float, exposure: float) -> Interval:
    """Interval of events per unit of exposure; ``counts`` is (groups, 2): events and exposure of each title."""
    if exposure <= 0:
        return UNKNOWN
    if events == 0:
        return Interval(0.0, NONE_SEEN_95 / exposure)
    return bootstrap(counts, lambda s: s[:, 0] / np.where(s[:, 1] > 0, s[:, 1], np.nan))
