"""Losses of the lip-sync network: which sound belongs to which moment of the same clip."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.train.lipsync_measure import REACH

NEAR = 1  # pictures: neighbours this near are no negatives
LOGIT_SCALE_MAX = 3.7  # log of the largest factor on a cosine


HIDDEN = -1e4  # a logit that takes no part


def matching_loss(seen: Tensor, told: Tensor, scale: Tensor, strangers: int) -> Tensor:
    """Cross-entropy over a clip's own positions within ± REACH and sounds (pictures) of other clips, both directions.

    ``seen``, ``told`` are unit vectors (B, P, D); logits are ``exp(scale) · cosine``; neighbours within NEAR are left out.
    """
    b, p, d = seen.shape
    factor = scale.clamp(max=LOGIT_SCALE_MAX).exp()
    at = torch.arange(p, device=seen.device)
    gap = (at[:, None] - at[None]).abs()
    hidden = ((gap > REACH) | ((gap >= 1) & (gap <= NEAR))).unsqueeze(0)
    inside = torch.bmm(seen, told.transpose(1, 2)) * factor
    target = at.repeat(b)
    loss = seen.new_zeros(())
    for mine, other, logits in ((seen, told, inside), (told, seen, inside.transpose(1, 2))):
        pick = torch.randint(b * p, (strangers,), device=seen.device)
        outside = (mine.reshape(b * p, d) @ other.reshape(b * p, d)[pick].T).view(b, p, -1) * factor
        same = (pick // p).view(1, 1, -1) == torch.arange(b, device=seen.device).view(b, 1, 1)
        every = torch.cat([logits.masked_fill(hidden, HIDDEN), outside.masked_fill(same, HIDDEN)], 2)
        loss = loss + F.cross_entropy(every.flatten(0, 1), target)
    return loss / 2


def distil_loss(short: tuple[Tensor, Tensor], context: tuple[Tensor, Tensor], scale: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the short head's distribution over a clip's positions from the context head's."""
    p = context[0].shape[1]
    begin = (short[0].shape[1] - p) // 2
    at = torch.arange(p, device=short[0].device)
    hidden = ((at[:, None] - at[None]).abs() > REACH).unsqueeze(0)
    factors = scale.clamp(max=LOGIT_SCALE_MAX).exp()
    mine, teacher = (
        (torch.bmm(v, a.transpose(1, 2)) * f).masked_fill(hidden, HIDDEN).log_softmax(2)
        for v, a, f in (
            (short[0][:, begin : begin + p], short[1][:, begin : begin + p], factors[0]),
            (*context, factors[1]),
        )
    )
    return F.kl_div(mine, teacher.detach(), log_target=True, reduction="none").sum(2).mean()
