"""Propose limits for a stated cost: chosen on one half of the titles, checked on the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from vqa_toolkit.core import FloatArray, limit_fields
from vqa_toolkit.errors import ConfigurationError
from vqa_toolkit.evaluate.bootstrap import UNKNOWN, Interval, bootstrap
from vqa_toolkit.profile import Profile
from vqa_toolkit.tune.cost import HITS, MISSES, Cost
from vqa_toolkit.tune.session import DEVELOPMENT, HELD_OUT, Session
from vqa_toolkit.tune.sweep import Sweep, sweep

ROUNDS = 2  # limits act together: each is swept again after the others moved


@dataclass(frozen=True, slots=True)
class Proposal:
    """Limits chosen on the development half, and what they do on the half they were not chosen on.

    ``changes`` are the limits that moved; ``sweeps`` the last sweep of every limit. Tallies are sums (4,). ``saved`` is
    the cost per hour saved on held-out titles, with its 95 % interval by bootstrap over titles.
    """

    session: Session
    cost: Cost
    changes: dict[str, float]
    sweeps: dict[str, Sweep]
    development: tuple[FloatArray, FloatArray]
    held_out: tuple[FloatArray, FloatArray]
    saved: float
    saved_interval: Interval

    @property
    def holds(self) -> bool:
        """Whether the held-out half says the same: something is saved there, or nothing was changed."""
        return not self.changes or self.saved >= 0

    @property
    def verdict(self) -> str:
        """One sentence for the person who decides."""
        if not self.changes:
            return "No other limits are cheaper on these clips; the current ones stay."
        low, high = self.saved_interval
        span = f" (95 % interval {low:.3g} to {high:.3g})" if np.isfinite(low) else ""
        if not self.holds:
            return f"Over-fitted: on titles it was not chosen on it costs {-self.saved:.3g} more per hour{span}."
        if np.isfinite(low) and low > 0:
            return f"Holds: on titles it was not chosen on it saves {self.saved:.3g} per hour{span}."
        return f"Undecided: on titles it was not chosen on it saves {self.saved:.3g} per hour{span}; label more titles."

    def profile(self, name: str = "") -> Profile:
        """The session's profile with the changed limits."""
        made = dataclasses.replace(
            self.session.base,
            name=name or f"{self.session.base.name}-tuned",
            description=f"{self.session.detector.name} tuned on {len(self.session.clips)} labelled clips. {self.verdict}",
        )
        for limit, value in self.changes.items():
            made = made.with_limit(f"{self.session.detector.name}.{limit}", value)
        return made


def propose(
    session: Session,
    cost: Cost,
    *,
    limits: Sequence[str] = (),
    defects: Sequence[str] = (),
    progress: Callable[[float, str], None] | None = None,
) -> Proposal:
    """The cheapest limits by coordinate descent over their declared ranges, on the development half of the titles.

    ``limits`` restricts what may move (default: all of the detector's). ``progress`` is told (share done, what) at each
    value tried; what it raises ends the search.

    Raises:
        ConfigurationError: an unknown limit, or no labelled event in the development half.
    """
    near, far = session.half(DEVELOPMENT), session.half(HELD_OUT)
    names = list(limits) or [n for n, _ in limit_fields(session.detector.limits)]
    for name in names:
        session.value(name)
    before = near.tally(near.limits(), defects).sum(axis=0) if near.clips else np.zeros(4)
    if not before[HITS] + before[MISSES]:
        raise ConfigurationError(
            f"No event of {', '.join(defects or session.detector.defects)} is labelled in the half of the titles that "
            "limits are chosen on. Add clips of more titles with that fault."
        )
    changes: dict[str, float] = {}
    sweeps: dict[str, Sweep] = {}
    tell = progress or (lambda _share, _what: None)
    for turn in range(ROUNDS):
        moved = False
        for place, name in enumerate(names):
            share, words = (turn * len(names) + place) / (ROUNDS * len(names)), f"Trying {name.replace('_', ' ')}"
            sweeps[name] = sweep(near, name, cost, defects, changes, partial(tell, share, words))
            if sweeps[name].best != sweeps[name].current:
                changes[name], moved = sweeps[name].best, True
        if not moved:
            break
    after = near.tally(near.limits(**changes), defects).sum(axis=0)
    old, new = (far.tally(far.limits(**c), defects) if far.clips else np.zeros((0, 4)) for c in ({}, changes))
    saved, interval = _saved(old, new, cost)
    return Proposal(
        session, cost, changes, sweeps, (before, after), (old.sum(axis=0), new.sum(axis=0)), saved, interval
    )


def _saved(old: FloatArray, new: FloatArray, cost: Cost) -> tuple[float, Interval]:
    """Cost per hour saved between two tallies (titles, 4), paired by title."""
    if not len(old):
        return 0.0, UNKNOWN

    def difference(sums: FloatArray) -> FloatArray:
        return cost.per_hour(sums[:, :4]) - cost.per_hour(sums[:, 4:])

    both = np.hstack([old, new])
    return float(difference(both.sum(axis=0, keepdims=True))[0]), bootstrap(both, difference)
