"""Clips of talking people as arrays: mouth crops at 25 frames/s, log-mel at 10 ms, who speaks, and by how much it is off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vqa_toolkit.models.sync_net import MEL_PER_FRAME
from vqa_toolkit.train.lipsync_augment import degrade, spoil, warp

SHORT_FRAMES, LONG_FRAMES = 26, 50  # pictures of a training segment: clips of 1.2 s, and all longer ones
SPEEDS = (0.85, 1.18)


@dataclass
class TalkingClip:
    """One clip. ``crops`` (n, H, W) u8, the first at picture ``first`` of the 25 frames/s clock; ``mel`` (m, BANDS) from 0 s.

    ``offset`` is by how many pictures the clip's own sound is late (its picture ``k`` belongs to mel frame 4 (k + offset)).
    """

    name: str
    source: str
    person: str
    first: int
    crops: NDArray[np.uint8]
    mel: NDArray[np.float16]
    offset: float = 0.0
    confidence: float = 0.0

    @property
    def block(self) -> int:
        """The number in the clip's name (neighbouring numbers of an unlabelled corpus tend to be one person); else −1."""
        found = re.search(r"(\d{4,})$", self.name)
        return int(found.group(1)) if found and not self.person else -1


@dataclass(frozen=True)
class Segment:
    """A stretch of a clip: ``frames`` pictures from ``start`` (relative to the clip's crops)."""

    clip: TalkingClip
    start: float
    speed: float


def usable(clip: TalkingClip) -> tuple[int, int]:
    """The range of crops [low, high) whose own sound exists."""
    shift = clip.first + round(clip.offset)
    low = max(0, -shift)
    high = min(len(clip.crops), len(clip.mel) // MEL_PER_FRAME - shift)
    return low, high


def draw_segment(clip: TalkingClip, frames: int, rng: np.random.Generator) -> Segment | None:
    """A random stretch at a random speed, or None where the clip is too short."""
    low, high = usable(clip)
    room = high - low
    if room < frames * SPEEDS[0] + 1:
        return None
    speed = float(rng.uniform(SPEEDS[0], min(SPEEDS[1], (room - 1) / frames)))
    return Segment(clip, low + float(rng.uniform(0, max(room - 1 - speed * frames, 0))), speed)


def plan_epoch(
    clips: Sequence[TalkingClip], batch_frames: int, rng: np.random.Generator
) -> list[tuple[int, list[TalkingClip]]]:
    """Batches of (pictures a segment, clips), short and long clips apart, longer clips more often."""
    pools: dict[int, list[TalkingClip]] = {SHORT_FRAMES: [], LONG_FRAMES: []}
    for clip in clips:
        low, high = usable(clip)
        room = high - low
        if room >= LONG_FRAMES * SPEEDS[0] + 1:
            pools[LONG_FRAMES].extend([clip] * max(1, min(8, round(room / 60))))
        elif room >= SHORT_FRAMES * SPEEDS[0] + 1:
            pools[SHORT_FRAMES].append(clip)
    batches: list[tuple[int, list[TalkingClip]]] = []
    for frames, pool in pools.items():
        order = rng.permutation(len(pool))
        size = max(2, batch_frames // frames)
        batches += [(frames, [pool[i] for i in order[k : k + size]]) for k in range(0, len(order) - size + 1, size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def make_batch(
    clips: Sequence[TalkingClip], frames: int, rng: np.random.Generator, device: str = "cpu"
) -> tuple[Tensor, Tensor]:
    """Augmented crops (B, frames, HEIGHT, WIDTH) and log-mel (B, 4 frames, BANDS), not yet normalised."""
    drawn = [s for c in clips if (s := draw_segment(c, frames, rng)) is not None]
    crops = torch.stack([_pictures(s, frames) for s in drawn]).to(device)
    mel = torch.stack([_sound(s, frames, rng.uniform(-0.2, 0.2)) for s in drawn]).to(device)
    others = mel[torch.randperm(len(drawn))].roll(int(rng.integers(frames * 4)), 1)
    return degrade(warp(crops)), spoil(mel, others)


def _pictures(s: Segment, frames: int) -> Tensor:
    at = s.start + s.speed * np.arange(frames)
    low = np.clip(at.astype(int), 0, len(s.clip.crops) - 2)
    part = torch.from_numpy((at - low).astype(np.float32)).view(-1, 1, 1)
    pair = torch.from_numpy(s.clip.crops)
    return torch.lerp(pair[low].float(), pair[low + 1].float(), part)


def _sound(s: Segment, frames: int, jitter: float) -> Tensor:
    begin = (s.clip.first + s.clip.offset + s.start + jitter) * MEL_PER_FRAME
    at = begin + s.speed * np.arange(frames * MEL_PER_FRAME)
    low = np.clip(np.floor(at).astype(int), 0, len(s.clip.mel) - 2)
    part = torch.from_numpy(np.clip(at - low, 0, 1).astype(np.float32)).view(-1, 1)
    mel = torch.from_numpy(s.clip.mel[low[0] : low[-1] + 2].astype(np.float32))
    return torch.lerp(mel[low - low[0]], mel[low - low[0] + 1], part)
