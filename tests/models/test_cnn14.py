"""A user's PANNs checkpoint: loaded key by key, or refused with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vqa_toolkit.errors import WeightsError
from vqa_toolkit.models.cnn14 import Cnn14Artifacts, load_cnn14

NARROW = 2  # the published width is 64


def published(net: Cnn14Artifacts) -> dict[str, torch.Tensor]:
    """The state as PANNs names it, with the layers that ours does without."""
    state = {
        k.replace("front.melW", "logmel_extractor.melW"): torch.rand_like(v.float())
        for k, v in net.state_dict().items()
    }
    kept = {k: v for k, v in state.items() if not k.startswith(("classes", "artifacts"))}
    return {**kept, "fc_audioset.weight": torch.zeros(527, NARROW << 5)}


def test_every_layer_of_the_trunk_is_taken(tmp_path: Path) -> None:
    state = published(Cnn14Artifacts(NARROW))
    torch.save({"model": state}, tmp_path / "Cnn14.pth")
    net = load_cnn14(tmp_path / "Cnn14.pth", NARROW)
    for name, value in net.state_dict().items():
        if not name.startswith(("classes", "artifacts")) and value.is_floating_point():
            torch.testing.assert_close(value, state[name.replace("front.melW", "logmel_extractor.melW")])
    scores = net.eval()(0.1 * torch.randn(2, 32_000))
    assert scores.classes.shape == (2, 5)
    assert scores.artifacts.shape == (2, 4)


def test_absent_damaged_or_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="Download Cnn14"):
        load_cnn14(tmp_path / "none.pth")
    (tmp_path / "text.pth").write_text("no checkpoint")
    with pytest.raises(WeightsError, match="cannot be read"):
        load_cnn14(tmp_path / "text.pth")
    torch.save({"model": {"fc1.weight": torch.zeros(2)}}, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match="is not a Cnn14 checkpoint: it lacks"):
        load_cnn14(tmp_path / "other.pth", NARROW)
    torch.save({"model": published(Cnn14Artifacts(NARROW))}, tmp_path / "narrow.pth")
    with pytest.raises(WeightsError, match="another size"):
        load_cnn14(tmp_path / "narrow.pth", 4)
