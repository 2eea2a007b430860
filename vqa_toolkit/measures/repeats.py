"""A buffer that is played over and over: sound equal to itself one buffer earlier once tones and rumble weigh no more than
the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SHORTEST_S, LONGEST_S = 0.025, 0.6  # s: shorter buffers are tones, longer ones loops
FLAT_HZ = 80.0  # over which the spectrum is made flat: lines of a 25-ms buffer lie 40 Hz apart and stay, tones go
FINE = 3  # lags per sample: a buffer need not be a whole number of the averaged samples
FIRST = 0.75  # of the best correlation: the first lag that reaches it is the buffer, later ones are its multiples
PITCH_S, CLEAR = (
    0.002,
    0.8,
)  # s, and share of the correlation: lags from here to the shortest buffer are searched for tones
LOOSE = 0.25  # correlation (of a second, of which the buffers may fill a third) from which a window's period is tried at all
LEAST_RATE = 11_000  # samples/s: what lies above 5.5 kHz is coded too coarsely to repeat
SILENT = 1e-10  # of full scale², mean over a window


class Repetition(NamedTuple):
    """The buffer's length in seconds (0 without one), and the correlation one buffer apart."""

    period: float
    correlation: float


NONE = Repetition(0.0, 0.0)


def reduction(rate: float) -> int:
    """By how much sound at ``rate`` samples/s is thinned out: the power of two that leaves :data:`LEAST_RATE` at least."""
    return 1 << max(0, int(np.log2(max(rate / LEAST_RATE, 1.0))))


def flattened(x: NDArray[np.floating], rate: float, group: int) -> NDArray[np.float32]:
    """Samples (n, channels) at ``rate`` → their mean over channels at rate / ``group``, (n // group,), with the same power in
    all bands of :data:`FLAT_HZ`: tones and rumble, which resemble themselves at many lags, lose weight.
    """
    mono = x.mean(axis=1, dtype=np.float32)
    size = 1 << (len(mono) - 1).bit_length()
    spectrum = np.fft.rfft(mono, size)[: size // group // 2 + 1]
    power = np.square(np.abs(spectrum), dtype=np.float64)
    reach = max(1, round(FLAT_HZ * size / rate / 2))
    total = np.concatenate([[0.0], np.cumsum(power)])
    k = np.arange(len(power))
    low, high = np.maximum(k - reach, 0), np.minimum(k + reach + 1, len(power))
    smooth = (total[high] - total[low]) / (high - low)
    if power.mean() < SILENT * size:
        return np.zeros(len(mono) // group, np.float32)
    flat = spectrum / np.sqrt(smooth + 1e-3 * power.mean())
    return np.asarray(np.fft.irfft(flat, size // group)[: len(mono) // group], np.float32)


def repetition(y: NDArray[np.float32], rate: float) -> Repetition:
    """The smallest lag of 25 to 600 ms at which ``y`` (n,) equals itself about as well as at any; none for tones.

    r(T) = Σ y[n]·y[n − T] / √(Σ y[n]²·Σ y[n − T]²) over n ≥ T, at thirds of a sample, refined by a parabola.
    """
    n, top = len(y), min(round(LONGEST_S * rate), len(y) * 2 // 3)
    energy = np.concatenate([[0.0], np.cumsum(np.square(y, dtype=np.float64))])
    if energy[-1] <= 0:
        return NONE
    size = 1 << (n + top - 1).bit_length()
    product = np.fft.irfft(np.square(np.abs(np.fft.rfft(y, size))), size * FINE)[: top * FINE + 1] * FINE
    lags = -(-np.arange(top * FINE + 1) // FINE)
    scale = np.sqrt((energy[-1] - energy[lags]) * energy[n - lags])
    r = product / np.maximum(scale, 1e-12 * energy[-1] + 1e-30)
    low = round(SHORTEST_S * rate * FINE)
    best = low + int(np.argmax(r[low:]))
    first = low + int(np.argmax(r[low : best + 1] >= FIRST * r[best]))
    lag = first + int(np.argmax(r[first : min(first + round(0.002 * rate * FINE), best) + 1]))
    pitch = r[round(PITCH_S * rate * FINE) : low]
    if pitch.size and float(pitch.max()) >= CLEAR * r[lag]:
        return NONE  # it equals itself much sooner: a tone or a hum
    period = float(lag)
    if 0 < lag < len(r) - 1:
        left, middle, right = (float(v) for v in r[lag - 1 : lag + 2])
        bend = left - 2 * middle + right
        period += 0.5 * (left - right) / bend if bend < 0 else 0.0
    return Repetition(period / FINE / rate, float(np.clip(r[lag], 0, 1)))


def mismatch(y: NDArray[np.float32], lag: float, block: int) -> NDArray[np.float64]:
    """How unlike ``y`` is to itself ``lag`` samples earlier, per whole ``block``: Σ(a − b)² / Σ(a² + b²), 1 where unknown.

    0 is equal, 1 unrelated. (n // block,); the first blocks, which have nothing ``lag`` earlier, are 1. A lag between
    samples is a delay by its phase.
    """
    n, count = len(y), len(y) // block
    out = np.ones(count)
    first = -(-int(np.ceil(lag)) // block)
    size = 1 << (n + int(np.ceil(lag))).bit_length()
    turn = np.exp(-2j * np.pi * lag / size * np.arange(size // 2 + 1))
    earlier = np.fft.irfft(np.fft.rfft(y, size) * turn, size)
    a, b = (v[first * block : count * block].astype(np.float64) for v in (y, earlier))
    both = np.square(a).reshape(-1, block).sum(axis=1) + np.square(b).reshape(-1, block).sum(axis=1)
    apart = np.square(a - b).reshape(-1, block).sum(axis=1)
    out[first:] = np.where(both > 1e-9 * block, apart / np.maximum(both, 1e-30), 1.0)
    return out


def best_mismatch(
    y: NDArray[np.float32], found: Iterable[Repetition], rate: float, block: int, blocks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The last ``blocks`` of ``y``: their least :func:`mismatch` at the periods ``found``, and that period in seconds (0 = none)."""
    best, period = np.ones(blocks), np.zeros(blocks)
    for lag in sorted({round(r.period * rate * 16) / 16 for r in found if r.correlation >= LOOSE}):
        value = np.minimum(mismatch(y, lag, block)[-blocks:], 1.0)
        period = np.where(value < best, lag / rate, period)
        best = np.minimum(best, value)
    return best, period
