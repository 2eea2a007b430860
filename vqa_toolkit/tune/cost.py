"""What a limit is chosen for: the expected price of an hour of programme."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vqa_toolkit.core import FloatArray
from vqa_toolkit.errors import ConfigurationError

HITS, MISSES, ALARMS, HOURS = range(4)
"""Columns of a tally: hits, misses, false alarms, and hours of content that can speak of the defect."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Price of a missed event and of a false alarm, in one unit of your own (an analyst's minutes, money).

    ``events_per_hour`` is how often the defect really occurs: a corpus made of faults holds far more of them than
    programmes do, and limits chosen for its mixture would cry wolf. The defaults say: a miss costs ten alarms, and one
    event comes in an hour.

    Raises:
        ConfigurationError: a price or rate that is negative, or all of them zero.
    """

    miss: float = 10.0
    alarm: float = 1.0
    events_per_hour: float = 1.0

    def __post_init__(self) -> None:
        values = (self.miss, self.alarm, self.events_per_hour)
        if not all(np.isfinite(v) and v >= 0 for v in values) or self.miss * self.events_per_hour + self.alarm == 0:
            raise ConfigurationError(
                f"Costs must be numbers from 0 up and not all 0, got miss {self.miss!r}, alarm {self.alarm!r}, "
                f"events per hour {self.events_per_hour!r}."
            )

    def per_hour(self, tally: ArrayLike) -> FloatArray:
        """events/h · miss · (1 − recall) + alarm · alarms/h of tallies (…, 4); → (…,). No events: recall counts as 1."""
        t = np.asarray(tally, dtype=np.float64)
        events = t[..., HITS] + t[..., MISSES]
        missed = np.divide(t[..., MISSES], events, out=np.zeros_like(events), where=events > 0)
        hours = t[..., HOURS]
        alarms = np.divide(t[..., ALARMS], hours, out=np.zeros_like(hours), where=hours > 0)
        cost: FloatArray = self.events_per_hour * self.miss * missed + self.alarm * alarms
        return cost
