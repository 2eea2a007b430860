"""Train the block-corruption network: faults made from pristine pictures while it learns; resumable at any moment."""

from __future__ import annotations

import copy
import json
import math
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av.logging
import cv2
import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.models.corruption_net import CorruptionNet, Damage
from vqa_toolkit.models.precision import learning
from vqa_toolkit.models.weights import start_from
from vqa_toolkit.train.corruption_batches import Batch, Pool, batch
from vqa_toolkit.train.corruption_card import export
from vqa_toolkit.train.corruption_data import build
from vqa_toolkit.train.corruption_head import STEPS, complete, fit_head, opinions
from vqa_toolkit.train.corruption_mining import Doubts
from vqa_toolkit.train.corruption_scout import STEPS as SCOUT_STEPS
from vqa_toolkit.train.corruption_scout import teach

Report = Callable[[str], None]
HEAD_SAMPLES = 8000  # from which on the head is worth asking
HEAD_AGAIN = 2.0  # times as many samples, and it learns further
HEAD = "head.pt"  # the head as it is, for the supply of hard negatives


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, but for the pictures."""

    seed: int = 7
    steps: int = 16_000
    minutes: float = 0.0  # of training after which the schedule is through, whatever its steps; 0 = by steps alone
    batch: int = 64
    rounds: int = 3  # times that new faults are made from every title
    clips: int = 4  # clips of each title in a round
    rate: float = 1.5e-3
    decay: float = 0.03
    warmup: int = 60
    average: float = 0.998  # of the running mean of weights that is kept
    together: int = 8  # steps after which processes that train together average their weights
    frame_loss: float = 0.25
    head_steps: int = STEPS  # of the head on measured features, which is fitted first
    scout_steps: int = SCOUT_STEPS  # of the scout, which is taught by the finished network
    check_every: int = 250
    start: str = ""  # weights to begin with: "packaged", or a folder that an earlier training wrote; "" = none
    sides_px: tuple[int, ...] = (96, 96, 128)  # of the crops, growing: the same time shows more pictures at first
    shares: tuple[float, ...] = (0.5, 0.9, 1.0)  # of the steps, at which each side ends


def shards_of(out: Path, split: str) -> list[Path]:
    """The finished shards of a split."""
    return sorted(
        p
        for p in (out / "shards" / split).glob("*.npy")
        if not p.name.endswith((".masks.npy", ".blocks.npy", ".part.npy"))
    )


def supply(pristine: Path, out: Path, recipe: Recipe) -> None:
    """Make shards, validation first, then round after round of training faults, with hard negatives for the head as it is
    (runs in a process of its own)."""
    os.nice(2)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    av.logging.set_level(None)
    build(pristine, out / "shards" / "valid", "valid", recipe.seed, recipe.clips)
    build(pristine, out / "shards" / "valid_held", "valid", recipe.seed, recipe.clips, held_out=True)
    for number in range(recipe.rounds):
        doubts = Doubts.read(out / HEAD)
        build(pristine, out / "shards" / "train", "train", recipe.seed + number, recipe.clips, doubts=doubts)


def losses(damage: Damage, b: Batch) -> tuple[Tensor, Tensor]:
    """Map and frame cross-entropies, the frame's over labelled crops only."""
    cells = F.binary_cross_entropy_with_logits(damage.map, b.target, reduction="none")
    said = b.frame >= 0
    frame = F.binary_cross_entropy_with_logits(damage.frame, b.frame.clamp(min=0), reduction="none")
    return (cells * b.weight).sum() / b.weight.sum(), (frame * said).sum() / said.sum().clamp(min=1)


def rate_at(step: int, done: float, recipe: Recipe) -> float:
    """Linear warm-up over the first steps, then a half cosine to 1 % of the peak at ``done`` = 1."""
    warm = min(1.0, (step + 1) / recipe.warmup)
    return recipe.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def side_at(done: float, recipe: Recipe) -> int:
    """Side of the crops at this share of the schedule, px."""
    return next(side for side, share in zip(recipe.sides_px, recipe.shares, strict=True) if done < share or share >= 1)


def rank() -> int:
    """Which of the processes that train together this is; 0 alone."""
    return dist.get_rank() if dist.is_initialized() else 0


class Run:
    """The state of a training run: network, running mean, optimiser, step, draws; saved and restored whole."""

    def __init__(self, recipe: Recipe, device: str) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.device, self.step = recipe, device, 0
        self.seconds = 0.0  # spent so far, over all sittings; told every few steps, by all processes alike
        self.untold = 0.0
        self.head_samples = 0  # that there were when the head was last fitted
        self.net = CorruptionNet().to(device)
        if recipe.start:
            self.net.load_state_dict(start_from("corruption_net", recipe.start))
            self.net.mix.data[0] = 1.0
        self.mean = copy.deepcopy(self.net).eval()
        slow = list(self.net.decision.parameters())
        fast = [p for n, p in self.net.named_parameters() if not n.startswith("decision.")]
        groups = [{"params": fast, "weight_decay": recipe.decay}, {"params": slow, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=recipe.rate)
        self.rng = np.random.default_rng([recipe.seed, *([rank()] if rank() else [])])
        self.curve: list[dict[str, float]] = []

    def save(self, path: Path) -> None:
        """Write the whole state, then move it into place."""
        state = {
            "net": self.net.state_dict(), "mean": self.mean.state_dict(), "optimiser": self.optimiser.state_dict(),
            "step": self.step, "seconds": self.seconds, "head_samples": self.head_samples,
            "rng": json.dumps(self.rng.bit_generator.state), "curve": self.curve,
        }  # fmt: skip
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def restore(self, path: Path) -> None:
        """Continue from a saved state."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.curve = state["step"], state["seconds"], state["curve"]
        self.head_samples = state["head_samples"]
        if not rank():
            self.rng.bit_generator.state = json.loads(state["rng"])

    @property
    def done(self) -> float:
        """Share of the schedule that is through, from 0; training ends at 1."""
        by_clock = self.seconds / 60.0 / self.recipe.minutes if self.recipe.minutes else 0.0
        return max(self.step / self.recipe.steps, by_clock)

    def learn(self, pool: Pool) -> tuple[float, float]:
        """One step; returns the map's and the frame's loss."""
        began = time.monotonic()
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.step, self.done, self.recipe)
        numbers = pool.draw(self.recipe.batch, self.rng)
        crops, masks = pool.read(numbers)
        b = on(batch(crops, masks, self.rng, side_at(self.done, self.recipe), pool.opinions(numbers)), self.device)
        self.net.train()
        damage = judged(self.net, b, self.device)
        cells, frame = losses(damage, b)
        self.optimiser.zero_grad(set_to_none=True)
        (cells + self.recipe.frame_loss * frame).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self.average()
        score = torch.sigmoid(damage.map.detach()).amax(dim=(1, 2)).cpu().double().numpy()
        pool.report(numbers, score, (b.frame == 0).cpu().numpy())
        self.step += 1
        self.untold += time.monotonic() - began
        if self.step % self.recipe.together == 0:
            self.agree()
        return float(cells.detach()), float(frame.detach())

    @torch.no_grad()
    def agree(self) -> None:
        """Average weights and time over the processes that train together."""
        self.seconds, self.untold = self.seconds + self.untold, 0.0
        if not dist.is_initialized():
            return
        floats = [t for t in self.net.state_dict().values() if t.is_floating_point()]
        flat = torch.cat([*(t.reshape(-1) for t in floats), torch.tensor([self.seconds])])
        dist.all_reduce(flat)
        flat /= dist.get_world_size()
        self.seconds, flat = float(flat[-1]), flat[:-1]
        for t, part in zip(floats, torch.split(flat, [t.numel() for t in floats]), strict=True):
            t.copy_(part.view_as(t))

    @torch.no_grad()
    def average(self) -> None:
        """Move the running mean towards the network; faster in the beginning."""
        keep = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for mean, now in zip(self.mean.state_dict().values(), self.net.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(now, 1 - keep)
            else:
                mean.copy_(now)


def on(b: Batch, device: str) -> Batch:
    """The batch on a device, pictures with their channels last."""
    rgb = b.rgb.to(device, memory_format=torch.channels_last)
    return Batch(rgb, b.past.to(device), *(v.to(device) for v in (b.target, b.weight, b.frame, b.known)))


def judged(net: CorruptionNet, b: Batch, device: str) -> Damage:
    """What the trunk adds to the opinion that is known, with the decision about both."""
    with learning(device):
        trunk = net(b.rgb, b.past).map
    return net.decided(trunk + b.known)


@torch.no_grad()
def check(net: CorruptionNet, pool: Pool, device: str, limit: int = 300) -> dict[str, float]:
    """Balanced accuracy of v1 and v2, area under the ROC, cell IoU, on up to ``limit`` whole crops."""
    numbers = np.random.default_rng(0).permutation(len(pool))[:limit]
    maps, frames, truth, labels = [], [], [], []
    for first in range(0, len(numbers), 50):
        part = numbers[first : first + 50]
        b = on(batch(*pool.read(part), None, known=pool.opinions(part)), device)
        damage = judged(net, b, device)
        maps.append(torch.sigmoid(damage.map).cpu())
        frames.append(torch.sigmoid(damage.frame).cpu())
        truth.append(b.target.cpu())
        labels.append(b.frame.cpu())
    p, z, t, y = torch.cat(maps), torch.cat(frames), torch.cat(truth), torch.cat(labels)
    hit, said = p > 0.5, t > 0.5
    area = hit.float().mean(dim=(1, 2))
    positive, negative = y == 1, y == 0
    order = torch.argsort(torch.argsort(torch.cat([z[positive], z[negative]]))).double() + 1
    n, m = int(positive.sum()), int(negative.sum())
    return {
        "iou": float((hit & said).sum() / (hit | said).sum().clamp(min=1)),
        "auc": float((order[:n].sum() - n * (n + 1) / 2) / max(1, n * m)),
        "v1": float(((area[positive] > 0.07).float().mean() + (area[negative] <= 0.07).float().mean()) / 2),
        "v2": float(((z[positive] > 0.5).float().mean() + (z[negative] <= 0.5).float().mean()) / 2),
        "v2_recall": float((z[positive] > 0.5).float().mean()),
        "n": float(n + m),
    }


def train(
    pristine: Path, out: Path, *, recipe: Recipe | None = None, device: str = "auto", report: Report = print
) -> Path:
    """Train on the pristine pictures below ``pristine``; weights, card, checkpoint and ``curve.json`` go to ``out``.

    Starts where an earlier call with the same ``out`` stopped. Returns the path of the weights.
    """
    recipe = recipe or Recipe()
    device = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    out.mkdir(parents=True, exist_ok=True)
    (out / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2))
    supplier = multiprocessing.get_context("spawn").Process(target=supply, args=(pristine, out, recipe), daemon=True)
    supplier.start()
    try:
        checkpoint = _train(out, recipe, device, report, supplier)
    finally:
        supplier.terminate()
    pools = {split: Pool() for split in ("train", "valid")}
    for split, pool in pools.items():
        pool.add(shards_of(out, split))
    net = complete(checkpoint, pools["valid"] if len(pools["valid"]) else pools["train"], recipe.seed)
    written = export(checkpoint, net, pristine, asdict(recipe), out)
    teach(net, pools["train"], pools["valid"], recipe.seed, out, report, recipe.scout_steps)
    return written


def _train(out: Path, recipe: Recipe, device: str, report: Report, supplier: Any) -> Path:
    run, checkpoint = Run(recipe, device), out / "checkpoint.pt"
    if checkpoint.exists():
        run.restore(checkpoint)
        report(f"continuing at step {run.step}")
    pools = {split: Pool() for split in ("train", "valid", "valid_held")}
    sums = np.zeros(2)
    while run.done < 1.0:
        if run.step % 100 == 0 or not len(pools["train"]):
            refill(pools, out, supplier)
            advise(run, pools, out, report)
        sums += run.learn(pools["train"])
        if run.step % recipe.check_every == 0 or run.done >= 1.0:
            if rank():
                continue
            steps = run.step - (int(run.curve[-1]["step"]) if run.curve else 0)
            row: dict[str, float] = {"step": run.step, "map_loss": float(sums[0]) / steps}
            row |= {"frame_loss": float(sums[1]) / steps, "samples": len(pools["train"])}
            for split in ("valid", "valid_held"):
                if len(pools[split]):
                    row |= {f"{split}_{k}": v for k, v in check(run.mean, pools[split], device).items()}
            row["seconds"] = run.seconds
            run.curve.append(row)
            run.save(checkpoint)
            (out / "curve.json").write_text(json.dumps(run.curve, indent=1))
            report(" ".join(f"{k}={v:.4g}" for k, v in row.items()))
            sums = np.zeros(2)
    return checkpoint


def advise(run: Run, pools: dict[str, Pool], out: Path, report: Report = print) -> None:
    """Let the head say what it thinks of every sample, so that the trunk learns what the head does not know.

    The head is fitted once there are ``HEAD_SAMPLES``, and taken further whenever there are ``HEAD_AGAIN`` times as many; the
    supply asks it where undamaged pictures look damaged.
    """
    train, net = pools["train"], run.net
    if len(train) >= max(HEAD_SAMPLES, HEAD_AGAIN * run.head_samples):
        begun = copy.deepcopy(net.head).train() if net.headed else None
        head = fit_head(train, run.recipe.seed + run.head_samples, run.recipe.head_steps, report, begun).state_dict()
        run.head_samples = len(train)
        for each in (net, run.mean):
            each.head.load_state_dict(head)
            each.mix.data[1] = 1.0
        torch.save(head, out / "head.part")
        (out / "head.part").replace(out / HEAD)
        for pool in pools.values():
            pool.opinion = pool.opinion[:0]
    if net.headed:
        for pool in pools.values():
            pool.opinion = opinions(net, pool)


def refill(pools: dict[str, Pool], out: Path, supplier: Any) -> None:
    """Open new shards; wait while there are too few to begin with."""
    while True:
        for split, pool in pools.items():
            pool.add(shards_of(out, split))
        if len(pools["train"]) >= 1000 or (len(pools["train"]) and not supplier.is_alive()):
            return
        if not supplier.is_alive():
            raise FileNotFoundError(f"no training sample could be made: {out / 'shards'} stayed empty")
        time.sleep(5)
