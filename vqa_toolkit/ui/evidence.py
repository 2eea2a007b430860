"""What a stored result shows: its tracks downsampled to pixels, its maps as bytes, its table of frame times."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import FloatArray, Signal
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.downsample import min_max
from vqa_toolkit.figures.lines import channel_curves, curves
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.runs import result_path, run_of

MAX_COLUMNS = 4000
"""Pixel columns of the widest screen that a track is drawn on."""

OPEN_RESULTS = 4
"""Results kept in memory: the one in view, one to compare with, and the same of a second person."""

NOT_PICTURES = ("audio", "captions", "packets")


ROWS, COLUMNS = ("y", "row"), ("x", "column")
"""What the axes of a map of the picture are called."""

SAME_MOMENT_S = 5e-3
"""Times nearer than this are one frame: a browser's clock and ours differ by rounding."""

LEAST_STRIP = 8
"""Values per time from which a signal is drawn as a strip: fewer are a handful of numbers, not a picture."""


def result_of(run_id: str, owner: str) -> AnalysisResult:
    """The owner's stored result. Opens no media.

    Raises:
        UsageError: when there is no such run. ResultError: when its file cannot be read.
    """
    run_of(run_id, owner)
    return _loaded(run_id, stamp(run_id))


def stamp(run_id: str) -> int:
    """What tells one stored result of a run from the next: its file's time, 0 without a file."""
    path = result_path(run_id)
    return path.stat().st_mtime_ns if path.is_file() else 0


@lru_cache(maxsize=OPEN_RESULTS)
def _loaded(run_id: str, _stamp: int) -> AnalysisResult:
    return AnalysisResult.load(result_path(run_id))


def signal_of(run_id: str, owner: str, detector: str, name: str) -> Signal:
    """One signal of a stored result.

    Raises:
        UsageError: when the result holds no such signal.
    """
    signal = result_of(run_id, owner).signals.get(detector, {}).get(name)
    if signal is None:
        raise UsageError("This result holds no such measurement.")
    return signal


def track_json(run_id: str, owner: str, detector: str, name: str, span: tuple[float, float], columns: int) -> bytes:
    """A curve between two times, seconds, thinned to its extremes per pixel column, as JSON ``{"t": […], "v": […]}``.

    One item beyond either end is kept, so that the line leaves the picture instead of ending inside it. NaN is null.
    """
    named = result_of(run_id, owner).signals.get(detector, {})
    signal = next((s for s in all_curves(named) if s.name == name), None)
    if signal is None:
        raise UsageError("This result holds no such curve.")
    t, v = thinned(signal.t, signal.v, span, max(8, min(columns, MAX_COLUMNS)))
    return json.dumps({"t": t, "v": v}, allow_nan=False, separators=(",", ":")).encode()


def next_beyond(
    run_id: str, owner: str, detector: str, name: str, limits: list[float], after: float, direction: int
) -> float | None:
    """When a curve next (``direction`` 1; -1: last before) passes one of ``limits``, seconds, or None when it does not.

    Beyond is the side of a limit on which the curve's median does not lie: what is usual is not beyond.

    Raises:
        UsageError: when the result holds no such curve.
    """
    named = result_of(run_id, owner).signals.get(detector, {})
    signal = next((s for s in all_curves(named) if s.name == name), None)
    if signal is None:
        raise UsageError("This result holds no such curve.")
    values = np.asarray(signal.v, dtype=np.float64)
    usual = float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
    starts: list[float] = []
    for limit in limits:
        beyond = values >= limit if usual < limit else values <= limit if usual > limit else values != limit
        first = np.flatnonzero(beyond & ~np.concatenate([[False], beyond[:-1]]))
        starts += signal.t[first].tolist()
    if direction > 0:
        return min((t for t in starts if t > after + SAME_MOMENT_S), default=None)
    return max((t for t in starts if t < after - SAME_MOMENT_S), default=None)


def thinned(
    t: FloatArray, v: NDArray[Any], span: tuple[float, float], columns: int
) -> tuple[list[float], list[float | None]]:
    """The items within ``span`` (and one beyond either end), at most two per column: its minimum and its maximum."""
    first = max(0, int(np.searchsorted(t, span[0], "left")) - 1)
    last = min(len(t), int(np.searchsorted(t, span[1], "right")) + 1)
    times, values = min_max(t[first:last], np.asarray(v[first:last], dtype=np.float64), max(8, 2 * columns))
    rounded = [round(float(x), 6) for x in times]
    return rounded, [float(f"{x:.6g}") if math.isfinite(x) else None for x in values.tolist()]


def all_curves(named: Mapping[str, Signal]) -> list[Signal]:
    """A detector's curves, those with one column per channel taken apart."""
    return [*curves(named), *channel_curves(named)]


def strips(named: Mapping[str, Signal]) -> list[Signal]:
    """A detector's signals with many values per time, (n, m): spectra, sync distances."""
    return [
        s
        for s in named.values()
        if s.v.ndim == 2 and s.axes[0].name not in ("channel", "fact") and len(s.t) > 1 and s.v.shape[1] >= LEAST_STRIP
    ]


def strip_image(
    run_id: str, owner: str, detector: str, name: str, span: tuple[float, float], columns: int
) -> tuple[int, int, bytes]:
    """A strip between two times as (rows, columns, bytes), last value on top; 0 to 255 from the 1st to the 99th percentile.

    Each column holds the largest value of the items whose time falls on it, so that a short event stays visible.
    """
    signal = signal_of(run_id, owner, detector, name)
    if signal.v.ndim != 2:
        raise UsageError("This measurement is no strip.")
    wide = max(8, min(columns, MAX_COLUMNS))
    last = span[1] if math.isfinite(span[1]) else float(signal.ends[-1])
    edges = np.linspace(span[0], max(last, span[0] + 1e-3), wide + 1)
    at = np.clip(np.searchsorted(signal.t, edges, "right") - 1, 0, len(signal.t) - 1)
    values = np.nan_to_num(np.asarray(signal.v, dtype=np.float32))
    low, high = np.percentile(values, (1, 99))
    drawn = np.stack([values[a : max(b, a + 1)].max(axis=0) for a, b in itertools.pairwise(at.tolist())])
    scaled = np.clip((drawn - low) / max(float(high - low), 1e-9) * 255.0, 0, 255).astype(np.uint8)
    return scaled.shape[1], wide, np.ascontiguousarray(scaled.T[::-1]).tobytes()


def map_bytes(run_id: str, owner: str, detector: str, name: str, item: int) -> bytes:
    """One map of a stack of maps as rows × columns bytes: 0 where the value is 0 or less, 255 where it is full.

    Full is 100 for percent, else 1, else (for values beyond) the largest of the stack.

    Raises:
        UsageError: when the signal is no stack of maps or has no such item.
    """
    signal = signal_of(run_id, owner, detector, name)
    if signal.v.ndim != 3 or not 0 <= item < len(signal.v):
        raise UsageError("This measurement holds no such map.")
    full = 100.0 if signal.unit.startswith(("percent", "%")) else max(1.0, float(np.nanmax(signal.v)))
    scaled = np.nan_to_num(np.asarray(signal.v[item], dtype=np.float64)) * (255.0 / full)
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8).tobytes()


def frame_times(result: AnalysisResult) -> FloatArray:
    """Presentation time of every picture, seconds (n,), as the decoder gave them; empty without pictures.

    Taken from the longest curve of the detectors that look at every frame and at nothing else.
    """
    best = np.empty(0)
    known = discover()
    for name, named in result.signals.items():
        needs = known[name].needs if name in known else ()
        if not needs or any(n.kind in NOT_PICTURES or n.rate is not None for n in needs):
            continue
        for signal in curves(named):
            if len(best) < len(signal.t):
                best = signal.t
    return best


def map_stacks(result: AnalysisResult) -> list[tuple[str, Signal]]:
    """Detector and signal of every stack of picture maps, (n, rows, columns)."""
    return [
        (d, s)
        for d, named in result.signals.items()
        for s in named.values()
        if s.v.ndim == 3 and len(s.t) and s.axes[0].name in ROWS and s.axes[1].name in COLUMNS
    ]
