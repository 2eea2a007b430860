"""Fits the head that judges measured features, then how trunk, head and decision are weighed: minutes on one core."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.models.corruption_engine import Look, measured
from vqa_toolkit.models.corruption_net import CorruptionNet, EvidenceHead
from vqa_toolkit.train.corruption_batches import Pool, targets

STEPS, BATCH, RATE, DECAY = 4000, 96, 2e-3, 3e-2
READ_AT_ONCE = 32  # samples
LEAST_SAY = 0.05  # weight of the trunk below which it is no help yet, gets no say, and need not run
WEIGH_STEPS, WEIGH_RATE = 400, 0.02
TO_FULL = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
Set = tuple[Tensor, Tensor, Tensor, Tensor]


def facts(pool: Pool, numbers: np.ndarray | None = None) -> Set:
    """Features (n, features, 5, 5), map targets and weights (n, 5, 5) and frame labels (n,) of samples."""
    chosen = np.arange(len(pool)) if numbers is None else numbers
    cells, masks = [], []
    for first in range(0, len(chosen), READ_AT_ONCE):
        crops, mask = pool.read(chosen[first : first + READ_AT_ONCE])
        looks = [Look(np.ascontiguousarray(c[..., :3]), TO_FULL[c[..., 3]]) for c in crops]
        cells.append(measured(looks).cells)
        masks.append(mask)
    return torch.from_numpy(np.concatenate(cells)), *targets(np.concatenate(masks))


def fit_head(data: Set, seed: int, steps: int = STEPS) -> EvidenceHead:
    """A head trained on measured samples by weighted cross-entropy per cell."""
    torch.manual_seed(seed)
    cells, target, weight, _ = data
    head = EvidenceHead(cells.shape[1])
    head.get_buffer("mean").copy_(cells.mean(dim=(0, 2, 3)))
    head.get_buffer("std").copy_(cells.std(dim=(0, 2, 3)) + 1e-3)
    optimiser = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 1e-5 + RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        i = torch.randint(0, len(cells), (BATCH,))
        x, t, w = cells[i], target[i], weight[i]
        if step % 2:
            x, t, w = x.flip(3), t.flip(2), w.flip(2)
        losses = F.binary_cross_entropy_with_logits(head(x), t, reduction="none")
        optimiser.zero_grad()
        ((losses * w).sum() / w.sum()).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return head.eval()


def weigh(net: CorruptionNet, trunk: Tensor, data: Set) -> None:
    """Set ``net.mix`` and ``net.decision`` in place, trunk logits (n, 5, 5) and head given, on validation samples."""
    cells, target, weight, frame = data
    with torch.no_grad():
        head = net.head(cells)
    said = frame >= 0
    mix = torch.tensor([0.3, 1.0, 0.0], requires_grad=True)
    parts = [mix, *net.decision.parameters()]
    rates = [WEIGH_RATE, WEIGH_RATE * 20, *[WEIGH_RATE] * 4]  # k is tens of units
    optimiser = torch.optim.Adam([{"params": [p], "lr": r} for p, r in zip(parts, rates, strict=True)])
    for _ in range(WEIGH_STEPS):
        z = mix[0] * trunk + mix[1] * head + mix[2]
        per_cell = F.binary_cross_entropy_with_logits(z, target, reduction="none")
        decided = net.decision(z)
        per_frame = F.binary_cross_entropy_with_logits(decided, frame.clamp(min=0), reduction="none")
        optimiser.zero_grad()
        ((per_cell * weight).sum() / weight.sum() + (per_frame * said).sum() / said.sum()).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        if mix[0] < LEAST_SAY:
            mix[0] = 0.0
        net.mix.copy_(mix)


@torch.no_grad()
def opinions(net: CorruptionNet, pool: Pool) -> np.ndarray:
    """The head's weighed logits of every sample of a pool, (n, 5, 5); what is known already is kept."""
    found = [pool.opinion]
    for first in range(len(pool.opinion), len(pool), READ_AT_ONCE):
        cells, *_ = facts(pool, np.arange(first, min(first + READ_AT_ONCE, len(pool))))
        found.append(net.eval().glance(cells.to(net.mix.device)).map.cpu().numpy())
    return np.concatenate(found)


@torch.no_grad()
def trunk_logits(net: CorruptionNet, pool: Pool, numbers: np.ndarray) -> Tensor:
    """The trunk's own map logits of whole crops, (n, 5, 5)."""
    from vqa_toolkit.train.corruption_batches import batch

    found = []
    for first in range(0, len(numbers), 32):
        b = batch(*pool.read(numbers[first : first + 32]), None)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found.append(net(b.rgb, b.past).map)
    return torch.cat(found)


def complete(checkpoint: Path, train: Pool, valid: Pool, seed: int, most: int = 40_000) -> CorruptionNet:
    """The checkpoint's running mean with its head and its weights fitted, ready to be exported."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["mean"]
    net = CorruptionNet().eval()
    trunk = {k: v for k, v in state.items() if not k.startswith("head.")}  # the head is fitted below
    net.load_state_dict({**net.state_dict(), **trunk})
    rng = np.random.default_rng(seed)
    net.head = fit_head(facts(train, rng.permutation(len(train))[:most]), seed)
    chosen = rng.permutation(len(valid))[:600]
    weigh(net, trunk_logits(net, valid, chosen), facts(valid, chosen))
    return net
