"""Steps in programme level: everything becomes louder or softer by one amount at one instant, and stays so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

BANDS_HZ = (100, 200, 300, 450, 700, 1000, 1500, 2200, 3300, 5000, 7500, 11000)
FLOOR_DB = -110.0  # of full scale²: given to bands that hold less
AUDIBLE_DB = -95.0  # bands below this on both sides of a step say nothing
DEPTH_DB = 50.0  # nor do bands this far below the loudest
BESIDE = 4  # blocks on either side that show the step itself
APART = 5  # blocks within which only the largest step counts
SIDE, LEAST = 150, 50  # blocks on either side that show what lasts, at most and at least
QUANTILES = (10, 30, 50, 70, 90)  # of the level in time: floor, middle and peaks must all move alike
LEAST_STEP_DB = 2.5
LEAST_PLACES = 15  # bands × quantiles that must speak
LEAST_BANDS = 4
LONGEST = 6000  # blocks between a step and the step back


def band_levels(x: NDArray[np.float32], rate: float) -> NDArray[np.float32]:
    """Blocks (n, size, channels) → (n, bands) level over all channels between neighbouring :data:`BANDS_HZ`, dB."""
    size = x.shape[1]
    window = np.hanning(size + 2)[1:-1].astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(x * window[:, None], axis=1))).sum(axis=2)
    power /= size * float(np.square(window).sum())
    total = np.concatenate([np.zeros((len(x), 1)), np.cumsum(power, axis=1)], axis=1)
    edges = np.minimum(np.searchsorted(np.fft.rfftfreq(size, 1 / rate), BANDS_HZ), power.shape[1])
    return np.asarray(10 * np.log10(np.maximum(total[:, edges[1:]] - total[:, edges[:-1]], 10 ** (FLOOR_DB / 10))))


def evenness(db: ArrayLike, spread: ArrayLike) -> NDArray[np.float64]:
    """|db| / (spread + 1) of changes, elementwise: see :class:`Change`."""
    return np.asarray(np.abs(db) / (np.asarray(spread, np.float64) + 1.0))


class Change(NamedTuple):
    """The same change in every band and at every level: ``db`` (median), ``spread`` dB about it (mean magnitude)."""

    db: float
    spread: float

    @property
    def evenness(self) -> float:
        """|db| / (spread + 1): 5 and more for a gain, below 2 for sounds that begin, end or give way to others."""
        return float(evenness(self.db, self.spread))


NO_CHANGE = Change(0.0, 99.0)


class Step(NamedTuple):
    """A step within block ``at``: ``near`` dB within 40 ms around it, and the lasting ``change``."""

    at: int
    near: float
    change: Change


def change_between(before: NDArray[Any], after: NDArray[Any]) -> Change:
    """How the levels (n, bands) dB of one stretch differ from another's, by quantiles over time."""
    a, b = (np.percentile(v, QUANTILES, axis=0) for v in (before, after))
    top = np.maximum(a, b)
    use = (top > AUDIBLE_DB) & (top[-1] > top[-1].max() - DEPTH_DB)[None]
    apart = (b - a)[use]
    if len(apart) < LEAST_PLACES:
        return NO_CHANGE
    middle = float(np.median(apart))
    return Change(middle, float(np.mean(np.abs(apart - middle))))


def near_steps(levels: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) dB: at each block of ``levels`` (n, bands) the median band's power after over before it, 40 ms each; 0 at the ends."""
    n, power = len(levels), 10 ** (levels.astype(np.float64) / 10)
    out = np.zeros(n)
    if n < 2 * BESIDE + 2:
        return out
    total = np.concatenate([np.zeros((1, power.shape[1])), np.cumsum(power, axis=0)])
    k = np.arange(BESIDE, n - BESIDE - 1)
    before, after = (total[k] - total[k - BESIDE]) / BESIDE, (total[k + 1 + BESIDE] - total[k + 1]) / BESIDE
    least = 10 ** (AUDIBLE_DB / 10)
    before, after = np.maximum(before, least / 30), np.maximum(after, least / 30)
    top = np.maximum(before, after)
    use = (top > least) & (top > top.max(axis=1, keepdims=True) * 10 ** (-DEPTH_DB / 10))
    apart = np.sort(np.where(use, 10 * np.log10(after / before), np.inf), axis=1)
    count = use.sum(axis=1)
    rows = np.arange(len(apart))
    middle = (apart[rows, np.maximum(count - 1, 0) // 2] + apart[rows, np.minimum(count // 2, use.shape[1] - 1)]) / 2
    out[k] = np.where(count >= LEAST_BANDS, np.where(np.isfinite(middle), middle, 0.0), 0.0)
    return out


def smoothed(levels: NDArray[Any]) -> NDArray[np.float64]:
    """(n, bands) dB, the power averaged over three blocks, so that low bands do not flicker."""
    from scipy.ndimage import uniform_filter1d

    return np.asarray(
        10 * np.log10(uniform_filter1d(10 ** (levels.astype(np.float64) / 10), 3, axis=0, mode="nearest"))
    )


def steps(levels: NDArray[Any], calm: NDArray[Any], least: float) -> Iterator[Step]:
    """Every step of ``levels`` (n, bands) after which all bands stay moved the same way by ``least`` dB or more.

    ``calm`` are the :func:`smoothed` levels.
    """
    from scipy.ndimage import maximum_filter1d

    near = near_steps(levels)
    size = np.abs(near)
    total = np.concatenate([[0.0], np.cumsum(calm.mean(axis=1))])
    for at in np.flatnonzero((size >= LEAST_STEP_DB) & (size == maximum_filter1d(size, 2 * APART + 1))).tolist():
        first, last = max(0, at - SIDE), min(len(calm), at + 2 + SIDE)
        if at - 1 - first < LEAST or last - at - 2 < LEAST:
            continue
        rough = (total[last] - total[at + 2]) / (last - at - 2) - (total[at - 1] - total[first]) / (at - 1 - first)
        if rough * near[at] <= 0 or abs(rough) < least / 2:
            continue
        change = change_between(calm[first : at - 1], calm[at + 2 : last])
        if change.db * near[at] > 0 and abs(change.db) >= least:
            yield Step(at, float(near[at]), change)


class Pair(NamedTuple):
    """A step and the step back, by their places among the steps, and the ``change`` of what lies between them."""

    there: int
    back: int
    change: Change


def pairs(found: Sequence[Step], calm: NDArray[Any], share: float, least: float) -> Iterator[Pair]:
    """Every two :func:`opposite` steps, a minute apart at most, with their :func:`there_and_back`.

    Those between which the mean level moves by less than half of ``least`` dB, or the other way, are left out unmeasured.
    """
    total = np.concatenate([[0.0], np.cumsum(calm.mean(axis=1))])

    def mean(first: int, last: int) -> float:
        return float(total[last] - total[first])

    for i, there in enumerate(found):
        for j in range(i + 1, len(found)):
            back = found[j]
            if back.at - there.at - 3 > LONGEST:
                break
            if not opposite(there, back, share):
                continue
            first, last = max(0, there.at - 2 * SIDE), min(len(calm), back.at + 2 + 2 * SIDE)
            outside = mean(first, there.at - 1) + mean(back.at + 2, last)
            around = outside / max(1, there.at - 1 - first + last - back.at - 2)
            rough = mean(there.at + 2, back.at - 1) / (back.at - there.at - 3) - around
            if rough * there.near > 0 and abs(rough) >= least / 2:
                yield Pair(i, j, there_and_back(there, back, calm))


def opposite(there: Step, back: Step, share: float) -> bool:
    """Whether the two steps undo one another at a stroke: of opposite sign, the smaller at least ``share`` of the larger."""
    a, b = abs(there.near), abs(back.near)
    near = there.near * back.near < 0 and min(a, b) >= share * max(a, b)
    return near and back.at - there.at - 3 >= LEAST


def there_and_back(there: Step, back: Step, calm: NDArray[Any]) -> Change:
    """The change of the stretch between two opposite steps against what lies around it, up to 3 s on either side."""
    inside = calm[there.at + 2 : back.at - 1]
    around = np.concatenate(
        [calm[max(0, there.at - 2 * SIDE) : there.at - 1], calm[back.at + 2 : back.at + 2 + 2 * SIDE]]
    )
    enough = LEAST <= len(inside) <= LONGEST and len(around) >= LEAST
    thin = max(1, len(inside) // (4 * SIDE))  # 6 s of blocks tell the quantiles of a minute
    return change_between(around, inside[::thin]) if enough else NO_CHANGE
