"""How far two captures of the same content are apart in time, found from what was measured of them. Opens no media."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vqa_toolkit.core import FloatArray, Signal
from vqa_toolkit.errors import UsageError

STEP_S = 0.04
"""Grid that curves are brought to: one picture at 25 per second. The offset is refined between its points."""

LEAST_OVERLAP_S = 4.0
LEAST_SHARE = 0.3
"""What must overlap: 4 s, or less where the shorter capture is shorter than twice that; and 0.3 of the shorter one."""

WINDOW_S = 4.0  # slower changes (exposure, gain, room tone) belong to the capture, not to the content
APART_S = 0.5  # a rival offset is at least this far from the best
SURE, LIKELY = 0.6, 0.3
"""Confidence from which an offset is called sure, and likely (see :attr:`Alignment.confidence`)."""

AGREED_S, AGREED = 0.12, 0.1
"""Sound and picture that agree within three pictures make an offset likely from this confidence on: over half a minute,
they agree by chance once in some hundred times."""

CURVES: tuple[tuple[str, str, str, bool], ...] = (
    ("freeze", "change", "picture change", True),
    ("black", "level", "mean luma", False),
    ("silence", "level", "sound level", False),
    ("loudness", "energy", "loudness", True),
)
"""Detector, signal, what people call it, and whether it spans decades (its logarithm is compared)."""

FLOOR_DB = -70.0  # quieter is silence, whose exact level is the capture's
TINY = 1e-7


class Pair(NamedTuple):
    """One curve of both captures on the common grid, prepared for comparison; ``name`` is what people call it."""

    name: str
    a: FloatArray
    b: FloatArray


@dataclass(frozen=True, slots=True)
class Alignment:
    """B's time + ``shift`` (s) is A's time. ``correlation`` in [-1, 1] there, ``rival`` that of the best other offset.

    ``curves`` names what was compared; ``apart`` is how far sound and picture disagree, s (NaN when only one speaks).
    """

    shift: float
    correlation: float
    rival: float
    curves: tuple[str, ...]
    apart: float

    @property
    def confidence(self) -> float:
        """How far the best offset stands above its best rival, as a share of what is possible: (c − r) / (1 − r), in [0, 1]."""
        return float(np.clip((self.correlation - self.rival) / max(1.0 - self.rival, 1e-6), 0.0, 1.0))

    @property
    def word(self) -> str:
        """Sure, likely or unsure. Sound and picture that name one offset each by itself bear each other out."""
        if self.confidence >= SURE:
            return "sure"
        agreed = self.apart <= AGREED_S and self.confidence >= AGREED
        return "likely" if agreed or self.confidence >= LIKELY else "unsure"


def align(a: Mapping[str, Mapping[str, Signal]], b: Mapping[str, Mapping[str, Signal]]) -> Alignment:
    """The offset between two captures from their stored signals (detector → name → signal).

    Raises:
        UsageError: they share no curve that could be compared, or too little of it.
    """
    pairs = common_curves(a, b)
    if not pairs:
        raise UsageError(
            "These runs share no curve to align by (picture change, luma, sound level or loudness). Set the shift by hand."
        )
    sums: dict[bool, FloatArray] = {}
    lags: FloatArray = np.empty(0)
    for pair in pairs:
        lags, score = correlation_by_lag(pair.a, pair.b)
        sound = pair.name in ("sound level", "loudness")
        sums[sound] = sums.get(sound, np.zeros(1)) + score / sum(
            (p.name in ("sound level", "loudness")) == sound for p in pairs
        )
    total = sum(sums.values(), np.zeros(1)) / len(sums)
    best = int(np.nanargmax(np.where(np.isnan(total), -np.inf, total)))
    others = np.abs(lags - lags[best]) * STEP_S >= APART_S
    rival = float(np.nanmax(total[others], initial=0.0))
    apart = float("nan")
    if len(sums) == 2:
        picture, heard = (lags[int(np.nanargmax(np.nan_to_num(s, nan=-np.inf)))] for s in (sums[False], sums[True]))
        apart = float(abs(picture - heard) * STEP_S)
    shift = (lags[best] + _between(total, best)) * STEP_S + _start(a) - _start(b)
    return Alignment(round(float(shift), 3), float(total[best]), rival, tuple(p.name for p in pairs), apart)


def common_curves(a: Mapping[str, Mapping[str, Signal]], b: Mapping[str, Mapping[str, Signal]]) -> list[Pair]:
    """The curves both have, on one grid each from its capture's start, without slow changes, scaled to unit spread."""
    pairs = []
    for detector, name, words, decades in CURVES:
        one, two = (side.get(detector, {}).get(name) for side in (a, b))
        if one is None or two is None or len(one.t) < 2 or len(two.t) < 2:
            continue
        curves = [_prepared(s, decades, _start(side)) for s, side in ((one, a), (two, b))]
        if all(len(c) * STEP_S >= 1.0 and np.any(c) for c in curves):
            pairs.append(Pair(words, *curves))
    lengths = [max((len(p[k]) for p in pairs), default=0) for k in (1, 2)]
    return [Pair(p.name, *(np.pad(c, (0, n - len(c))) for c, n in zip(p[1:], lengths, strict=True))) for p in pairs]


def _start(signals: Mapping[str, Mapping[str, Signal]]) -> float:
    """When the first of the compared curves begins, s."""
    found = (signals.get(d, {}).get(n) for d, n, _, _ in CURVES)
    return min((float(s.t[0]) for s in found if s is not None and len(s.t)), default=0.0)


def _prepared(signal: Signal, decades: bool, start: float) -> FloatArray:
    v = np.asarray(signal.v, np.float64)
    v = v.max(axis=1) if v.ndim == 2 else v
    v = 10 * np.log10(np.maximum(v, TINY)) if decades else v
    v = np.maximum(np.nan_to_num(v, nan=FLOOR_DB), FLOOR_DB)
    grid = np.arange(start, float(signal.ends[-1]), STEP_S)
    on_grid = np.interp(grid, signal.t, v)
    wide = max(3, round(WINDOW_S / STEP_S)) | 1
    padded = np.pad(on_grid, wide // 2, mode="edge")
    slow = np.convolve(padded, np.full(wide, 1.0 / wide), "valid")
    rest = on_grid - slow
    spread = float(rest.std())
    if spread < 1e-6:
        return np.zeros(len(grid))
    # What towers over everything (one cut among stills) must not decide alone.
    return np.asarray(np.clip(rest / spread, -4.0, 4.0), np.float64)


def correlation_by_lag(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlation of what overlaps when ``b`` is moved by each lag (grid steps): (lags,), (lags,) in [-1, 1].

    NaN where too little overlaps: chance agrees over short stretches.
    """
    n, m = len(a), len(b)
    size = 1 << (n + m - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    lags = np.arange(-(m - 1), n)
    raw = product[lags]
    first, last = np.maximum(lags, 0), np.minimum(n, m + lags)
    power_a, power_b = (np.append(0.0, np.cumsum(x**2)) for x in (a, b))
    energy = np.sqrt((power_a[last] - power_a[first]) * (power_b[last - lags] - power_b[first - lags]))
    score = np.divide(raw, energy, out=np.full(len(lags), np.nan), where=energy > 1e-9)
    least = max(min(LEAST_OVERLAP_S, min(n, m) * STEP_S / 2), LEAST_SHARE * min(n, m) * STEP_S) / STEP_S
    score[(last - first) < least] = np.nan
    return lags.astype(np.float64), np.clip(score, -1.0, 1.0)


def _between(score: FloatArray, at: int) -> float:
    """Where the top of a parabola through the best point and its neighbours lies, steps from the best, in [-0.5, 0.5]."""
    if not 0 < at < len(score) - 1:
        return 0.0
    left, top, right = score[at - 1 : at + 2]
    bend = left - 2 * top + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if np.isfinite(bend) and bend < 0 else 0.0
