"""Two pictures that agree: damage stays where it is until the next refresh, a glint does not; and what is always so is content."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

PAIR_S = 0.4  # within which two pictures speak of one damage
USUAL_S = 4.0  # either way: how long a cell's past and future are asked
LEAST_S = 3.0  # of pictures that must be known before anything counts as usual
USUAL_SHARE = 0.6  # of them in which a cell is more likely damaged than not: a texture that looks like damage
HALF = 0.5

Map = NDArray[np.float32]


class Agreement:
    """Per picture, the second largest over cells of min(p(t), max p(t')) with 0 < |t' − t| ≤ PAIR_S, leaving out cells that are
    usually so: one cell alone is as often the corner of a caption's plate.

    Maps are pushed in time order; values come USUAL_S later, the last ones at :meth:`finish`. Memory is bounded.
    """

    def __init__(self) -> None:
        self._held: deque[tuple[float, Map]] = deque()  # around the first picture that waits
        self._waiting: deque[tuple[float, Map]] = deque()
        self._often: NDArray[np.int32] | None = None
        self.t: list[float] = []
        self.v: list[float] = []

    def push(self, t: float, seen: Map) -> None:
        """A picture's map (rows, cols), 0 where nothing was looked at."""
        hot = (seen > HALF).astype(np.int32)
        self._often = hot if self._often is None else self._often + hot
        self._held.append((t, seen))
        self._waiting.append((t, seen))
        self._emit(t - USUAL_S)

    def finish(self) -> None:
        """No more pictures come."""
        self._emit(np.inf)

    def _emit(self, until: float) -> None:
        while self._waiting and self._waiting[0][0] <= until and self._often is not None:
            t, seen = self._waiting.popleft()
            while self._held[0][0] < t - USUAL_S:
                self._often = self._often - (self._held.popleft()[1] > HALF)
            self.t.append(t)
            self.v.append(self._agreed(t, seen, self._often))

    def _agreed(self, t: float, seen: Map, often: NDArray[np.int32]) -> float:
        if seen.max() < HALF:
            return 0.0
        near = [m for at, m in self._held if 0 < abs(at - t) <= PAIR_S + 1e-6]
        if not near:
            return 0.0
        both = np.minimum(seen, np.maximum.reduce(near))
        if self._held[-1][0] - self._held[0][0] >= LEAST_S:
            both = np.where(often >= USUAL_SHARE * len(self._held), 0.0, both)
        return float(np.partition(both, -2, axis=None)[-2]) if both.size > 1 else 0.0
