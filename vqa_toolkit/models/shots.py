"""Where shots change: a cut measure on small luma pictures, causal, so that it costs nothing to run beside tracking."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = (48, 27)  # px: motion inside a cell hardly shows, a new picture always does
LEAST_CHANGE = 14.0  # code values of mean absolute change: a cut between two dark shots still reaches it
AGAINST_MOTION = 3.0  # times the median change of the last second: pans and flicker stay below
HISTOGRAM_SHIFT = 0.25  # of the pixels must change their luma class, else it is motion of the same things
BINS = 16
REMEMBERED = 25  # pictures


class CutMeter:
    """``is_cut`` for picture after picture. A cut must change place by place and change the distribution of luma."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None
        self._past: deque[float] = deque(maxlen=REMEMBERED)

    def is_cut(self, luma: NDArray[np.uint8]) -> bool:
        """Whether picture (h, w) begins a new shot; False for the first."""
        small = cv2.resize(luma, SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._before = self._before, small
        if before is None:
            return False
        change = float(np.abs(small - before).mean())
        usual = float(np.median(self._past)) if self._past else 0.0
        self._past.append(change)
        if change < max(LEAST_CHANGE, AGAINST_MOTION * usual):
            return False
        return self._moved(before, small) >= HISTOGRAM_SHIFT

    @staticmethod
    def _moved(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
        """Share of pixels that change their class of luma, found as half the L1 distance of the histograms."""
        one, two = (np.histogram(x, BINS, (0, 256))[0] / x.size for x in (a, b))
        return 0.5 * float(np.abs(one - two).sum())
