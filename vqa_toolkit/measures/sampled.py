"""Looking at fewer pictures of fast material: what lasts need not be measured on every one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 12.5  # pictures a second at which lasting properties are measured: two and more within any 0.2 s


class Sampled:
    """Picks every n-th picture of a stream, wherever it is cut, so that about :data:`RATE_HZ` a second are left."""

    def __init__(self, media: Any) -> None:
        fps = float(getattr(media.video, "fps", 0.0) or 0.0)
        self.step = max(1, round(fps / RATE_HZ)) if np.isfinite(fps) else 1
        self._seen = 0

    def pick(self, count: int) -> NDArray[np.intp]:
        """Of the next ``count`` pictures, the places of those to measure."""
        places = np.arange(-self._seen % self.step, count, self.step)
        self._seen += count
        return places
