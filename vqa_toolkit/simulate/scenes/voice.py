"""A voice from code: glottal pulses through formants, consonants of noise, phrases with pauses, and their captions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]

# Formants F1 F2 F3 in Hz of five vowels (Peterson & Barney 1952, men).
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
BANDWIDTHS = (80.0, 110.0, 160.0)  # Hz
SYLLABLE_S = (0.13, 0.26)
SHORTEST_S = 0.85  # captions of less than 5/6 s are too brief
PACE = 19.0  # characters/s: faster captions could not be read, a defect of their own
LINES = (
    "The train was late again.", "Nobody had told her why.", "We crossed the square at noon,", "and found the door open.",
    "What did the letter say?", "It said to wait until spring.", "Then we shall wait together.", "He never looked back.",
    "The river rose in the night.", "By morning it was gone.", "You can still hear the bells.", "Bring the lamp with you.",
)  # fmt: skip


class Phrase(NamedTuple):
    """One spoken phrase over [start, end) seconds and its words."""

    start: float
    end: float
    text: str


def phrases(duration: float, seed: int) -> list[Phrase]:
    """Phrases of 1.5–2.6 s with pauses of 0.35–0.8 s, the same for sound and captions."""
    rng = np.random.default_rng([seed, 71])
    found: list[Phrase] = []
    t = 0.3
    while t + SHORTEST_S + 0.1 < duration:
        end = min(t + float(rng.uniform(1.6, 2.6)), duration - 0.1)
        found.append(Phrase(round(t, 3), round(end, 3), _spoken(LINES[(len(found) + seed) % len(LINES)], end - t)))
        t = end + float(rng.uniform(0.35, 0.8))
    return found


def _spoken(line: str, seconds: float) -> str:
    """The words of ``line`` that fit into ``seconds``: a phrase that the end of the clip cuts short has fewer."""
    words = line.split()
    while len(words) > 1 and len(" ".join(words)) > PACE * seconds:
        words.pop()
    return " ".join(words)


def voice(duration: float, rate: int, seed: int, pitch: float = 118.0) -> Mono:
    """The phrases spoken, (n,) float32 with peaks near 0.5, exact silence between them; ``pitch`` in Hz."""
    rng = np.random.default_rng([seed, 72])
    out = np.zeros(round(duration * rate), dtype=np.float32)
    for phrase in phrases(duration, seed):
        t, stop = phrase.start, phrase.end
        while t < stop - 0.06:
            length = min(float(rng.uniform(*SYLLABLE_S)), stop - t)
            sound = _syllable(length, rate, rng, pitch * (1.12 - 0.2 * (t - phrase.start) / (stop - phrase.start)))
            first = round(t * rate)
            out[first : first + len(sound)] += sound[: len(out) - first]
            t += length
    return out


def _syllable(length: float, rate: int, rng: np.random.Generator, pitch: float) -> Mono:
    """A consonant of noise (a quarter of the time) and a vowel that glides to another."""
    from scipy.signal import lfilter

    n = round(length * rate)
    t = np.arange(n) / rate
    wobble = (
        1 + 0.03 * np.sin(2 * np.pi * 5.3 * t + rng.uniform(0, 6)) + 0.01 * np.cumsum(rng.standard_normal(n)) / n**0.5
    )
    phase = np.cumsum(pitch * wobble) / rate
    pulses = np.diff(np.floor(phase), prepend=0.0) * (1 + 0.1 * rng.standard_normal(n))
    glottal = lfilter([1.0], [1.0, -0.94], pulses) + 0.004 * rng.standard_normal(n)
    vowel = np.asarray(VOWELS[int(rng.integers(len(VOWELS)))]) * rng.uniform(0.92, 1.1)
    spoken = glottal
    for formant, bandwidth in zip(vowel, BANDWIDTHS, strict=True):
        radius = np.exp(-np.pi * bandwidth / rate)
        spoken = lfilter([1 - radius], [1.0, -2 * radius * np.cos(2 * np.pi * formant / rate), radius**2], spoken)
    spoken *= np.hanning(n + 2)[1:-1] ** 0.35 / max(1e-9, float(np.abs(spoken).max()))
    edge = max(2, round(0.25 * n))
    hissing = lfilter([1.0, -0.95], [1.0], rng.standard_normal(edge)) * np.hanning(edge)
    spoken[:edge] = 0.3 * spoken[:edge] + 0.05 * float(rng.uniform(0.2, 1.0)) * hissing
    return np.asarray(0.5 * spoken, dtype=np.float32)
