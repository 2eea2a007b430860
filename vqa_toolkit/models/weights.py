"""Weights that come with the package: ``weights/<name>.safetensors`` beside its card ``<name>.json``, checked at load.

The card is a JSON object with at least ``sha256`` (of the safetensors file, hexadecimal). Weights may be stored in half
precision; they are returned in single precision.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from vqa_toolkit.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = Path(__file__).parent / "weights"
_REMEDY = "Reinstall the package, or train your own with 'vqa train'"


def weights_path(name: str, folder: Path | None = None) -> Path:
    """Where the weights called ``name`` lie (whether or not they do)."""
    return (folder or FOLDER) / f"{name}.safetensors"


def read_card(name: str, folder: Path | None = None) -> dict[str, Any]:
    """The card of the weights called ``name``.

    Raises:
        WeightsError: when it is missing, or is not a JSON object with ``sha256``.
    """
    path = weights_path(name, folder).with_suffix(".json")
    try:
        card = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as exc:
        raise WeightsError(f"The card of the weights {name!r} is missing: expected {path}. {_REMEDY}.") from exc
    except (OSError, ValueError) as exc:
        raise WeightsError(f"The card of the weights {name!r} cannot be read ({exc}): {path}. {_REMEDY}.") from exc
    if not isinstance(card, dict) or not isinstance(card.get("sha256"), str):
        raise WeightsError(f"The card of the weights {name!r} must be a JSON object with 'sha256': {path}. {_REMEDY}.")
    return card


def load_weights(name: str, folder: Path | None = None) -> dict[str, Tensor]:
    """Tensors by name, float32, of the weights called ``name``.

    Raises:
        WeightsError: when the file is missing, truncated, or not the one its card describes.
    """
    card = read_card(name, folder)
    path = weights_path(name, folder)
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise WeightsError(f"The weights {name!r} cannot be read: expected {path} ({exc}). {_REMEDY}.") from exc
    found = hashlib.sha256(raw).hexdigest()
    if found != card["sha256"].lower():
        raise WeightsError(
            f"The weights {name!r} are truncated or changed: SHA-256 {card['sha256'][:12]}… expected, "
            f"{found[:12]}… found ({len(raw)} bytes, {path}). {_REMEDY}."
        )
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        tensors = load(raw)
    except SafetensorError as exc:
        raise WeightsError(f"The weights {name!r} are not a safetensors file ({exc}): {path}. {_REMEDY}.") from exc
    return {key: t.float() if t.is_floating_point() else t for key, t in tensors.items()}


def start_from(name: str, start: str) -> dict[str, Tensor]:
    """Weights that a training begins with: those of the package (``start`` "packaged"), or those in the folder ``start``.

    Raises:
        WeightsError: when there are none.
    """
    return load_weights(name, None if start == "packaged" else Path(start))


def save_weights(
    name: str, tensors: Mapping[str, Tensor], card: Mapping[str, Any], folder: Path | None = None, half: bool = True
) -> dict[str, Any]:
    """Write weights (half precision unless told otherwise) and their card with its ``sha256``; returns the card.

    Both files are written beside their place first and then moved there, so that a reader never sees half a file.
    """
    from safetensors.torch import save

    path = weights_path(name, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        k: (t.half() if half and t.is_floating_point() else t).detach().cpu().contiguous() for k, t in tensors.items()
    }
    raw = save(kept)
    full = {**card, "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    _replace(path, raw)
    _replace(path.with_suffix(".json"), (json.dumps(full, indent=2, ensure_ascii=False) + "\n").encode())
    return full


def _replace(path: Path, raw: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(raw)
    part.replace(path)


def read_checkpoint(path: Path, what: str, source: str, key: str) -> dict[str, Tensor]:
    """The state of a user's published PyTorch checkpoint, bare or below ``key``; nothing in it is run.

    Raises:
        WeightsError: when the file is absent or unreadable; it names ``what`` and where to get it (``source``).
    """
    import torch

    if not path.is_file():
        raise WeightsError(f"There is no {what} at {path}. Download {source} and name its path.")
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, UnpicklingError, EOFError, OSError, ValueError) as exc:
        raise WeightsError(f"{path} cannot be read as a PyTorch checkpoint ({exc}). Download {source} again.") from exc
    found = held.get(key, held) if isinstance(held, dict) else {}
    return dict(found)
