"""``simulate``: a clip, faults and a seed in; the faulty clip and its labels out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vqa_toolkit.core import Box
from vqa_toolkit.errors import FaultError, ResultError
from vqa_toolkit.simulate import captioned
from vqa_toolkit.simulate.core import CaptionFault, Extent, Fault, Label
from vqa_toolkit.simulate.reading import Source, read_source
from vqa_toolkit.simulate.registry import notation, parse_fault
from vqa_toolkit.simulate.render import Material, Plan, checked, material, plans, render
from vqa_toolkit.simulate.writing import Encoding

SCHEMA_VERSION = 1
LABELS_SUFFIX = ".labels.json"
CONTAINERS = (".mp4", ".m4v", ".m4a", ".mov", ".mkv", ".ts", ".wav", ".avi", ".mxf")
SOUND_SLACK_S = 0.02  # packet times say roughly where the sound ends; faults clamp to its samples
TIME_DIGITS = 6  # label times are rounded to the microsecond, finer than any frame or sample


def simulate(
    clip: str | Path,
    faults: Sequence[str | Fault] = (),
    seed: int = 0,
    output: str | Path | None = None,
    *,
    encoding: Encoding | None = None,
    encode_all: bool = False,
) -> list[Label]:
    """Write ``output`` with ``faults`` applied, and ``output`` + ``.labels.json`` beside it; returns the labels.

    Faults of pictures and sound are composed in the order given; those that edit the whole file follow. ``output``
    defaults to ``<clip>.faulty.<suffix>`` beside the clip. ``encode_all`` encodes streams that no fault edits as well.
    Captions beside the clip (same stem) go along.

    Raises:
        FaultError: before anything is written, naming the parameter, its unit and its range.
        MediaError: when the clip cannot be used as media.
    """
    clip = Path(clip)
    parsed = [parse_fault(f) if isinstance(f, str) else f for f in faults]
    target = Path(output) if output is not None else clip.with_name(f"{clip.stem}.faulty{clip.suffix}")
    captions = captioned.beside(clip)
    _check_target(clip, target, captions is not None and captions == clip)
    if captions is not None and captions == clip:
        return _captions_only(clip, target, parsed, seed)
    if captions is None and any(isinstance(f, CaptionFault) for f in parsed):
        raise FaultError(f"{clip.name}: a caption fault needs captions beside the clip, such as {clip.stem}.srt.")
    source = read_source(clip)
    planned = _checked_plans(source, parsed, seed)
    return write(material(source), target, planned, clip.name, seed, encoding or Encoding(), encode_all, captions)


def write(
    clip: Material,
    target: Path,
    planned: Sequence[Plan],
    source: str,
    seed: int,
    encoding: Encoding,
    encode_all: bool = True,
    captions: Path | None = None,
) -> list[Label]:
    """Render ``clip`` with the plans, its captions and its labels; ``source`` is the name labels give the clip."""
    media = [p for p in planned if not isinstance(p.fault, CaptionFault)]
    extents = dict(zip(map(id, media), render(clip, target, media, encoding, encode_all=encode_all), strict=True))
    if captions is not None:
        edits = [p for p in planned if isinstance(p.fault, CaptionFault)]
        extents.update(captioned.write(captions, target.with_suffix(captions.suffix), edits, clip.facts))
    labels = [_label(p, extents[id(p)], source, seed, target, i) for i, p in enumerate(planned)]
    write_labels(target, labels, source, seed)
    return labels


def _checked_plans(source: Source, faults: Sequence[Fault], seed: int) -> list[Plan]:
    sound = source.sound_end + SOUND_SLACK_S if source.sound_end else source.facts.duration
    return checked(plans(faults, seed), source.facts, sound)


def _check_target(clip: Path, target: Path, captions: bool) -> None:
    if target.resolve() == clip.resolve():
        raise FaultError(f"output must differ from the clip, got {target} for both.")
    if not captions and target.suffix.lower() not in CONTAINERS:
        raise FaultError(f"output must end in one of {', '.join(CONTAINERS)}; got {target.name!r}.")
    if not target.parent.is_dir():
        raise FaultError(f"output must lie in an existing folder; there is no {target.parent}.")


def _captions_only(clip: Path, target: Path, faults: Sequence[Fault], seed: int) -> list[Label]:
    wrong = [f.name for f in faults if not isinstance(f, CaptionFault)]
    if wrong:
        raise FaultError(f"{wrong[0]} edits media, but {clip.name} holds captions only.")
    if target.suffix.lower() not in captioned.SUFFIXES:
        raise FaultError(f"output must end in one of {', '.join(captioned.SUFFIXES)}; got {target.name!r}.")
    facts = captioned.facts(clip)
    planned = checked(plans(faults, seed), facts, 0.0)
    extents = captioned.write(clip, target, planned, facts)
    labels = [_label(p, extents[id(p)], clip.name, seed, target, i) for i, p in enumerate(planned)]
    write_labels(target, labels, clip.name, seed)
    return labels


def _label(plan: Plan, extent: Extent, source: str, seed: int, target: Path, index: int) -> Label:
    fault = plan.fault
    mask = None
    if extent.mask is not None:
        path = target.with_name(f"{target.name}.mask{index}.npz")
        np.savez_compressed(path, t=extent.mask[0], mask=extent.mask[1].astype(np.float16))
        mask = path.name
    parameters = {k: v for k, v in fault.parameters().items() if v is not None}
    return Label(
        fault.defect, notation(fault), _round(extent.start), _round(extent.end), fault.strength, parameters, seed, source,
        fault.version, extent.region, mask, tuple(_round(t) for t in extent.times), dict(extent.expected),
        None if extent.effect is None else round(extent.effect, 2),
    )  # fmt: skip


def _round(t: float) -> float:
    return round(float(t), TIME_DIGITS)


def labels_path(target: Path) -> Path:
    """Where the labels of ``target`` lie."""
    return target.with_name(target.name + LABELS_SUFFIX)


def write_labels(target: Path, labels: Sequence[Label], source: str, seed: int) -> None:
    """Write labels as JSON beside ``target``, atomically; no date, no path: the same run gives the same bytes."""
    document = {
        "schema_version": SCHEMA_VERSION, "source": source, "seed": seed,
        "labels": [dataclasses.asdict(label) | {"region": label.region} for label in labels],
    }  # fmt: skip
    path = labels_path(target)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(document, indent=1, sort_keys=True, default=_plain) + "\n", encoding="utf-8")
    part.replace(path)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def read_labels(media: str | Path) -> list[Label]:
    """The labels beside ``media`` (or of the labels file itself).

    Raises:
        ResultError: when they are missing, damaged or of another schema.
    """
    path = Path(media)
    path = path if path.name.endswith(LABELS_SUFFIX) else labels_path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema_version"] != SCHEMA_VERSION:
            raise ResultError(
                f"{path.name}: labels of schema {SCHEMA_VERSION} expected, got {document['schema_version']}."
            )
        return [label_from_json(item) for item in document["labels"]]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ResultError(f"{path.name}: no readable labels ({exc}). Simulate the clip again.") from exc


def label_from_json(item: Mapping[str, Any]) -> Label:
    """A label from the plain values that ``dataclasses.asdict`` and JSON made of it."""
    region = Box(*item["region"]) if item["region"] else None
    return Label(**{**item, "region": region, "times": tuple(item["times"])})
