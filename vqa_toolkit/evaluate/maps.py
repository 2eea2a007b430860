"""Where in the picture: intersection over union of the true mask and the detector's map."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import FloatArray, Signal
from vqa_toolkit.errors import ResultError

DAMAGED = 0.5  # share of a cell from which on it counts as damaged, and certainty from which on as found
MATCH_S = 0.05  # a map answers for the nearest mask no further away than this: one frame at 20 frames/s


class MapScore(NamedTuple):
    """Cells in both, in either, and how many pictures were compared."""

    both: int
    either: int
    pictures: int

    @property
    def iou(self) -> float:
        """Intersection over union of all cells of all pictures; NaN when neither has any."""
        return self.both / self.either if self.either else float("nan")

    def __add__(self, other: object) -> MapScore:
        if not isinstance(other, MapScore):
            return NotImplemented
        return MapScore(self.both + other.both, self.either + other.either, self.pictures + other.pictures)


def read_mask(path: Path) -> tuple[FloatArray, NDArray[np.float32]]:
    """Times (n,) and damaged share (n, rows, cols) in [0, 1] of a label's mask file.

    Raises:
        ResultError: when it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            return data["t"].astype(np.float64), data["mask"].astype(np.float32)
    except (OSError, ValueError, KeyError) as exc:
        raise ResultError(f"{path.name}: not a readable mask ({exc}). Simulate the clip again.") from exc


def map_score(t: FloatArray, mask: NDArray[np.float32], found: Signal, full: float = 1.0) -> MapScore:
    """Compare each mask with the nearest map; ``full`` is the map's value for certainty (1, or 100 for per cent).

    Maps of another grid are resampled by area. A mask without a map near it is compared with an empty one; where the
    detector looked at the picture and the mask is empty, what it found counts against it.
    """
    total = MapScore(0, 0, 0)
    for when, truth in zip(t.tolist(), mask, strict=True):
        cells = truth >= DAMAGED
        seen = _nearest(found, when, cells.shape, full)
        total += MapScore(int((cells & seen).sum()), int((cells | seen).sum()), 1)
    return total


def _nearest(found: Signal, when: float, shape: tuple[int, ...], full: float) -> NDArray[np.bool_]:
    if not len(found.t):
        return np.zeros(shape, dtype=bool)
    at = int(np.argmin(np.abs(found.t - when)))
    if abs(float(found.t[at]) - when) > MATCH_S:
        return np.zeros(shape, dtype=bool)
    values: NDArray[Any] = np.asarray(found.v[at], dtype=np.float32) / full
    if values.shape != shape:
        values = cv2.resize(values, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(values >= DAMAGED, dtype=bool)
