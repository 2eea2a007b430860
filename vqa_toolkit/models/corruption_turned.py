"""A head's two readings of the same pictures: as they are, and mirrored with time running backwards. Damage is damage either way."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.measures.corruption_features import BLOCK, LEFT, TIMES, UPPER

EARLIER = [2, 3, 0, 1]  # planes of the luma beside, with before and after exchanged


def mirrored(blocks: Tensor, axis: int = 3) -> Tensor:
    """Features (n, 36, h, w) of the mirrored pictures, from left to right or (``axis`` 2) upside down: a block's left or upper edge
    was its neighbour's."""
    turned = blocks.flip(axis)
    edges = list(LEFT if axis == 3 else UPPER)
    moved = turned[:, edges].narrow(axis, 0, turned.shape[axis] - 1)
    turned[:, edges] = F.pad(moved, (1, 0) if axis == 3 else (0, 0, 1, 0))
    return turned


def backwards(blocks: Tensor) -> Tensor:
    """Features of the pictures with time running backwards."""
    order = list(range(blocks.shape[1]))
    for before, after in TIMES:
        order[before], order[after] = after, before
    return blocks[:, order]


def both_ways(head: nn.Module, cells: Tensor, rgb: Tensor, past: Tensor, known: Tensor | None = None) -> Tensor:
    """Mean logits (n, rows, cols) of ``head`` for the pictures and for the pictures turned; those of the first reading may be
    ``known``.

    ``cells`` (n, 36, 4·rows, 4·cols), ``rgb`` (n, 3, h, w), ``past`` (n, 4, h, w); pictures that end within a cell are continued by
    their mirror image first, so that the grid lies as it did.
    """
    down, across = cells.shape[2] * BLOCK - rgb.shape[2], cells.shape[3] * BLOCK - rgb.shape[3]
    if down > 0 or across > 0:
        rgb, past = (F.pad(v, (0, across, 0, down), mode="reflect") for v in (rgb, past))
    once: Tensor = head(cells, rgb, past) if known is None else known
    again: Tensor = head(mirrored(backwards(cells)), rgb.flip(3), past[:, EARLIER].flip(3))
    return (once + again.flip(2)) / 2
