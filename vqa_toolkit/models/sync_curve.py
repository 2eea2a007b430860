"""From crops and sound to similarity at every offset: the step that training, scoring and the detector share."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vqa_toolkit.models.sync_net import CONTEXT, FPS, MEL_PER_FRAME, SUPPORT, SyncNet, middle, normal_mel, normal_mouths

Head = Literal["short", "context"]
SUPPORTS: dict[str, int] = {"short": SUPPORT, "context": CONTEXT}
LEAST_POSITIONS = 8  # positions below which a column's mean is not trusted
VOICE = slice(4, 60)  # mel bands: 150 Hz to 4.5 kHz
LOUD_SHARE, BELOW_LOUD = 95.0, 3.5  # speech is no more than 15 dB (in nepers of power) below this percentile of levels
SMOOTH = 5  # mel frames: 50 ms, so that a stop within a word is part of it
SPOKEN_SHARE = 0.3  # of all the sound that a position is compared with

Floats = NDArray[np.float32]


def similarity(
    net: SyncNet,
    crops: NDArray[np.uint8],
    mel: Floats,
    inside: NDArray[np.bool_],
    reach: int,
    head: Head = "context",
    device: str = "cpu",
) -> Floats:
    """Cosine similarity (positions, 2 reach + 1) of ``crops`` (n, H, W) at 25 frames/s and ``mel`` (4 (n + 2 reach), BANDS).

    ``mel`` begins ``reach`` pictures before the crops; where ``inside`` is False there was no sound. Column ``reach + k``
    matches the sound ``k`` pictures later (the sound is late by ``k``). NaN where a column's sound is not whole.
    """  # fmt: skip
    told, whole = heard(net, mel, inside, head, device)
    return diagonals(seen(net, crops, head, device), told, whole, 2 * reach + 1)


@torch.inference_mode()
def seen(net: SyncNet, crops: NDArray[np.uint8], head: Head = "context", device: str = "cpu") -> Tensor:
    """Embeddings (positions, SIZE) of a stretch of crops, normalised together."""
    picture = normal_mouths(middle(torch.from_numpy(crops)))[None].to(device)
    out: Tensor = getattr(net.see(picture), head)[0].cpu()
    return out


@torch.inference_mode()
def heard(
    net: SyncNet, mel: Floats, inside: NDArray[np.bool_], head: Head = "context", device: str = "cpu"
) -> tuple[Tensor, Tensor]:
    """Embeddings (positions, SIZE) of a stretch of log-mel, normalised together, and which of them have all their sound."""
    sound = torch.from_numpy(np.array(mel, np.float32))
    here = torch.from_numpy(inside)
    sound[~here] = sound[here].mean(0) if bool(here.any()) else 0.0
    out: Tensor = getattr(net.hear(normal_mel(sound)[None].to(device)), head)[0].cpu()
    wide = SUPPORTS[head] * MEL_PER_FRAME
    whole = [bool(inside[k * MEL_PER_FRAME : k * MEL_PER_FRAME + wide].all()) for k in range(len(out))]
    return out, torch.tensor(whole, dtype=torch.bool)


def audible(mel: NDArray[np.floating], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which log-mel frames (frames, BANDS) are as loud as speech: within 15 dB of the loud ones among those ``inside``."""
    if not inside.any():
        return inside
    level = np.log(np.exp(mel[:, VOICE].astype(np.float32)).mean(axis=1))
    level = np.convolve(level, np.full(SMOOTH, 1.0 / SMOOTH), "same")
    return np.asarray(inside & (level > np.percentile(level[inside], LOUD_SHARE) - BELOW_LOUD))


def spoken(
    mel: Floats, inside: NDArray[np.bool_], positions: int, reach: int, head: Head = "context"
) -> NDArray[np.bool_]:
    """Whether speech is heard near each position, at whatever offset (positions,).

    ``mel`` and ``inside`` as for :func:`similarity`. In silence every column matches a still mouth equally well or badly: such
    positions say nothing of the offset, and only hide what the others say. Without silence all positions count.
    """
    loud = audible(mel, inside)
    so_far = np.concatenate([[0], np.cumsum(loud)])
    first = np.arange(positions) * MEL_PER_FRAME
    wide = (2 * reach + SUPPORTS[head]) * MEL_PER_FRAME
    return np.asarray((so_far[np.minimum(first + wide, len(loud))] - so_far[first]) / wide >= SPOKEN_SHARE)


def unless_silent(sims: Floats, mel: Floats, inside: NDArray[np.bool_], reach: int, head: Head = "context") -> Floats:
    """``sims`` (positions, 2 reach + 1) with NaN where a position is not :func:`spoken`."""
    return np.where(spoken(mel, inside, len(sims), reach, head)[:, None], sims, np.float32(np.nan))


def seconds_spoken(sims: Floats, head: Head = "context") -> float:
    """How much of the time the positions with any similarity cover, s."""
    count = int(np.isfinite(sims).any(axis=1).sum())
    return (count + SUPPORTS[head] - 1) / FPS if count else 0.0


def diagonals(seen: Tensor, told: Tensor, whole: Tensor, columns: int) -> Floats:
    """``out[i, k] = seen[i] · told[i + k]``, NaN where ``told`` is not ``whole``."""
    index = torch.arange(len(seen))[:, None] + torch.arange(columns)[None]
    sims = (seen @ told.T).gather(1, index)
    sims[~whole[index]] = torch.nan
    return np.asarray(sims.numpy(), np.float32)


def mean_curve(sims: Floats, least: int = LEAST_POSITIONS) -> Floats:
    """Mean similarity by column (columns,), NaN where fewer than ``least`` positions exist, or fewer than half of the most.

    Where a clip's sound ends, the outer columns are means of few positions: noisier than the others, they would win by chance.
    """
    count = np.isfinite(sims).sum(axis=0)
    least = max(least, int(count.max(initial=0) + 1) // 2)
    total = np.nansum(sims, axis=0) if len(sims) else np.zeros(sims.shape[1])
    return np.where(count >= least, total / np.maximum(count, 1), np.nan).astype(np.float32)


def peak(curve: Floats) -> tuple[float, float]:
    """(offset in pictures from the middle column, confidence = peak − median) of a mean curve; (NaN, 0) without data."""
    if not np.isfinite(curve).any():
        return float("nan"), 0.0
    k = int(np.nanargmax(curve))
    return k + parabola(curve, k) - (len(curve) - 1) / 2, float(curve[k] - np.nanmedian(curve))


def parabola(curve: Floats, k: int) -> float:
    """Where the parabola through three points around the maximum ``k`` peaks, relative to ``k``, in ± 0.5."""
    if not 0 < k < len(curve) - 1 or not np.isfinite(curve[k - 1 : k + 2]).all():
        return 0.0
    a, b, c = (float(x) for x in curve[k - 1 : k + 2])
    bend = a - 2 * b + c
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (a - c) / bend, -0.5, 0.5))
