"""Two channels against each other: energies, product, correlation and the share of what differs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span, spans

LOOSE = 0.998  # correlation of a single block at the edge of an identical passage
BRIDGE_S = 2.0  # s of pause that do not end a passage
EDGE_BLOCKS = 4  # blocks beside a boundary that must carry programme for it to lie inside running sound
STEREO_DB = -30.0  # dB, difference over sum: what a stereo programme shows beside a boundary
PAUSE_DB = 25.0  # dB below the sound around: room tone and coding, which have a phase of their own
SMOOTH_BLOCKS = 5  # identity is judged over so many blocks


def audible(power: NDArray[Any], floor_db: float, window: int) -> NDArray[np.bool_]:
    """Blocks (n,) of power that reach ``floor_db`` and lie within :data:`PAUSE_DB` of the loudest of ``window`` around them."""
    from scipy.ndimage import maximum_filter1d

    loudest = maximum_filter1d(np.asarray(power, np.float64), max(window, 1))
    return np.asarray(power >= np.maximum(10 ** (floor_db / 10), loudest * 10 ** (-PAUSE_DB / 10)))


def channel_pairs(channels: int) -> tuple[tuple[int, int], ...]:
    """Left and right of a layout in FFmpeg's order: the front pair, and the rear pair from 5.1 on."""
    if channels < 2:
        return ()
    return ((0, 1), (4, 5)) if channels >= 6 else ((0, 1),)


def pair_power(x: NDArray[np.float32], pairs: tuple[tuple[int, int], ...]) -> NDArray[np.float32]:
    """Blocks (n, size, channels) → (n, pairs, 3): mean of l², r² and l·r per block."""
    left, right = x[:, :, [p[0] for p in pairs]], x[:, :, [p[1] for p in pairs]]
    parts = [np.einsum("nsp,nsp->np", a, b) / x.shape[1] for a, b in ((left, left), (right, right), (left, right))]
    return np.stack(parts, axis=-1).astype(np.float32)


def correlation(power: NDArray[Any], floor: float = 1e-10) -> NDArray[np.float64]:
    """r = Σlr / √(Σl²·Σr²) of (…, 3) powers, in [−1, 1]; 0 where either is below ``floor`` (of full scale²)."""
    p = np.asarray(power, np.float64)
    both = np.sqrt(np.maximum(p[..., 0], 0) * np.maximum(p[..., 1], 0))
    alive = np.minimum(p[..., 0], p[..., 1]) >= floor
    return np.where(alive, np.clip(p[..., 2] / np.maximum(both, 1e-30), -1, 1), 0.0)


def side_db(power: NDArray[Any]) -> NDArray[np.float64]:
    """Difference signal over sum signal, dB: 10·log₁₀(Σ(l − r)² / Σ(l + r)²), within ± 120."""
    p = np.asarray(power, np.float64)
    total = p[..., 0] + p[..., 1]
    side, mid = np.maximum(total - 2 * p[..., 2], 1e-16), np.maximum(total + 2 * p[..., 2], 1e-16)
    return np.asarray(np.clip(10 * np.log10(side / mid), -120, 120))


def averaged(x: NDArray[np.float32], group: int) -> NDArray[np.float32]:
    """Blocks (n, size, channels) averaged over ``group`` samples: (n, size // group, channels). A plain low-pass."""
    count = x.shape[1] // group
    return np.asarray(x[:, : count * group].reshape(len(x), count, group, -1).mean(axis=2))


def identical_blocks(power: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    """Which blocks of (n, 3) powers belong to a passage whose two channels correlate by ``limit`` at least; (n,) bool."""
    from scipy.ndimage import binary_dilation, uniform_filter1d

    core = correlation(uniform_filter1d(power, SMOOTH_BLOCKS, axis=0, mode="nearest")) >= limit
    return np.asarray(binary_dilation(core, np.ones(SMOOTH_BLOCKS)) & (correlation(power) >= min(LOOSE, limit)))


def passages(signal: Signal, active: Any, against: Any, min_duration: float) -> list[Span]:
    """Active blocks joined over pauses, never over blocks that speak ``against``."""
    parts = spans(signal, active)
    joined: list[Span] = []
    for part in parts:
        near = joined and part.start - joined[-1].end <= BRIDGE_S
        if near and not against[joined[-1].last : part.first].any():
            part = Span(joined[-1].start, part.end, joined.pop().first, part.last)
        joined.append(part)
    return [s for s in joined if s.end - s.start >= min_duration]


def turns_to_mono(edge: int, side: Any, playing: Any) -> bool:
    """Whether stereo sound goes on as mono (or back) at block ``edge``, with programme on both sides."""
    if edge < EDGE_BLOCKS or edge + EDGE_BLOCKS > len(side):
        return False
    before, after = slice(edge - EDGE_BLOCKS, edge), slice(edge, edge + EDGE_BLOCKS)
    wide = max(float(np.median(side[before])), float(np.median(side[after])))
    return bool(playing[before].all() and playing[after].all() and wide >= STEREO_DB)
