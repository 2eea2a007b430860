"""Cuts a stream of samples into equal windows on a grid of its own, whatever the pieces it arrives in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GAP_SAMPLES = 1.5  # a step in time beyond this many sample periods starts a new run


class Window(NamedTuple):
    """Samples (size, channels), the time of the first one in seconds, and how many of them are the stream's own.

    ``own`` is smaller than the window only in the last one of a run; the rest of it is mirrored.
    """

    start: float
    samples: NDArray[np.float32]
    own: int


class Sliding:
    """Windows of ``size`` every ``hop`` samples; a gap in time ends a run and the next sample begins another.

    With ``pad`` the run's head is mirrored by so many samples, so that window k covers
    [k·hop − pad, k·hop − pad + size) of the run. What is left at the end of a run is mirrored to a full window.
    """

    def __init__(self, size: int, hop: int, rate: float, *, pad: int = 0) -> None:
        self.size, self.hop, self.rate, self.pad = size, hop, rate, pad
        self._clear()

    def _clear(self) -> None:
        self._held: list[NDArray[np.float32]] = []
        self._length = 0
        self._begin = 0.0  # time of the first held sample
        self._expected: float | None = None
        self._first = True

    def push(self, t: NDArray[np.float64], x: NDArray[np.float32]) -> Iterator[Window]:
        """Add samples (n, channels) at times (n,); yields every window that is now complete."""
        if not len(t):
            return
        step = np.diff(
            t, prepend=self._expected - 1 / self.rate if self._expected is not None else t[0] - 1 / self.rate
        )
        cuts = np.flatnonzero(np.abs(step - 1 / self.rate) > GAP_SAMPLES / self.rate)
        for a, b in zip([0, *cuts.tolist()], [*cuts.tolist(), len(t)], strict=True):
            if a in cuts:
                yield from self.close()
            if b > a:
                yield from self._extend(float(t[a]), float(t[b - 1]), x[a:b])

    def _extend(self, first: float, last: float, x: NDArray[np.float32]) -> Iterator[Window]:
        if self._first and not self._length:
            self._begin = first
        self._held.append(x)
        self._length += len(x)
        self._expected = last + 1 / self.rate
        if self._first and self._length > self.pad:
            self._mirror_head()
        while not self._first and self._length >= self.size:
            whole = self._joined()
            yield Window(self._begin, whole[: self.size], self.size)
            self._held, self._length = [whole[self.hop :]], self._length - self.hop
            self._begin += self.hop / self.rate

    def _mirror_head(self) -> None:
        whole = self._joined()
        if self.pad:
            whole = np.concatenate([whole[1 : self.pad + 1][::-1], whole])
            self._held, self._length = [whole], len(whole)
            self._begin -= self.pad / self.rate
        self._first = False

    def _joined(self) -> NDArray[np.float32]:
        if len(self._held) > 1:
            self._held = [np.concatenate(self._held)]
        return self._held[0]

    def close(self) -> Iterator[Window]:
        """End the run; yields what is left as a last window (none of a run no longer than ``pad``)."""
        if self._length > 1 and not self._first:
            own = min(self._length, self.size)
            mirrored = np.pad(self._joined(), ((0, self.size - own), (0, 0)), mode="reflect")
            yield Window(self._begin, mirrored[: self.size], own)
        self._clear()
