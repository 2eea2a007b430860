"""Speech activity: the silero-vad network (its bundled weights) evaluated with NumPy, window by window."""

from __future__ import annotations

from collections import deque
from copy import copy
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Chunk, Curve, Need, Signal, View
from vqa_toolkit.errors import WeightsError
from vqa_toolkit.media.captions import CaptionTrack

RATE = 16_000  # samples/s that the network was trained at
WINDOW = 512  # samples per answer: 32 ms
CONTEXT = 64  # samples of the window before that each window also sees
REFLECTED = 64  # samples mirrored at the window's end
HOP, TAPS, BINS = 128, 256, 129  # of the learned short-time transform
UNITS = 128  # of the recurrent layer
SOUND, CAPTIONS = Need("audio", rate=RATE, mono=True), Need("captions")
WEIGHTS = Path("data", "silero_vad_16k.safetensors")

Floats = NDArray[np.float32]


@cache
def _weights() -> dict[str, Floats]:
    """The network's arrays; the package itself is not imported, because that would load torch and set its threads."""
    found = find_spec("silero_vad")
    places = list(found.submodule_search_locations or ()) if found else []
    path = Path(places[0]) / WEIGHTS if places else WEIGHTS
    if not path.is_file():
        raise WeightsError(f"the speech detector's weights {path.name} are missing. Install the package silero-vad.")
    from safetensors.numpy import load_file

    loaded: dict[str, Floats] = load_file(path)
    return loaded


class SpeechActivity:
    """Probability of speech per 32-ms window of mono sound at 16 kHz; it remembers what came before.

    Windows are samples [512 k, 512 k + 512) of everything pushed; the answer does not depend on how it was cut.
    Source: Silero Team, silero-vad 6 (MIT), model ``silero_vad_16k``.
    """

    def __init__(self) -> None:
        self._w = _weights()
        self._before: Floats = np.zeros(CONTEXT, dtype=np.float32)
        self._h: Floats = np.zeros(UNITS, dtype=np.float32)
        self._c: Floats = np.zeros(UNITS, dtype=np.float32)

    def push(self, samples: Floats) -> Floats:
        """``samples`` (512 k,) in [-1, 1] → probabilities (k,) in [0, 1].

        Raises:
            ValueError: when the length is no multiple of 512.
        """
        if len(samples) % WINDOW:
            raise ValueError(f"samples must come in windows of {WINDOW}, got {len(samples)}")
        count = len(samples) // WINDOW
        if not count:
            return np.empty(0, dtype=np.float32)
        line = np.concatenate([self._before, samples.astype(np.float32)])
        self._before = line[-CONTEXT:]
        seen = np.lib.stride_tricks.sliding_window_view(line, CONTEXT + WINDOW)[::WINDOW]
        seen = np.concatenate([seen, seen[:, -2 : -2 - REFLECTED : -1]], axis=1)
        return self._recur(self._encode(seen))

    def _encode(self, windows: Floats) -> Floats:
        """(k, 640) samples → (k, 128) features: learned spectrum, then four convolutions."""
        w = self._w
        frames = np.lib.stride_tricks.sliding_window_view(windows, TAPS, axis=1)[:, ::HOP]
        bands = frames @ w["stft_conv.weight"][:, 0].T
        x = np.sqrt(bands[..., :BINS] ** 2 + bands[..., BINS:] ** 2)
        for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
            x = _convolve(x, w[f"{name}.weight"], w[f"{name}.bias"], stride)
        return x[:, 0]

    def _recur(self, features: Floats) -> Floats:
        w = self._w
        given = features @ w["lstm_cell.weight_ih"].T + w["lstm_cell.bias_ih"] + w["lstm_cell.bias_hh"]
        again = np.ascontiguousarray(w["lstm_cell.weight_hh"])
        out = np.empty((len(given), UNITS), dtype=np.float32)
        for k, row in enumerate(given):
            gates = row + again @ self._h
            i, f, o = (_sigmoid(gates[n * UNITS : (n + 1) * UNITS]) for n in (0, 1, 3))
            self._c = f * self._c + i * np.tanh(gates[2 * UNITS : 3 * UNITS])
            self._h = o * np.tanh(self._c)
            out[k] = self._h
        last = np.maximum(out, 0) @ w["final_conv.weight"][0, :, 0] + w["final_conv.bias"][0]
        return _sigmoid(last)


class _State(NamedTuple):
    """What is carried from view to view: the network's memory, and samples (with their times) short of a window."""

    activity: SpeechActivity
    t: NDArray[np.float64]
    rest: Floats


class _Step(NamedTuple):
    """``before`` and the samples of one view gave ``after`` and the windows: times, probabilities and when they end."""

    before: _State
    data: ReferenceType[NDArray[Any]]
    after: _State
    windows: tuple[NDArray[np.float64], Floats, float]


_RECENT: deque[_Step] = deque(maxlen=4)  # detectors that listen to the same views share the network's answers


@cache
def _start() -> _State:
    return _State(SpeechActivity(), np.empty(0), np.empty(0, dtype=np.float32))


def _step(before: _State, view: View) -> _Step:
    """One view on from ``before``; the very same view after the very same state is not computed twice."""
    for known in tuple(_RECENT):
        if known.before is before and known.data() is view.data:
            return known
    mono = np.nan_to_num(np.asarray(view.data, dtype=np.float32)[:, 0], nan=0.0, posinf=1.0, neginf=-1.0)
    t, rest = np.concatenate([before.t, view.t]), np.concatenate([before.rest, mono])
    size = len(rest) // WINDOW * WINDOW
    activity = copy(before.activity)  # its arrays are replaced, never written to
    end = float(t[size]) if size < len(t) else view.end
    windows = (t[:size:WINDOW].copy(), activity.push(rest[:size]), end)
    made = _Step(before, ref(view.data), _State(activity, t[size:].copy(), rest[size:].copy()), windows)
    _RECENT.append(made)
    return made


class CaptionedSpeech:
    """What is heard beside captions: the caption ``tracks``, and speech from mono sound at 16 kHz."""

    def __init__(self) -> None:
        self.tracks: tuple[CaptionTrack, ...] = ()
        self._state = _start()
        self._curve = Curve("speech", "probability")

    def update(self, chunk: Chunk) -> None:
        """Keep the tracks; measure every whole window of sound; what is left over waits for more."""
        captions, sound = chunk.view(CAPTIONS), chunk.view(SOUND)
        if captions is not None:
            self.tracks += tuple(captions.data)
        if sound is not None:
            made = _step(self._state, sound)
            self._state = made.after
            if len(made.windows[0]):
                self._curve.extend(*made.windows)

    def speech(self) -> Signal:
        """Signal ``speech`` (n,): probability of speech per 32-ms window."""
        return self._curve.signal()


def _convolve(x: Floats, weight: Floats, bias: Floats, stride: int) -> Floats:
    """Three-tap convolution over the middle axis of ``x`` (k, n, channels), one zero at both ends, then max(0, ·)."""
    padded = np.pad(x, ((0, 0), (1, 1), (0, 0)))
    taps = [padded[:, j : j + x.shape[1] : stride] @ weight[:, :, j].T for j in range(3)]
    out: Any = np.maximum(sum(taps) + bias, 0)
    return np.asarray(out, dtype=np.float32)


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -80, 80))), dtype=np.float32)
