"""What a network says about whole clips: similarity at every offset, per picture. Used for scores and to correct offsets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.models.sync_curve import SUPPORTS, Head, mean_curve, peak, similarity, unless_silent
from vqa_toolkit.models.sync_net import MEL_PER_FRAME, SyncNet
from vqa_toolkit.train.lipsync_data import TalkingClip

WINDOW = 100  # pictures normalised together: four seconds, as in the detector
REACH = 15  # pictures either way: SyncNet's ± 15
SHORT_CLIP = 45  # pictures below which a clip says too little of itself
VOICED = 0.6  # of a fragment's pictures: it is then one of speech
MOST_POOLED = 120  # short clips of a source that are summed
SCORES = ("short_5", "short_15", "context_11", "context_15", "context_100")  # head and pictures a fragment

Floats = NDArray[np.float32]


def clip_similarity(
    net: SyncNet,
    clip: TalkingClip,
    reach: int = REACH,
    shift: float = 0.0,
    head: Head = "context",
    device: str = "cpu",
    speech: bool = False,
) -> Floats:
    """Similarity (positions, 2 reach + 1) of a whole clip in windows of four seconds.

    ``shift`` pictures are added to where the sound is looked for (a clip's own offset makes the middle column its
    consensus). The position ``i`` is of pictures ``i`` … ``i + 4`` (``i + 10`` for the context head).
    With ``speech`` positions that no speech is near are NaN, as in the detector.
    """
    wide, n = SUPPORTS[head], len(clip.crops)
    out = np.full((max(n - wide + 1, 0), 2 * reach + 1), np.nan, np.float32)
    begin = 0
    while begin + wide <= n:
        end = min(begin + WINDOW, n)
        if n - end < WINDOW // 2:  # no short rest at the end
            end = n
        first = round((clip.first + begin + shift - reach) * MEL_PER_FRAME)
        heard = np.arange(first, first + (end - begin + 2 * reach) * MEL_PER_FRAME)
        inside = (heard >= 0) & (heard < len(clip.mel))
        mel = clip.mel[np.clip(heard, 0, len(clip.mel) - 1)].astype(np.float32)
        sims = similarity(net, clip.crops[begin:end], mel, inside, reach, head, device)
        out[begin : end - wide + 1] = unless_silent(sims, mel, inside, reach, head) if speech else sims
        if end == n:
            break
        begin = end - wide + 1
    return out


def consensus(sims: Floats) -> tuple[float, float]:
    """(offset in pictures from the middle column, confidence) of the mean similarity."""
    return peak(mean_curve(sims))


def accuracy(sims: Floats, pictures: int, wide: int, voice: NDArray[np.bool_] | None = None) -> tuple[int, int]:
    """31-way protocol on fragments of ``pictures``: (right within one picture of the middle column, all fragments).

    A fragment is the mean over the positions that fit into it (one for ``pictures == wide``); all columns must exist.
    With ``voice`` (one a picture) only fragments in which VOICED of the pictures have speech count.
    """
    span = pictures - wide + 1
    good = np.asarray(np.isfinite(sims).all(axis=1))
    right = total = 0
    for i in range(0, len(sims) - span + 1, max(1, span // 2)):
        if good[i : i + span].all() and (voice is None or voice[i : i + pictures].mean() >= VOICED):
            total += 1
            best = int(np.argmax(sims[i : i + span].mean(axis=0)))
            right += abs(best - (sims.shape[1] - 1) // 2) <= 1
    return right, total


def score(net: SyncNet, clips: Sequence[TalkingClip], device: str = "cpu") -> dict[str, float]:
    """31-way accuracy against each clip's own consensus, by ``SCORES``."""
    sums: dict[str, list[tuple[int, int]]] = {key: [] for key in SCORES}
    for clip in clips:
        own, _ = consensus(clip_similarity(net, clip, device=device, speech=True))
        if not np.isfinite(own):
            continue
        for head, wide in SUPPORTS.items():
            sims = clip_similarity(
                net, clip, shift=round(own), head="short" if head == "short" else "context", device=device
            )
            for key in SCORES:
                if key.startswith(head):
                    sums[key].append(accuracy(sims, int(key.split("_")[1]), wide))
    return {k: sum(r for r, _ in v) / max(sum(n for _, n in v), 1) for k, v in sums.items()}


def measure_offsets(
    net: SyncNet, clips: Sequence[TalkingClip], device: str = "cpu"
) -> list[tuple[TalkingClip, float, float]]:
    """(clip, own offset in pictures (+ = sound late), confidence) of every clip that can be measured.

    Clips of one source that are too short for themselves share their summed similarity.
    """
    rows: list[tuple[TalkingClip, float, float]] = []
    pooled: dict[str, list[Floats]] = defaultdict(list)
    short: dict[str, list[TalkingClip]] = defaultdict(list)
    for clip in clips:
        brief = len(clip.crops) < SHORT_CLIP
        if brief:
            short[clip.source].append(clip)
            if len(pooled[clip.source]) >= MOST_POOLED:
                continue
        sims = clip_similarity(net, clip, device=device, speech=True)
        if brief:
            pooled[clip.source].append(sims)
            continue
        own, sure = consensus(sims)
        if np.isfinite(own):
            rows.append((clip, own, sure))
    for source, sims_list in pooled.items():
        own, sure = consensus(np.concatenate(sims_list))
        if np.isfinite(own):
            rows += [(clip, own, sure) for clip in short[source]]
    return rows
