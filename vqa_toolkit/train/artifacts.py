"""Train the audio-artifact network: clean recordings, the simulator's faults on the fly, calibration, a card."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from vqa_toolkit.models.artifact_net import ARTIFACTS, CLASSES, ArtifactNet, Judge
from vqa_toolkit.models.precision import learning
from vqa_toolkit.models.weights import save_weights, start_from
from vqa_toolkit.train.artifacts_data import RATE, Clip, Floats, gather
from vqa_toolkit.train.artifacts_draw import HELD_OUT, KINDS, SLOW, Example, Source, coded
from vqa_toolkit.train.plots import curve_svg

SLOW_SHARE = 0.08  # of fresh examples go through an encoder
KEPT_SHARE = {"slow": 0.25, "fresh": 0.5}  # of a batch are examples that were kept
KEPT_MOST = {"slow": 3000, "fresh": 9000}  # examples of 70 kB each
VALIDATION, CALIBRATION = 500, 2000  # examples


@dataclass(frozen=True)
class Recipe:
    """How to train. The defaults are for two CPU cores; on a GPU take ``steps=60000, batch=256, workers=8``."""

    seed: int = 7
    steps: int = 6000
    batch: int = 64
    rate: float = 2e-3
    weight_decay: float = 0.02
    smoothing: float = 0.02
    ema: float = 0.998
    dropout: float = 0.2
    workers: int = 1
    cnn14: str = ""  # path of a published PANNs checkpoint to begin with; "" = our own network from scratch
    start: str = ""  # weights to begin with: "packaged", or a folder that an earlier training wrote; "" = none
    minutes: float = 0.0  # wall-clock after which the schedule must be through; 0 = count steps


class Seen(NamedTuple):
    """An example as the network's front-end saw it (half precision, half the size of the wave), and its truth."""

    views: tuple[Tensor, ...]
    target: Tensor
    known: Tensor
    label: int


class Stream(IterableDataset[list[Tensor]]):
    """Endless batches of training examples; each worker draws with a seed of its own.

    A batch is views (three tensors), targets (b, 4), known (b, 4), labels (b,).
    """

    def __init__(self, clips: Sequence[Clip], samples: Floats, recipe: Recipe, begin: int, front: nn.Module) -> None:
        self.clips, self.samples, self.recipe, self.begin, self.front = clips, samples, recipe, begin, front

    def __iter__(self) -> Iterator[list[Tensor]]:
        worker = torch.utils.data.get_worker_info()
        seed = self.recipe.seed * 1_000_003 + self.begin * 101 + (worker.id if worker else 0)
        torch.set_num_threads(1)
        source = Source(self.clips, self.samples, "train", seed)
        kept: dict[str, list[Seen]] = {"slow": [], "fresh": []}
        while True:
            yield gathered(self._examples(source, kept))

    def _examples(self, source: Source, kept: dict[str, list[Seen]]) -> list[Seen]:
        """A batch: some that were kept, the rest fresh, which are kept in turn."""
        rng, wanted = source.rng, self.recipe.batch
        chosen = [
            pool[rng.integers(len(pool))]
            for sort, pool in kept.items() for _ in range(round(wanted * KEPT_SHARE[sort])) if pool
        ]  # fmt: skip
        while len(chosen) < wanted:
            few = min(8, wanted - len(chosen))
            sorts = ["slow" if rng.random() < SLOW_SHARE else "fresh" for _ in range(few)]
            drawn = [slow_example(source) if sort == "slow" else source.draw() for sort in sorts]
            for sort, example in zip(sorts, seen(drawn, self.front), strict=True):
                chosen.append(example)
                if len(kept[sort]) < KEPT_MOST[sort]:
                    kept[sort].append(example)
                else:
                    kept[sort][rng.integers(KEPT_MOST[sort])] = example
        return chosen


@torch.inference_mode()
def seen(examples: Sequence[Example], front: nn.Module) -> list[Seen]:
    """The front-end's views of examples."""
    waves, targets, known, labels = batch(examples)
    views = [v.half() for v in front(waves)]
    return [
        Seen(tuple(v[i].clone() for v in views), targets[i], known[i], int(labels[i])) for i in range(len(examples))
    ]


def gathered(examples: Sequence[Seen]) -> list[Tensor]:
    """Views, targets, known and labels of a batch."""
    views = [torch.stack(v).float() for v in zip(*(e.views for e in examples), strict=True)]
    truth = [torch.stack([e.target for e in examples]), torch.stack([e.known for e in examples])]
    return [*views, *truth, torch.tensor([e.label for e in examples])]


def slow_example(source: Source) -> Example:
    """An example that needs an encoder: a starved codec, clip → attenuate → encode, or any example through AAC."""
    if source.rng.random() < 0.4:
        return source.draw({**KINDS, "distortion": SLOW}, "distortion")
    return coded(source.draw(), source.rng)


def batch(examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Waves (b, RATE), targets (b, 4), known (b, 4), labels (b,)."""
    waves, targets, known = (torch.from_numpy(np.stack([e[i] for e in examples])) for i in range(3))
    return waves, targets, known, torch.tensor([e.label for e in examples])


def loss_of(net: Judge, parts: Sequence[Tensor], smoothing: float) -> Tensor:
    """Cross-entropy of single-fault examples + binary cross-entropy of every artifact whose truth is known."""
    *views, targets, known, labels = parts
    scores = net.judge(*views)
    single = single_loss(scores.classes.float(), labels, smoothing)
    soft = targets * (1 - smoothing) + smoothing / 2
    each = functional.binary_cross_entropy_with_logits(scores.artifacts.float(), soft, reduction="none")
    return single + 2 * (each * known).sum() / known.sum().clamp(min=1)


def single_loss(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross-entropy, mean over the examples whose label is not −1; 0 where there is none."""
    total = functional.cross_entropy(logits, labels, ignore_index=-1, label_smoothing=smoothing, reduction="sum")
    return total / (labels >= 0).sum().clamp(min=1)


def validation_set(clips: Sequence[Clip], samples: Floats, split: str, count: int, seed: int) -> list[Example]:
    """A fixed set: each class in turn, every seventh through AAC, distortions of encoders included."""
    source = Source(clips, samples, split, seed)
    found = []
    for i in range(count):
        wanted = CLASSES[i % len(CLASSES)]
        kinds = {**KINDS, "distortion": (*KINDS["distortion"], *SLOW)}
        example = source.draw(kinds, wanted)
        found.append(coded(example, source.rng) if i % 7 == 0 else example)
    return found


@torch.inference_mode()
def predict(net: Judge, examples: Sequence[Example], device: str = "cpu") -> tuple[Tensor, Tensor]:
    """Logits of classes (n, 5) and artifacts (n, 4), float32, on the CPU."""
    net.eval()
    rows = []
    for i in range(0, len(examples), 32):
        scores = net(batch(examples[i : i + 32])[0].to(device))
        rows.append((scores.classes.float().cpu(), scores.artifacts.float().cpu()))
    return torch.cat([r[0] for r in rows]), torch.cat([r[1] for r in rows])


def balanced_accuracy(said: Tensor, labels: Tensor) -> float:
    """Mean over classes of the share of their examples that are called by their name; examples with label −1 are left out."""
    rates = [(said[labels == c] == c).double().mean().item() for c in range(len(CLASSES)) if bool((labels == c).any())]
    return float(np.mean(rates)) if rates else math.nan


def calibrate(net: Judge, examples: Sequence[Example], device: str = "cpu") -> None:
    """Fit temperature, offset, scale and shift on validation examples by LBFGS; written into the network's buffers."""
    classes, artifacts = (x.clone() for x in predict(net, examples, device))
    _, targets, known, labels = batch(examples)
    log_t, offset = torch.zeros(1, requires_grad=True), torch.zeros(len(CLASSES), requires_grad=True)
    scale, shift = torch.ones(len(ARTIFACTS), requires_grad=True), torch.zeros(len(ARTIFACTS), requires_grad=True)
    solver = torch.optim.LBFGS([log_t, offset, scale, shift], lr=0.1, max_iter=200)

    def closure() -> Tensor:
        solver.zero_grad()
        one = single_loss(classes / log_t.exp() + offset, labels)
        each = functional.binary_cross_entropy_with_logits(artifacts * scale + shift, targets, reduction="none")
        kept = 1e-3 * sum((v.square().sum() for v in (log_t, offset, scale)), torch.zeros(()))
        total: Tensor = one + kept + (each * known).sum() / known.sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    solver.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        net.get_buffer("temperature").copy_(log_t.exp())
        net.get_buffer("offset").copy_(offset - offset.mean())
        net.get_buffer("scale").copy_(scale.clamp(min=0.05))
        net.get_buffer("shift").copy_(shift)


class Averaged:
    """Exponential moving average of a network's parameters; its other buffers are copied."""

    def __init__(self, net: Judge, decay: float) -> None:
        self.net, self.decay = copy.deepcopy(net), decay

    @torch.no_grad()
    def follow(self, net: Judge, step: int) -> None:
        """One step towards ``net``; faster at first."""
        share = 1 - min(self.decay, (1 + step) / (10 + step))
        for mine, other in zip(self.net.state_dict().values(), net.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(other.to(mine.device), share)
            else:
                mine.copy_(other)


def build(recipe: Recipe) -> Judge:
    """The network that a recipe asks for.

    Raises:
        WeightsError: when its ``cnn14`` checkpoint, or the weights it starts from, are absent or none.
    """
    if recipe.cnn14:
        from vqa_toolkit.models.cnn14 import load_cnn14

        return load_cnn14(Path(recipe.cnn14))
    net = ArtifactNet(recipe.dropout)
    if recipe.start:
        net.load_state_dict(start_from("artifact_net", recipe.start))
    return net


def train(
    pristine: Sequence[Path],
    out: Path,
    *,
    recipe: Recipe | None = None,
    work: Path | None = None,
    device: str = "cpu",
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Train on clean sound under ``pristine``; weights and card are written to ``out``; returns the card.

    ``work`` (default ``out / "work"``) holds decoded sound and a checkpoint: a run that was interrupted goes on from there.

    Raises:
        UsageError: when there is no sound.
    """
    recipe = recipe or Recipe()
    work = work or out / "work"
    out.mkdir(parents=True, exist_ok=True)
    clips, samples = gather(pristine, work)
    torch.manual_seed(recipe.seed)
    net = build(recipe).to(device)
    averaged = Averaged(net, recipe.ema)
    solver = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay)
    state: dict[str, Any] = {"step": 0, "seconds": 0.0, "curve": []}
    saved = work / "checkpoint.pt"
    if saved.exists():
        held = torch.load(saved, map_location=device, weights_only=True)
        net.load_state_dict(held["net"]), averaged.net.load_state_dict(held["averaged"])
        solver.load_state_dict(held["solver"])
        state = held["state"]
    judged = validation_set(clips, samples, "val", VALIDATION, 99)
    stream = Stream(clips, samples, recipe, int(state["step"]), copy.deepcopy(net.front).cpu())
    loop(net, averaged, solver, state, stream, judged, recipe, saved, device, say)
    final = averaged.net.to(device)
    calibrate(final, validation_set(clips, samples, "val", CALIBRATION, 98), device)
    card = card_of(final, clips, judged, recipe, state, device)
    title = "five classes, validation recordings"
    plot = curve_svg(state["curve"], "step", title, (("accuracy", "balanced accuracy"),))
    (out / "artifact_net_curve.svg").write_text(plot, "utf-8")
    return save_weights("artifact_net", final.state_dict(), card, out, half=False)


def loop(
    net: Judge,
    averaged: Averaged,
    solver: torch.optim.Optimizer,
    state: dict[str, Any],
    stream: Stream,
    judged: Sequence[Example],
    recipe: Recipe,
    saved: Path,
    device: str,
    say: Callable[[str], None],
) -> None:
    """The steps, with a warm-up and a cosine to zero over steps or minutes, whichever is further on."""
    began = time.monotonic() - float(state["seconds"])
    running = math.nan
    for parts in DataLoader(
        stream, batch_size=None, num_workers=recipe.workers, prefetch_factor=4 if recipe.workers else None
    ):
        step = int(state["step"])
        state["seconds"] = time.monotonic() - began
        done = max(step / recipe.steps, float(state["seconds"]) / (60 * recipe.minutes) if recipe.minutes else 0.0)
        if done >= 1:
            break
        for group in solver.param_groups:
            group["lr"] = recipe.rate * min(1.0, (step + 1) / 150) * (0.5 + 0.5 * math.cos(math.pi * done))
        net.train()
        with learning(device):
            loss = loss_of(net, [p.to(device) for p in parts], recipe.smoothing)
        solver.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        solver.step()
        averaged.follow(net, step)
        running = loss.item() if math.isnan(running) else 0.98 * running + 0.02 * loss.item()
        state["step"] = step + 1
        if (step + 1) % 50 == 0:
            measure = ""
            if not (step + 1) % 400:
                state["curve"].append({"step": step + 1, "accuracy": accuracy(averaged.net, judged)})
                measure = f", validation {state['curve'][-1]['accuracy']:.4f}"
            checkpoint(saved, net, averaged, solver, state)
            say(f"step {step + 1} ({100 * done:.0f} %, {state['seconds']:.0f} s): loss {running:.4f}{measure}")
    checkpoint(saved, net, averaged, solver, state)


def accuracy(net: Judge, examples: Sequence[Example]) -> float:
    """Balanced accuracy of the five classes."""
    device = net.get_buffer("offset").device
    classes, _ = predict(net, examples, str(device))
    return balanced_accuracy(net.fair(classes.to(device)).argmax(1).cpu(), torch.tensor([e.label for e in examples]))


def checkpoint(
    path: Path, net: Judge, averaged: Averaged, solver: torch.optim.Optimizer, state: dict[str, Any]
) -> None:
    """Write everything needed to go on, and never half of it."""
    part = path.with_suffix(".part")
    held = {
        "net": net.state_dict(),
        "averaged": averaged.net.state_dict(),
        "solver": solver.state_dict(),
        "state": state,
    }
    torch.save(held, part)
    part.replace(path)


def card_of(
    net: Judge, clips: Sequence[Clip], judged: Sequence[Example], recipe: Recipe, state: dict[str, Any], device: str
) -> dict[str, Any]:
    """What the weights are: data, recipe, measures on validation recordings."""
    return {
        "name": "artifact_net", "architecture": f"{type(net).__module__}.{type(net).__qualname__}",
        "parameters": sum(p.numel() for p in net.parameters()), "rate_hz": RATE, "classes": list(CLASSES),
        "data": {s: {"clips": sum(c.split == s for c in clips),
                     "recordings": len({c.recording for c in clips if c.split == s}),
                     "seconds": round(sum(c.length for c in clips if c.split == s) / RATE)}
                 for s in ("train", "val", "test")},
        "kinds": {k: sorted(set(v)) for k, v in KINDS.items()}, "encoder_kinds": list(SLOW),
        "held_out_kinds": {k: list(v) for k, v in HELD_OUT.items()},
        "recipe": json.loads(json.dumps(asdict(recipe))), "steps_done": int(state["step"]), "seconds": round(float(state["seconds"])),
        "validation_balanced_accuracy": accuracy(net, judged),
        "device": device, "torch": torch.__version__,
    }  # fmt: skip
