"""Training of the lip-sync network on made-up clips: splits, segments, losses, offsets, resuming, the card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vqa_toolkit.errors import WeightsError
from vqa_toolkit.models.sync_net import BANDS, HEIGHT, WIDTH, SyncNet
from vqa_toolkit.models.weights import load_weights
from vqa_toolkit.train.lipsync import Recipe, Trainer
from vqa_toolkit.train.lipsync_augment import degrade, spoil, warp
from vqa_toolkit.train.lipsync_card import write_weights
from vqa_toolkit.train.lipsync_data import TalkingClip, draw_segment, make_batch, plan_epoch, usable
from vqa_toolkit.train.lipsync_loss import matching_loss
from vqa_toolkit.train.lipsync_measure import accuracy, clip_similarity
from vqa_toolkit.train.lipsync_split import Split, split_clips


def clip(name: str, person: str = "p", source: str = "s", pictures: int = 30, offset: float = 0.0) -> TalkingClip:
    rng = np.random.default_rng(len(name))
    crops = rng.integers(0, 255, (pictures, 80, 120)).astype(np.uint8)
    mel = rng.normal(-8, 2, (4 * pictures, BANDS)).astype(np.float16)
    return TalkingClip(name, source, person, 0, crops, mel, offset)


def test_no_person_and_no_held_out_source_is_trained_on() -> None:
    clips = [
        clip("a_1", "ann", "x"), clip("b_1", "bob", "x"), clip("a_2", "ann", "held"), clip("c_1", "cy", "chosen"),
        clip("many_16000", ""), clip("many_16400", ""), clip("many_17000", ""), clip("d_1", "dee", "x"),
    ]  # fmt: skip
    split = split_clips(clips, ["held"], ["chosen"], ["dee"])
    assert [c.name for c in split.test] == ["a_2", "many_17000"]
    assert [c.name for c in split.validation] == ["c_1", "d_1"]
    assert [c.name for c in split.train] == ["b_1", "many_16000"]  # 16400 lies in the gap


def test_a_late_sound_shortens_what_can_be_used() -> None:
    assert usable(clip("a", pictures=40, offset=3.0)) == (0, 37)
    assert usable(clip("a", pictures=40, offset=-3.0)) == (3, 40)


def test_segments_lie_inside_the_clip() -> None:
    rng = np.random.default_rng(0)
    long = clip("a", pictures=70, offset=2.0)
    for _ in range(50):
        s = draw_segment(long, 50, rng)
        assert s is not None
        assert s.start >= 0 and s.start + s.speed * 49 <= 68.5
    assert draw_segment(clip("b", pictures=20), 26, rng) is None


def test_batches_hold_every_short_clip_at_most_once() -> None:
    clips = [clip(f"c{i}") for i in range(40)]
    plan = plan_epoch(clips, 260, np.random.default_rng(0))
    names = [c.name for _, batch in plan for c in batch]
    assert len(names) == len(set(names)) == 40
    assert all(frames == 26 and len(batch) == 10 for frames, batch in plan)


def test_a_batch_has_the_shapes_the_network_wants() -> None:
    torch.manual_seed(0)
    crops, mel = make_batch([clip(f"c{i}") for i in range(5)], 26, np.random.default_rng(0))
    assert crops.shape == (5, 26, HEIGHT, WIDTH)
    assert mel.shape == (5, 104, BANDS)
    assert bool(torch.isfinite(crops).all()) and bool(torch.isfinite(mel).all())


def test_warping_by_nothing_is_the_middle_of_the_crop() -> None:
    from vqa_toolkit.models.sync_net import middle

    crops = torch.rand(2, 3, 80, 120) * 255
    torch.testing.assert_close(warp(crops, 0.0), middle(crops), atol=0.05, rtol=0)


def test_augmentation_is_seeded() -> None:
    def once() -> tuple[torch.Tensor, torch.Tensor]:
        torch.manual_seed(4)
        x, m = torch.rand(6, 8, HEIGHT, WIDTH) * 255, torch.randn(6, 40, BANDS)
        return degrade(x), spoil(m, m.roll(1, 0))

    for a, b in zip(once(), once(), strict=True):
        assert torch.equal(a, b)


def test_the_loss_is_small_for_matching_and_large_for_shuffled_pairs() -> None:
    torch.manual_seed(0)
    x = torch.nn.functional.normalize(torch.randn(4, 20, 64), dim=2)
    scale = torch.tensor(3.0)
    assert matching_loss(x, x, scale, 16) < 0.01
    assert matching_loss(x, x.roll(5, 1), scale, 16) > 3.0


def test_the_protocol_counts_within_one_picture_of_the_middle() -> None:
    sims = np.zeros((4, 31), np.float32)
    for row, column in enumerate((15, 16, 14, 17)):
        sims[row, column] = 1.0
    assert accuracy(sims, 5, 5) == (3, 4)
    sims[0, 3] = np.nan
    assert accuracy(sims, 5, 5) == (2, 3)


def test_similarity_marks_what_has_no_sound() -> None:
    torch.manual_seed(0)
    net = SyncNet(8, 32)
    net.train(False)
    sims = clip_similarity(net, clip("a", pictures=40), reach=5)
    assert sims.shape == (30, 11)
    assert np.isnan(sims[0, :5]).all() and np.isfinite(sims[0, 5:]).all()
    assert np.isnan(sims[-1, 6:]).all() and np.isfinite(sims[-1, :6]).all()


@pytest.fixture
def split() -> Split:
    people = [clip(f"c{i}", f"p{i}", pictures=30) for i in range(12)]
    return Split(people[:8], people[8:10], people[10:])


RECIPE = Recipe(epochs=2, width=8, channels=32, batch_frames=104, rounds=(0.5,))


def test_training_stops_and_goes_on_where_it_was(split: Split, tmp_path: Path) -> None:
    lines: list[str] = []
    whole = Trainer(split, RECIPE, tmp_path, report=lines.append)
    whole.run()
    assert whole.epoch == 2 and len(lines) == 2
    assert json.loads(lines[0])["epoch"] == 1
    assert (tmp_path / "offsets_1.csv").read_text().startswith("file,source,person,before_frames")
    again = Trainer(split, RECIPE, tmp_path, report=lines.append)
    assert again.resume() and again.epoch == 2 and again.step == whole.step
    for a, b in zip(again.average.state_dict().values(), whole.average.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_the_card_describes_the_weights(split: Split, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = SyncNet(8, 32)
    card = write_weights(
        net, tmp_path, split, {"seed": 5, "deadline": 0.0}, [{"epoch": 3, "step": 9}], {"short_5": 0.5}
    )
    held = load_weights("sync_net", tmp_path)
    torch.testing.assert_close(held["scale"], net.scale.detach(), atol=2e-3, rtol=0)
    words = (tmp_path / "sync_net.md").read_text("utf-8")
    assert card["sha256"] in words and "| train | 8 | 8 |" in words and "| 0.2 s (5 pictures) | 50.0 % |" in words
    assert "deadline" not in card["recipe"]


def test_training_begins_with_weights_that_are_given(split: Split, tmp_path: Path) -> None:
    torch.manual_seed(1)
    known = SyncNet(8, 32)
    write_weights(known, tmp_path, split, {"seed": 5}, [{"epoch": 1, "step": 1}], {})
    begun = Trainer(split, replace(RECIPE, start=str(tmp_path)), tmp_path / "out")
    torch.testing.assert_close(begun.net.state_dict()["scale"], known.scale.detach(), atol=2e-3, rtol=0)
    with pytest.raises(WeightsError, match="missing"):
        Trainer(split, replace(RECIPE, start=str(tmp_path / "nowhere")), tmp_path / "out")
