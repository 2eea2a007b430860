"""Procedural sounds: speech in a room, and those that fool audio detectors (drums, applause, rain, bass, engines …).

Each maker gives (n,) float32 at ``rate``; :func:`spread` makes channels of it and brings it to −23 LUFS.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.scenes.loud import at_programme_level
from vqa_toolkit.simulate.scenes.voice import Mono, voice

Sound = NDArray[np.float32]
Maker = Callable[[float, int, int], Mono]

ROOM_DB = -58.0  # room tone under everything, dB re full scale RMS: quiet, but no digital silence
REFLECTIONS_S = ((0.0071, 0.0113), (0.0173, 0.0139))  # early reflections left and right: a room, not dual mono


def _time(duration: float, rate: int) -> NDArray[np.float64]:
    return np.arange(round(duration * rate)) / rate


def _events(duration: float, rate: int, rng: np.random.Generator, per_s: float) -> NDArray[np.int64]:
    count = int(rng.poisson(per_s * duration))
    return np.sort(rng.integers(0, max(1, round(duration * rate)), count))


def _filtered(noise: NDArray[np.float64], rate: int, low: float, high: float) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(noise)
    f = np.fft.rfftfreq(len(noise), 1 / rate)
    spectrum *= 1 / (1 + (low / np.maximum(f, 1e-3)) ** 4) / (1 + (f / high) ** 4)
    return np.fft.irfft(spectrum, n=len(noise))


def speech(duration: float, rate: int, seed: int) -> Mono:
    """A man speaking."""
    return voice(duration, rate, seed)


def percussion(duration: float, rate: int, seed: int) -> Mono:
    """Kick, snare, hi-hat and claves at 120 bpm: sharp attacks that are music, not clicks."""
    rng = np.random.default_rng([seed, 1])
    out = np.zeros(round(duration * rate))
    hit = _time(0.3, rate)
    kinds = {
        "kick": np.sin(2 * np.pi * (50 * hit + 4 * (1 - np.exp(-hit * 30)))) * np.exp(-hit * 14),
        "snare": (0.5 * np.sin(2 * np.pi * 185 * hit) + rng.standard_normal(len(hit)) * 0.4) * np.exp(-hit * 22),
        "hat": np.diff(rng.standard_normal(len(hit) + 1)) * 0.3 * np.exp(-hit * 70),
        "clave": np.sin(2 * np.pi * 2500 * hit) * 0.5 * np.exp(-hit * 60),
    }
    for step in range(int(duration * 8)):
        playing = ["hat"] + (["kick"] if step % 8 in (0, 5) else []) + (["snare"] if step % 8 == 4 else [])
        playing += ["clave"] if step % 16 in (3, 6, 10) else []
        first = round(step / 8 * rate)
        for kind in playing:
            tail = out[first : first + len(hit)]
            tail += kinds[kind][: len(tail)] * rng.uniform(0.7, 1.0)
    return out.astype(np.float32)


def applause(duration: float, rate: int, seed: int) -> Mono:
    """Hundreds of hand claps a second, each a short resonant burst."""
    rng = np.random.default_rng([seed, 2])
    out = np.zeros(round(duration * rate) + rate)
    t = _time(0.03, rate)
    claps = [
        np.sin(2 * np.pi * f * t) * rng.standard_normal(len(t)) * np.exp(-t * 180) for f in rng.uniform(600, 2400, 24)
    ]
    for at in _events(duration, rate, rng, 350):
        out[at : at + len(t)] += claps[int(rng.integers(24))] * rng.uniform(0.1, 1.0)
    return out[: round(duration * rate)].astype(np.float32)


def rain(duration: float, rate: int, seed: int) -> Mono:
    """Steady broadband rain with single drops: weather, not hiss."""
    rng = np.random.default_rng([seed, 3])
    t = _time(duration, rate)
    bed = _filtered(rng.standard_normal(len(t)), rate, 400, 7000) * (1 + 0.25 * np.sin(2 * np.pi * 0.4 * t + 1))
    drop = _time(0.02, rate)
    for at in _events(duration, rate, rng, 45):
        tail = bed[at : at + len(drop)]
        tail += (np.sin(2 * np.pi * rng.uniform(1500, 5000) * drop) * np.exp(-drop * 300))[: len(tail)] * rng.uniform(
            0.5, 3
        )
    return (0.2 * bed).astype(np.float32)


def bass(duration: float, rate: int, seed: int) -> Mono:
    """A bass line around 50 and 60 Hz that changes its note twice a second: music, not hum."""
    rng = np.random.default_rng([seed, 4])
    t = _time(duration, rate)
    notes = rng.choice([41.2, 46.2, 49.0, 51.9, 55.0, 58.3, 61.7, 65.4], size=int(duration * 2) + 1)
    step = np.minimum((t * 2).astype(int), len(notes) - 1)
    phase = np.cumsum(notes[step]) / rate
    plucked = np.exp(-((t * 2) % 1.0) * 2.2)
    tone = sum(np.sin(2 * np.pi * k * phase) / k**1.3 for k in range(1, 7))
    return np.asarray(0.4 * plucked * tone, dtype=np.float32)


def engine(duration: float, rate: int, seed: int) -> Mono:
    """A motor whose speed rises and falls: harmonic and low, but never steady."""
    rng = np.random.default_rng([seed, 5])
    t = _time(duration, rate)
    phase = np.cumsum(62 + 26 * np.sin(2 * np.pi * 0.23 * t) + 5 * np.sin(2 * np.pi * 1.7 * t)) / rate
    tone = sum(np.sin(2 * np.pi * k * phase + k) / k**0.8 for k in range(1, 15))
    return np.asarray(0.15 * tone + 0.06 * _filtered(rng.standard_normal(len(t)), rate, 100, 1800), dtype=np.float32)


def square_wave(duration: float, rate: int, seed: int) -> Mono:
    """A chip tune of band-limited square waves: flat tops on purpose."""
    rng = np.random.default_rng([seed, 6])
    t = _time(duration, rate)
    notes = rng.choice([261.6, 293.7, 329.6, 392.0, 440.0, 523.3], size=int(duration * 5) + 1)
    step = np.minimum((t * 5).astype(int), len(notes) - 1)
    phase = np.cumsum(notes[step]) / rate
    tone = sum(np.sin(2 * np.pi * k * phase) / k for k in range(1, 22, 2))
    return (0.4 * tone * np.minimum(1.0, 12 * (1 - (t * 5) % 1.0))).astype(np.float32)


def guitar(duration: float, rate: int, seed: int) -> Mono:
    """Power chords through an overdriven amplifier and its speaker: distortion that is the instrument."""
    rng = np.random.default_rng([seed, 7])
    t = _time(duration, rate)
    roots = rng.choice([82.4, 98.0, 110.0, 123.5], size=int(duration * 2) + 1)
    phase = np.cumsum(roots[np.minimum((t * 2).astype(int), len(roots) - 1)]) / rate
    strings = sum(np.sin(2 * np.pi * k * r * phase) / k for r in (1.0, 1.498, 2.0) for k in range(1, 9))
    driven = np.tanh(4.0 * strings * np.exp(-((t * 2) % 1.0) * 1.2))
    return (0.3 * _filtered(driven, rate, 90, 4200)).astype(np.float32)


def music(duration: float, rate: int, seed: int) -> Mono:
    """Slow chords of decaying partials."""
    rng = np.random.default_rng([seed, 8])
    t = _time(duration, rate)
    out = np.zeros(len(t))
    for start in np.arange(0, duration, 0.75):
        since = t - start
        for root in rng.choice([220.0, 261.6, 293.7, 329.6, 392.0, 440.0], 3, replace=False):
            ring = np.where(
                since >= 0, np.exp(-np.maximum(since, 0) * 2.5) * np.minimum(1, np.maximum(since, 0) * 60), 0.0
            )
            out += ring * sum(np.sin(2 * np.pi * k * root * since) / k**1.8 for k in (1, 2, 3, 4, 6))
    return (0.1 * out).astype(np.float32)


def surf(duration: float, rate: int, seed: int) -> Mono:
    """Waves on a beach: noise that swells and ebbs."""
    rng = np.random.default_rng([seed, 9])
    t = _time(duration, rate)
    swell = 0.15 + 0.85 * np.sin(np.pi * t / 3.5 + rng.uniform(0, 3)) ** 4
    return (0.3 * swell * _filtered(rng.standard_normal(len(t)), rate, 60, 3000)).astype(np.float32)


MAKERS: dict[str, Maker] = {
    "speech": speech, "percussion": percussion, "applause": applause, "rain": rain, "bass": bass, "engine": engine,
    "square_wave": square_wave, "guitar": guitar, "music": music, "surf": surf,
}  # fmt: skip


def spread(mono: Mono, rate: int, channels: int, seed: int) -> Sound:
    """``mono`` in a room: (n, channels) float32 at −23 LUFS, channels alike but neither identical nor empty."""
    rng = np.random.default_rng([seed, 99])
    out = np.repeat(mono[:, None], channels, axis=1).astype(np.float32)
    for channel in range(channels if channels > 1 else 0):
        for n, gain in enumerate((0.32, 0.2)):
            delay = round(REFLECTIONS_S[channel % 2][n] * rate * (1 + 0.31 * (channel // 2)))
            if 0 < delay < len(mono):
                out[delay:, channel] += gain * mono[:-delay] * (-1) ** (channel + n)
    if channels == 6:  # front left/right carry the room, centre the voice, LFE a rumble, surrounds the room again
        out *= np.array([0.5, 0.5, 1.0, 0.12, 0.3, 0.3], dtype=np.float32)
    out = at_programme_level(out, rate)
    tone = rng.standard_normal((len(mono) + 2, channels)).astype(np.float32)
    tone = (tone[:-2] + 2 * tone[1:-1] + tone[2:]) / np.float32(6**0.5)  # darker than white, as rooms are
    return (out + tone * np.float32(10 ** (ROOM_DB / 20))).astype(np.float32)
