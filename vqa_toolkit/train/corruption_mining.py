"""Hard negatives by rounds: where undamaged pictures look damaged to the head as it is, more crops are cut.

False alarms of one an hour are one crop in millions, which no sample drawn at random shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vqa_toolkit.measures.corruption_cascade import same_shot
from vqa_toolkit.models.corruption_look import Look, full_luma, measured, to_rgb
from vqa_toolkit.models.corruption_net import CELL_PX, EvidenceHead
from vqa_toolkit.simulate.bitstream_mask import BLOCK_PX, planes
from vqa_toolkit.train.corruption_clips import Clip

WORTH = 0.15  # probability below which a place is no more worth a crop than any other
AT_ONCE = 4  # pictures measured together


class Doubts:
    """What a head takes for damage in undamaged pictures."""

    def __init__(self, head: EvidenceHead) -> None:
        self.head = head.eval()

    @classmethod
    def read(cls, path: Path) -> Doubts | None:
        """The head saved at ``path``; None where there is none yet."""
        if not path.exists():
            return None
        head = EvidenceHead()
        head.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return cls(head)

    @torch.inference_mode()
    def of(self, pictures: Clip) -> NDArray[np.float32]:
        """Probability of damage per 8-px block of every picture, (n, rows, cols), and 0 below ``WORTH``."""
        height, width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
        rows, cols = -(-height // BLOCK_PX), -(-width // BLOCK_PX)
        lumas = [full_luma(p[:height], 8, False) for p in pictures]
        found = []
        for first in range(0, len(pictures), AT_ONCE):
            looks = [
                Look(to_rgb(planes(pictures[i]), 8, False), *beside(lumas, i))
                for i in range(first, min(first + AT_ONCE, len(pictures)))
            ]
            facts = measured(looks)
            rgb = torch.from_numpy(np.stack([look.rgb for look in looks])).permute(0, 3, 1, 2).float() / 255.0
            cells = self.head(torch.from_numpy(facts.cells), rgb, torch.from_numpy(facts.past)).float()
            fine = torch.sigmoid(cells).repeat_interleave(CELL_PX // BLOCK_PX, 1)
            found.append(fine.repeat_interleave(CELL_PX // BLOCK_PX, 2)[:, :rows, :cols].numpy())
        shares: NDArray[np.float32] = np.concatenate(found)
        shares[shares < WORTH] = 0.0
        return shares


def beside(lumas: Sequence[NDArray[np.uint8]], number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Luma of the pictures before and after; the picture's own where the clip or the shot ends, as the detector has it."""
    now = lumas[number]
    sides = [lumas[min(max(0, number + k), len(lumas) - 1)] for k in (-1, 1)]
    before, after = (side if same_shot(now, side) else now for side in sides)
    return before, after
