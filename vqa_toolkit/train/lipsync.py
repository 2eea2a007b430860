"""Train the lip-sync network: multi-way matching inside a clip, and rounds of measuring and correcting the clips' own offsets."""

from __future__ import annotations

import copy
import csv
import json
import math
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.multiprocessing.spawn import spawn

from vqa_toolkit.models.precision import learning
from vqa_toolkit.models.sync_net import SyncNet, normal_mel, normal_mouths
from vqa_toolkit.models.weights import start_from
from vqa_toolkit.train.lipsync_card import write_weights
from vqa_toolkit.train.lipsync_data import TalkingClip, make_batch, plan_epoch
from vqa_toolkit.train.lipsync_loss import distil_loss, matching_loss
from vqa_toolkit.train.lipsync_measure import SHORT_CLIP, measure_offsets, score
from vqa_toolkit.train.lipsync_split import Split, folder_split
from vqa_toolkit.train.plots import curve_svg, offsets_svg

CURVES = (
    ("validation_short_5", "0.2 s"), ("validation_short_15", "0.6 s, short head"),
    ("validation_context_15", "0.6 s, context head"), ("validation_context_100", "4 s"),
)  # fmt: skip
Report = Callable[[str], None]
Heard = tuple[float, float]  # losses of the short and of the context head


@dataclass(frozen=True)
class Recipe:
    """How to train. The defaults are the CPU recipe; on a GPU take ``width=48, channels=512, batch_frames=4096, epochs=300``."""

    seed: int = 20
    epochs: int = 60
    steps: int = 0  # batches the schedule lasts, whatever an epoch holds; 0 = by epochs
    width: int = 24
    channels: int = 256
    dropout: float = 0.2
    batch_frames: int = 450  # pictures a batch and process
    rate: float = 1.2e-3
    weight_decay: float = 0.05
    strangers: int = 64  # sounds of other clips among the negatives
    ema: float = 0.998
    distil: float = 0.0  # weight of teaching the short head what the context head says
    rounds: tuple[float, ...] = (0.25, 0.5, 0.75)  # shares of the way at which offsets are measured and corrected
    sure: float = 0.15  # peak − median from which a clip's own offset is believed
    processes: int = 1  # that train together on one machine, one thread each where there are several
    start: str = ""  # weights to begin with: "packaged", or a folder that an earlier training wrote; "" = none
    deadline: float = field(
        default=0.0, compare=False
    )  # time.time() by which the schedule must be through; 0 = by epochs


class Trainer:
    """Everything that a checkpoint holds: network, its moving average, optimiser, offsets, history."""

    def __init__(self, split: Split, recipe: Recipe, out: Path, device: str = "cpu", report: Report = print) -> None:
        torch.manual_seed(recipe.seed)
        self.split, self.recipe, self.out, self.device, self.report = split, recipe, out, device, report
        self.rank, self.world = (
            (distributed.get_rank(), distributed.get_world_size()) if distributed.is_initialized() else (0, 1)
        )
        self.at = 0.0
        self.net = SyncNet(recipe.width, recipe.channels, recipe.dropout).to(device)
        if recipe.start:
            self.net.load_state_dict(start_from("sync_net", recipe.start))
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's own stubs
        self.average = copy.deepcopy(self.net).train(False)
        decayed = [p for p in self.net.parameters() if p.ndim > 1]
        plain = [p for p in self.net.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=recipe.rate,
        )
        self.epoch, self.step = 0, 0
        self.spent = 0.0
        self.begun = time.time()
        self.rounds_done = 0
        self.history: list[dict[str, float]] = []

    def _progress(self) -> float:
        """How far along, [0, 1]: by epochs, by batches where ``steps`` says so, or by the clock where there is a deadline."""
        r = self.recipe
        if r.steps:
            return min(1.0, self.step / r.steps)
        if r.deadline:
            return min(1.0, (time.time() - self.begun) / max(r.deadline - self.begun, 1.0))
        return min(1.0, self.epoch / r.epochs)

    def run(self) -> None:
        """Train to the end of the schedule, saving after every epoch."""
        self.at = self._agreed(self._progress())
        while self.at < 1.0:
            due = sum(self.at >= s for s in self.recipe.rounds)
            if due > self.rounds_done:
                self.rounds_done = due
                self.correct_offsets()
            self._one_epoch()
            self.at = self._agreed(self._progress())
            if self.rank == 0:
                self.save()

    def _agreed(self, value: float) -> float:
        """The mean of ``value`` over all processes."""
        if self.world == 1:
            return value
        held = torch.tensor([value], dtype=torch.float64)
        distributed.all_reduce(held)
        return float(held) / self.world

    def _one_epoch(self) -> None:
        r = self.recipe
        plan = plan_epoch(self.split.train, r.batch_frames, np.random.default_rng((r.seed, self.epoch)))
        plan = plan[self.rank : len(plan) // self.world * self.world : self.world]
        rng = np.random.default_rng((r.seed, self.epoch, self.rank))
        torch.manual_seed(r.seed * 100_003 + self.epoch * 64 + self.rank)
        begin, losses = time.time(), []
        for frames, clips in plan:
            if self.at >= 1.0:
                break
            crops, mel = make_batch(clips, frames, rng, self.device)
            losses.append(self._one_step(crops, mel))
        self.epoch += 1
        if self.rank == 0:
            self._note(begin, losses)

    def _note(self, begin: float, losses: Sequence[tuple[float, float]]) -> None:
        short, context = np.mean(losses, axis=0)
        row = {
            "epoch": self.epoch,
            "step": self.step,
            "seconds": round(time.time() - begin, 1),
            "progress": round(self.at, 3),
            "short": float(short),
            "context": float(context),
        }
        if self.epoch % 4 == 0:
            row |= {
                f"validation_{k}": round(v, 4)
                for k, v in score(self.average, self.split.validation, self.device).items()
            }
        self.history.append(row)
        self.report(json.dumps(row))

    def _one_step(self, crops: Tensor, mel: Tensor) -> tuple[float, float]:
        r = self.recipe
        warm = min(1.0, (self.step + 1) / 100)
        for group in self.optimizer.param_groups:
            group["lr"] = r.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.at)))
        self.net.train()
        with learning(self.device):
            v, a = self.net(normal_mouths(crops), normal_mel(mel))
        short = matching_loss(v.short, a.short, self.net.scale[0], r.strangers)
        context = matching_loss(v.context, a.context, self.net.scale[1], r.strangers)
        loss = short + context
        if r.distil:
            loss = loss + r.distil * distil_loss((v.short, a.short), (v.context, a.context), self.net.scale)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._share_gradients()
        nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimizer.step()
        self.step += 1
        self._follow()
        return short.item(), context.item()

    def _share_gradients(self) -> None:
        """Mean gradients and the common progress over all processes."""
        now = self._progress()
        if self.world == 1:
            self.at = now
            return
        held = [p.grad for p in self.net.parameters() if p.grad is not None]
        flat = torch.cat([g.reshape(-1) for g in held] + [torch.tensor([now])]) / self.world
        distributed.all_reduce(flat)
        self.at = float(flat[-1])
        begin = 0
        for g in held:
            g.copy_(flat[begin : begin + g.numel()].view_as(g))
            begin += g.numel()

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the network."""
        decay = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
        for mine, live in zip(self.average.state_dict().values(), self.net.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(live, 1 - decay)
            else:
                mine.copy_(live)

    def correct_offsets(self) -> None:
        """Measure every training clip; correct by source, then by clip where sure. Writes ``offsets_<round>.csv``."""
        mine = measure_offsets(self.average, self.split.train[self.rank :: self.world], self.device)
        rows = self._gathered([(c.name, own, sure) for c, own, sure in mine])
        by_source: dict[str, list[float]] = defaultdict(list)
        for clip, own, sure in rows:
            if sure >= self.recipe.sure:
                by_source[clip.source].append(own)
        lines = ["file,source,person,before_frames,measured_frames,confidence,after_frames"]
        for clip, own, sure in rows:
            before = clip.offset
            common = by_source[clip.source]
            if sure >= self.recipe.sure and len(clip.crops) >= SHORT_CLIP:
                clip.offset = round(2 * own) / 2
            elif len(common) >= 5:
                clip.offset = round(2 * float(np.median(common))) / 2
            lines.append(f"{clip.name},{clip.source},{clip.person},{before:g},{own:.2f},{sure:.3f},{clip.offset:g}")
        if self.rank == 0:
            (self.out / f"offsets_{self.rounds_done}.csv").write_text("\n".join(lines) + "\n", "utf-8")

    def _gathered(self, mine: list[tuple[str, float, float]]) -> list[tuple[TalkingClip, float, float]]:
        """What every process measured, in one order for all."""
        parts = [mine]
        if self.world > 1:
            parts = [[] for _ in range(self.world)]
            distributed.all_gather_object(parts, mine)
        named = {c.name: c for c in self.split.train}
        return [(named[name], own, sure) for name, own, sure in sorted(row for part in parts for row in part)]

    def save(self) -> None:
        """A checkpoint to go on from, and the history."""
        part = self.out / "checkpoint.pt.part"
        torch.save(
            {
                "net": self.net.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "epoch": self.epoch,
                "step": self.step,
                "rounds_done": self.rounds_done,
                "history": self.history,
                "begun": self.begun,
                "offsets": {c.name: c.offset for c in self.split.train},
                "recipe": asdict(self.recipe),
            },
            part,
        )
        part.replace(self.out / "checkpoint.pt")
        (self.out / "history.json").write_text(json.dumps(self.history, indent=1), "utf-8")

    def resume(self) -> bool:
        """Go on from the checkpoint in ``out``, if there is one."""
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return False
        held = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(held["net"])
        self.average.load_state_dict(held["average"])
        self.optimizer.load_state_dict(held["optimizer"])
        self.epoch, self.step, self.rounds_done = held["epoch"], held["step"], held["rounds_done"]
        self.history, self.begun = held["history"], held["begun"]
        for clip in self.split.train:
            clip.offset = held["offsets"].get(clip.name, clip.offset)
        return True


def train(
    media: Path, out: Path, *, recipe: Recipe | None = None, device: str = "auto", report: Report = print
) -> Path:
    """Cut, split, train and write ``sync_net.safetensors`` with its card into ``out``; goes on where it stopped.

    ``media`` is a folder of clips, each of one person talking; a ``MANIFEST.csv`` in it or above it (columns file,
    source, person, offset_frames, confidence) tells people and sources apart, else the name up to its first ``_`` does.

    Raises:
        UsageError: too few people in ``media``.
    """  # fmt: skip
    chosen = recipe or Recipe()
    where = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    out.mkdir(parents=True, exist_ok=True)
    if chosen.processes > 1 and where == "cpu":
        folder_split(media, out / "cut", report)  # cut once, before there are several of us
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        spawn(_together, (media, out, chosen, port), nprocs=chosen.processes)  # type: ignore[no-untyped-call]
        return out / "sync_net.safetensors"
    return _train_here(media, out, chosen, where, report)


def _together(rank: int, media: Path, out: Path, recipe: Recipe, port: int) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank, world_size=recipe.processes)
    try:
        _train_here(media, out, recipe, "cpu", print if rank == 0 else lambda _: None)
    finally:
        distributed.destroy_process_group()


def _train_here(media: Path, out: Path, recipe: Recipe, device: str, report: Report) -> Path:
    trainer = Trainer(folder_split(media, out / "cut", report), recipe, out, device, report)
    if trainer.resume():
        report(f"going on after epoch {trainer.epoch}")
    trainer.run()
    if trainer.rank == 0:
        measured = score(trainer.average, trainer.split.test, device)
        write_weights(trainer.average, out, trainer.split, asdict(recipe), trainer.history, measured)
        plot(out, trainer.history)
    return out / "sync_net.safetensors"


def plot(out: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write ``sync_net_curve.svg``, and ``sync_net_offsets.svg`` of the last round of offsets, into ``out``."""
    title = "31-way accuracy on validation speakers"
    (out / "sync_net_curve.svg").write_text(curve_svg(history, "epoch", title, CURVES), "utf-8")
    rounds = sorted(out.glob("offsets_*.csv"))
    if rounds:
        with rounds[-1].open(encoding="utf-8", newline="") as found:
            (out / "sync_net_offsets.svg").write_text(offsets_svg(list(csv.DictReader(found))), "utf-8")
