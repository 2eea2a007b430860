"""Round numbers on axes, for values and for times."""

from __future__ import annotations

import math

_CLOCK_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)  # s


def value_ticks(low: float, high: float, about: int = 4) -> list[float]:
    """About ``about`` multiples of 1, 2 or 5 times a power of ten within [low, high].

    >>> value_ticks(-60.0, 0.0)
    [-60.0, -40.0, -20.0, 0.0]
    """
    if not high > low:
        return [low]
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, last + 1)]


def time_ticks(start: float, end: float, about: int = 8) -> list[float]:
    """About ``about`` times within [start, end] seconds at steps that a clock knows.

    >>> time_ticks(0.0, 60.0)
    [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    """
    if not end > start:
        return [start]
    raw = (end - start) / about
    step = next((s for s in _CLOCK_STEPS if s >= raw * (1 - 1e-9)), math.ceil(raw / 3600) * 3600)
    first, last = math.ceil(start / step - 1e-9), math.floor(end / step + 1e-9)
    return [round(i * step, 6) + 0.0 for i in range(first, last + 1)]


def tick_label(seconds: float, step: float = 1.0) -> str:
    """``m:ss`` (``h:mm:ss`` from an hour on); below one second a ``step`` adds tenths or hundredths."""
    decimals = 0 if step >= 1 else 1 if step >= 0.1 else 2
    minutes, s = divmod(round(seconds, 3), 60)
    hours, m = divmod(int(minutes), 60)
    tail = f"{s:0{3 + decimals if decimals else 2}.{decimals}f}"
    return f"{hours}:{m:02d}:{tail}" if hours else f"{m}:{tail}"
