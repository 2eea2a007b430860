"""Which share of a picture lies outside the legal range: luma, and R'G'B' after conversion (EBU R103)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST_LINES = 135  # lines (and columns) that are at least looked at: shares of an area need no more
UNDER, OVER = -0.05, 1.05  # of the nominal range: EBU R103's preferred 5 to 246 of 8 bits is −5 % to +105 %
KR_KB = {"bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593), "bt601": (0.299, 0.114)}


class Illegal(NamedTuple):
    """Shares of the picture: luma under and over the range, and any of R', G', B' beyond it."""

    under: float
    over: float
    gamut: float


def code_limits(depth: int) -> tuple[int, int]:
    """Lowest and highest code that R103 prefers: 5 and 246 of 8 bits, 20 and 984 of 10, scaled for others."""
    return (5, 246) if depth == 8 else (20 << (depth - 10), 984 << (depth - 10)) if depth >= 10 else (10, 492)


def illegal_shares(
    y: NDArray[Any], u: NDArray[Any], v: NDArray[Any], depth: int, full_range: bool, *matrices: str
) -> Illegal:
    """Planes at native depth → :class:`Illegal`. In full range every luma code is legal, and only R'G'B' is judged.

    With several ``matrices`` (BT.709 where none is given), as where the file does not say which, a point is illegal when it
    is by all of them.
    """
    stride = max(1, min(y.shape) // LEAST_LINES)
    luma = y[::stride, ::stride]
    low, high = code_limits(depth)
    under, over = (0.0, 0.0) if full_range else (float(np.mean(luma < low)), float(np.mean(luma > high)))
    if u.size == 0:
        return Illegal(under, over, 0.0)
    rows = np.minimum(np.arange(luma.shape[0]) * stride * u.shape[0] // y.shape[0], u.shape[0] - 1)
    columns = np.minimum(np.arange(luma.shape[1]) * stride * u.shape[1] // y.shape[1], u.shape[1] - 1)
    step = float(1 << (depth - 8))
    zero, span, colour = (0.0, 255 * step, 255 * step) if full_range else (16 * step, 219 * step, 224 * step)
    light = (luma.astype(np.float32) - zero) / span
    pb = (u[rows[:, None], columns].astype(np.float32) - 128 * step) / colour
    pr = (v[rows[:, None], columns].astype(np.float32) - 128 * step) / colour
    beyond = np.ones(light.shape, dtype=bool)
    for kr, kb in (KR_KB[m] for m in matrices or ("bt709",)):
        red, blue = light + 2 * (1 - kr) * pr, light + 2 * (1 - kb) * pb
        green = (light - kr * red - kb * blue) / (1 - kr - kb)
        top, bottom = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
        beyond &= (top > OVER) | (bottom < UNDER)
    return Illegal(under, over, float(np.mean(beyond)))
