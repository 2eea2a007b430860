"""The scout: it learns what a network says, keeps its card honest, and the packaged one belongs to the packaged network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vqa_toolkit.models.corruption_net import CorruptionNet
from vqa_toolkit.models.corruption_scout import Scout, prepared_scout
from vqa_toolkit.models.weights import read_card, save_weights
from vqa_toolkit.train import corruption_head, corruption_scout
from vqa_toolkit.train.corruption_batches import Pool
from vqa_toolkit.train.corruption_data import Samples
from vqa_toolkit.train.corruption_scout import fit_scout, kept, teach, varied


def pool_of(count: int, folder: Path) -> Pool:
    """Samples; in half of them the first feature is high in the upper left cell."""
    rng = np.random.default_rng(3)
    samples = Samples()
    for number in range(count):
        blocks = rng.normal(0, 0.3, (36, 20, 20))
        blocks[0, :4, :4] += 3.0 * (number % 2)
        samples.crops.append(rng.integers(0, 255, (160, 160, 7), dtype=np.uint8))
        samples.blocks.append(blocks.astype(np.float16))
        samples.masks.append(np.zeros((2, 20, 20), np.uint8))
        samples.kinds.append("clean")
    samples.save(folder / "title.1.npy")
    made = Pool()
    made.add([folder / "title.1.npy"])
    return made


def test_a_scout_learns_where_the_network_finds_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = pool_of(64, tmp_path)
    monkeypatch.setattr(corruption_scout, "BATCH", 32)
    monkeypatch.setattr(corruption_head, "WARMUP", 5)
    taught = torch.full((64, 5, 5), -4.0)
    taught[1::2, 0, 0] = 3.0
    scout = fit_scout(pool, np.arange(64), taught, seed=1, steps=60)
    found = kept(scout, pool, taught, 0.2)
    assert found["found"] == 32 and found["kept"] > 0.95 and found["for_nothing"] < 0.2


def test_what_is_varied_keeps_features_and_answers_together() -> None:
    x, z = torch.zeros(1, 36, 20, 20), torch.zeros(1, 5, 5)
    x[0, 0, :4, :4], z[0, 0, 0] = 1.0, 1.0  # the mean of the blocks of the first cell
    for seed in range(8):
        turned, answer = varied(x, z, torch.zeros(36), np.random.default_rng(seed))
        assert torch.equal(torch.nn.functional.avg_pool2d(turned[:, 0], 4), answer)


def test_teaching_writes_weights_that_load(tmp_path: Path) -> None:
    pool = pool_of(16, tmp_path)
    torch.manual_seed(2)
    net = CorruptionNet().eval()
    save_weights("corruption_net", net.state_dict(), {"licence": "free"}, tmp_path)
    said: list[str] = []
    written = teach(net, pool, pool, 5, tmp_path, said.append, steps=2)
    assert written.is_file() and said
    card = read_card("corruption_scout", tmp_path)
    assert card["taught_by"] == read_card("corruption_net", tmp_path)["sha256"] and card["samples"] == 16
    assert 0.0 <= card["validation"]["for_nothing"] <= 1.0
    assert prepared_scout(tmp_path)(torch.zeros(1, 36, 8, 8)).shape == (1, 2, 2)


def test_the_packaged_scout_was_taught_by_the_packaged_network() -> None:
    assert read_card("corruption_scout")["taught_by"] == read_card("corruption_net")["sha256"]


def test_folding_changes_nothing() -> None:
    from vqa_toolkit.models.corruption_net import fold_blocks

    torch.manual_seed(4)
    scout = Scout()
    scout(torch.randn(8, 36, 16, 16))  # running means away from their first values
    x = torch.randn(2, 36, 16, 16)
    plain = scout.eval()(x)
    fold_blocks(scout)
    assert torch.allclose(plain, scout(x), atol=1e-5)
