"""The weights as they are shipped: safetensors, a JSON card with their SHA-256, and the same in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vqa_toolkit.models.sync_net import SyncNet
from vqa_toolkit.models.weights import save_weights
from vqa_toolkit.train.lipsync_data import TalkingClip
from vqa_toolkit.train.lipsync_split import Split

FPS = 25.0
LICENCE = (
    "Trained on clips of talking people from public research and demonstration pages, most of them for research or "
    "non-commercial use: so are these weights. 'vqa train lipsync' makes weights from material that you own."
)
DESCRIBES = {
    "short_5": "0.2 s (5 pictures)", "short_15": "0.6 s (15 pictures), short head averaged",
    "context_11": "0.44 s (11 pictures), context head", "context_15": "0.6 s (15 pictures), context head",
    "context_100": "4 s (100 pictures), context head",
}  # fmt: skip


def write_weights(
    net: SyncNet,
    out: Path,
    split: Split,
    recipe: Mapping[str, Any],
    history: Sequence[Mapping[str, float]],
    measured: Mapping[str, float],
    notes: str = "",
) -> dict[str, Any]:
    """Write ``sync_net.safetensors``, ``.json``, ``.md`` and the curve ``sync_net_history.json`` into ``out``."""
    card = {
        "name": "sync_net",
        "what": "lips and sound in one space: five grey mouth crops (48x72, 25 frames/s) against 0.2 s of log-mel",
        "parameters": sum(p.numel() for p in net.parameters()),
        "data": {use: described(getattr(split, use)) for use in ("train", "validation", "test")},
        "licence": LICENCE,
        "recipe": {k: v for k, v in recipe.items() if k != "deadline"},
        "epochs": int(history[-1]["epoch"]) if history else 0,
        "steps": int(history[-1].get("step", 0)) if history else 0,
        "seed": recipe["seed"],
        "notes": notes,
        "measured_31_way": {k: round(v, 4) for k, v in measured.items()},
    }
    full = save_weights("sync_net", net.state_dict(), card, out)
    (out / "sync_net.md").write_text(in_words(full), "utf-8")
    (out / "sync_net_history.json").write_text(json.dumps(list(history), indent=1) + "\n", "utf-8")
    return full


def described(clips: Sequence[TalkingClip]) -> dict[str, Any]:
    """How many clips, people, minutes, and from which sources."""
    return {
        "clips": len(clips),
        "people": len({c.person for c in clips if c.person}),
        "clips_without_a_person": sum(not c.person for c in clips),
        "minutes": round(sum(len(c.crops) for c in clips) / FPS / 60, 1),
        "sources": sorted({c.source for c in clips if c.source}),
    }


def in_words(card: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    data = card["data"]
    rows = [
        f"| {use} | {d['clips']} | {d['people']}"
        + (f" and {d['clips_without_a_person']} clips of unlabelled people" if d["clips_without_a_person"] else "")
        + f" | {d['minutes']} | {len(d['sources'])} |"
        for use, d in data.items()
    ]
    scores = [f"| {DESCRIBES.get(k, k)} | {v * 100:.1f} % |" for k, v in card["measured_31_way"].items()]
    sources = [f"- {use}: {', '.join(d['sources'])}" for use, d in data.items()]
    return "\n".join([
        "# sync_net", "", f"{card['what']}. {card['parameters'] / 1e6:.1f} M parameters, seed {card['seed']}, "
        f"{card['epochs']} epochs, {card['steps']} steps.", "", f"SHA-256 `{card['sha256']}`, {card['bytes']} bytes.", "",
        "## Licence", "", str(card["licence"]), "", "## Data", "",
        "| used to | clips | people | minutes | sources |", "|---|---|---|---|---|", *rows, "", *sources, "",
        "No labelled person is in two of these rows. Clips of unlabelled people are split by blocks of their numbers with a "
        "gap, so one of those people could be in two rows.", "", str(card["notes"]), "", "## Measured on the test row", "",
        "31 candidate offsets, right within one picture of the clip's own consensus; chance 9.7 %.", "",
        "| fragment | accuracy |", "|---|---|", *scores, "", "## Recipe", "", "```json",
        json.dumps(card["recipe"], indent=1), "```", "",
    ])  # fmt: skip
