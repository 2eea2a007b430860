"""Weights are what their card says, or a clear error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from vqa_toolkit.errors import WeightsError
from vqa_toolkit.models.weights import load_weights, read_card, save_weights, weights_path


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    save_weights("tiny", {"a": torch.tensor([1.0, 2.5]), "n": torch.tensor(7)}, {"seed": 3}, tmp_path)
    return tmp_path


def test_round_trip_through_half_precision(stored: Path) -> None:
    held = load_weights("tiny", stored)
    assert held["a"].dtype == torch.float32
    assert held["a"].tolist() == [1.0, 2.5]
    assert held["n"].item() == 7
    assert read_card("tiny", stored)["seed"] == 3


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="card of the weights 'absent' is missing"):
        load_weights("absent", tmp_path)


def test_missing_tensors_beside_a_card_are_named(stored: Path) -> None:
    weights_path("tiny", stored).unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        load_weights("tiny", stored)


@pytest.mark.parametrize("keep", [0, 10, -1])
def test_truncated_file_is_refused(stored: Path, keep: int) -> None:
    path = weights_path("tiny", stored)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(WeightsError, match="truncated or changed"):
        load_weights("tiny", stored)


def test_right_hash_of_a_wrong_file_is_refused(stored: Path) -> None:
    import hashlib

    weights_path("tiny", stored).write_bytes(b"not tensors")
    card = {"sha256": hashlib.sha256(b"not tensors").hexdigest()}
    weights_path("tiny", stored).with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(WeightsError, match="not a safetensors file"):
        load_weights("tiny", stored)


@pytest.mark.parametrize("text", ["[]", "{}", "{", '{"sha256": 5}'])
def test_a_bad_card_is_refused(stored: Path, text: str) -> None:
    weights_path("tiny", stored).with_suffix(".json").write_text(text)
    with pytest.raises(WeightsError, match="card of the weights"):
        load_weights("tiny", stored)
