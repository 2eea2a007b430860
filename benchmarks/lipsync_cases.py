"""Clips of held-out speakers as the lip-sync benchmark needs them: moved, drifting, dubbed, muted, still, under music."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from vqa_toolkit.measures.sync_story import Story, explained
from vqa_toolkit.measures.sync_stretches import stretches
from vqa_toolkit.measures.sync_verdict import votes
from vqa_toolkit.models.sync_curve import diagonals, heard, mean_curve, seconds_spoken, seen, unless_silent
from vqa_toolkit.models.sync_net import CONTEXT, FPS, MEL_PER_FRAME, SyncNet
from vqa_toolkit.models.sync_stream import LEAST, REACH, ROW, WINDOW
from vqa_toolkit.train.lipsync_data import TalkingClip

Floats = NDArray[np.float32]
SoundAt = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # mel frame wanted → mel frame of the clip


def moved(ms: float) -> SoundAt:
    """The sound early by ``ms`` (negative: late): what is wanted at k lies at k + ms."""
    return lambda k: k + ms / 10.0


def drifting(ms_per_min: float) -> SoundAt:
    """An offset that grows from 0."""
    return lambda k: k * (1.0 + ms_per_min / 60_000.0)


def stepping(ms: float, at: float) -> SoundAt:
    """An offset that jumps to ``ms`` at ``at`` seconds."""
    return lambda k: k + np.where(k >= at * 100.0, ms / 10.0, 0.0)


@dataclass
class Measured:
    """A clip's pictures as embeddings window by window; sound is asked for afterwards, in any disguise."""

    clip: TalkingClip
    spans: list[tuple[int, int]]
    seen: list[torch.Tensor]
    tracks: list[int] = field(default_factory=list)  # whose window; empty: all of one face


def measure_pictures(net: SyncNet, clip: TalkingClip, crops: NDArray[np.uint8] | None = None) -> Measured:
    """Windows of four seconds, two seconds apart (the detector's are one second apart)."""
    pictures = clip.crops if crops is None else crops
    n = len(pictures)
    begins = list(range(0, max(n - WINDOW, 0) + 1, round(2 * FPS))) if n >= LEAST else []
    if begins and n - (begins[-1] + WINDOW) > 8:
        begins.append(n - WINDOW)
    spans = [(b, min(b + WINDOW, n)) for b in begins]
    return Measured(clip, spans, [seen(net, pictures[a:b]) for a, b in spans])


def similarities(net: SyncNet, m: Measured, at: SoundAt, mel: Floats | None = None) -> Iterator[Floats]:
    """Per window (positions, 2 REACH + 1)."""
    sound = np.asarray(m.clip.mel if mel is None else mel, np.float32)
    for (a, b), pictures in zip(m.spans, m.seen, strict=True):
        first = (m.clip.first + a - REACH) * MEL_PER_FRAME
        where = at(np.arange(first, first + (b - a + 2 * REACH) * MEL_PER_FRAME, dtype=np.float64))
        low = np.floor(where).astype(int)
        inside = (low >= 0) & (low + 1 < len(sound))
        part = (where - low)[:, None]
        low = np.clip(low, 0, len(sound) - 2)
        mixed = ((1 - part) * sound[low] + part * sound[low + 1]).astype(np.float32)
        told, whole = heard(net, mixed, inside)
        yield unless_silent(diagonals(pictures, told, whole, 2 * REACH + 1), mixed, inside, REACH)


@dataclass(frozen=True)
class Answer:
    """What the detector's judge makes of a clip: ``in``, ``out`` or ``cannot say``, with the story behind it."""

    word: str
    story: Story | None


def judge(m: Measured, sims: list[Floats], least: float, early: float, late: float) -> Answer:
    """The same arithmetic as ``AvSync.judge``, on similarities that are at hand."""
    starts = np.array([(m.clip.first + a) / FPS for a, _ in m.spans])
    ends = np.array([(m.clip.first + b) / FPS for _, b in m.spans])
    curves = np.stack([mean_curve(s) for s in sims]) if sims else np.empty((0, 2 * REACH + 1), np.float32)
    said = np.array([seconds_spoken(s) for s in sims])
    found = votes(starts, ends, said, np.array(m.tracks or [0] * len(starts)), curves, least)
    story, found = explained(found, *rows_of(m, sims), least)
    if story is None:
        return Answer("cannot say", None)
    off = [s for s in stretches(found, story, early, late) if s.end - s.start >= 1.6]
    return Answer("out" if off else "in", story)


def rows_of(m: Measured, sims: list[Floats]) -> tuple[NDArray[np.float64], Floats, NDArray[np.int64]]:
    """The map of similarities in rows of 0.2 s: times, rows, and whose they are."""
    t, v, tracks, shown = [], [], [], dict[int, int]()
    for (begin, _), s, track in zip(m.spans, sims, m.tracks or [0] * len(m.spans), strict=True):
        centre = CONTEXT // 2
        for k in range(max(shown.get(track, 0), begin + centre), begin + centre + len(s) - ROW + 1, ROW):
            t.append((m.clip.first + k) / FPS)
            v.append(s[k - begin - centre : k - begin - centre + ROW].mean(axis=0))
            tracks.append(track)
            shown[track] = k + ROW
    return np.array(t), np.array(v, np.float32).reshape(len(v), -1), np.array(tracks, np.int64)
