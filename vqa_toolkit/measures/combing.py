"""Line structure of a picture: combing where things move, and lines in the wrong order."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

STEP_PX = 16  # every 16th column shows the line structure as well as all do …
LEAST_STRIPS = 16  # … and of large pictures, so many strips
COMB_DEPTH = 8  # code values between a line and both its neighbours
MOTION = 10  # code values between pictures: a point that moves
MIN_POINTS = 60  # moving points needed to speak of a share
EDGE = 6  # code values between neighbouring lines: detail that an exchange of lines would roughen


class Strips(NamedTuple):
    """Samples of a picture, int16: ``down`` (columns, h) runs along columns, ``across`` (rows, w) along rows."""

    down: NDArray[np.int16]
    across: NDArray[np.int16]


def strips(luma: NDArray[Any], step: int | None = None) -> Strips:
    """Every ``step``-th column and row of (h, w) luma at full length; by default 16, more for large pictures."""
    if step is None:
        step = max(STEP_PX, min(luma.shape) // LEAST_STRIPS)
    # Gathered along the rows first: the decoder's memory is read once, in order.
    down = np.ascontiguousarray(np.ascontiguousarray(luma[:, step // 2 :: step]).T, dtype=np.int16)
    return Strips(down, np.ascontiguousarray(luma[step // 2 :: step], dtype=np.int16))


def combing(now: Strips, before: Strips | None) -> float:
    """How much more moving points comb down the columns than along the rows, in [0, 1]; NaN when too little moves.

    Noise and fine texture alternate in both directions alike, interlaced lines in one only.
    """
    if before is None:
        return float("nan")
    down = comb_share(now.down, before.down)
    if not down > 0:
        return down
    across = comb_share(now.across, before.across)
    return max(0.0, down - (0.0 if np.isnan(across) else 1.5 * across))


def comb_share(now: NDArray[np.int16], before: NDArray[np.int16]) -> float:
    """Share of moving points at which lines (the last axis) comb, in [0, 1]; NaN when too little moves.

    A point combs when four lines around it alternate, each beyond both its neighbours by more than COMB_DEPTH, while lines
    two apart agree three times better. Four, because noise alternates by chance over two or three.
    """
    if now.shape != before.shape or now.shape[1] < 8:
        return float("nan")
    step = np.abs(now - before) > MOTION
    # A comb's tooth shows against the picture before only on its own lines, so the line above counts as moving as well.
    moving = step[:, 2:-3] | step[:, 1:-4]
    points = np.count_nonzero(moving)
    if points < MIN_POINTS:
        return float("nan")
    d1 = 2 * now[:, 1:-1] - now[:, :-2] - now[:, 2:]
    size = np.abs(d1)
    tooth = size > 2 * COMB_DEPTH
    turns = tooth[:, :-1] & tooth[:, 1:] & ((d1[:, :-1] ^ d1[:, 1:]) < 0)
    four = turns[:, :-2] & turns[:, 1:-1] & turns[:, 2:]
    if not four.any():
        return 0.0
    apart = np.abs(now[:, :-2] - now[:, 2:])
    close = 3 * (apart[:, :-2] + apart[:, 2:]) < 2 * size[:, 1:-1]
    combed = four & close[:, :-1] & close[:, 1:]
    return float(np.count_nonzero(combed & moving) / points)


def line_order(now: NDArray[np.int16]) -> float:
    """Roughness between line pairs as they are over the roughness were each pair exchanged: (columns, h) → ratio.

    With pairs (2k, 2k+1): Σ|Y(2k+1) − Y(2k+2)| / Σ|Y(2k) − Y(2k+3)|, the same for the other pairing, and of both the
    larger. Below 1 for lines in order, above 1 where lines of each pair are exchanged. NaN without vertical detail.
    """
    worst = float("nan")
    for first in (0, 1):
        n = (now.shape[1] - first - 2) // 2 * 2
        if n < 8:
            continue
        a, b = now[:, first : first + n : 2], now[:, first + 1 : first + n : 2]
        c, d = now[:, first + 2 : first + n + 2 : 2], now[:, first + 3 : first + n + 2 : 2]
        k = min(a.shape[1], d.shape[1])
        near = np.abs(b[:, :k] - c[:, :k])
        far = np.abs(a[:, :k] - d[:, :k])
        detail = np.maximum(near, far) > EDGE
        if np.count_nonzero(detail) < MIN_POINTS:
            continue
        ratio = float((near * detail).sum() / max(int((far * detail).sum()), 1))
        worst = ratio if np.isnan(worst) else max(worst, ratio)
    return worst
