"""Runs the block-corruption network over decoded planes: precision by the processor, batches that fit in memory."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from vqa_toolkit.measures.ahead import Ahead
from vqa_toolkit.models.corruption_look import Look, Measured, Seen, known, padded
from vqa_toolkit.models.corruption_net import CorruptionNet, Damage, fold_blocks
from vqa_toolkit.models.corruption_scout import prepared_scout
from vqa_toolkit.models.precision import autocast, one_thread
from vqa_toolkit.models.weights import load_weights

WEIGHTS = "corruption_net"
GPU_BATCH = 16  # whole pictures
READ_PART_PX = 210_000  # per batch on a CPU, of scout and head: eight tiles, or one picture
LOOK_PART_PX = 105_000  # the same of the whole network: four tiles
THREADS = 4  # that look side by side at most
DOUBT = 0.15  # probability of a cell, by the head read twice, below which a sparing look does not ask the trunk

Run = Callable[[Sequence[Look]], list[Seen]]


def evenly(members: Sequence[int], most: int) -> list[list[int]]:
    """``members`` in parts of nearly one length, ``most`` at the longest and two parts at least."""
    count = max(min(2, len(members)), math.ceil(len(members) / most))
    return [part.tolist() for part in np.array_split(np.asarray(members), count)]


def by_size(looks: Sequence[Look]) -> dict[tuple[int, ...], list[int]]:
    """Numbers of the looks by the shape that the network will see."""
    sizes: dict[tuple[int, ...], list[int]] = {}
    for i, look in enumerate(looks):
        sizes.setdefault(padded(look).rgb.shape, []).append(i)
    return sizes


@cache
def prepared(folder: Path | None = None) -> CorruptionNet:
    """The shipped network with its batch normalisation folded into the convolutions.

    Raises:
        WeightsError: when the weights are missing or damaged.
    """
    net = CorruptionNet().eval()
    net.load_state_dict(load_weights(WEIGHTS, folder))
    return folded(net)


def folded(net: CorruptionNet) -> CorruptionNet:
    """``net`` with every convolution followed by batch normalisation fused into one; the same function, faster."""
    stem: Any = net.bn1
    stem_gain = stem.weight / torch.sqrt(stem.running_var + stem.eps)
    net.novelty.weight = nn.Parameter(net.novelty.weight * stem_gain.view(-1, 1, 1, 1), requires_grad=False)
    net.conv1, net.bn1 = fuse_conv_bn_eval(net.conv1, net.bn1), nn.Identity()  # type: ignore[assignment]
    fold_blocks(net)
    channels_last: Any = net.requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    fused: CorruptionNet = channels_last
    return fused


class Engine:
    """The network on a device. ``notes`` gathers what a reader of the result should know, such as a fall-back to CPU."""

    def __init__(self, device: str = "cpu", folder: Path | None = None) -> None:
        self.notes: list[str] = []
        wanted = "cuda" if device in ("auto", "cuda") and torch.cuda.is_available() else "cpu"
        if device.startswith("cuda") and wanted == "cpu":
            self.notes.append("no GPU was found; the network ran on the CPU")
        self.device, self.batch = wanted, GPU_BATCH
        self._aside: Ahead[list[Seen]] | None = None
        self.net, self.scouting = prepared(folder), prepared_scout(folder)
        if wanted == "cuda":
            self._move("cuda")

    @property
    def on_gpu(self) -> bool:
        """Whether the network runs on a GPU."""
        return self.device == "cuda"

    @property
    def seconds(self) -> float:
        """Processor time that threads of its own have taken."""
        return self._aside.seconds if self._aside is not None else 0.0

    @property
    def light(self) -> bool:
        """Whether a glance says all that these weights know."""
        return self.net.light

    def look(self, looks: Sequence[Look], *, sparing: bool = False) -> list[Seen]:
        """Answers in order. Equal sizes are run in batches; without GPU memory the batch is halved, then the CPU used.

        A ``sparing`` look has the head's word alone, read twice, where that leaves no doubt: no cell of 0.15.
        """
        run = partial(self._run, sparing=sparing)
        return self._batched(looks, run) if self.on_gpu else self._in_parts(looks, run, LOOK_PART_PX)

    def _batched(self, looks: Sequence[Look], run: Run) -> list[Seen]:
        answers: dict[int, Seen] = {}
        for members in by_size(looks).values():
            first = 0
            while first < len(members):
                part = members[first : first + self.batch]
                try:
                    answers.update(zip(part, run([looks[i] for i in part]), strict=True))
                except torch.OutOfMemoryError:
                    self._shrink()
                    continue
                first += len(part)
        return [answers[i] for i in range(len(looks))]

    def scout(self, looks: Sequence[Look]) -> list[Seen]:
        """What the measured features alone promise, in order; the facts save the head from measuring them again."""

        def judge(whole: Sequence[Look]) -> tuple[Damage, Measured]:
            facts = known(whole)
            return self.net.decided(self.scouting(torch.from_numpy(facts.cells).to(self.device)).float()), facts

        return self._in_parts(looks, partial(self._judged, judge), READ_PART_PX)

    def glance(self, looks: Sequence[Look]) -> list[Seen]:
        """The head's answers alone, in order: a millisecond or two each."""

        def judge(whole: Sequence[Look]) -> tuple[Damage, Measured]:
            facts = known(whole)
            damage = self.net.glance(*self._inputs(whole, facts))
            return damage, facts._replace(glanced=damage.map.cpu().numpy())

        return self._in_parts(looks, partial(self._judged, judge), READ_PART_PX)

    def _judged(self, judge: Callable[[Sequence[Look]], tuple[Damage, Measured]], looks: Sequence[Look]) -> list[Seen]:
        """Answers that keep what was measured."""
        with torch.inference_mode(), autocast(self.device):
            damage, facts = judge([padded(look) for look in looks])
        maps, frames = torch.sigmoid(damage.map).cpu().numpy(), torch.sigmoid(damage.frame).cpu().tolist()
        return [Seen(m, p, facts.of(k)) for k, (m, p) in enumerate(zip(maps, frames, strict=True))]

    def _in_parts(self, looks: Sequence[Look], run: Run, most: int) -> list[Seen]:
        """Answers in order: looks of one size in parts of up to ``most`` px, two of them at least, in threads side by side. Small
        pictures are too little work to be shared out within one."""
        sizes = by_size(looks)
        parts = [p for shape, members in sizes.items() for p in evenly(members, max(1, most // (shape[0] * shape[1])))]
        work = [partial(run, [looks[i] for i in part]) for part in parts]
        threads = min(torch.get_num_threads(), THREADS)
        large = any(
            shape[0] * shape[1] > most for shape in sizes
        )  # torch shares these out; several at once would fill memory
        if self.on_gpu or large or threads < 2 or len(parts) < 2:
            seen = [ask() for ask in work]
        else:
            self._aside = self._aside or Ahead(threads, one_thread)
            seen = [answer for ask in work for answer in self._aside.push(ask)]
            seen += self._aside.rest()
        answers = dict(zip(itertools.chain(*parts), itertools.chain(*seen), strict=True))
        return [answers[i] for i in range(len(looks))]

    def _inputs(self, looks: Sequence[Look], facts: Measured) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        rgb = torch.from_numpy(np.stack([look.rgb for look in looks])).to(self.device).permute(0, 3, 1, 2)
        past, cells = (torch.from_numpy(v).to(self.device) for v in (facts.past, facts.cells))
        return rgb.float() / 255.0, past, cells

    def _run(self, looks: Sequence[Look], sparing: bool) -> list[Seen]:
        looks = [padded(look) for look in looks]
        facts = known(looks)
        glanced = None if facts.glanced is None else torch.from_numpy(facts.glanced).to(self.device)
        with torch.inference_mode(), autocast(self.device):
            rgb, past, cells = self._inputs(looks, facts)
            if self.net.light:
                damage = self.net(rgb, past, cells)
            else:
                opinion = self.net.twice(rgb, past, cells, glanced)
                damage = self._spared(rgb, past, cells, opinion) if sparing else self.net(rgb, past, cells, opinion)
        maps = torch.sigmoid(damage.map).cpu().numpy()
        return [Seen(m, float(p)) for m, p in zip(maps, torch.sigmoid(damage.frame).cpu(), strict=True)]

    def _spared(self, rgb: torch.Tensor, past: torch.Tensor, cells: torch.Tensor, opinion: torch.Tensor) -> Damage:
        """The head's ``opinion``, and the whole network's where that leaves a doubt."""
        doubted = opinion.amax((1, 2)) >= math.log(DOUBT / (1 - DOUBT))
        z = opinion.clone()
        if doubted.any():
            z[doubted] = self.net(rgb[doubted], past[doubted], cells[doubted], opinion[doubted]).map
        return self.net.decided(z)

    def _shrink(self) -> None:
        torch.cuda.empty_cache()
        if self.batch > 1:
            self.batch //= 2
            self.notes.append(f"GPU memory was short: the batch was halved to {self.batch} pictures")
            return
        self.notes.append("GPU memory was short: the rest ran on the CPU")
        self._move("cpu")

    def _move(self, device: str) -> None:
        self.device = device
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a driver older than the build is no reason to stop
            self.net, self.scouting = self.net.to(device), self.scouting.to(device)
