"""From windows of similarity to one story: in time, off by a constant, drifting, or stepping. Pure arithmetic, no network.

Offsets here are milliseconds, positive when the sound is early, as in ITU-R BT.1359 and EBU R37.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FRAME_MS = 40.0  # one column: a picture at 25 frames/s
WINDOW_S = 4.0
POOL_S = 4.0  # a window too weak for itself is read together with its track's windows this near
LEAST_STEP_MS = 70.0  # smaller jumps are the scatter of the measurement
LEAST_DRIFT_MS = 50.0  # over the stretch measured
LEAST_DRIFT_S = 15.0  # of confident windows
SIDE_WINDOWS = 3  # that a step must have on both sides

Floats = NDArray[np.float64]


class Vote(NamedTuple):
    """What the lips say around ``t`` (over [start, end)), seconds: offset in ms (+ = sound early) and confidence."""

    start: float
    end: float
    offset: float
    confidence: float

    @property
    def t(self) -> float:
        """The middle of the window."""
        return (self.start + self.end) / 2


class Story(NamedTuple):
    """How the offset runs: ``kind`` constant, drift or step; ``slope`` ms/min; ``at`` s and ``jump`` ms of a step."""

    kind: str
    offset: float
    slope: float
    at: float
    jump: float
    scatter: float


def reading(curve: NDArray[np.floating]) -> tuple[float, float]:
    """(offset ms, + = sound early; confidence = peak − median) of a curve over offsets; NaN, 0 where nothing is known."""
    known = np.isfinite(curve)
    if known.sum() < 5:
        return float("nan"), 0.0
    k = int(np.nanargmax(curve))
    sub = 0.0
    if 0 < k < len(curve) - 1 and known[k - 1 : k + 2].all():
        a, b, c = (float(x) for x in curve[k - 1 : k + 2])
        bend = a - 2 * b + c
        sub = float(np.clip(0.5 * (a - c) / bend, -0.5, 0.5)) if bend < 0 else 0.0
    late = k + sub - (len(curve) - 1) / 2
    return -late * FRAME_MS, float(curve[k] - np.nanmedian(curve))


def votes(
    starts: Floats, ends: Floats, tracks: NDArray[np.integer], curves: NDArray[np.floating], least: float
) -> list[Vote]:
    """One vote a window start: of the track that is surest there, read with its neighbours where it is too weak alone.

    The noise of a mean falls with the square root of the time it is taken over, so a confidence counts as
    ``(peak − median) · sqrt(seconds / 4)``. Votes whose confidence stays below ``least`` are left out.
    """
    found: dict[int, Vote] = {}
    for i in range(len(starts)):
        offset, height = reading(curves[i])
        sure = height * _weight(float(ends[i] - starts[i]))
        if sure < least:
            near = (tracks == tracks[i]) & (np.abs(starts - starts[i]) <= POOL_S)
            offset, height = reading(curves[near].mean(axis=0))
            sure = height * _weight(float(ends[near].max() - starts[near].min()))
        slot = round(float(starts[i]))
        if sure >= least and (slot not in found or sure > found[slot].confidence):
            found[slot] = Vote(float(starts[i]), float(ends[i]), offset, sure)
    return sorted(found.values(), key=lambda v: v.start)


def _weight(seconds: float) -> float:
    return float(np.sqrt(max(seconds, 0.0) / WINDOW_S))


def tell(found: Sequence[Vote]) -> Story:
    """The simplest of constant, drift and step that explains the votes. ``found`` must not be empty."""
    t, y = np.array([v.t for v in found]), np.array([v.offset for v in found])
    middle = float(np.median(y))
    plain = Story("constant", middle, 0.0, float("nan"), 0.0, _scatter(y - middle))
    stories = [plain]
    if t[-1] - t[0] >= LEAST_DRIFT_S:
        slope = theil_sen(t, y)
        rest = _scatter(y - slope * t - np.median(y - slope * t))
        if abs(slope) * (t[-1] - t[0]) >= LEAST_DRIFT_MS:
            stories.append(Story("drift", middle, slope * 60.0, float("nan"), 0.0, rest))
    if (step := _best_step(t, y)) is not None:
        stories.append(step)
    best = min(stories, key=lambda s: s.scatter)
    # a more complicated story must explain clearly more; the resolution of a window is about a quarter of a picture
    return best if best.scatter + 10.0 < 0.7 * (plain.scatter + 10.0) else plain


def theil_sen(t: Floats, y: Floats) -> float:
    """Median slope over all pairs of points at least 4 s apart (windows overlap below that), per second."""
    apart = t[None, :] - t[:, None]
    pairs = apart >= 4.0
    if not pairs.any():
        return 0.0
    return float(np.median((y[None, :] - y[:, None])[pairs] / apart[pairs]))


def _best_step(t: Floats, y: Floats) -> Story | None:
    """The split with the least absolute rest; nothing is left out here, or the split could slide by what is left out."""
    splits = range(SIDE_WINDOWS, len(t) - SIDE_WINDOWS + 1)
    if not splits:
        return None

    def rests(k: int) -> Floats:
        return np.concatenate([y[:k] - np.median(y[:k]), y[k:] - np.median(y[k:])])

    k = min(splits, key=lambda k: float(np.abs(rests(k)).sum()))
    before, after = float(np.median(y[:k])), float(np.median(y[k:]))
    if abs(after - before) < LEAST_STEP_MS:
        return None
    return Story("step", before, 0.0, float(t[k - 1] + t[k]) / 2, after - before, _scatter(rests(k)))


def _scatter(rest: Floats) -> float:
    """Mean absolute rest with its largest tenth left out, ms."""
    size = np.sort(np.abs(rest))
    return float(size[: max(1, int(np.ceil(0.9 * len(size))))].mean())


def sharpen_step(story: Story, t: Floats, rows: NDArray[np.floating], reach: float = 4.0) -> float:
    """When the step happened, s: the split of the 0.2 s rows near it that agrees best with the offsets of both sides."""
    near = np.abs(t - story.at) <= reach
    if near.sum() < 2:
        return story.at
    half = (rows.shape[1] - 1) / 2
    columns = [
        int(np.clip(round(half - o / FRAME_MS), 0, rows.shape[1] - 1))
        for o in (story.offset, story.offset + story.jump)
    ]
    gain = np.nan_to_num(rows[near][:, columns[0]] - rows[near][:, columns[1]])
    total = np.concatenate([[0.0], np.cumsum(gain)])
    k = int(np.argmax(total))
    times = np.append(t[near], t[near][-1] + 0.2)
    return float(times[k])


FINER = 8  # columns between two offsets of the map; a straight line between them would favour whole pictures


def sharpen_drift(story: Story, t: Floats, rows: NDArray[np.floating], span: float = 150.0) -> float:
    """The slope, ms/min, whose line over the map of rows collects most similarity, within ± ``span`` of the story's.

    Between the map's columns, 40 ms apart, the similarity follows a cubic spline.
    """
    from scipy.interpolate import CubicSpline

    centre, columns = float(np.median(t)), rows.shape[1]
    filled = np.nan_to_num(rows - np.nanmedian(rows, axis=1, keepdims=True))
    fine = CubicSpline(np.arange(columns), filled, axis=1)(np.linspace(0, columns - 1, (columns - 1) * FINER + 1))
    index = np.arange(len(t))

    def collected(slope: float, starts: Floats) -> tuple[float, float]:
        """Most similarity along lines of this slope, and at which of ``starts``."""
        late = -(starts[:, None] + slope * (t - centre) / 60.0) / FRAME_MS + (columns - 1) / 2
        at = np.clip(np.rint(late * FINER).astype(int), 0, fine.shape[1] - 1)
        totals = fine[index, at].sum(axis=1)
        k = int(np.argmax(totals))
        return float(totals[k]), float(starts[k])

    best, slope, start = -np.inf, story.slope, story.offset
    for width, step, around, apart in ((span, 4.0, 80.0, 5.0), (4.0, 1.0, 5.0, 1.0)):
        middle, begin = slope, start
        for tried in np.arange(middle - width, middle + width + step / 2, step).tolist():
            total, where = collected(tried, np.arange(begin - around, begin + around + apart / 2, apart))
            if total > best:
                best, slope, start = total, tried, where
    return slope
