"""Runs the artifact network over a sound in half-second steps, and measures beside it what may explain its word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Curve, Signal
from vqa_toolkit.measures.ahead import Ahead
from vqa_toolkit.measures.clicks import CONTEXT_S, find_clicks
from vqa_toolkit.measures.damage import beside_tone, flat_top_share, levels, steady_noise
from vqa_toolkit.measures.hum import mains
from vqa_toolkit.measures.hum_lines import DOWN, LOST, LineScan, lowered
from vqa_toolkit.measures.hum_tracks import TrackScan
from vqa_toolkit.measures.sliding import Sliding, Window

if TYPE_CHECKING:
    from vqa_toolkit.models.artifact_net import ArtifactNet

NET_RATE = 32_000  # samples/s, the network's
WINDOW, HOP = NET_RATE, NET_RATE // 2
STEP_S = 0.5
BATCH = 24  # windows × channels that the network sees at once; fixed, so that results do not depend on chunks
THREADS = 4  # that hear at once at most: more would only wait for the decoder, and hold sound
EDGE_S = 0.03  # s before the end of a run in which nothing is called a click: the end itself is one
OFFSET = 0.01  # of full scale: a larger mean is another detector's business, and is taken out
LEAST_OWN = 0.6  # of the last window must be sound of its own, else it says nothing new
ARTIFACTS = ("hum", "hiss", "distortion", "clicks")
CLASSES = ("none", *ARTIFACTS)
PARALLEL = Axis("class", "", tuple(float(i) for i in range(len(CLASSES))))


class NetScan:
    """Probabilities and mains lines per half-second cell, from sound at 32 kHz.

    An artifact's probability in a cell is the geometric mean of those of the two windows (one second) that cover it, so
    that a cell beside a fault, which one of its windows misses, stays low. Class probabilities are plain means.
    """

    def __init__(self, channels: int, device: str) -> None:
        axis = Axis("channel", "", tuple(float(c) for c in range(channels)))
        self._sliding = Sliding(WINDOW, HOP, NET_RATE)
        self._waiting: list[Window] = []
        self._size = max(1, math.ceil(BATCH / channels))
        self._device = device
        self._net: ArtifactNet | None = None
        self._ahead: Ahead[tuple[list[float], NDArray[np.float32]]] | None = None
        self._last: tuple[float, NDArray[np.float32]] | None = None
        self._lines, self._tracks = LineScan(channels), TrackScan(channels)
        self.curves = {name: Curve(name, "probability", (axis,)) for name in ARTIFACTS}
        self.classes = Curve("classes", "probability", (axis, PARALLEL))
        self.hz = Curve("mains_hz", "Hz", (axis,))
        self.line = Curve("mains_over", "dB", (axis,))

    def push(self, t: NDArray[np.float64], x: NDArray[np.float32]) -> None:
        """Samples (n, channels) at 32 kHz and their times."""
        self._take(self._sliding.push(t, x))
        self._lines.push(t, x)
        self._tracks.push(t, x)

    def close(self) -> None:
        """The end of the sound."""
        self._take(self._sliding.close())
        self._run()
        if self._ahead is not None:
            self._note(self._ahead.close())
        self._emit_last()
        self._lines.close()
        self._tracks.close()

    @property
    def seconds(self) -> float:
        """Processor time that the threads which hear have taken, as far as they have answered."""
        return self._ahead.seconds if self._ahead is not None else 0.0

    def _take(self, windows: Iterable[Window]) -> None:
        for window in windows:
            if window.own >= LEAST_OWN * WINDOW:
                self._waiting.append(window)
            if len(self._waiting) >= self._size:
                self._run()

    def _run(self) -> None:
        if not self._waiting:
            return
        ahead = self._ahead or self._begin()
        for windows in unbroken(self._waiting):
            first, *others = (w.samples.T for w in windows)
            wave = np.concatenate([first, *(x[:, HOP:] for x in others)], axis=1)
            self._note(ahead.push(partial(self._hear, [w.start for w in windows], wave)))
        self._waiting.clear()

    def _begin(self) -> Ahead[tuple[list[float], NDArray[np.float32]]]:
        """Load the network, and start a thread for each core that torch would use, up to :data:`THREADS`; a GPU is fed by one."""
        import torch

        from vqa_toolkit.models.artifact_net import load_artifact_net, readied
        from vqa_toolkit.models.precision import one_thread

        self._net = readied(load_artifact_net(), self._device)
        self._ahead = Ahead(min(torch.get_num_threads(), THREADS) if self._device == "cpu" else 1, one_thread)
        return self._ahead

    def _hear(self, starts: list[float], wave: NDArray[np.float32]) -> tuple[list[float], NDArray[np.float32]]:
        """The windows of one unbroken wave (channels, n): where they start, and what is heard (channels, windows, 11)."""
        mean = wave.mean(axis=1, keepdims=True)
        flat, place = distinct(wave - np.where(np.abs(mean) > OFFSET, mean, 0.0).astype(np.float32))
        size = WINDOW // DOWN - LOST
        low = np.lib.stride_tricks.sliding_window_view(lowered(flat), size, axis=1)[:, :: HOP // DOWN]
        lines = mains(low.reshape(-1, size))
        parts: list[NDArray[Any]] = [*self._probabilities(flat), lines.f0_hz[:, None], lines.over_db[:, None]]
        facts = np.concatenate(parts, axis=1).reshape(len(flat), len(starts), -1).astype(np.float32)
        return starts, facts[place]

    def _note(self, heard: Iterable[tuple[list[float], NDArray[np.float32]]]) -> None:
        for starts, facts in heard:
            for k, start in enumerate(starts):
                self._place(start, facts[:, k])

    def _probabilities(self, waves: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        import torch

        from vqa_toolkit.models.precision import autocast

        assert self._net is not None  # loaded before any work was given
        with torch.inference_mode(), autocast(self._device):
            classes, artifacts = self._net.probabilities(torch.from_numpy(waves).to(self._device))
        return classes.cpu().numpy(), artifacts.cpu().numpy()

    def _place(self, start: float, row: NDArray[np.float32]) -> None:
        """A window's facts (channels, 11) count for its first half together with the window before, if that touches it."""
        held, self._last = self._last, (start, row)
        if held is None:
            self._emit(start, row)
        elif abs(held[0] + STEP_S - start) < 0.01:
            n = len(CLASSES)
            both = [(row[:, :n] + held[1][:, :n]) / 2, np.sqrt(row[:, n:-2] * held[1][:, n:-2]), row[:, -2:]]
            self._emit(start, np.concatenate(both, axis=1))
        else:
            self._emit(held[0] + STEP_S, held[1])
            self._emit(start, row)

    def _emit_last(self) -> None:
        if self._last is not None:
            self._emit(self._last[0] + STEP_S, self._last[1])
            self._last = None

    def _emit(self, start: float, row: NDArray[np.float32]) -> None:
        end, n = start + STEP_S, len(CLASSES)
        self.classes.extend([start], row[None, :, :n], end)
        for i, name in enumerate(ARTIFACTS):
            self.curves[name].extend([start], row[None, :, n + i], end)
        self.hz.extend([start], row[None, :, -2], end)
        self.line.extend([start], row[None, :, -1], end)

    def signals(self) -> list[Signal]:
        """Everything so far."""
        curves = (*self.curves.values(), self.classes, self.hz, self.line, self._lines.curve, self._tracks.curve)
        return [c.signal() for c in curves]


def unbroken(windows: Sequence[Window]) -> list[list[Window]]:
    """Windows in runs in which each begins with the second half of the one before it."""
    runs: list[list[Window]] = []
    for window in windows:
        if runs and np.array_equal(runs[-1][-1].samples[HOP:], window.samples[:HOP], equal_nan=True):
            runs[-1].append(window)
        else:
            runs.append([window])
    return runs


def distinct(wave: NDArray[np.float32]) -> tuple[NDArray[np.float32], list[int]]:
    """A wave (channels, n) without the channels that repeat the first (dual mono costs half), and where each went."""
    kept, place = [0], [0]
    for c in range(1, len(wave)):
        if np.array_equal(wave[c], wave[0]):
            place.append(0)
        else:
            place.append(len(kept))
            kept.append(c)
    return np.ascontiguousarray(wave[kept]), place


class WaveScan:
    """Clicks, flat tops, level and noise floor at the sound's own rate; the floor of its second difference is the treble's."""

    def __init__(self, channels: int, rate: int) -> None:
        axis = Axis("channel", "", tuple(float(c) for c in range(channels)))
        self.rate, self.pad = rate, round(CONTEXT_S * rate)
        self._sliding = Sliding(rate + 2 * self.pad, rate, rate, pad=self.pad)
        self.flat = Curve("flat_tops", "share of samples", (axis,))
        self.tone = Curve("beside_tone", "dB", (axis,))
        self.level = Curve("level", "dBFS", (axis,))
        self.floor = Curve("noise_floor", "dBFS", (axis,))
        self.noise = Curve("steady_noise", "dBFS", (axis,))
        self.treble = Curve("treble_floor", "dBFS", (axis,))
        self._clicks: list[tuple[float, int, float, float]] = []

    def push(self, t: NDArray[np.float64], x: NDArray[np.float32]) -> None:
        """Samples (n, channels) at the native rate and their times."""
        for window in self._sliding.push(t, x):
            self._measure(window)

    def close(self) -> None:
        """The end of the sound."""
        for window in self._sliding.close():
            self._measure(window)

    def _measure(self, window: Window) -> None:
        last = min(window.own, self.rate + self.pad)
        sure = last - (round(EDGE_S * self.rate) if window.own < len(window.samples) else 0)
        for c in range(window.samples.shape[1]):
            for click in find_clicks(window.samples[:, c], self.rate):
                if click.sample < sure:
                    self._clicks.append((window.start + click.sample / self.rate, c, click.over_db, click.rise_db))
        half = round(STEP_S * self.rate)
        firsts = list(range(self.pad, last - half // 4, half))
        whole = [first for first in firsts if first + half <= last]
        for group in (whole, [first for first in firsts if first not in whole]):
            if group:
                self._levels(window, group, min(group[0] + half, last) - group[0])

    def _levels(self, window: Window, firsts: Sequence[int], size: int) -> None:
        """Pieces of ``size`` samples that begin at ``firsts`` in a window, measured as if all were channels of one."""
        pieces = np.concatenate([window.samples[first : first + size] for first in firsts], axis=1)
        level = levels(pieces, self.rate)
        starts = [window.start + first / self.rate for first in firsts]
        for curve, values in (
            (self.flat, flat_top_share(pieces)), (self.tone, beside_tone(pieces)), (self.level, level.rms), (self.floor, level.floor),
            (self.noise, steady_noise(pieces)), (self.treble, levels(np.diff(pieces, n=2, axis=0), self.rate).floor),
        ):  # fmt: skip
            curve.extend(starts, values.reshape(len(firsts), -1), starts[-1] + size / self.rate)

    def signals(self) -> list[Signal]:
        """Levels and shares per half second, and ``click_events`` (m, 3): channel, dB over the neighbourhood, rise in dB."""
        rows = sorted(self._clicks)
        t = np.array([r[0] for r in rows], dtype=np.float64)
        v = np.array([r[1:] for r in rows], dtype=np.float32).reshape(-1, 3)
        events = Signal(
            "click_events",
            "channel, dB, dB",
            t,
            v,
            (Axis("field", "", (0.0, 1.0, 2.0)),),
            float(t[-1]) if len(t) else math.nan,
        )
        return [*(c.signal() for c in (self.flat, self.tone, self.level, self.floor, self.noise, self.treble)), events]


def finite(x: NDArray[Any]) -> tuple[NDArray[np.float32], int]:
    """Samples with what is no number set to 0 and the rest kept within ± 4 of full scale, and how many there were."""
    bad = int(np.count_nonzero(~np.isfinite(x)))
    return np.clip(np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0), -4.0, 4.0).astype(np.float32), bad
