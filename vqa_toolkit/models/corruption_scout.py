"""A scout: from the measured features alone, where it is worth letting the head look. A thirtieth of the head's work."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.models.corruption_net import FEATURE_CLIP, FEATURES, BasicBlock, fold_blocks
from vqa_toolkit.models.weights import load_weights

WEIGHTS = "corruption_scout"


class Scout(nn.Module):
    """Guesses the whole network's map from the features of the 8-px blocks; it never sees a pixel.

    It was taught by the network's answers (Hinton et al., "Distilling the Knowledge in a Neural Network", 2015), not by the truth: what
    it must not do is to pass over what the network would find.
    """

    def __init__(self, inputs: int = FEATURES, fine: int = 24, coarse: int = 32) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("std", torch.ones(inputs))
        self.a = nn.Conv2d(inputs, fine, 1)
        self.blocks = nn.Sequential(BasicBlock(fine, fine, 1), BasicBlock(fine, fine, 1))
        self.cells = nn.Sequential(BasicBlock(fine, coarse, 2), BasicBlock(coarse, coarse, 2))
        self.d = nn.Conv2d(coarse, 1, 1)

    def forward(self, found: Tensor) -> Tensor:
        """Features (n, 36, 4·rows, 4·cols) → logits of the map (n, rows, cols)."""
        mean, std = (t.view(1, -1, 1, 1) for t in (self.get_buffer("mean"), self.get_buffer("std")))
        x = ((found - mean) / std).clamp(-FEATURE_CLIP, FEATURE_CLIP)
        out: Tensor = self.d(self.cells(self.blocks(F.relu(self.a(x)))))[:, 0]
        return out


@cache
def prepared_scout(folder: Path | None = None) -> Scout:
    """The shipped scout with its batch normalisation folded into the convolutions.

    Raises:
        WeightsError: when the weights are missing or damaged.
    """
    scout = Scout().eval()
    scout.load_state_dict(load_weights(WEIGHTS, folder))
    fold_blocks(scout)
    still: Scout = scout.requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return still
