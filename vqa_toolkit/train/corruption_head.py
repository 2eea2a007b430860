"""Fits the head that judges measured features, then how trunk, head and decision are weighed: minutes on one core."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.models.corruption_net import CorruptionNet, EvidenceHead
from vqa_toolkit.models.corruption_turned import EARLIER, backwards, both_ways, mirrored
from vqa_toolkit.models.precision import learning
from vqa_toolkit.train.corruption_batches import Pool, batch, pixels, targets

STEPS, BATCH, RATE, DECAY, WARMUP = 8_000, 96, 2e-3, 5e-2, 100
CLOSER = 4  # times that a sample is more likely drawn where undamaged cells were taken for damaged
WOBBLE, MISSING = 0.1, 0.05  # standard deviations that a feature is off; share of features that are zero
READ_AT_ONCE = 64  # samples
LEAST_SAY = 0.05  # weight of the trunk below which it is no help yet, gets no say, and need not run
WEIGH_STEPS, WEIGH_RATE = 400, 0.02
Set = tuple[Tensor, Tensor, Tensor, Tensor]
Sight = tuple[Tensor, Tensor]
Report = Callable[[str], None]


def facts(pool: Pool, numbers: np.ndarray) -> Set:
    """Features (n, 36, 20, 20), map targets and weights (n, 5, 5) and frame labels (n,) of samples."""
    blocks, masks = pool.measured(numbers)
    return blocks, *targets(masks)


def sights(pool: Pool, numbers: np.ndarray, rng: np.random.Generator | None = None) -> Sight:
    """Pixels of samples: RGB (n, 3, 160, 160) and the luma beside (n, 4, 160, 160), in [0, 1]; with ``rng`` toned at random."""
    crops, _ = pool.read(numbers)
    if rng is not None:
        crops = np.stack([toned(crop, rng) for crop in crops])
    return pixels(crops)


def toned(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A crop (h, w, 7) with gain, lift and gamma alike in all pictures, and a colour cast; grey in one case of sixteen."""
    gain, lift, gamma = rng.uniform(0.75, 1.2), rng.uniform(-0.06, 0.06), rng.uniform(0.8, 1.25)
    cast, grey = rng.uniform(0.93, 1.07, 3), rng.random() < 1 / 16
    code = np.arange(256)
    full, limited = (np.clip(v, 0, 1) ** gamma * gain + lift for v in (code / 255, (code - 16) / 219))
    colours = [np.clip((full - lift) * c + lift, 0, 1) * 255 for c in ((1, 1, 1) if grey else cast)]
    table = np.stack([*colours, *[16 + 219 * np.clip(limited, 0, 1)] * 4], axis=1)
    if grey:
        crop = np.concatenate(
            [cv2.cvtColor(cv2.cvtColor(crop[..., :3], cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), crop[..., 3:]], axis=2
        )
    return np.asarray(cv2.LUT(np.ascontiguousarray(crop), np.rint(table)[None].astype(np.uint8)), dtype=np.uint8)


def varied(data: Set, sight: Sight, std: Tensor, rng: np.random.Generator) -> tuple[Set, Sight]:
    """Samples mirrored or run backwards at random, alike for a whole batch; every feature a little off, some missing."""
    x, t, w, frame = data
    rgb, past = sight
    if rng.random() < 0.5:
        x, t, w, rgb, past = mirrored(x), t.flip(2), w.flip(2), rgb.flip(3), past.flip(3)
    if rng.random() < 0.3:
        x, t, w, rgb, past = mirrored(x, 2), t.flip(1), w.flip(1), rgb.flip(2), past.flip(2)
    if rng.random() < 0.3:
        x, past = backwards(x), past[:, EARLIER]
    shape = (*x.shape[:2], 1, 1)
    x = x + torch.randn(shape) * WOBBLE * std.view(1, -1, 1, 1)
    kept = (torch.rand(shape) >= MISSING).float()
    return (x * kept, t, w, frame), (rgb, past)


def fit_head(
    pool: Pool,
    seed: int,
    steps: int = STEPS,
    report: Report = lambda _: None,
    begun: EvidenceHead | None = None,
) -> EvidenceHead:
    """A head trained on measured samples by weighted cross-entropy per cell; what it takes wrongly for damage is drawn more
    often. One that has ``begun`` goes on at half the rate."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head = begun or EvidenceHead()
    peak = RATE if begun is None else RATE / 2
    if begun is None:
        blocks, _ = pool.measured(rng.permutation(len(pool))[:4000])
        head.get_buffer("mean").copy_(blocks.mean(dim=(0, 2, 3)))
        head.get_buffer("std").copy_(blocks.std(dim=(0, 2, 3)) + 1e-3)
    head.train()
    head.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    hardness, total = np.zeros(len(pool)), 0.0
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = half_cosine(step, steps, peak)
        chance = 1.0 + CLOSER * hardness
        numbers = rng.choice(len(pool), size=BATCH, p=chance / chance.sum())
        (x, t, w, frame), sight = varied(facts(pool, numbers), sights(pool, numbers, rng), head.get_buffer("std"), rng)
        with learning("cpu"):
            z = head(x.contiguous(memory_format=torch.channels_last), *sight).float()
        losses = F.binary_cross_entropy_with_logits(z, t, reduction="none")
        loss = (losses * w).sum() / w.sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        clean = (frame == 0).numpy()
        worst = torch.sigmoid(z.detach()).amax(dim=(1, 2)).double().numpy()
        hardness[numbers[clean]] = 0.5 * hardness[numbers[clean]] + 0.5 * worst[clean]
        total += float(loss.detach())
        if step % 500 == 499:
            report(f"head: step {step + 1}, loss {total / 500:.4f}")
            total = 0.0
    return head.eval()


def half_cosine(step: int, steps: int, peak: float) -> float:
    """The rate of a step: linear warm-up over the first hundred, then half a cosine from ``peak`` to 1e-5."""
    return 1e-5 + peak * min(1.0, (step + 1) / WARMUP) * 0.5 * (1 + math.cos(math.pi * step / steps))


@torch.no_grad()
def head_logits(net: CorruptionNet, pool: Pool, numbers: np.ndarray) -> Tensor:
    """The head's own map logits of samples, read both ways, (n, 5, 5)."""
    parts = []
    for i in range(0, len(numbers), READ_AT_ONCE):
        chosen = numbers[i : i + READ_AT_ONCE]
        seen = (pool.measured(chosen)[0], *sights(pool, chosen))
        parts.append(both_ways(net.head.eval(), *(v.to(net.mix.device) for v in seen)).cpu())
    return torch.cat(parts)


def weigh(net: CorruptionNet, trunk: Tensor, head: Tensor, data: Set) -> None:
    """Set ``net.mix`` and ``net.decision`` in place by the logits of trunk and head (n, 5, 5) on validation samples."""
    _, target, weight, frame = data
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
        net.decision.k.data.clamp_(min=0.0)  # more damage never says less
    with torch.no_grad():
        if mix[0] < LEAST_SAY:
            mix[0] = 0.0
        net.mix.copy_(mix)


@torch.no_grad()
def opinions(net: CorruptionNet, pool: Pool) -> np.ndarray:
    """The head's weighed logits of every sample of a pool, (n, 5, 5); what is known already is kept."""
    more = np.arange(len(pool.opinion), len(pool))
    if not len(more):
        return pool.opinion
    z = net.mix[1].cpu() * head_logits(net, pool, more) + net.mix[2].cpu()
    return np.concatenate([pool.opinion, z.numpy()])


@torch.no_grad()
def trunk_logits(net: CorruptionNet, pool: Pool, numbers: np.ndarray) -> Tensor:
    """The trunk's own map logits of whole crops, (n, 5, 5)."""
    found = []
    for first in range(0, len(numbers), 32):
        b = batch(*pool.read(numbers[first : first + 32]), None)
        with learning("cpu"):
            found.append(net(b.rgb, b.past).map)
    return torch.cat(found)


def complete(checkpoint: Path, valid: Pool, seed: int) -> CorruptionNet:
    """The checkpoint's running mean with trunk, head and decision weighed against each other, ready to be exported."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["mean"]
    net = CorruptionNet().eval()
    net.load_state_dict(state)
    chosen = np.random.default_rng(seed).permutation(len(valid))
    weigh(net, trunk_logits(net, valid, chosen), head_logits(net, valid, chosen), facts(valid, chosen))
    return net
