"""From seconds to samples, and levels: what every fault of the sound shares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import SoundFault

Samples = NDArray[np.float32]

QUIET_RMS = 10 ** (-50 / 20)  # re full scale: below, a passage counts as silent and cannot be the reference of an SNR
NOMINAL_RMS = 10 ** (-26 / 20)  # re full scale: ordinary programme, the reference where the passage is silent


class Range(NamedTuple):
    """Samples [first, last) at ``rate`` samples/s."""

    first: int
    last: int
    rate: int

    @property
    def length(self) -> int:
        """Number of samples."""
        return self.last - self.first

    @property
    def start(self) -> float:
        """Time of the first sample, seconds."""
        return self.first / self.rate

    @property
    def end(self) -> float:
        """When the last sample ends, seconds."""
        return self.last / self.rate

    @property
    def cut(self) -> slice:
        """The samples as a slice."""
        return slice(self.first, self.last)


def touched(fault: SoundFault, audio: Samples, rate: int) -> Range:
    """The samples that ``fault`` covers: its start and end rounded to the nearest sample, clamped to the sound.

    Raises:
        FaultError: when no sample lies inside, or ``audio`` is not (n, channels).
    """
    if audio.ndim != 2:
        raise FaultError(f"{fault.name}: sound must be (n, channels), got shape {audio.shape}.")
    first = round(fault.start * rate)
    last = len(audio) if fault.end * rate >= len(audio) else round(fault.end * rate)
    if last <= first:
        length = len(audio) / rate
        raise FaultError(
            f"{fault.name}: no samples between {fault.start:g} s and {fault.end:g} s in {length:.3f} s of sound."
        )
    return Range(first, last, rate)


def rms(x: NDArray[np.floating]) -> float:
    """Root mean square over everything, re full scale; 0 for nothing."""
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64)))) if x.size else 0.0


def reference_rms(x: NDArray[np.floating]) -> float:
    """What an SNR is taken against: the passage's RMS, or that of ordinary programme where the passage is silent."""
    level = rms(x)
    return level if level >= QUIET_RMS else NOMINAL_RMS


def db(ratio: float) -> float:
    """20·log10 of an amplitude ratio, dB; floored at −200 dB."""
    return 20.0 * float(np.log10(max(ratio, 1e-10)))


def by_strength(given: float | None, weak: float, strong: float, strength: float) -> float:
    """An explicit parameter, or the point between ``weak`` (strength 0) and ``strong`` (strength 1)."""
    return float(weak + (strong - weak) * strength) if given is None else float(given)


def one_pole(x: NDArray[np.floating], keep: float) -> NDArray[np.float64]:
    """``x`` (n,) smoothed: y[i] = keep · y[i − 1] + (1 − keep) · x[i], from y = 0."""
    from scipy.signal import lfilter

    return np.asarray(lfilter([1 - keep], [1, -keep], x))
