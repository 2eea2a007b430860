"""Pictures as small cell means, and how much they differ from earlier ones: motion cheap enough to keep a history of."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CELL_ROWS, CELL_COLUMNS = 2, 4  # px of a picture of 270 lines: fine in height, where a torn frame splits


def cell_means(luma: NDArray[Any], rows: int = CELL_ROWS, columns: int = CELL_COLUMNS) -> NDArray[np.float32]:
    """Mean of each cell of ``rows`` × ``columns`` px: (h, w) → (h // rows, w // columns) float32, at least (1, 1)."""
    size = (max(1, luma.shape[1] // columns), max(1, luma.shape[0] // rows))
    whole = luma[: size[1] * rows, : size[0] * columns]
    return np.asarray(cv2.resize(whole.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)


def top_change(now: NDArray[np.float32], before: NDArray[np.float32], share: float = 0.99) -> float:
    """Change of the busiest part of the picture: the ``share`` quantile over all cells of |now − before|, code values."""
    change = np.abs(now - before).ravel()
    k = min(int(share * change.size), change.size - 1)
    return float(np.partition(change, k)[k])
