"""Batches from shards: weighted draws that favour hard negatives, augmentation, and the targets of map and frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vqa_toolkit.models.corruption_net import CELL_PX
from vqa_toolkit.simulate.bitstream_mask import BLOCK_PX
from vqa_toolkit.train.corruption_data import CROP_PX, opened

CELL_BLOCKS = 4  # 32 px
CELLS = CROP_PX // BLOCK_PX // CELL_BLOCKS  # a side of a whole crop
FULL_TARGET = 0.5  # damaged share of a cell from which on it counts as wholly damaged
FAINT = 0.2  # damaged share of a cell below which one may or may not see it
UNSURE_WEIGHT = 0.15  # of cells that only look damaged to someone who has the clean picture
FRAME_POSITIVE, FRAME_NEGATIVE = 0.012, 0.02  # mean visible share above which, largest share below which, a label holds


class Batch(NamedTuple):
    """``rgb`` (n,3,h,w), ``past`` (n,4,h,w) in [0,1]; ``target``, ``weight`` (n,rows,cols); ``frame`` 1, 0 or −1 (unsaid);
    ``known`` (n,rows,cols) logits of another opinion, which the trunk is to add to."""

    rgb: Tensor
    past: Tensor
    target: Tensor
    weight: Tensor
    frame: Tensor
    known: Tensor


class Pool:
    """All samples of the shards seen so far, with a hardness each (running highest score of undamaged crops)."""

    def __init__(self) -> None:
        self.shards: list[Any] = []
        self.blocks: list[NDArray[np.float16]] = []
        self.masks: list[NDArray[np.uint8]] = []
        self.kinds: list[str] = []
        self.where: list[tuple[int, int]] = []
        self.hardness = np.zeros(0, dtype=np.float64)
        self.opinion = np.zeros((0, CELLS, CELLS), dtype=np.float32)  # map logits of the head, of the first samples
        self.known: set[Path] = set()

    def add(self, shards: Sequence[Path]) -> None:
        """Open shards that are not open yet."""
        for path in shards:
            if path in self.known:
                continue
            self.known.add(path)
            for crops, blocks, masks, kinds in opened([path]):
                number = len(self.shards)
                self.shards.append(crops)
                self.blocks.append(blocks)
                self.masks.append(masks)
                self.where += [(number, i) for i in range(len(kinds))]
                self.kinds += kinds
        grown = np.zeros(len(self.where))
        grown[: len(self.hardness)] = self.hardness
        self.hardness = grown

    def __len__(self) -> int:
        return len(self.where)

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Sample numbers, hard undamaged ones up to five times as often."""
        chance = 1.0 + 4.0 * self.hardness
        return rng.choice(len(self.where), size=n, p=chance / chance.sum())

    def read(self, numbers: Sequence[int] | NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Crops (n, 160, 160, 7) and masks (n, 2, 20, 20) of these samples."""
        places = [self.where[int(i)] for i in numbers]
        return np.stack([self.shards[s][i] for s, i in places]), np.stack([self.masks[s][i] for s, i in places])

    def measured(self, numbers: Sequence[int] | NDArray[np.int64]) -> tuple[Tensor, NDArray[np.uint8]]:
        """Features (n, 36, 20, 20) and masks (n, 2, 20, 20) of these samples."""
        places = [self.where[int(i)] for i in numbers]
        blocks = torch.from_numpy(np.stack([self.blocks[s][i] for s, i in places])).float()
        return blocks, np.stack([self.masks[s][i] for s, i in places])

    def opinions(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """What the head says of these samples, (n, 5, 5) logits; 0 where it was not asked."""
        found = np.zeros((len(numbers), CELLS, CELLS), dtype=np.float32)
        asked = numbers < len(self.opinion)
        found[asked] = self.opinion[numbers[asked]]
        return found

    def report(self, numbers: NDArray[np.int64], score: NDArray[np.float64], undamaged: NDArray[np.bool_]) -> None:
        """Remember how damaged the network thought these samples; only undamaged ones become hard."""
        chosen = numbers[undamaged]
        self.hardness[chosen] = 0.5 * self.hardness[chosen] + 0.5 * score[undamaged]


def batch(
    crops: NDArray[np.uint8],
    masks: NDArray[np.uint8],
    rng: np.random.Generator | None,
    side: int = CROP_PX,
    known: NDArray[np.float32] | None = None,
) -> Batch:
    """Network input and targets; with ``rng`` cropped to ``side`` px (by whole cells) and augmented at random, without it
    whole. ``known`` are logits (n, 5, 5) of another opinion."""
    n = len(crops)
    known = np.zeros((n, CELLS, CELLS), np.float32) if known is None else known
    if rng is not None:
        grid = side // BLOCK_PX
        cells, whole = rng.integers(0, (CROP_PX - side) // CELL_PX + 1, (n, 2)), side // CELL_PX
        offsets, corners = cells * CELL_BLOCKS, cells * CELL_PX
        known = np.stack([k[y : y + whole, x : x + whole] for k, (y, x) in zip(known, cells, strict=True)])
        crops = np.stack([c[y : y + side, x : x + side] for c, (y, x) in zip(crops, corners, strict=True)])
        masks = np.stack([m[:, y : y + grid, x : x + grid] for m, (y, x) in zip(masks, offsets, strict=True)])
        flip = rng.random(n) < 0.5
        crops[flip], masks[flip] = crops[flip][:, :, ::-1], masks[flip][..., ::-1]
        known[flip] = known[flip][..., ::-1]
    rgb, past = pixels(crops)
    if rng is not None:
        rgb, past = augmented(rgb, past, rng)
    return Batch(rgb, past, *targets(masks), torch.from_numpy(known))


def pixels(crops: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """Crops (n, h, w, 7) as RGB (n, 3, h, w) and the luma beside (n, 4, h, w), limited range to full, in [0, 1]."""
    seen = torch.from_numpy(np.ascontiguousarray(crops)).permute(0, 3, 1, 2).float()
    return seen[:, :3] / 255.0, ((seen[:, 3:] - 16.0) / 219.0).clamp(0.0, 1.0)


def augmented(rgb: Tensor, past: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Gain, lift, gamma and colour cast, alike in all pictures; either neighbour in time missing in one case of seven."""
    n = len(rgb)

    def draw(low: float, high: float, wide: int = 1) -> Tensor:
        return torch.from_numpy(rng.uniform(low, high, (n, wide, 1, 1)).astype(np.float32))

    gain, lift, gamma = draw(0.75, 1.2), draw(-0.06, 0.06), draw(0.8, 1.25)
    cast, grey = draw(0.93, 1.07, 3), (draw(0, 1) < 0.06).float()
    luma = rgb.mean(1, keepdim=True)
    rgb = (rgb * (1 - grey) + luma * grey).clamp(1e-4, 1.0) ** gamma * gain * cast + lift
    past = past.clamp(1e-4, 1.0) ** gamma * gain + lift
    noise = draw(0, 0.02) * (draw(0, 1) < 0.2).float()
    rgb = (rgb + noise * torch.randn_like(rgb)).clamp(0, 1)
    own = (rgb * rgb.new_tensor((0.299, 0.587, 0.114)).view(1, 3, 1, 1)).sum(1, keepdim=True)
    absent = (draw(0, 1, 2) < 0.15).float().repeat_interleave(2, dim=1)
    return rgb, past.clamp(0, 1) * (1 - absent) + own * absent


def targets(masks: NDArray[np.uint8]) -> tuple[Tensor, Tensor, Tensor]:
    """Map targets and weights (n, rows, cols) and frame labels (n,) from masks (n, 2, 8-px rows, 8-px cols)."""
    n, _, rows, cols = masks.shape
    shape = (n, 2, rows // CELL_BLOCKS, CELL_BLOCKS, cols // CELL_BLOCKS, CELL_BLOCKS)
    share = torch.from_numpy(masks.astype(np.float32) / 255.0).view(shape).mean(dim=(3, 5))
    seen, sure = share[:, 0], share[:, 1]
    target = (sure / FULL_TARGET).clamp(0, 1)
    faint = (sure > 0) & (sure < FAINT)
    weight = torch.where((seen - sure > 0.08) | faint, UNSURE_WEIGHT, 1.0)
    frame = torch.full((n,), -1.0)
    frame[seen.amax(dim=(1, 2)) < FRAME_NEGATIVE] = 0.0
    frame[sure.mean(dim=(1, 2)) > FRAME_POSITIVE] = 1.0
    return target, weight, frame
