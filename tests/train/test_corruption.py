"""Training the block-corruption network: samples with true masks, titles kept apart, and a run that resumes."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from vqa_toolkit.models.corruption_net import CorruptionNet, EvidenceHead
from vqa_toolkit.models.weights import load_weights, read_card
from vqa_toolkit.train import corruption
from vqa_toolkit.train.corruption import Recipe, Run, _train, advise, rate_at, side_at
from vqa_toolkit.train.corruption_batches import Pool, batch, targets
from vqa_toolkit.train.corruption_card import export
from vqa_toolkit.train.corruption_clips import split_of, title_of
from vqa_toolkit.train.corruption_data import CROP_PX, Samples, sample, title_samples, undamaged
from vqa_toolkit.train.corruption_mining import Doubts

RECIPE = Recipe(seed=3, steps=4, batch=4, warmup=2, check_every=2, sides_px=(64,), shares=(1.0,))


class Done:
    """A supplier that has finished."""

    def is_alive(self) -> bool:
        return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards of grey crops in which damage is a white square of four cells."""
    out, rng = tmp_path_factory.mktemp("corruption"), np.random.default_rng(0)
    for split in ("train", "valid"):
        samples = Samples()
        for i in range(16):
            rgb = rng.integers(60, 90, (CROP_PX, CROP_PX, 3), dtype=np.uint8)
            mask = np.zeros((2, 20, 20), dtype=np.uint8)
            if i % 2:
                rgb[32:96, 32:96] = 255
                mask[:, 4:12, 4:12] = 255
            crop, blocks = sample(rgb, *rng.integers(60, 90, (2, CROP_PX, CROP_PX), dtype=np.uint8))
            samples.crops.append(crop)
            samples.blocks.append(blocks)
            samples.masks.append(mask)
            samples.kinds.append("painted" if i % 2 else "clean")
        (out / "shards" / split).mkdir(parents=True)
        samples.save(out / "shards" / split / "title.3.npy")
    return out


def run(out: Path, steps: int) -> Path:
    torch.manual_seed(0)
    return _train(out, replace(RECIPE, steps=steps), "cpu", lambda _: None, Done())


def test_a_run_resumes_where_it_stopped(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "shards").symlink_to(folder / "shards")
    run(out, 2)
    first = torch.load(out / "checkpoint.pt", weights_only=True)
    assert first["step"] == 2
    run(out, 4)
    second = torch.load(out / "checkpoint.pt", weights_only=True)
    assert second["step"] == 4
    assert [row["step"] for row in second["curve"]] == [2, 4]
    assert not torch.equal(first["net"]["conv6.weight"], second["net"]["conv6.weight"])
    restored = Run(RECIPE, "cpu")
    restored.restore(out / "checkpoint.pt")
    assert torch.equal(restored.net.conv6.weight, second["net"]["conv6.weight"])
    assert restored.step == 4


def test_the_trunk_learns_what_the_head_does_not_know(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, begun = Pool(), Run(RECIPE, "cpu")
    pool.add([folder / "shards" / "train" / "title.3.npy"])
    advise(begun, {"train": pool}, tmp_path)
    assert not pool.opinions(np.arange(3)).any()  # too few to fit a head on
    torch.manual_seed(5)
    head = EvidenceHead()
    monkeypatch.setattr(corruption, "fit_head", lambda pool, seed, steps, report, begun: head)
    monkeypatch.setattr(corruption, "HEAD_SAMPLES", 16)
    advise(begun, {"train": pool}, tmp_path)
    assert begun.net.headed and pool.opinion.shape == (16, 5, 5)
    doubts = Doubts.read(tmp_path / "head.pt")
    assert doubts is not None and torch.equal(doubts.head.d.weight, head.d.weight)
    said = pool.opinions(np.array([3, 99]))
    assert np.ptp(said[0]) > 0 and not said[1].any()
    crops, masks = pool.read([3])
    whole = batch(crops, masks, None, known=said[:1])
    part = batch(crops, masks, np.random.default_rng(1), 64, said[:1])
    assert torch.equal(whole.known[0], torch.from_numpy(said[0]))
    assert any(
        torch.equal(part.known[0], torch.from_numpy(np.ascontiguousarray(k[y : y + 2, x : x + 2])))
        for k in (said[0], said[0][:, ::-1]) for y in range(4) for x in range(4)
    )  # fmt: skip


def test_weights_and_card_load_as_the_package_loads_them(folder: Path, tmp_path: Path) -> None:
    pristine = tmp_path / "pristine"
    pristine.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "shards").symlink_to(folder / "shards")
    checkpoint = run(tmp_path / "out", 2)
    written = export(checkpoint, CorruptionNet(), pristine, asdict(RECIPE), tmp_path / "weights")
    assert written.stat().st_size < 25e6
    CorruptionNet().load_state_dict(load_weights("corruption_net", tmp_path / "weights"))
    card = read_card("corruption_net", tmp_path / "weights")
    assert card["recipe"]["seed"] == 3 and card["steps_done"] == 2
    assert "licence" in card and card["held_out_families"] == {"codec": "vp9", "painted": "repeated"}


def test_targets_by_hand() -> None:
    masks = np.zeros((3, 2, 12, 12), dtype=np.uint8)
    masks[1, :, 0:4, 0:2] = 255  # half of one cell of nine: wholly damaged by the rule, a ninth of half the crop
    masks[2, 0, 4:8, 4:8] = 255  # seen only beside the clean picture
    target, weight, frame = targets(masks)
    assert target[1, 0, 0] == pytest.approx(1.0) and float(target.sum()) == pytest.approx(1.0)
    assert weight[2, 1, 1] == pytest.approx(0.15) and float(weight[0].min()) == 1.0
    assert frame.tolist() == [0.0, 1.0, -1.0]


def test_a_batch_is_in_range_and_mirrored_with_its_mask(folder: Path) -> None:
    pool = Pool()
    pool.add([folder / "shards" / "train" / "title.3.npy"])
    crops, masks = pool.read([1, 3])
    whole = batch(crops, masks, None)
    assert whole.rgb.shape == (2, 3, 160, 160) and whole.target.shape == (2, 5, 5)
    assert float(whole.target[0, 1:3, 1:3].min()) == 1.0
    for seed in range(6):
        cut = batch(crops.copy(), masks.copy(), np.random.default_rng(seed), 96)
        assert float(cut.rgb.min()) >= 0.0 and float(cut.rgb.max()) <= 1.0
        bright = torch.nn.functional.avg_pool2d(cut.rgb.mean(1, keepdim=True), 32)[:, 0]
        assert bool(((bright > bright.amin() + 0.2) == (cut.target > 0.5)).all() or (cut.target % 1 > 0).any())


def test_hard_negatives_are_drawn_more_often(folder: Path) -> None:
    pool = Pool()
    pool.add([folder / "shards" / "train" / "title.3.npy"])
    pool.report(np.asarray([0, 1]), np.asarray([1.0, 1.0]), np.asarray([True, False]))
    drawn = np.bincount(pool.draw(20_000, np.random.default_rng(0)), minlength=16)
    assert drawn[0] / drawn[2:].mean() == pytest.approx(3.0, rel=0.15)  # 1 + 4 × 0.5 after one report
    assert drawn[1] / drawn[2:].mean() == pytest.approx(1.0, rel=0.15)


def test_rates_and_sides_follow_the_recipe() -> None:
    recipe = Recipe(steps=1000, warmup=100)
    assert rate_at(99, 0.0, recipe) == pytest.approx(recipe.rate)
    assert rate_at(49, 0.0, recipe) == pytest.approx(recipe.rate / 2)
    assert rate_at(1000, 1.0, recipe) == pytest.approx(0.01 * recipe.rate)
    assert [side_at(s, recipe) for s in (0.0, 0.999)] == [recipe.sides_px[0], recipe.sides_px[-1]]


def test_one_film_is_one_title_and_splits_are_stable() -> None:
    assert title_of(Path("a/big_buck_bunny_0_30.webm")) == title_of(Path("b/Big-Buck-Bunny.mp4"))
    assert title_of(Path("street.mp4")) == "street"
    shares = [split_of(f"title {i}") for i in range(2000)]
    assert shares.count("test") / 2000 == pytest.approx(0.16, abs=0.03)
    assert shares.count("valid") / 2000 == pytest.approx(0.10, abs=0.03)


def test_samples_of_a_photograph_hold_damage_and_undamaged_twins(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    image = cv2.GaussianBlur(rng.integers(0, 256, (320, 480, 3), dtype=np.uint8), (0, 0), 3)
    cv2.imwrite(str(tmp_path / "photo.png"), cv2.convertScaleAbs(image, alpha=4, beta=-380))
    samples = title_samples(tmp_path / "photo.png", seed=2, rounds=1)
    again = title_samples(tmp_path / "photo.png", seed=2, rounds=1)
    assert all(np.array_equal(a, b) for a, b in zip(samples.crops, again.crops, strict=True))
    assert {c.shape for c in samples.crops} == {(160, 160, 7)}
    clean = [m.max() for m, k in zip(samples.masks, samples.kinds, strict=True) if k in ("clean", "harmless", "coarse")]
    assert clean and max(clean) == 0
    assert any(m.max() > 0 for m, k in zip(samples.masks, samples.kinds, strict=True) if k not in ("clean", "harmless"))


class OneBlock(torch.nn.Module):
    """A head that takes the cell of the brightest block for damage."""

    def forward(self, cells: torch.Tensor, rgb: torch.Tensor, past: torch.Tensor) -> torch.Tensor:
        mean = torch.nn.functional.avg_pool2d(cells[:, 0], 4)
        return torch.where(mean > 0.5, 5.0, -9.0)


def test_undamaged_pictures_give_crops_where_the_head_is_wrong() -> None:
    clip = [np.full((384 * 3 // 2, 640), 128, dtype=np.uint8) for _ in range(3)]
    for picture in clip:
        picture[:384] = 60
    clip[1][64:96, 480:512] = 235
    doubts = Doubts(OneBlock())  # type: ignore[arg-type]
    shares = doubts.of(clip)
    assert shares.shape == (3, 48, 80) and not shares[0].any()
    assert shares[1, 8:12, 60:64].min() > 0.9 and shares[1].sum() == pytest.approx(16, rel=0.01)
    found = Samples()
    undamaged(found, clip, "watched", np.random.default_rng(0), 12, doubts, True)
    assert len(found.crops) == 12 and all(crop[..., :3].max() > 200 for crop in found.crops)
    undamaged(found, [clip[0]] * 3, "watched", np.random.default_rng(0), 12, doubts, True)
    assert len(found.crops) == 12  # where nothing is doubted nothing is cut


def test_the_clock_ends_a_schedule_before_its_steps() -> None:
    run = Run(replace(RECIPE, minutes=2.0), "cpu")
    run.seconds = 60.0
    assert run.done == 0.5
    run.step = 3
    assert run.done == 0.75
