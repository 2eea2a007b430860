"""Test material of the audio-artifact benchmark: seconds and longer clips of recordings that nothing was trained or tuned on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vqa_toolkit.errors import FaultError
from vqa_toolkit.train.artifacts_data import RATE, Clip, Floats
from vqa_toolkit.train.artifacts_draw import (
    CLASSES,
    FAULTS,
    HELD_OUT,
    KINDS,
    SLOW,
    Example,
    Source,
    coded,
    fault_of,
    unfit,
)

SEED = 4100  # of test material; training uses 7, validation 99
LONG_S, FROM_S, TO_S = 9.0, 2.0, 7.5  # a long clip, and the span of its fault


class Long(NamedTuple):
    """A clip of nine seconds (n,) at 32 kHz with one fault (or none) over [2, 7.5) s."""

    wave: Floats
    fault: str
    kind: str
    times: tuple[float, ...]
    recording: str


def seconds(
    clips: Sequence[Clip], samples: Floats, count: int, *, held_out: bool, split: str = "test"
) -> list[Example]:
    """``count`` examples, each class in turn; with ``held_out`` only generator families that training never saw.

    Every seventh goes through AAC, as it does in training and validation.
    """
    source = Source(clips, samples, split, SEED + held_out)
    kinds: dict[str, tuple[str, ...]] = HELD_OUT if held_out else {**KINDS, "distortion": (*KINDS["distortion"], *SLOW)}
    found = []
    for i in range(count):
        example = source.draw(kinds, CLASSES[i % len(CLASSES)])
        found.append(coded(example, source.rng) if i % 7 == 0 else example)
    return found


def long_clips(clips: Sequence[Clip], samples: Floats, per_class: int, split: str = "test") -> list[Long]:
    """Nine-second clips: as many without fault as with each; faults of medium to full strength, trained families."""
    rng = np.random.default_rng(SEED + 7)
    fitting = [c for c in clips if c.split == split and c.length >= LONG_S * RATE and not c.unknown]
    found: list[Long] = []
    while len(found) < per_class * len(CLASSES):
        wanted = CLASSES[len(found) % len(CLASSES)]
        clip = fitting[rng.integers(len(fitting))]
        at = clip.start + int(rng.integers(0, clip.length - int(LONG_S * RATE) + 1))
        wave = np.array(samples[at : at + int(LONG_S * RATE)], np.float32)
        if wanted == "none":
            found.append(Long(wave, wanted, "", (), clip.recording))
        elif not unfit(wanted, clip) and float(np.abs(wave).max()) > 0.01:
            found += _damaged(wave, wanted, clip, rng)
    return found


def _damaged(wave: Floats, name: str, clip: Clip, rng: np.random.Generator) -> list[Long]:
    import dataclasses

    kind = str(rng.choice(KINDS[name]))
    strength = float(rng.uniform(0.5, 1.0))
    fault = dataclasses.replace(fault_of(name, kind, rng), start=FROM_S, end=TO_S, strength=strength)
    try:
        out, extent = fault.apply(wave[:, None], RATE, rng)
    except FaultError:
        return []
    return [Long(out[:, 0], name, kind, extent.times, clip.recording)]


def clean_hours(clips: Sequence[Clip], samples: Floats, split: str = "test") -> list[tuple[Clip, Floats]]:
    """Every clean clip of the split in which no class is unknown, hard negatives included."""
    kept = [c for c in clips if c.split == split and not c.unknown]
    return [(c, np.array(samples[c.start : c.start + c.length], np.float32)) for c in kept]


__all__ = ["FAULTS", "Long", "clean_hours", "long_clips", "seconds"]
