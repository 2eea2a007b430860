"""Clean sound, varied: another speed, another tone, a room, a compressor, another recording beneath. Hundreds of recordings become
many more.

Nothing here may sound like a defect, or a label "no defect" would be a lie: what is mixed in is programme at a programme's
level, never a steady sound under another one, and a tone curve changes levels without adding anything.
"""

from __future__ import annotations

import numpy as np

from vqa_toolkit.simulate.sound._span import one_pole, rms
from vqa_toolkit.train.artifacts_data import RATE, Floats

# up and down of a resampling: pitch and tempo together, to an octave down, which makes another creature of a voice
SPEEDS = ((9, 10), (10, 9), (7, 8), (8, 7), (5, 6), (6, 5), (3, 4), (4, 3), (2, 3), (3, 2), (2, 1))
SPEED_SHARE, TONE_SHARE, DULL_SHARE, MIX_SHARE = 0.45, 0.5, 0.12, 0.35  # of training seconds
BABBLE_SHARE, BABBLE = 0.3, 4  # of mixtures: two to so many recordings beneath the first
ROUGH_SHARE, ROUGH_DB, ROUGH_POINTS = 0.25, 4.0, 40  # of tone curves have resonances as well, as small microphones do
ROOM_SHARE, LEVEL_SHARE = 0.2, 0.12  # the same
LONGEST_STRETCH = max(down / up for up, down in SPEEDS)
TONE_DB = 5.0  # standard deviation of the tone curve at its eight points
UNDER_DB = (0.0, 12.0)  # the second recording beneath the first, by RMS
REVERBERATION_S, WET_DB = (0.1, 1.2), (-22.0, 0.0)  # until the room is 60 dB down; the room beside the direct sound
RATIO, SMOOTH_S = (1.5, 4.0), (0.02, 0.15)  # of a compressor; time over which it takes the level


def varied(wave: Floats, size: int, rng: np.random.Generator) -> Floats:
    """``wave`` (n ≥ 1.2·size,) at another speed, with another tone, in a room, compressed; returns (size,)."""
    from scipy.signal import resample_poly

    if rng.random() < SPEED_SHARE:
        up, down = SPEEDS[rng.integers(len(SPEEDS))]
        wave = resample_poly(wave[: -(-size * down // up) + 1], up, down).astype(np.float32)
    wave = wave[:size]
    for share, change in ((TONE_SHARE, toned), (ROOM_SHARE, roomy), (LEVEL_SHARE, levelled)):
        if rng.random() < share:
            wave = change(wave, rng)
    return wave


def roomy(wave: Floats, rng: np.random.Generator) -> Floats:
    """The sound in a room: its answer is noise that decays, softer in the treble."""
    from scipy.signal import fftconvolve

    t = np.arange(int(RATE * rng.uniform(*REVERBERATION_S))) / RATE
    dull = rng.uniform(0.0, 0.9)
    answer = one_pole(rng.standard_normal(len(t)), dull) * 10 ** (-3 * t / t[-1])
    answer *= 10 ** (rng.uniform(*WET_DB) / 20) / np.sqrt(np.square(answer).sum())
    answer[0] += 1.0
    return np.asarray(fftconvolve(wave, answer)[: len(wave)], np.float32)


def levelled(wave: Floats, rng: np.random.Generator) -> Floats:
    """The sound through a slow compressor, as programmes are: loud parts softer, soft parts louder, no sample bent."""
    keep = float(np.exp(-1 / (rng.uniform(*SMOOTH_S) * RATE)))
    level = np.sqrt(one_pole(np.square(wave, dtype=np.float64), keep))
    usual = max(rms(wave), 1e-6)
    gain = (np.maximum(level, 0.1 * usual) / usual) ** (1 / rng.uniform(*RATIO) - 1)
    return np.asarray(wave * gain, np.float32)


def toned(wave: Floats, rng: np.random.Generator) -> Floats:
    """A smooth curve of random levels over the octaves (as rooms, microphones and mixers give), at times without treble."""
    spectrum = np.fft.rfft(wave)
    place = np.log2(np.maximum(np.arange(len(spectrum)) / len(spectrum), 2.0**-9)) + 9  # octaves: 0 to 9
    db = np.interp(place, np.linspace(0, 9, 8), rng.normal(0, TONE_DB, 8))
    if rng.random() < ROUGH_SHARE:
        db += np.interp(place, np.linspace(3, 9, ROUGH_POINTS), rng.normal(0, ROUGH_DB, ROUGH_POINTS))
    if rng.random() < DULL_SHARE:
        edge = rng.uniform(0.25, 0.9)  # of the band: 4 to 14 kHz
        db -= 80 * np.clip((np.arange(len(spectrum)) / len(spectrum) - edge) / 0.05, 0, 1)
    return np.fft.irfft(spectrum * 10 ** (db / 20), len(wave)).astype(np.float32)


def mixed(first: Floats, second: Floats, rng: np.random.Generator) -> Floats:
    """``second`` beneath ``first``, (n,) each, 0 to 12 dB down by RMS; either may be silent."""
    a, b = rms(first), rms(second)
    if min(a, b) < 1e-5:
        return first
    return first + second * np.float32(a / b * 10 ** (-rng.uniform(*UNDER_DB) / 20))
