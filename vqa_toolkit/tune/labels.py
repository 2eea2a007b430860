"""Labels that people wrote: a JSON file of what is wrong in a clip, and when."""

from __future__ import annotations

import json
import math
from typing import Any

from vqa_toolkit.errors import ResultError
from vqa_toolkit.evaluate.clips import check_labels
from vqa_toolkit.simulate.core import Label

MAX_BYTES = 4_000_000
"""Some ten thousand labels; more is no labels file."""

NEEDED = '{"labels": [{"defect": "freeze", "start": 12.0, "end": 14.5}]}'


def parse_labels(text: str | bytes, seconds: float, name: str) -> tuple[Label, ...]:
    """The labels of one clip of ``seconds``: those that ``vqa simulate`` writes, or only defect, start and end (s).

    Raises:
        ResultError: no such JSON, an unknown defect, a time that is no number or past the end, or too large a file.
    """
    if len(text) > MAX_BYTES:
        raise ResultError(
            f"{name}: a labels file has at most {MAX_BYTES / 1e6:.0f} MB, this one {len(text) / 1e6:.1f} MB."
        )
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{name} is no JSON ({error}). A labels file looks like {NEEDED}.") from error
    items = document.get("labels") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise ResultError(f"{name}: a list of labels was expected. A labels file looks like {NEEDED}.")
    labels = tuple(_label(item, n, name) for n, item in enumerate(items, 1))
    check_labels(labels, seconds, name)
    return labels


def _label(item: Any, number: int, name: str) -> Label:
    if not isinstance(item, dict):
        raise ResultError(f"{name}: label {number} must be an object such as {NEEDED[12:-2]}, got {item!r:.80}.")
    defect = item.get("defect")
    if defect is not None and not isinstance(defect, str):
        raise ResultError(f"{name}: label {number}: defect must be a name or null, got {defect!r:.80}.")
    start, end = (_time(item.get(key), key, number, name) for key in ("start", "end"))
    fault = item.get("fault")
    strength = item.get("strength")
    return Label(
        defect, fault if isinstance(fault, str) else defect or "nothing", start, end,
        float(strength) if isinstance(strength, (int, float)) and not isinstance(strength, bool) else 1.0,
        {}, 0, name, "1",
    )  # fmt: skip


def _time(value: Any, key: str, number: int, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ResultError(f"{name}: label {number}: {key} must be a time in seconds, got {value!r:.80}.")
    return float(value)
