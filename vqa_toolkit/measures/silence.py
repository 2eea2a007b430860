"""Which frames of which channel carry no programme: digital silence, quiet, and steady hiss on a dead line."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.events import Span

FRAME_S = 0.02  # levels are taken over this much
STEADY_S = 0.5  # the level's spread is taken over this much


def level_spread(level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Standard deviation over a centred window of :data:`STEADY_S`; (n, channels) dB."""
    window = (1, round(STEADY_S / FRAME_S))
    wide = level.astype(np.float64)
    mean = cv2.blur(wide, window, borderType=cv2.BORDER_REPLICATE)
    square = cv2.blur(wide**2, window, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.sqrt(np.maximum(square - mean**2, 0.0)), dtype=np.float32)


def silent_states(
    level: NDArray[Any],
    spread: NDArray[Any],
    digital_db: float,
    quiet_db: float,
    dead_db: float,
    drop_db: float,
    steady_db: float,
) -> dict[str, NDArray[np.bool_]]:
    """Per kind, which frames of which channel are silent (n, channels). Digital silence counts as part of a
    dead line around it, and both as part of quiet around them."""
    digital = level <= digital_db
    quiet = level <= quiet_db
    loud = float(np.percentile(level, 90))
    ceiling = dead_db if loud <= dead_db else min(dead_db, loud - drop_db)
    steady = (spread <= steady_db) & (level <= ceiling)
    edge = round(STEADY_S / FRAME_S / 2)  # the window's half: at a line's ends the spread sees the programme
    reach = np.ones((2 * edge + 1, 1), dtype=np.uint8)
    grown = (cv2.dilate(steady.astype(np.uint8), reach) > 0) & (level <= dead_db)
    return {"digital": digital, "dead line": grown | digital, "quiet": grown | quiet}


def covered(span: Span, said: list[Span]) -> bool:
    """Whether findings already made cover most of ``span``."""
    covered = sum(max(min(s.end, span.end) - max(s.start, span.start), 0.0) for s in said)
    return covered > 0.7 * (span.end - span.start)
