"""How the offset of sound against lips runs over a clip: constant, drifting, or stepping. Pure arithmetic, no network.

Every story is a path through the map of similarities (time × offset), and the similarity that the map holds along it is
what speaks for it: the network was trained with a softmax over offsets, so that a sum of cosines is a log-likelihood but
for a factor. A path with more freedom always collects a little more; how much more it collects on clips that are
constant, and how much on clips that do drift or step, says what to ask of it (``DRIFT_GAIN``, ``STEP_GAIN``).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Signal
from vqa_toolkit.measures.sync_verdict import FRAME_MS, POOL_S, Vote, reading, votes, weight

ROW_S = 0.2  # a row of the map
LEAST_STEP_MS = 70.0  # smaller jumps, and smaller drifts over several shots, are within what readings wander
LEAST_PIECE_S = 2.0  # between two jumps, or between a jump and an end
# Similarity (cosine × rows) that a path must collect beyond the best constant one. Of 52 constant clips of 10 to 35 s of
# validation and training speakers none gains 0.37 by a slope (none of 20 s and more 0.15), and none 1.1 by a jump; under
# 120 ms/min 95 % of those of 20 s and more gain 0.53 and more, and by a jump of 120 ms all gain 3.5 and more. What asks
# for more than 1.1 are other voices for some seconds: of 73 such clips 1 or 2 step at gains near this.
DRIFT_GAIN, DRIFT_S = (
    0.4,
    20.0,
)  # shorter clips must gain more, in proportion: there one sound's own bias looks like a slope
STEP_GAIN = 2.0
MOST_DRIFT = 3000.0  # ms/min: 25 pictures/s played for 24 are 2500
AGREE_MS = 120.0  # a window that is further from the story does not speak for it
MOST_ROWS = 600  # that a line is drawn through; more are averaged in groups: an hour's group is 6 s
COARSE_MS, FINE_MS = 5, 1  # columns of the map after interpolation

Floats = NDArray[np.floating]


class Rows(NamedTuple):
    """The map: ``t`` (n,) seconds in order and ``v`` (n, columns) cosine, column ``k`` at −(k − middle) · 40 ms."""

    t: Floats
    v: Floats


class Story(NamedTuple):
    """How the offset runs: ``kind`` is constant, drift or step. Offsets in ms, + = sound early.

    ``offset`` is the constant one, a drift's at ``middle`` seconds (``slope`` ms/min), or that before the first jump;
    ``jumps`` are (seconds, ms) in time order.
    """

    kind: str
    offset: float
    slope: float = 0.0
    middle: float = 0.0
    jumps: tuple[tuple[float, float], ...] = ()

    def offset_at(self, t: float) -> float:
        """The offset at ``t`` seconds, ms."""
        return self.offset + self.slope * (t - self.middle) / 60.0 + sum(ms for at, ms in self.jumps if t >= at)


class _Piece(NamedTuple):
    """Rows [first, end) on one offset, ms."""

    first: int
    end: int
    offset: float


def story_of(signals: Mapping[str, Signal], least: float) -> tuple[Story | None, list[Vote]]:
    """What a detector's ``signals`` tell when windows are believed from ``least`` on: as :func:`explained`."""
    windows, rows = signals["similarity"], signals["map"]
    ends, heard, tracks = (signals[name].v for name in ("window_end", "spoken", "track"))
    found = votes(windows.t, ends, heard, tracks, windows.v, least)
    return explained(found, rows.t, rows.v, signals["map_track"].v, least)


def explained(
    found: Sequence[Vote], t: Floats, v: Floats, tracks: NDArray[np.integer], least: float
) -> tuple[Story | None, list[Vote]]:
    """The story (see :func:`tell`) and the votes that speak for it; None and nothing where there is no vote, or too few agree."""
    if not found:
        return None, []
    story = tell(found, t, v, tracks, least)
    believed = agreeing(found, story)
    return (story, believed) if believed else (None, [])


def tell(found: Sequence[Vote], t: Floats, v: Floats, tracks: NDArray[np.integer], least: float) -> Story:
    """The simplest story that explains the map of the faces that voted; the votes' median where there is no map.

    ``t`` (n,), ``v`` (n, columns), ``tracks`` (n,): the map's rows of all faces. A piece between jumps must be believed
    as a window must, from ``least`` on. ``found`` must not be empty.
    """
    rows = spoken(found, t, v, tracks)
    if len(rows.t) < 2:
        return Story("constant", float(np.median([w.offset for w in found])))
    filled = _filled(rows.v)
    plain, offset = _constant(filled)
    best, gain = Story("constant", offset), 0.0
    total, line = _line(rows.t, filled)
    lasts = float(rows.t[-1] - rows.t[0])
    asked = DRIFT_GAIN * max(1.0, DRIFT_S / lasts)
    known = int(np.isfinite(rows.v).any(axis=1).sum())
    sure = total / max(known, 1) * weight(known * ROW_S) >= least  # as a window must be, along the line
    several = len({w.track for w in found}) > 1  # each shot's readings are off by something of its own
    moved = abs(line.slope) / 60.0 * lasts
    if sure and total - plain - asked > gain and (moved >= LEAST_STEP_MS or not several):
        best, gain = line, total - plain - asked
    total, steps = _steps(rows, filled, least)
    if total - plain - STEP_GAIN * len(steps.jumps) > gain:
        best = steps
    return best


def agreeing(found: Sequence[Vote], story: Story) -> list[Vote]:
    """The votes that a story is made of; none where it contradicts more of them than it explains.

    What is collected by chance, of a face that does not speak, peaks at one offset in a window and at another in the map.
    """
    near = [v for v in found if abs(v.offset - story.offset_at(v.t)) <= AGREE_MS]
    return near if 2 * len(near) >= len(found) else []


def spoken(found: Sequence[Vote], t: Floats, v: Floats, tracks: NDArray[np.integer]) -> Rows:
    """The rows of the faces that voted, one a time: where several are seen, of the one that is surest there.

    Rows up to POOL_S beside a face's votes count half: around a jump no window is sure.
    """
    score = np.zeros(len(t))
    for vote in found:
        mine = tracks == vote.track
        near = mine & (t >= vote.start - POOL_S) & (t <= vote.end + POOL_S)
        inside = mine & (t >= vote.start) & (t <= vote.end)
        score[near] = np.maximum(score[near], 0.5 * vote.confidence)
        score[inside] = np.maximum(score[inside], vote.confidence)
    best: dict[int, int] = {}
    for i in np.flatnonzero(score > 0).tolist():
        slot = round(float(t[i]) / ROW_S)
        if slot not in best or score[i] > score[best[slot]]:
            best[slot] = i
    chosen = np.array(sorted(best.values(), key=lambda i: float(t[i])), dtype=int)
    return Rows(t[chosen], v[chosen])


def _filled(v: Floats) -> NDArray[np.float64]:
    """Rows without their median; where there was no sound, nothing speaks for or against."""
    known = np.isfinite(v)
    middle = np.nanmedian(np.where(known.any(axis=1, keepdims=True), v, 0.0), axis=1, keepdims=True)
    return np.asarray(np.where(known, v - middle, 0.0), np.float64)


def _finer(rows: NDArray[np.float64], ms: int) -> NDArray[np.float64]:
    """Columns ``ms`` apart: between the network's, 40 ms apart, the similarity follows a cubic spline."""
    from scipy.interpolate import CubicSpline

    columns = rows.shape[1]
    wanted = np.linspace(0, columns - 1, (columns - 1) * round(FRAME_MS / ms) + 1)
    return np.asarray(CubicSpline(np.arange(columns), rows, axis=1)(wanted))


def _early(column: float, columns: int, ms: int) -> float:
    """The offset of a column of ``columns``, ``ms`` apart: in ms, + = sound early."""
    return -(column - (columns - 1) / 2) * ms


def _constant(rows: NDArray[np.float64]) -> tuple[float, float]:
    """(similarity collected, offset ms) of the best constant offset."""
    fine = _finer(rows.sum(axis=0, keepdims=True), FINE_MS)[0]
    k = int(fine.argmax())
    return float(fine[k]), _early(k, len(fine), FINE_MS)


def line_through(t: Floats, v: Floats) -> Story:
    """The drift that the map ``v`` (n, columns) at times ``t`` (n,) holds most of, however small it is."""
    return _line(t, _filled(v))[1]


def _line(t: Floats, rows: NDArray[np.float64]) -> tuple[float, Story]:
    """(similarity collected, drift) of the straight line that collects most: all pairs of ends, ever more finely."""
    groups = np.array_split(np.arange(len(t)), min(len(t), MOST_ROWS))
    fine = _finer(np.stack([rows[g].sum(axis=0) for g in groups]), FINE_MS)
    time = np.array([float(np.mean(t[g])) for g in groups])
    part, index, last = (time - time[0]) / (time[-1] - time[0]), np.arange(len(time)), fine.shape[1] - 1
    best, ends = -np.inf, (last // 2, last // 2)
    furthest = MOST_DRIFT * float(time[-1] - time[0]) / 60.0
    for reach, step in ((last // 2, 40), (40, 8), (8, 1)):
        lefts, rights = (np.arange(max(0, e - reach), min(last, e + reach) + 1, step) for e in ends)
        for left in lefts.tolist():
            rights_here = rights[np.abs(rights - left) * FINE_MS <= furthest]
            if not len(rights_here):
                continue
            at = np.rint(left + (rights_here - left)[:, None] * part).astype(int)
            totals = fine[index, at].sum(axis=1)
            k = int(totals.argmax())
            if totals[k] > best:
                best, ends = float(totals[k]), (left, int(rights_here[k]))
    begin, end = (_early(e, last + 1, FINE_MS) for e in ends)
    middle = float(time[0] + time[-1]) / 2
    return best, Story("drift", (begin + end) / 2, (end - begin) / float(time[-1] - time[0]) * 60.0, middle)


def _steps(rows: Rows, filled: NDArray[np.float64], least: float) -> tuple[float, Story]:
    """(similarity collected, steps) of the best path of constant pieces, each long and sure enough."""
    fine = _finer(filled, COARSE_MS)
    pieces = [p for p in _pieces(fine) if _stands(p, rows, least)]
    if len(pieces) < 2:
        return -np.inf, Story("constant", 0.0)
    joined = _joined(pieces, fine)
    jumps = tuple((float(rows.t[b.first]) - ROW_S / 2, b.offset - a.offset) for a, b in itertools.pairwise(joined))
    columns = fine.shape[1]
    at = [(columns - 1) // 2 - round(p.offset / COARSE_MS) for p in joined]
    total = sum(float(fine[p.first : p.end, k].sum()) for p, k in zip(joined, at, strict=True))
    return total, Story("step", joined[0].offset, jumps=jumps)


def _pieces(fine: NDArray[np.float64]) -> list[_Piece]:
    """The path that collects most when every jump costs STEP_GAIN (Viterbi)."""
    n, columns = fine.shape
    stay = np.arange(columns, dtype=np.int16)
    came = np.empty((n, columns), np.int16)
    total = fine[0].copy()
    for i in range(1, n):
        best = int(total.argmax())
        jumped = total[best] - STEP_GAIN
        came[i] = np.where(total >= jumped, stay, best)
        total = np.maximum(total, jumped) + fine[i]
    path = np.empty(n, int)
    path[-1] = int(total.argmax())
    for i in range(n - 1, 0, -1):
        path[i - 1] = came[i, path[i]]
    edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), n]
    return [_Piece(a, b, _early(float(path[a]), columns, COARSE_MS)) for a, b in itertools.pairwise(edges)]


def _stands(piece: _Piece, rows: Rows, least: float) -> bool:
    """Whether a piece lasts long enough and its own mean curve would be believed."""
    seconds = (piece.end - piece.first) * ROW_S
    _, height = reading(np.nanmean(rows.v[piece.first : piece.end], axis=0)) if seconds >= LEAST_PIECE_S else (0, 0.0)
    return height * weight(seconds) >= least


def _joined(pieces: Sequence[_Piece], fine: NDArray[np.float64]) -> list[_Piece]:
    """Pieces without gaps: small jumps are taken out, and each other one is where it collects most between its neighbours."""
    kept = [pieces[0]]
    for piece in pieces[1:]:
        if abs(piece.offset - kept[-1].offset) >= LEAST_STEP_MS:
            kept.append(piece)
        else:
            longer = max(kept[-1], piece, key=lambda p: p.end - p.first)
            kept[-1] = _Piece(kept[-1].first, piece.end, longer.offset)
    out: list[_Piece] = []
    first, middle = 0, (fine.shape[1] - 1) // 2
    for before, after in itertools.pairwise(kept):
        one, two = (middle - round(p.offset / COARSE_MS) for p in (before, after))
        gain = (fine[:, one] - fine[:, two])[before.end : after.first]
        cut = before.end + int(np.argmax(np.concatenate([[0.0], np.cumsum(gain)])))
        out.append(_Piece(first, cut, before.offset))
        first = cut
    return [*out, _Piece(first, len(fine), kept[-1].offset)]
