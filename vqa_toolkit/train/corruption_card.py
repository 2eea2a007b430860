"""From a checkpoint to weights with a card: what they were trained on, how, and what they score on held-out titles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from vqa_toolkit.models.corruption_engine import WEIGHTS
from vqa_toolkit.models.corruption_net import CorruptionNet
from vqa_toolkit.models.weights import save_weights, weights_path
from vqa_toolkit.train.corruption_clips import pristine_files, split_of, title_of
from vqa_toolkit.train.corruption_data import HELD_OUT_CODEC, HELD_OUT_MODE, TRAIN_CODECS, TRAIN_MODES
from vqa_toolkit.train.plots import curve_svg

CURVES = (
    ("valid_auc", "area under ROC"), ("valid_v2", "v2 accuracy"), ("valid_v1", "v1 accuracy"), ("valid_iou", "IoU of cells"),
    ("valid_held_auc", "AUC, held out"), ("valid_held_v2", "v2, held out"),
)  # fmt: skip
USE = (
    "Research use: parts of the pristine material are under research or non-commercial licences. "
    "Train your own with 'vqa train corruption' from material that you own."
)


def export(
    checkpoint: Path, net: CorruptionNet, pristine: Path, recipe: Mapping[str, Any], folder: Path, source: str = ""
) -> Path:
    """Write the completed network in half precision with its card and its curve below ``folder``; returns the file."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    save_weights(WEIGHTS, net.state_dict(), card(state, pristine, recipe, source), folder)
    title = "crops of validation titles"
    (folder / f"{WEIGHTS}_curve.svg").write_text(curve_svg(state["curve"], "step", title, CURVES), "utf-8")
    return weights_path(WEIGHTS, folder)


def card(state: Mapping[str, Any], pristine: Path, recipe: Mapping[str, Any], source: str = "") -> dict[str, Any]:
    """What a reader of the weights must know."""
    titles: dict[str, set[str]] = {"train": set(), "valid": set(), "test": set()}
    for path in pristine_files(pristine):
        titles[split_of(title_of(path))].add(title_of(path))
    curve = state["curve"]
    return {
        "name": WEIGHTS,
        "architecture": "ResNet18, fully convolutional, conv6, novelty stem; a small network on features and pixels; learned decision",
        "input": "RGB of BT.601 at native scale; luma of the pictures before and after, as they were and as motion makes them",
        "output": "probability of damage per 32-px cell and per picture",
        "trained_by": "vqa train corruption",
        "source": source or "a folder of pristine videos and photographs",
        "titles": {k: len(v) for k, v in titles.items()},
        "faults": {"codecs": sorted(set(TRAIN_CODECS)), "painted": list(TRAIN_MODES)},
        "held_out_families": {"codec": HELD_OUT_CODEC, "painted": HELD_OUT_MODE},
        "recipe": json.loads(json.dumps(dict(recipe))),
        "steps_done": state["step"],
        "validation": curve[-1] if curve else {},
        "licence": USE,
    }
