"""Speech with phoneme times from espeak-ng's library, and music, effects and mixing made of numpy alone."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

RATE = 48_000  # samples/s
TARGET_LUFS = -23.0  # EBU R128
PEAK = 10 ** (-4.0 / 20)  # full scale; 4 dB of room for what AAC adds
Sound = NDArray[np.float64]

PHONEME_EVENT, END = 7, 0  # espeak_EVENT_TYPE
SYNCHRONOUS, PHONEME_EVENTS, UTF8 = 2, 1, 1


class Phoneme(NamedTuple):
    """A sound of speech at ``t`` seconds; ``_`` and ``_:`` are pauses."""

    t: float
    name: str


class Line(NamedTuple):
    """One sentence as spoken: when it starts and ends, seconds, and its text."""

    start: float
    end: float
    text: str


class _Name(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("uid", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("id", _Name),
    ]


class Voice:
    """espeak-ng through its shared library, which (unlike its command) tells when each phoneme sounds."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL("libespeak-ng.so.1")
        self._rate = int(self._lib.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS))
        self._pieces: list[NDArray[np.int16]] = []
        self._events: list[Phoneme] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
        self._callback = kind(self._collect)
        self._lib.espeak_SetSynthCallback(self._callback)

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if wave and count:
            self._pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        i = 0
        while events[i].type != END:
            if events[i].type == PHONEME_EVENT:
                self._events.append(Phoneme(events[i].audio_position / 1000, events[i].id.string.decode()))
            i += 1
        return 0

    def say(self, text: str, voice: str, words_per_minute: int, pitch: int) -> tuple[Sound, list[Phoneme]]:
        """One sentence as mono sound (n,) at RATE, trimmed of its final pause, and its phonemes."""
        self._pieces.clear()
        self._events.clear()
        self._lib.espeak_SetVoiceByName(voice.encode())
        self._lib.espeak_SetParameter(1, words_per_minute, 0)
        self._lib.espeak_SetParameter(3, pitch, 0)
        raw = text.encode()
        self._lib.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, UTF8, None, None)
        self._lib.espeak_Synchronize()
        wave = resample_poly(np.concatenate(self._pieces) / 32768.0, RATE, self._rate)
        heard = np.flatnonzero(np.abs(wave) > 0.004)
        return wave[: heard[-1] + RATE // 20], list(self._events)


def speak(
    sentences: Sequence[tuple[float, str]],
    voice: str,
    seconds: float,
    words_per_minute: int = 160,
    pitch: int = 50,
) -> tuple[Sound, list[Phoneme], list[Line]]:
    """Sentences at their times on one track (n,), with every phoneme and each sentence's span."""
    track, phonemes, lines = np.zeros(round(seconds * RATE)), list[Phoneme](), list[Line]()
    voice_box = Voice()
    for start, text in sentences:
        wave, spoken = voice_box.say(text, voice, words_per_minute, pitch)
        first = round(start * RATE)
        stop = first + len(wave)
        if stop > len(track) or (lines and start < lines[-1].end):
            raise ValueError(f"no room for {text!r} at {start:g} s: it would end at {stop / RATE:.2f} s")
        track[first:stop] += wave * fade(len(wave), 0.004, 0.03)
        phonemes += [Phoneme(start + p.t, p.name) for p in spoken]
        lines.append(Line(start, stop / RATE, text))
    return np.asarray(sosfilt(butter(2, 70, "high", fs=RATE, output="sos"), track)), phonemes, lines


def fade(n: int, attack: float, release: float) -> Sound:
    """A gain curve (n,): raised-cosine rise over ``attack`` s and fall over ``release`` s."""
    t = np.arange(n) / RATE
    rise = np.clip(t / max(attack, 1e-9), 0, 1)
    fall = np.clip((n / RATE - t) / max(release, 1e-9), 0, 1)
    return np.asarray((0.5 - 0.5 * np.cos(np.pi * rise)) * (0.5 - 0.5 * np.cos(np.pi * fall)))


def _note(midi: float, seconds: float, partials: Sequence[float], decay: float, rng: np.random.Generator) -> Sound:
    t = np.arange(round(seconds * RATE)) / RATE
    hz = 440 * 2 ** ((midi - 69) / 12)
    tone = np.zeros_like(t)
    for k, level in enumerate(partials, start=1):
        drift = 1 + rng.normal(0, 4e-4)
        tone += level * np.sin(2 * np.pi * hz * k * drift * t + rng.uniform(0, 2 * np.pi)) * np.exp(-decay * k**0.5 * t)
    return tone


def _pan(mono: Sound, side: float) -> Sound:
    angle = (side + 1) * np.pi / 4
    return np.stack([mono * np.cos(angle), mono * np.sin(angle)], 1)


def music(seconds: float, chords: Sequence[Sequence[int]], beat: float, seed: int) -> Sound:
    """Pads, a plucked arpeggio, a bass and a soft brush, played with small human differences; stereo (n, 2)."""
    rng = np.random.default_rng(seed)
    out = np.zeros((round(seconds * RATE) + 8 * RATE, 2))

    def add(at: float, mono: Sound, side: float, gain: float) -> None:
        first = round(at * RATE)
        piece = _pan(mono, side) * gain
        out[first : first + len(piece)] += piece[: len(out) - first]

    bar = 4 * beat
    for b in range(int(np.ceil(seconds / bar))):
        chord = chords[b % len(chords)]
        for i, midi in enumerate(chord):
            pad = _note(midi, bar * 1.25, (1, 0.5, 0.28, 0.12, 0.06), 0.15, rng)
            add(b * bar, pad * fade(len(pad), 0.5, 0.9), (-0.7, 0.7, -0.3, 0.4)[i % 4], 0.05)
        bass = _note(chord[0] - 12, bar * 0.95, (1, 0.35, 0.1), 0.9, rng)
        add(b * bar, bass * fade(len(bass), 0.02, 0.2), 0.05, 0.12)
        for step in range(8):
            at = b * bar + step * beat / 2 + rng.uniform(0, 0.012)
            pluck = _note(chord[(step * 3) % len(chord)] + 12, 1.4, (1, 0.6, 0.3, 0.2, 0.1), 3.5, rng)
            add(at, pluck * fade(len(pluck), 0.006, 0.3), 0.8 * np.sin(step + b), 0.05 * rng.uniform(0.7, 1.1))
            brush = np.asarray(sosfilt(butter(2, [3000, 9000], "band", fs=RATE, output="sos"), rng.normal(0, 1, 7000)))
            add(at, brush * fade(7000, 0.012, 0.12) * np.exp(-np.arange(7000) / 1600), 0.3, 0.012 + 0.012 * (step % 2))
    return room(out[: round(seconds * RATE)], 0.9, 0.35, seed)


def whoosh(seconds: float, seed: int) -> Sound:
    """Air passing from left to right; stereo (n, 2)."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE)
    air = np.asarray(sosfilt(butter(2, [250, 2400], "band", fs=RATE, output="sos"), rng.normal(0, 1, n)))
    shape = np.sin(np.pi * np.arange(n) / n) ** 3
    side = np.linspace(0, 1, n)
    return np.stack([air * shape * np.sqrt(1 - side), air * shape * np.sqrt(side)], 1) * 0.25


def room(dry: Sound, seconds: float, wet: float, seed: int) -> Sound:
    """``dry`` (n, 2) in a room: a decaying, low-passed stereo noise tail."""
    rng = np.random.default_rng(seed + 1)
    n = round(seconds * RATE)
    tail = rng.normal(0, 1, (n, 2)) * np.exp(-6.9 * np.arange(n) / n)[:, None]
    tail = np.asarray(sosfilt(butter(1, 4500, fs=RATE, output="sos"), tail, axis=0))
    tail /= np.sqrt((tail**2).sum(0))
    return np.asarray(dry + wet * fftconvolve(dry, tail, axes=0)[: len(dry)])


def mix(speech: Sound, bed: Sound, seed: int, bed_under_speech_db: float = -9.0) -> Sound:
    """Speech in a small room over a bed that ducks under it, at TARGET_LUFS, peaks below PEAK; stereo (n, 2)."""
    import pyloudnorm

    voice = room(np.stack([speech, speech * 0.97], 1), 0.35, 0.12, seed)
    active = np.convolve(np.abs(speech) > 0.01, np.ones(RATE // 4) / (RATE // 4), "same") > 0.02
    depth = np.convolve(active.astype(float), np.hanning(RATE // 2) / np.hanning(RATE // 2).sum(), "same")
    meter = pyloudnorm.Meter(RATE)
    if np.any(speech):
        voice *= 10 ** ((TARGET_LUFS - meter.integrated_loudness(voice)) / 20)
    bed = bed * 10 ** ((TARGET_LUFS - 1 - meter.integrated_loudness(bed)) / 20)
    both = voice + bed * 10 ** (depth * bed_under_speech_db / 20)[:, None]
    both *= fade(len(both), 0.4, 0.8)[:, None]
    for _ in range(4):
        both *= 10 ** ((TARGET_LUFS - meter.integrated_loudness(both)) / 20)
        both = np.where(
            np.abs(both) > PEAK / 2, np.sign(both) * PEAK * (0.5 + 0.5 * np.tanh(np.abs(both) / PEAK * 2 - 1)), both
        )
    return both
