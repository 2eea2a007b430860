"""Teaches the scout what the finished network says of the training samples: twenty minutes of one core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.measures.corruption_scan import PROMISING
from vqa_toolkit.models.corruption_engine import WEIGHTS as NET
from vqa_toolkit.models.corruption_net import CorruptionNet
from vqa_toolkit.models.corruption_scout import WEIGHTS, Scout
from vqa_toolkit.models.corruption_turned import backwards, mirrored
from vqa_toolkit.models.precision import learning
from vqa_toolkit.models.weights import read_card, save_weights, weights_path
from vqa_toolkit.train.corruption_batches import Pool
from vqa_toolkit.train.corruption_head import READ_AT_ONCE, half_cosine, sights

STEPS, BATCH, RATE, DECAY = 3_000, 192, 3e-3, 2e-2
SAMPLES = 26_000  # that are enough for so small a network, drawn from all
WOBBLE = 0.05  # standard deviations that a feature is off
FOUND = 0.5  # probability of the network's worst cell from which on passing over a sample loses something
Report = Callable[[str], None]


@torch.no_grad()
def answers(net: CorruptionNet, pool: Pool, numbers: np.ndarray) -> Tensor:
    """The whole network's map logits of samples, (n, 5, 5)."""
    found = []
    for first in range(0, len(numbers), READ_AT_ONCE):
        chosen = numbers[first : first + READ_AT_ONCE]
        with learning("cpu"):
            found.append(net.eval()(*sights(pool, chosen), pool.measured(chosen)[0]).map.float())
    return torch.cat(found)


def fit_scout(
    pool: Pool, lesson: np.ndarray, taught: Tensor, seed: int, steps: int = STEPS, report: Report = lambda _: None
) -> Scout:
    """A scout that guesses the network's answers ``taught`` (map logits) to the samples ``lesson``, by cross-entropy with their
    probabilities."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    scout = Scout()
    blocks, _ = pool.measured(rng.permutation(lesson)[:4000])
    scout.get_buffer("mean").copy_(blocks.mean(dim=(0, 2, 3)))
    scout.get_buffer("std").copy_(blocks.std(dim=(0, 2, 3)) + 1e-3)
    scout.train()
    optimiser = torch.optim.AdamW(scout.parameters(), lr=RATE, weight_decay=DECAY)
    total = 0.0
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = half_cosine(step, steps, RATE)
        drawn = rng.integers(0, len(lesson), BATCH)
        x, z = varied(pool.measured(lesson[drawn])[0], taught[torch.from_numpy(drawn)], scout.get_buffer("std"), rng)
        with learning("cpu"):
            guess = scout(x.contiguous(memory_format=torch.channels_last)).float()
        loss = F.binary_cross_entropy_with_logits(guess, torch.sigmoid(z))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total += float(loss.detach())
        if step % 500 == 499:
            report(f"scout: step {step + 1}, loss {total / 500:.4f}")
            total = 0.0
    return scout.eval()


def varied(x: Tensor, z: Tensor, std: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Features and answers mirrored or run backwards at random, alike for a whole batch; every feature a little off."""
    if rng.random() < 0.5:
        x, z = mirrored(x), z.flip(2)
    if rng.random() < 0.3:
        x, z = mirrored(x, 2), z.flip(1)
    if rng.random() < 0.3:
        x = backwards(x)
    return x + torch.randn(*x.shape[:2], 1, 1) * WOBBLE * std.view(1, -1, 1, 1), z


@torch.no_grad()
def kept(scout: Scout, pool: Pool, taught: Tensor, least: float) -> dict[str, float]:
    """Of the samples where the network finds damage, the share whose worst cell the scout puts at ``least`` or more (1 where
    there is nothing to find); of the others, the share that it sends to the head for nothing."""
    guess = torch.cat([
        scout.eval()(pool.measured(np.arange(i, min(i + READ_AT_ONCE, len(pool))))[0])
        for i in range(0, len(pool), READ_AT_ONCE)
    ])  # fmt: skip
    promise = torch.sigmoid(guess).amax(dim=(1, 2)) >= least
    found = torch.sigmoid(taught).amax(dim=(1, 2)) >= FOUND
    return {
        "samples": float(len(pool)), "found": float(found.sum()), "least": least,
        "kept": 1.0 - float((found & ~promise).sum() / found.sum().clamp(min=1)),
        "for_nothing": float((promise & ~found).sum() / (~found).sum().clamp(min=1)),
    }  # fmt: skip


def teach(
    net: CorruptionNet, train: Pool, valid: Pool, seed: int, folder: Path, report: Report, steps: int = STEPS
) -> Path:
    """Fit a scout to what ``net`` says of training samples, measure it on validation samples, and write it with its card beside
    the network's weights below ``folder``; returns its file."""
    lesson = np.random.default_rng(seed).permutation(len(train))[:SAMPLES]
    report(f"scout: the network answers {len(lesson)} samples")
    scout = fit_scout(train, lesson, answers(net, train, lesson), seed, steps, report)
    facts = {"samples": len(lesson), "steps": steps, "seed": seed, "licence": read_card(NET, folder)["licence"]}
    if len(valid):
        facts["validation"] = kept(scout, valid, answers(net, valid, np.arange(len(valid))), PROMISING)
    return export_scout(scout, read_card(NET, folder)["sha256"], facts, folder)


def export_scout(scout: Scout, taught_by: str, facts: Mapping[str, Any], folder: Path) -> Path:
    """Write the scout in half precision with its card below ``folder``; returns the file. ``taught_by`` is the SHA-256 of the weights
    whose answers it learned."""
    card = {
        "name": WEIGHTS,
        "architecture": "two residual blocks on 8-px blocks, two of stride 2; no pixels",
        "input": "36 measured features per 8-px block",
        "output": "guess of the network's probability of damage per 32-px cell: where the head is worth asking",
        "trained_by": "vqa train corruption",
        "taught_by": taught_by,
        **facts,
    }
    save_weights(WEIGHTS, scout.state_dict(), card, folder)
    return weights_path(WEIGHTS, folder)
