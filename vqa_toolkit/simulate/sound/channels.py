"""Wrong channels: inverted, identical, missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import Extent, SoundFault, param
from vqa_toolkit.simulate.sound._span import Samples, touched


def _need_two(name: str, audio: Samples, channel: int) -> None:
    if audio.ndim != 2 or audio.shape[1] < 2 or channel >= audio.shape[1]:
        have = audio.shape[1] if audio.ndim == 2 else 0
        raise FaultError(
            f"{name}: channel must be 0 to {max(have - 1, 0)} of a sound with two channels or more; it has {have}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase(SoundFault):
    """One channel inverted, so that a mono sum cancels. Strength mixes the channels towards mono first.

    Left and right become m ± (1 − strength)·s with m = (l + r)/2, s = (l − r)/2, then ``channel`` is negated: at 1 the
    two are exact opposites. Expected: correlation of the two channels afterwards, in [−1, 1].

    Raises:
        FaultError: when the sound has fewer than two channels.
    """

    name: ClassVar[str] = "phase"
    defect: ClassVar[str | None] = "phase"

    channel: int = param(1, unit="index", low=0, high=1, doc="which of the first two is inverted")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Invert; see the class."""
        _need_two(self.name, audio, 1)
        where = touched(self, audio, rate)
        out = audio.copy()
        pair = out[where.cut, :2]
        middle, side = pair.mean(axis=1), (pair[:, 0] - pair[:, 1]) / 2 * np.float32(1 - self.strength)
        pair = np.stack([middle + side, middle - side], axis=1)
        pair[:, self.channel] *= -1
        out[where.cut, :2] = pair
        power = np.sqrt(np.sum(pair[:, 0] ** 2, dtype=np.float64) * np.sum(pair[:, 1] ** 2, dtype=np.float64))
        product = float(np.sum(pair[:, 0] * pair[:, 1], dtype=np.float64))
        return out, Extent(where.start, where.end, expected={"correlation": product / max(float(power), 1e-12)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DualMono(SoundFault):
    """The second channel replaced by the first: false stereo. Strength has no effect. Expected: correlation = 1.

    Raises:
        FaultError: when the sound has fewer than two channels.
    """

    name: ClassVar[str] = "dual_mono"
    defect: ClassVar[str | None] = "channels"

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Copy the channel; see the class."""
        _need_two(self.name, audio, 1)
        where = touched(self, audio, rate)
        out = audio.copy()
        out[where.cut, 1] = out[where.cut, 0]
        return out, Extent(where.start, where.end, expected={"correlation": 1.0})


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingChannel(SoundFault):
    """One channel silent while others play. Strength has no effect. Expected: channel (index).

    Raises:
        FaultError: when the sound has fewer than two channels, or not this one.
    """

    name: ClassVar[str] = "missing_channel"
    defect: ClassVar[str | None] = "channels"

    channel: int = param(1, unit="index", low=0, high=63, doc="which channel is missing")

    def apply(self, audio: Samples, rate: int, rng: np.random.Generator) -> tuple[Samples, Extent]:
        """Remove the channel; see the class."""
        _need_two(self.name, audio, self.channel)
        where = touched(self, audio, rate)
        out = audio.copy()
        out[where.cut, self.channel] = 0.0
        return out, Extent(where.start, where.end, expected={"channel": float(self.channel)})
