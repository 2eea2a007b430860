"""The cost over a limit's whole range, and how sure its best value is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from vqa_toolkit.core import FloatArray, limit_fields
from vqa_toolkit.evaluate.bootstrap import CONFIDENCE, UNKNOWN, Interval, draws
from vqa_toolkit.tune.cost import ALARMS, HITS, HOURS, MISSES, Cost
from vqa_toolkit.tune.session import Session

COARSE, FINE = 17, 9  # values tried over the whole range, then between the neighbours of the best
LOG_SPAN = 50.0  # a range this wide is searched in ratios, not in steps
TIE = 1e-9  # relative; costs this close are equal
REPLICATES = 400


@dataclass(frozen=True, slots=True)
class Sweep:
    """One limit over its range: ``values`` (k,) rising, ``tallies`` (k, titles, 4), ``costs`` (k,) per hour.

    ``best`` is the middle of the widest plateau of least cost (the value furthest from doing harm), ``current`` the
    value the session came with, ``interval`` where the best value lies in 95 % of bootstraps over titles.
    """

    limit: str
    unit: str
    values: FloatArray
    tallies: FloatArray
    costs: FloatArray
    current: float
    best: float
    interval: Interval

    @property
    def precision(self) -> FloatArray:
        """(k,) hits / (hits + false alarms) at each value; NaN where nothing was found."""
        sums = self.tallies.sum(axis=1)
        return _ratio(sums[:, HITS], sums[:, HITS] + sums[:, ALARMS])

    @property
    def recall(self) -> FloatArray:
        """(k,) hits / labelled events at each value; NaN without any."""
        sums = self.tallies.sum(axis=1)
        return _ratio(sums[:, HITS], sums[:, HITS] + sums[:, MISSES])

    @property
    def alarms_per_hour(self) -> FloatArray:
        """(k,) false alarms per hour at each value; NaN without content."""
        sums = self.tallies.sum(axis=1)
        return _ratio(sums[:, ALARMS], sums[:, HOURS])

    @property
    def gain(self) -> float:
        """Cost per hour saved by going from the current value to the best one."""
        return float(self.costs[_at(self.values, self.current)] - self.costs[_at(self.values, self.best)])


def _ratio(a: FloatArray, b: FloatArray) -> FloatArray:
    shares: FloatArray = np.divide(a, b, out=np.full(len(a), np.nan), where=b > 0)
    return shares


def _at(values: FloatArray, value: float) -> int:
    return int(np.argmin(np.abs(values - value)))


def sweep(
    session: Session,
    limit: str,
    cost: Cost,
    defects: Sequence[str] = (),
    changed: Mapping[str, float] | None = None,
    tried: Callable[[], None] | None = None,
) -> Sweep:
    """Judge the session at values over the declared range of ``limit``, the others as in ``changed`` or the profile.

    ``tried`` is called before each value; what it raises ends the sweep.

    Raises:
        ConfigurationError: the detector has no such limit.
    """
    changes = dict(changed or {})
    current = session.value(limit, **changes)
    meta = dict(limit_fields(session.detector.limits))[limit]
    low, high = float(meta["low"]), float(meta["high"])
    tallies: dict[float, FloatArray] = {}

    def visit(values: FloatArray) -> None:
        for v in values.tolist():
            if v not in tallies:
                if tried is not None:
                    tried()
                with suppress(
                    ValueError
                ):  # limits that contradict each other (a release above its onset) are no choice
                    tallies[v] = session.tally(session.limits(**{**changes, limit: v}), defects)

    visit(np.append(_grid(low, high, COARSE), current))
    values, costs = _costs(tallies, cost)
    best = _at(values, _plateau(values, costs, current))
    visit(_grid(values[max(best - 1, 0)], values[min(best + 1, len(values) - 1)], FINE))
    values, costs = _costs(tallies, cost)
    table = np.stack([tallies[v] for v in values.tolist()])
    chosen = _plateau(values, costs, current)
    return Sweep(
        limit, str(meta["unit"]), values, table, costs, current, chosen, _interval(values, table, cost, current)
    )


def _grid(low: float, high: float, count: int) -> FloatArray:
    """``count`` values from low to high, in equal ratios where the range is wide and positive."""
    spaced = np.geomspace if low > 0 and high / low >= LOG_SPAN else np.linspace
    values = spaced(low, high, count)
    rounded = np.array([float(f"{v:.4g}") for v in values])
    rounded[0], rounded[-1] = low, high
    clipped: FloatArray = np.clip(rounded, low, high)
    return clipped


def _costs(tallies: Mapping[float, FloatArray], cost: Cost) -> tuple[FloatArray, FloatArray]:
    values = np.array(sorted(tallies))
    return values, cost.per_hour(np.stack([tallies[v].sum(axis=0) for v in values.tolist()]))


def _plateau(values: FloatArray, costs: FloatArray, current: float) -> float:
    """The current value where nothing is cheaper; else the value nearest the middle of the widest cheapest run."""
    cheapest = costs <= costs.min() * (1 + TIE) + TIE
    if cheapest[_at(values, current)]:
        return current
    edges = np.diff(cheapest.astype(np.int8), prepend=0, append=0)
    runs = list(zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1, strict=True))
    first, last = max(runs, key=lambda r: values[r[1]] - values[r[0]])
    inside = values[first : last + 1]
    return float(inside[np.argmin(np.abs(inside - (inside[0] + inside[-1]) / 2))])


def _interval(values: FloatArray, table: FloatArray, cost: Cost, current: float) -> Interval:
    """Where the best value falls when titles are drawn anew."""
    if table.shape[1] < 2:
        return UNKNOWN
    weights = draws(table.shape[1], REPLICATES)
    costs = cost.per_hour(np.einsum("rg,kgc->rkc", weights, table))
    picked = np.array([_plateau(values, c, current) for c in costs])
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(picked, [tail, 100 - tail])
    return Interval(float(low), float(high))
