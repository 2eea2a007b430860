"""Hard negatives of the sound: made things that resemble hum, hiss, distortion or clicks and are none.

Each is a function ``(n, rate, rng) -> (n,) float64`` in about [−1, 1]; :data:`NEGATIVES` lists them by name. They stand
beside real recordings of the same kind (applause, rain, percussion, engines), which no synthesis replaces.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.sound.hiss import coloured_noise

Wave = NDArray[np.float64]
Maker = Callable[[int, int, np.random.Generator], Wave]
PARTIALS = 48  # at most, in a band-limited tone


def tone(hz: Wave, rate: int, weights: Wave, rng: np.random.Generator) -> Wave:
    """Partials k·f with ``weights`` (k,), each left out where it passes 0.45·rate; ``hz`` (n,) may move."""
    phase = 2 * np.pi * np.cumsum(hz) / rate
    top = 0.45 * rate
    out = np.zeros(len(hz))
    for k, w in enumerate(weights, start=1):
        if abs(w) > 1e-4 and k * float(hz.max()) < top:
            out += w * np.sin(k * phase + rng.uniform(0, 2 * np.pi))
    return out / max(float(np.abs(out).max()), 1e-9)


def notes(n: int, rate: int, rng: np.random.Generator, lengths: tuple[float, float]) -> list[tuple[int, int]]:
    """Consecutive (first, last) of notes between two lengths in seconds; the first may have begun earlier."""
    found, at = [], -int(rng.uniform(0, lengths[1]) * rate)
    while at < n:
        last = at + max(64, int(rng.uniform(*lengths) * rate))
        found.append((max(at, 0), min(last, n)))
        at = last
    return [(a, b) for a, b in found if b > a]


def decaying(length: int, rate: int, seconds: float, attack_s: float = 0.004) -> Wave:
    """An envelope: linear attack, exponential decay, and 3 ms of release so that no note ends in a click."""
    t = np.arange(length) / rate
    release = np.minimum((length - np.arange(length)) / (0.003 * rate), 1.0)
    return np.asarray(np.minimum(t / attack_s, 1.0) * np.exp(-t / seconds) * release)


def square(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Band-limited square and pulse waves in notes: chip music, buzzers."""
    out = np.zeros(n)
    duty = rng.choice((0.5, 0.25, 0.125))
    k = np.arange(1, PARTIALS)
    for a, b in notes(n, rate, rng, (0.08, 0.6)):
        hz = np.full(b - a, 55.0 * 2 ** (rng.integers(0, 48) / 12))
        gate = np.minimum(np.minimum(np.arange(b - a), np.arange(b - a)[::-1]) / (0.003 * rate), 1.0)
        out[a:b] = tone(hz, rate, np.sin(np.pi * k * duty) / k, rng) * gate
    return out


def bass(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Plucked or bowed notes of 38–75 Hz, so at and around the mains, that begin, bend and end."""
    out = np.zeros(n)
    for a, b in notes(n, rate, rng, (0.15, 0.9)):
        t = np.arange(b - a) / rate
        vibrato = 1 + 0.004 * np.sin(2 * np.pi * rng.uniform(3, 7) * t) - 0.01 * t * rng.uniform(0, 1)
        weights = np.arange(1.0, 16) ** -rng.uniform(0.8, 2.2)
        envelope = decaying(b - a, rate, rng.uniform(0.15, 1.2), rng.uniform(0.003, 0.03))
        out[a:b] = tone(rng.uniform(38, 75) * vibrato, rate, weights, rng) * envelope
    return out


def chord(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Decaying notes of several voices: piano, guitar, bells, pads."""
    out = np.zeros(n)
    for _ in range(int(rng.integers(1, 5))):
        slope, ring = rng.uniform(0.8, 2.5), rng.uniform(0.1, 1.5)
        for a, b in notes(n, rate, rng, (0.12, 1.2)):
            hz = np.full(b - a, 110.0 * 2 ** (rng.integers(-6, 36) / 12))
            wave = tone(hz, rate, np.arange(1.0, 20) ** -slope, rng)
            out[a:b] += wave * decaying(b - a, rate, ring, rng.uniform(0.002, 0.08)) * rng.uniform(0.3, 1)
    return out / max(float(np.abs(out).max()), 1e-9)


def guitar(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Power chords through an over-driven amplifier and a loudspeaker: distortion that is meant."""
    from scipy.signal import butter, sosfilt

    out = np.zeros(n)
    for a, b in notes(n, rate, rng, (0.15, 0.8)):
        root = 82.4 * 2 ** (rng.integers(0, 15) / 12)
        dry = np.zeros(b - a)
        for ratio in (1.0, 1.4983, 2.0):  # root, fifth, octave
            dry += tone(np.full(b - a, root * ratio), rate, np.arange(1.0, 12) ** -1.0, rng)
        out[a:b] = np.tanh(rng.uniform(3, 30) * dry * decaying(b - a, rate, rng.uniform(0.4, 2)))
    cabinet = butter(2, [80.0, min(rng.uniform(3500, 5500), 0.4 * rate)], "bandpass", fs=rate, output="sos")
    wave = np.asarray(sosfilt(cabinet, out))
    return wave / max(float(np.abs(wave).max()), 1e-9)


def engine(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Firing harmonics on a wandering speed, with rough combustion noise: cars, boats, rotors."""
    t = np.arange(n) / rate
    drift = np.cumsum(rng.standard_normal(n)) / np.sqrt(n)
    speed = 1 + 0.06 * np.sin(2 * np.pi * rng.uniform(0.1, 0.8) * t + rng.uniform(0, 6)) + 0.02 * drift
    hz = rng.uniform(22, 130) * speed
    weights = np.arange(1.0, 30) ** -rng.uniform(0.4, 1.5) * rng.uniform(0.2, 1, 29)
    rough = coloured_noise("pink", n, 1, rate, rng)[:, 0]
    beat = 1 + 0.5 * np.sin(2 * np.pi * np.cumsum(hz / 2) / rate)
    wave = tone(hz, rate, weights, rng) + rng.uniform(0.05, 0.5) * rough / rough.std() * 0.3 * beat
    return np.asarray(wave / np.abs(wave).max())


def drums(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Kick, snare, hat, rim and woodblock on a grid: sharp and clean."""
    out = np.zeros(n)
    step = int(rate * rng.uniform(0.09, 0.25))
    for a in range(int(rng.integers(0, step)), n - 400, step):
        length = min(n - a, int(0.4 * rate))
        t = np.arange(length) / rate
        kind, gain = rng.integers(0, 5), rng.uniform(0.2, 1)
        noise = rng.standard_normal(length)
        if kind == 0:
            hit = np.sin(2 * np.pi * (45 * t + 8 * (1 - np.exp(-t / 0.02)))) * np.exp(-t / rng.uniform(0.05, 0.2))
        elif kind == 1:
            hit = (0.6 * noise + np.sin(2 * np.pi * 190 * t)) * np.exp(-t / rng.uniform(0.03, 0.1)) * 0.6
        elif kind == 2:
            hit = np.diff(noise, prepend=0.0) * np.exp(-t / rng.uniform(0.01, 0.06)) * 0.3
        else:
            hz = rng.uniform(400, 2500)
            hit = np.sin(2 * np.pi * hz * t) * np.exp(-t / rng.uniform(0.004, 0.03))
        out[a : a + length] += gain * hit * np.minimum(t / rng.uniform(0.0003, 0.002), 1.0)
    return out / max(float(np.abs(out).max()), 1e-9)


def claps(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Applause from one pair of hands to a hall: many short resonant bursts."""
    out = np.zeros(n)
    length = int(0.03 * rate)
    t = np.arange(length) / rate
    bank = [
        np.convolve(rng.standard_normal(length), np.hanning(rng.integers(8, 40)), "same")
        * np.minimum(t / 0.0008, 1.0)
        * np.exp(-t / rng.uniform(0.002, 0.008))
        for _ in range(12)
    ]
    count = int(np.exp(rng.uniform(np.log(2), np.log(600))) * n / rate)
    for a in rng.integers(0, max(n - length, 1), max(count, 1)):
        out[a : a + length] += bank[rng.integers(0, 12)][: n - a] * rng.uniform(0.1, 1)
    return out / max(float(np.abs(out).max()), 1e-9)


def impacts(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Small hard things that meet: a clock's ticks, keys, crackling fire, gravel, dishes. Every impact rings in a few damped modes
    and answers from the room, and most are followed by a weaker one: a click of the signal path does neither."""
    out, t = np.zeros(n), np.arange(int(0.12 * rate)) / rate
    things = [_struck(t, rate, rng) for _ in range(int(rng.integers(1, 9)))]
    per_s = float(np.exp(rng.uniform(np.log(0.7), np.log(40))))
    steady = rng.random() < 0.3
    gaps = (
        np.full(2 * n, rate / per_s)
        if steady
        else rng.exponential(rate / per_s, 2 * n // max(1, int(rate / per_s)) + 8)
    )
    at = np.cumsum(gaps[: int(2 * n * per_s / rate) + 2]).astype(int) - int(rng.uniform(0, rate / per_s))
    second, gain = int(rng.uniform(0.004, 0.09) * rate), rng.uniform(0, 0.7) * (rng.random() < 0.5)
    for number, a in enumerate(at):
        thing = things[number % len(things) if steady else int(rng.integers(len(things)))]
        for first, level in ((a, 1.0), (a + second, gain)):
            length = min(len(thing), n - first)
            if first >= 0 and length > 0:
                out[first : first + length] += thing[:length] * level * (1.0 if steady else rng.exponential(0.5))
    out /= max(float(np.abs(out).max()), 1e-9)
    return np.asarray(out + quiet(("brown", "pink", "white"), (-80, -62), n, rate, rng))  # louder would be hiss


def _struck(t: Wave, rate: int, rng: np.random.Generator) -> Wave:
    """One impact: damped modes that set in within 0.4 ms, and the room's answer, noise that fades."""
    top = min(0.45 * rate, 14_000.0)
    hit = np.zeros(len(t))
    for _ in range(int(rng.integers(2, 9))):
        hz, decay = np.exp(rng.uniform(np.log(300), np.log(top))), np.exp(rng.uniform(np.log(0.0002), np.log(0.012)))
        hit += rng.uniform(0.2, 1) * np.sin(2 * np.pi * hz * t + rng.uniform(0, 6.3)) * np.exp(-t / decay)
    hit += rng.uniform(0, 1) * rng.standard_normal(len(t)) * np.exp(-t / rng.uniform(0.0002, 0.004))
    hit *= np.minimum(1.0, t / rng.uniform(0.00005, 0.0004))
    hit /= max(float(np.abs(hit).max()), 1e-9)
    answer = rng.standard_normal(len(t)) * np.exp(-t / rng.uniform(0.004, 0.04)) * np.minimum(1.0, t / 0.002)
    return np.asarray(hit + 10 ** (rng.uniform(-40, -12) / 20) * answer * np.exp(-4 * t / t[-1]))


def animals(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Croaks, buzzes, chirps and calls: trains of damped pulses through a throat, pure tones in bursts, and gliding whistles, which
    resemble flat tops, hum and clicks."""
    out, at = np.zeros(n), -int(rng.uniform(0, 1) * rate)
    callers = [_caller(rng) for _ in range(int(rng.integers(1, 5)))]
    apart_s = np.exp(rng.uniform(np.log(0.03), np.log(1.5)))
    while at < n:
        call = callers[rng.integers(len(callers))](rate, rng) * rng.uniform(0.2, 1)
        first, last = max(at, 0), min(at + len(call), n)
        if last > first:
            out[first:last] += call[first - at : last - at]
        at += int(len(call) * rng.uniform(0.3, 1.2)) + int(rng.exponential(apart_s) * rate)
    out /= max(float(np.abs(out).max()), 1e-9)
    return np.asarray(out + quiet(("brown", "pink"), (-85, -65), n, rate, rng))


def _caller(rng: np.random.Generator) -> Callable[[int, np.random.Generator], Wave]:
    """One animal: how it calls is drawn once, and a little of it again in each call."""
    kind, length_s = rng.integers(0, 3), np.exp(rng.uniform(np.log(0.05), np.log(0.8)))
    hz, pulses = np.exp(rng.uniform(np.log(500), np.log(7000))), np.exp(rng.uniform(np.log(15), np.log(160)))
    damping, bend, shape = rng.uniform(0.0008, 0.006), rng.uniform(-1.2, 1.2), rng.uniform(0.5, 4)
    formants = hz * np.array([1.0, rng.uniform(1.3, 2.2), rng.uniform(2.3, 3.5)])

    def call(rate: int, rng: np.random.Generator) -> Wave:
        n = int(length_s * rng.uniform(0.7, 1.3) * rate) + 64
        t = np.arange(n) / rate
        envelope = np.sin(np.pi * (np.arange(n) + 0.5) / n) ** rng.uniform(0.4, 1.5)
        if kind == 0:
            gaps = rate / pulses * rng.uniform(0.93, 1.07, int(n * pulses / rate) + 1)
            wave = _croak(n, rate, np.cumsum(gaps), formants, damping)
        elif kind == 1:  # an insect: a tone in bursts
            wave = np.sin(2 * np.pi * hz * t) * np.maximum(np.sin(2 * np.pi * pulses * t), 0.0) ** shape
        else:  # a whistle that glides
            glide = hz * 2 ** (bend * t / t[-1] + 0.1 * np.sin(2 * np.pi * pulses / 4 * t))
            wave = tone(np.minimum(glide, 0.4 * rate), rate, np.array([1.0, 0.3, 0.1]) ** shape, rng)
        return np.asarray(wave * envelope / max(float(np.abs(wave).max()), 1e-9))

    return call


def _croak(n: int, rate: int, at: Wave, formants: Wave, damping: float) -> Wave:
    """Pulses at samples ``at`` that ring in a throat, (n,)."""
    t = np.arange(int(0.04 * rate)) / rate
    ring = np.minimum(t / 0.0004, 1.0) * np.exp(-t / damping)
    ring *= sum(np.sin(2 * np.pi * min(hz, 0.45 * rate) * t) / k for k, hz in enumerate(formants, 1))
    train = np.zeros(n)
    train[np.minimum(at.astype(int), n - 1)] = 1.0
    return np.convolve(train, ring)[:n]


def rain(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """A bed of many drops whose loudness wanders, and single drops that ring: near hiss, and never stationary."""
    t = np.arange(n) / rate
    bed = coloured_noise("shaped", n, 1, rate, rng)[:, 0]
    bed *= (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.3, 3) * t)) / bed.std()
    drops = np.zeros(n)
    length = int(0.01 * rate)
    for a in rng.integers(0, max(n - length, 1), int(rng.uniform(20, 400) * n / rate)):
        s = np.arange(length) / rate
        ring = np.sin(2 * np.pi * rng.uniform(800, 7000) * s) * np.exp(-s / 0.0015)
        drops[a : a + length] += rng.exponential(1) * ring
    wave = bed + rng.uniform(1, 6) * drops
    return np.asarray(wave / np.abs(wave).max())


def surf(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Waves and wind: low noise whose level and colour swell."""
    t = np.arange(n) / rate
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * rng.uniform(0.08, 0.7) * t + rng.uniform(0, 6))
    low, high = coloured_noise("brown", n, 1, rate, rng)[:, 0], coloured_noise("pink", n, 1, rate, rng)[:, 0]
    wave = low / low.std() * swell + high / high.std() * swell**3
    return np.asarray(wave / np.abs(wave).max())


def room(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Room tone: low, soft, −85 to −66 dBFS."""
    return quiet(("brown", "pink"), (-85, -66), n, rate, rng)


def quiet(colours: tuple[str, ...], dbfs: tuple[float, float], n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Noise of a room, (n,): one of ``colours`` at a level between ``dbfs``."""
    wave = coloured_noise(str(rng.choice(colours)), n, 1, rate, rng)[:, 0]
    return np.asarray(wave / wave.std() * 10 ** (rng.uniform(*dbfs) / 20))


def sines(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Line-up tones, sweeps and beeps above the mains."""
    t = np.arange(n) / rate
    start = np.exp(rng.uniform(np.log(180), np.log(12_000)))
    hz = start * np.exp(t * rng.choice((0.0, 0.0, rng.uniform(-1, 1))))
    return np.asarray(np.sin(2 * np.pi * np.cumsum(np.minimum(hz, 0.4 * rate)) / rate))


def blasts(n: int, rate: int, rng: np.random.Generator) -> Wave:
    """Explosions, gunfire, thunder, doors: a crack, a body and a rumble that decay apart, and what comes back from far walls. Loud,
    broad and rough from the first moment, and no sample of it bent."""
    out = np.zeros(n)
    per_s = float(np.exp(rng.uniform(np.log(0.3), np.log(9))))
    at = -int(rng.uniform(0, 1 / per_s) * rate)
    while at < n:
        one = _blast(rate, rng) * rng.uniform(0.15, 1)
        first, last = max(at, 0), min(at + len(one), n)
        if last > first:
            out[first:last] += one[first - at : last - at]
        at += max(64, int(rng.exponential(rate / per_s)))
    out /= max(float(np.abs(out).max()), 1e-9)
    return np.asarray(out + quiet(("brown", "pink"), (-80, -62), n, rate, rng))


def _blast(rate: int, rng: np.random.Generator) -> Wave:
    """One blast of at most 3 s: noise in three bands, each with a decay of its own, and up to four echoes, duller each time."""
    from scipy.signal import butter, sosfilt

    length = int(rng.uniform(0.15, 3.0) * rate)
    t = np.arange(length) / rate
    noise = rng.standard_normal(length)
    out = np.zeros(length)
    low, high = rng.uniform(60, 300), min(rng.uniform(1200, 5000), 0.4 * rate)
    for kind, edge, decays, most in (
        ("low", low, (0.2, 1.5), 1.0), ("band", (low, high), (0.03, 0.5), 1.0), ("high", high, (0.005, 0.15), 0.7),
    ):  # fmt: skip
        band = sosfilt(butter(2, edge, kind, fs=rate, output="sos"), noise)
        band /= max(float(np.abs(band).max()), 1e-9)
        out += band * np.exp(-t / np.exp(rng.uniform(*np.log(decays)))) * rng.uniform(0.1, most)
    out *= np.minimum(1.0, t / np.exp(rng.uniform(np.log(0.0003), np.log(0.02))))
    dull, gain = out, rng.uniform(0.1, 0.5)
    for _ in range(int(rng.integers(0, 5))):
        dull = sosfilt(butter(1, min(rng.uniform(500, 4000), 0.4 * rate), fs=rate, output="sos"), dull)
        late = int(rng.uniform(0.03, 0.4) * rate)
        if late < length:
            out[late:] += gain * dull[: length - late]
    return np.asarray(out * np.minimum(1.0, (length - np.arange(length)) / (0.05 * rate)))


NEGATIVES: dict[str, Maker] = {
    "square": square, "bass": bass, "chord": chord, "guitar": guitar, "engine": engine, "drums": drums,
    "claps": claps, "impacts": impacts, "animals": animals, "blasts": blasts, "rain": rain, "surf": surf, "room": room, "sines": sines,
}  # fmt: skip
