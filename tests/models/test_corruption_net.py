"""The block-corruption network: shapes, names, the decision's beginning, and the engine that runs it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vqa_toolkit.models import corruption_engine, precision
from vqa_toolkit.models.corruption_engine import Engine, folded
from vqa_toolkit.models.corruption_look import Look, Seen, full_luma, to_rgb
from vqa_toolkit.models.corruption_net import CorruptionNet, SoftArea, area_v1, from_imagenet

# torchvision.models.resnet18().state_dict() without its last layer, written out by its rule.
BLOCKS = [f"layer{layer}.{block}" for layer in range(1, 5) for block in range(2)]
NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def torchvision_names() -> set[str]:
    names = {"conv1.weight", *(f"bn1.{n}" for n in NORM)}
    for block in BLOCKS:
        for i in (1, 2):
            names |= {f"{block}.conv{i}.weight", *(f"{block}.bn{i}.{n}" for n in NORM)}
    for layer in (2, 3, 4):
        names |= {f"layer{layer}.0.downsample.0.weight", *(f"layer{layer}.0.downsample.1.{n}" for n in NORM)}
    return names


@pytest.mark.parametrize(("size", "cells"), [((224, 224), (7, 7)), ((1080, 1920), (34, 60)), ((144, 176), (5, 6))])
def test_one_cell_for_32_pixels(size: tuple[int, int], cells: tuple[int, int]) -> None:
    net = CorruptionNet().to("meta")
    damage = net(torch.zeros(1, 3, *size, device="meta"), torch.zeros(1, 4, *size, device="meta"))
    assert damage.map.shape == (1, *cells)
    assert damage.frame.shape == (1,)


def test_names_are_torchvisions() -> None:
    own = set(CorruptionNet().state_dict())
    ours = {"novelty.weight", "conv6.weight", "conv6.bias", "mix"}
    assert {n for n in own - ours if not n.startswith(("decision.", "head."))} == torchvision_names()


def test_an_imagenet_checkpoint_initialises_the_trunk() -> None:
    net, other = CorruptionNet(), CorruptionNet()
    state = {
        k: v for k, v in other.state_dict().items() if not k.startswith(("conv6", "novelty", "decision", "head", "mix"))
    }
    copied = from_imagenet(net, {**state, "fc.weight": torch.zeros(1000, 512)})
    assert set(copied) == torchvision_names()
    name = "layer4.1.conv2.weight"
    assert torch.equal(net.state_dict()[name], other.state_dict()[name])


@pytest.mark.parametrize(("damaged", "corrupted"), [(1, False), (2, True)])
def test_the_decision_begins_as_the_published_rule(damaged: int, corrupted: bool) -> None:
    z = torch.full((1, 5, 5), -20.0)
    z[0, 0, :damaged] = 20.0  # 1 of 25 cells is 0.04, 2 are 0.08: either side of 0.07
    assert float(area_v1(z)[0]) == pytest.approx(damaged / 25)
    assert bool(SoftArea()(z)[0] > 0) is corrupted


def test_small_damage_is_the_same_question_in_a_large_picture() -> None:
    z = torch.full((1, 34, 60), -20.0)
    z[0, 20, 30:34] = 20.0
    part = z[:, 18:23, 29:34]
    assert torch.allclose(SoftArea()(z), SoftArea()(part), atol=1e-4)


@pytest.fixture
def shaken() -> Iterator[CorruptionNet]:
    """A network whose normalisation has seen something, so that folding it is no identity."""
    torch.manual_seed(3)
    net = CorruptionNet()
    net.train()
    with torch.no_grad():
        for _ in range(2):
            net(torch.rand(4, 3, 64, 64), torch.rand(4, 4, 64, 64))
    yield net.eval()


def test_folding_changes_nothing(shaken: CorruptionNet) -> None:
    rgb, past = torch.rand(2, 3, 96, 96), torch.rand(2, 4, 96, 96)
    with torch.no_grad():
        expected = shaken(rgb, past)
        found = folded(shaken)(rgb, past)
    assert torch.allclose(found.map, expected.map, atol=1e-3, rtol=1e-3)


def looks(n: int) -> list[Look]:
    rng = np.random.default_rng(0)
    return [
        Look(
            rng.integers(0, 256, (96, 128, 3), dtype=np.uint8),
            rng.integers(0, 256, (96, 128), dtype=np.uint8),
            rng.integers(0, 256, (96, 128), dtype=np.uint8),
        )
        for _ in range(n)
    ]


@pytest.fixture
def engine(shaken: CorruptionNet, monkeypatch: pytest.MonkeyPatch) -> Engine:
    net = folded(shaken)
    monkeypatch.setattr(corruption_engine, "prepared", lambda folder: net)
    monkeypatch.setattr(precision, "fast_bf16", lambda: False)
    return Engine("cpu")


def test_a_picture_is_answered_alike_in_any_batch(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    together = engine.look(looks(16))
    monkeypatch.setattr(corruption_engine, "LOOK_PART_PX", 1)
    alone = engine.look(looks(16))
    for a, b in zip(together, alone, strict=True):
        assert np.abs(a.map - b.map).max() < 1e-4  # single precision, other order of sums
        assert a.frame == pytest.approx(b.frame, abs=1e-4)


def test_a_look_takes_what_a_glance_has_read(engine: Engine) -> None:
    """It answers as if it had read everything itself, and the head reads each picture once instead of twice."""
    with torch.no_grad():
        engine.net.mix.copy_(torch.tensor([0.7, 0.9, -0.4]))
        torch.nn.init.normal_(engine.net.head.d.weight, std=0.2)
    seen = looks(3)
    again = [look._replace(facts=glance.facts) for look, glance in zip(seen, engine.glance(seen), strict=True)]
    plain = engine.look(seen)
    runs: list[int] = []
    handle = engine.net.head.register_forward_hook(lambda *parts: runs.append(len(parts[-1])))
    found = engine.look(again)
    handle.remove()
    assert sum(runs) == len(seen)
    assert max(float(np.ptp(p.map)) for p in plain) > 0.1
    for a, b in zip(plain, found, strict=True):
        assert np.abs(a.map - b.map).max() < 1e-4


def test_a_sparing_look_asks_the_trunk_only_where_the_head_doubts(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = looks(5)
    with torch.no_grad():
        engine.net.mix.copy_(torch.tensor([0.7, 0.9, 0.0]))
        torch.nn.init.normal_(engine.net.head.d.weight, std=0.002)
    monkeypatch.setattr(corruption_engine, "DOUBT", 1 - 1e-9)
    worst = [float(answer.map.max()) for answer in engine.look(seen, sparing=True)]  # the head's word alone
    monkeypatch.setattr(corruption_engine, "DOUBT", float(np.median(worst)))
    asked: list[int] = []
    handle = engine.net.conv6.register_forward_hook(lambda *parts: asked.append(len(parts[-1])))
    sparing = engine.look(seen, sparing=True)
    handle.remove()
    full = engine.look(seen)
    assert 2 <= sum(asked) <= 4  # those above the median, and perhaps the one that it is
    for answer, whole, head in zip(sparing, full, worst, strict=True):
        trunk_asked = bool(np.abs(answer.map - whole.map).max() < 1e-5)
        assert trunk_asked == (head > np.median(worst)) or head == np.median(worst)


def test_looks_side_by_side_are_answered_in_order(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [look for pair in zip(looks(9), looks(9), strict=True) for look in pair]
    seen[3] = Look(seen[3].rgb[:64], seen[3].before[:64], seen[3].after[:64])  # one of another size
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    monkeypatch.setattr(corruption_engine, "LOOK_PART_PX", 3 * 96 * 128)
    together = engine.look(seen)
    assert engine.seconds > 0
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    for one, look in zip(together, seen, strict=True):
        assert np.abs(one.map - engine.look([look])[0].map).max() < 1e-4


@pytest.mark.parametrize(("count", "most", "lengths"), [(1, 4, [1]), (3, 4, [2, 1]), (8, 4, [4, 4]), (9, 4, [3, 3, 3])])
def test_work_is_shared_out_evenly(count: int, most: int, lengths: list[int]) -> None:
    parts = corruption_engine.evenly(range(count), most)
    assert [len(p) for p in parts] == lengths
    assert [n for p in parts for n in p] == list(range(count))


def test_short_gpu_memory_halves_the_batch_then_falls_to_the_cpu(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, sizes = engine._run, []

    def scarce(batch: list[Look], sparing: bool) -> list[Seen]:
        sizes.append(len(batch))
        if engine.on_gpu:
            raise torch.OutOfMemoryError
        return run(batch, sparing)

    monkeypatch.setattr(engine, "_run", scarce)
    engine.device, engine.batch = "cuda", 4
    assert len(engine.look(looks(4))) == 4
    assert sizes[:3] == [4, 2, 1]
    assert "the batch was halved to 2" in engine.notes[0] and "ran on the CPU" in engine.notes[-1]


def test_a_gpu_that_is_not_there_is_said(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    asked = Engine("cuda")
    assert asked.device == "cpu"
    assert asked.notes == ["no GPU was found; the network ran on the CPU"]


@pytest.mark.parametrize("shape", [(8, 8), (8, 16), (16, 16)])
def test_any_subsampling_and_depth_becomes_rgb(shape: tuple[int, int]) -> None:
    grey: list[NDArray[np.uint16]] = [np.full((16, 16), 504, dtype=np.uint16), *(np.full(shape, 512, np.uint16),) * 2]
    rgb = to_rgb((grey[0], grey[1], grey[2]), 10, False)
    assert rgb.shape == (16, 16, 3)
    assert np.abs(rgb.astype(int) - round((126 - 16) * 255 / 219)).max() <= 1
    assert int(full_luma(grey[0], 10, False)[0, 0]) == round((126 - 16) * 255 / 219)
