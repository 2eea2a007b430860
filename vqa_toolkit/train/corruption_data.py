"""Training samples for block corruption: native-scale crops with their damage, made by the simulator, kept in shards.

A sample is (160, 160, 7) uint8 — RGB, then the luma of the picture before and of the one after, each as it was and as motion
makes it — with the measured features (36, 20, 20) float16 of its 8-px blocks and two masks (20, 20) uint8, damaged share of each
block × 255: against the clean picture, and the part that no neighbour in time explains.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.measures.corruption_features import Beside, features
from vqa_toolkit.simulate.bitstream_codec import Codec, Coding, decode, encode, units
from vqa_toolkit.simulate.bitstream_mask import BLOCK_PX, visible_masks
from vqa_toolkit.simulate.bitstream_scenario import Broken, break_stream, captured, draw_scenario
from vqa_toolkit.simulate.core import ClipFacts
from vqa_toolkit.simulate.painted import Mode, draw_patches, paint
from vqa_toolkit.train.corruption_clips import (
    FRAMES,
    VIDEOS,
    Clip,
    clips,
    from_yuv,
    pristine_files,
    read_pictures,
    split_of,
    title_of,
)
from vqa_toolkit.train.corruption_mining import Doubts, beside
from vqa_toolkit.train.corruption_negatives import disguise

CROP_PX = 160
GRID = CROP_PX // BLOCK_PX
FPS = Fraction(25)
TRAIN_CODECS: tuple[Codec, ...] = ("h264", "h264", "h264", "h264", "hevc", "hevc", "mpeg2", "mpeg2", "mpeg4", "vp8")
TRAIN_MODES: tuple[Mode, ...] = (
    "displaced", "displaced", "constant", "green", "grey", "smear", "pattern", "copy", "noise", "tint", "coarse", "gradient",
)  # fmt: skip
HELD_OUT_CODEC: Codec = "vp9"  # never trained on: the held-out family of bitstream damage
HELD_OUT_MODE: Mode = "repeated"  # never trained on: the held-out family of painted damage
CHANGING = 0.65  # share of undamaged crops taken where the picture changes
DOUBTED = 0.75  # share taken where the head is wrong, once there is one to ask
SUSPICIOUS = 0.65  # share of the undamaged clips that are made to look damaged; the others are coded coarsely
SEEN = 0.02  # damaged share of a picture above which a crop is looked for in it
RECAPTURE: tuple[Codec, ...] = ("h264", "h264", "hevc", "mpeg2")


@dataclass(slots=True)
class Samples:
    """Growing lists of crops, features, masks and one word about where each came from (``captured``)."""

    crops: list[NDArray[np.uint8]] = field(default_factory=list)
    blocks: list[NDArray[np.float16]] = field(default_factory=list)
    masks: list[NDArray[np.uint8]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write ``path`` (.npy of crops), ``path`` with .blocks.npy, .masks.npy and .txt; nothing when empty."""
        if not self.crops:
            return
        np.save(path.with_suffix(".blocks.npy"), np.stack(self.blocks))
        np.save(path.with_suffix(".masks.npy"), np.stack(self.masks))
        path.with_suffix(".txt").write_text("\n".join(self.kinds))
        part = path.with_suffix(".part.npy")
        np.save(part, np.stack(self.crops))
        part.rename(path)


def cut(pictures: Clip, number: int, at: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """The crop of picture ``number`` with its top left block at ``at`` (row, column of 8-px blocks), and its features."""
    whole = np.asarray(cv2.cvtColor(pictures[number], cv2.COLOR_YUV2RGB_I420), dtype=np.uint8)
    y, x = at[0] * BLOCK_PX, at[1] * BLOCK_PX
    rgb = np.ascontiguousarray(whole[y : y + CROP_PX, x : x + CROP_PX])
    height = pictures[number].shape[0] * 2 // 3
    sides = beside([p[:height] for p in pictures], number)
    return sample(rgb, *(luma[y : y + CROP_PX, x : x + CROP_PX] for luma in sides))


def sample(
    rgb: NDArray[np.uint8], before: NDArray[np.uint8], after: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """A crop (h, w, 7) and its features from RGB (h, w, 3) and the limited-range luma beside it, as the detector measures them."""
    height, width = rgb.shape[:2]
    flat = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), dtype=np.uint8)
    y, chroma = flat[None, :height], flat[height:].reshape(2, 1, height // 2, width // 2)
    pair = [Beside.of(y, np.ascontiguousarray(luma)[None]) for luma in (before, after)]
    found = features(y, chroma[0], chroma[1], *pair)[0].astype(np.float16)
    layers = [layer[0][..., None] for side in pair for layer in (side.luma, side.motion.luma)]
    return np.concatenate([rgb, *layers], axis=2), found


def novelty(pictures: Clip, number: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Mean change of each 8-px block since the picture before (rows, cols): where the detector will look."""
    height = pictures[number].shape[0] * 2 // 3
    now, before = pictures[number][:height], pictures[max(0, number - 1)][:height]
    change = np.asarray(cv2.resize(cv2.absdiff(now, before), shape[::-1], interpolation=cv2.INTER_AREA))
    return change.astype(np.float32)


def places(share: NDArray[np.float32], rng: np.random.Generator, near: bool) -> tuple[int, int]:
    """The top left block of a crop: anywhere, or around a damaged block chosen by its share."""
    rows, cols = share.shape[0] - GRID, share.shape[1] - GRID
    if not near or float(share.sum()) <= 0:
        return int(rng.integers(0, rows + 1)), int(rng.integers(0, cols + 1))
    flat = share.reshape(-1) / share.sum()
    row, col = divmod(int(rng.choice(flat.size, p=flat)), share.shape[1])
    shift = rng.integers(0, GRID, 2)
    return int(np.clip(row - shift[0], 0, rows)), int(np.clip(col - shift[1], 0, cols))


def harvest(
    into: Samples,
    pictures: Clip,
    masks: NDArray[np.float32],
    sure: NDArray[np.float32],
    kind: str,
    rng: np.random.Generator,
    damaged: int = 9,
    clean: int = 2,
    doubts: Doubts | None = None,
    only_doubted: bool = False,
) -> None:
    """Crops of the pictures: up to ``damaged`` around visible damage, and ``clean`` of which two in three show much change, or,
    where the pictures are undamaged and there are ``doubts``, look damaged to them (all with ``only_doubted``)."""
    if not len(pictures) or min(masks.shape[1:]) < GRID or pictures[0].shape[1] < CROP_PX:
        return
    areas = sure.mean(axis=(1, 2))
    hit = np.flatnonzero(areas > SEEN / 4)
    wanted = [(int(n), places(sure[n], rng, True)) for n in rng.permutation(hit)[:damaged]]
    fresh = np.asarray([novelty(pictures, n, sure.shape[1:]) for n in range(len(pictures))])
    lively = np.partition(fresh.reshape(len(fresh), -1), -GRID, axis=1)[:, -GRID] + 0.1
    doubted = doubts.of(pictures) if doubts is not None and not len(hit) else np.zeros_like(sure)
    heat = np.square(doubted).sum(axis=(1, 2), dtype=np.float64)
    for _ in range(clean if heat.sum() > 0 or not only_doubted else 0):
        if heat.sum() > 0 and (only_doubted or rng.random() < DOUBTED):
            n = int(rng.choice(len(pictures), p=heat / heat.sum()))
            wanted.append((n, places(np.square(doubted[n]), rng, True)))
        elif rng.random() < CHANGING:
            n = int(rng.choice(len(pictures), p=lively / lively.sum()))
            wanted.append((n, places(fresh[n], rng, True)))
        else:
            n = int(rng.integers(0, len(pictures)))
            wanted.append((n, places(sure[n], rng, False)))
    for number, at in wanted:
        window = (slice(at[0], at[0] + GRID), slice(at[1], at[1] + GRID))
        crop, blocks = cut(pictures, number, at)
        if crop.shape[:2] != (CROP_PX, CROP_PX):
            continue
        into.crops.append(crop)
        into.blocks.append(blocks)
        pair = np.stack([masks[number][window], sure[number][window]])
        into.masks.append((pair * 255).round().astype(np.uint8))
        into.kinds.append(kind)


def resized_masks(masks: NDArray[np.float32], pictures: Clip) -> NDArray[np.float32]:
    """Masks for pictures that were scaled after the damage."""
    rows, cols = (-(-s // BLOCK_PX) for s in (pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]))
    if masks.shape[1:] == (rows, cols):
        return masks
    return np.stack([cv2.resize(m, (cols, rows), interpolation=cv2.INTER_AREA) for m in masks]).astype(np.float32)


def draw_coding(rng: np.random.Generator, codecs: Sequence[Codec] = RECAPTURE, low: float = 0.0) -> Coding:
    """An intact recording's coding."""
    codec = codecs[int(rng.integers(len(codecs)))]
    gop, quality = int(rng.choice([12, 25, 50])), float(rng.uniform(low, 1))
    return Coding(codec, gop, int(rng.choice([0, 2])), 1, quality)


def capture(pictures: Clip, rng: np.random.Generator) -> Clip:
    """The pictures as recorded from a player, scaled in two cases of five."""
    scale = float(rng.uniform(0.7, 1.8)) if rng.random() < 0.4 else 1.0
    if min(pictures[0].shape[0] * 2 / 3, pictures[0].shape[1]) * scale < CROP_PX + 8:
        scale = 1.0
    return captured(pictures, FPS, draw_coding(rng, low=0.15), scale)


def broken(
    into: Samples, clip: Clip, rng: np.random.Generator, codecs: Sequence[Codec], doubts: Doubts | None = None
) -> None:
    """Samples of one bitstream accident: as decoded, or captured; and the same material undamaged."""
    result: Broken = break_stream(clip, FPS, draw_scenario(rng, codecs), rng, (0.1, 0.95))
    if len(result.damaged) < 4:
        return
    form = "stream"
    pictures, clean, masks, sure = result.damaged, result.clean, result.masks, result.sure
    if rng.random() < 0.5:
        form, state = "captured", rng.bit_generator.state
        pictures = capture(pictures, rng)
        rng.bit_generator.state = state  # the clean twin is recorded in the same way
        clean = capture(clean, rng)
        masks, sure = resized_masks(masks, pictures), resized_masks(sure, pictures)
    harvest(into, pictures, masks, sure, form, rng)
    none = np.zeros_like(masks)
    harvest(into, clean, none, none, "clean", rng, clean=6, doubts=doubts)


def painted(into: Samples, clip: Clip, rng: np.random.Generator, modes: Sequence[Mode]) -> None:
    """Samples of painted blocks over decoded material, mostly captured afterwards."""
    coding = draw_coding(rng)
    clean = [p for _, p in decode(units(encode(clip, FPS, coding)), coding.codec)]
    height, width = clip[0].shape[0] * 2 // 3, clip[0].shape[1]
    facts = ClipFacts(width, height, float(FPS), len(clean) / float(FPS), 0, 0)
    patches = draw_patches(rng, facts, float(rng.random()), (0.1, facts.duration), modes)
    shown, past = [], []
    for number, picture in enumerate(clean):
        yuv = full_chroma(picture)
        past.append(yuv.copy())
        for patch in patches:
            if patch.born <= number / float(FPS) < patch.died:
                paint(yuv, patch, past[-9:-1], number)
        shown.append(from_yuv(yuv))
    pairs = [visible_masks(clean, p, i) for i, p in enumerate(shown)]
    masks, sure = (np.stack(list(m)) for m in zip(*pairs, strict=True))
    if rng.random() < 0.6:
        shown = capture(shown, rng)
        masks, sure = resized_masks(masks, shown), resized_masks(sure, shown)
    harvest(into, shown, masks, sure, "painted", rng)


def full_chroma(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """I420 as (h, w, 3) Y'CbCr."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    chroma = picture[height:].reshape(2, height // 2, width // 2).repeat(2, axis=1).repeat(2, axis=2)
    return np.dstack([picture[:height], chroma[0], chroma[1]])


def harmless(
    into: Samples, clip: Clip, other: Clip | None, rng: np.random.Generator, doubts: Doubts | None = None
) -> None:
    """Samples of undamaged material that looks suspicious, or is merely coded very coarsely."""
    suspicious = rng.random() < SUSPICIOUS
    shown = disguise(clip, rng, other) if suspicious else clip
    coding = draw_coding(rng)
    if not suspicious:
        coding = coding._replace(quality=float(rng.uniform(0, 0.4)))
    shown = [p for _, p in decode(units(encode(shown, FPS, coding)), coding.codec)]
    if rng.random() < 0.4:
        shown = capture(shown, rng)
    undamaged(into, shown, "harmless" if suspicious else "coarse", rng, 9, doubts)


def undamaged(
    into: Samples,
    shown: Clip,
    kind: str,
    rng: np.random.Generator,
    count: int,
    doubts: Doubts | None,
    only: bool = False,
) -> None:
    """Samples of pictures that are known to be undamaged; ``only`` where there are doubts."""
    height, width = shown[0].shape[0] * 2 // 3, shown[0].shape[1]
    none = np.zeros((len(shown), -(-height // BLOCK_PX), -(-width // BLOCK_PX)), dtype=np.float32)
    harvest(into, shown, none, none, kind, rng, clean=count, doubts=doubts, only_doubted=only)


def watched(into: Samples, path: Path, count: int, rng: np.random.Generator, doubts: Doubts) -> None:
    """Samples of ``count`` stretches of a video, whole pictures as stored or recorded anew: where the head is wrong in them."""
    if path.suffix.lower() not in VIDEOS:
        return
    frames = read_pictures(path)
    for _ in range(count if len(frames) >= FRAMES else 0):
        first = int(rng.integers(0, len(frames) - FRAMES + 1))
        shown = frames[first : first + FRAMES]
        undamaged(into, capture(shown, rng) if rng.random() < 0.5 else shown, "watched", rng, 12, doubts, True)


def title_samples(path: Path, seed: int, rounds: int, held_out: bool = False, doubts: Doubts | None = None) -> Samples:
    """All samples of one file: ``rounds`` clips; with ``held_out`` only the families that are never trained on; with
    ``doubts`` mostly such undamaged crops as look damaged to them, and more of real videos."""
    rng = np.random.default_rng([seed, zlib.crc32(path.name.encode())])
    into = Samples()
    other: Clip | None = None
    for clip in clips(path, rng, rounds):
        if len(clip) < 6:
            continue
        if held_out:
            broken(into, clip, rng, (HELD_OUT_CODEC,))
            painted(into, clip, rng, (HELD_OUT_MODE,))
        else:
            for _ in range(2):
                broken(into, clip, rng, TRAIN_CODECS, doubts)
            if rng.random() < 0.6:
                painted(into, clip, rng, TRAIN_MODES)
            harmless(into, clip, other, rng, doubts)
        other = clip
    if doubts is not None:
        watched(into, path, rounds, rng, doubts)
    return into


def build(
    pristine: Path, out: Path, split: str, seed: int, rounds: int, held_out: bool = False, doubts: Doubts | None = None
) -> list[Path]:
    """One shard per title of ``split`` below ``out``; shards already there are kept, so a build resumes."""
    out.mkdir(parents=True, exist_ok=True)
    shards = []
    files = pristine_files(pristine)
    for number in np.random.default_rng(seed).permutation(len(files)).tolist():  # so that a part is already varied
        path = files[number]
        if split_of(title_of(path)) != split:
            continue
        shard = out / f"{path.stem}.{seed}.npy"
        if not shard.exists():
            title_samples(path, seed, rounds, held_out, doubts).save(shard)
        if shard.exists():
            shards.append(shard)
    return shards


def opened(shards: Sequence[Path]) -> Iterator[tuple[Any, Any, Any, list[str]]]:
    """Crops (memory-mapped), features, masks and kinds of every shard."""
    for shard in shards:
        kinds = shard.with_suffix(".txt").read_text().split("\n")
        blocks, masks = (np.load(shard.with_suffix(end)) for end in (".blocks.npy", ".masks.npy"))
        yield np.load(shard, mmap_mode="r"), blocks, masks, kinds
