"""How strong one fault must be to be found in one clip: injected at rising strengths into a short excerpt of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from vqa_toolkit.core import Detector, Finding
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import FaultError
from vqa_toolkit.evaluate.matching import match
from vqa_toolkit.evaluate.tolerances import edge_of
from vqa_toolkit.profile import Profile
from vqa_toolkit.simulate.core import CaptionFault, Fault, Label

STRENGTHS = (0.1, 0.3, 0.5, 0.7, 0.9)
BEFORE_S, AFTER_S = 2.0, 1.5  # of the clean clip around the fault: what detectors compare it with
LONGEST_S = 6.0  # of the fault: the curve must not take as long as the demo itself
HEIGHT = 360  # px; larger pictures are reduced, as most detectors do anyway
CRF = 18.0  # transparent: the excerpt's own coding must not look like a fault
TAKES = 1
"""Draws of the fault at each strength: five clips are made and judged in about the time of the demo itself."""


class StrengthTrial(NamedTuple):
    """One injection: whether it was found, the best finding's probability (0 = none), value and limit."""

    strength: float
    seed: int
    found: bool
    score: float
    value: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class StrengthCurve:
    """A fault's injections at rising strengths, judged by one detector. ``unit`` is the unit of value and limit."""

    fault: str
    defect: str
    detector: str
    unit: str
    trials: tuple[StrengthTrial, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values; :meth:`from_json` reads them back."""
        return dataclasses.asdict(self) | {"trials": [list(t) for t in self.trials]}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> StrengthCurve:
        """What :meth:`to_json` made."""
        return cls(**{**raw, "trials": tuple(StrengthTrial(*t) for t in raw["trials"])})


def detector_for(defect: str | None) -> type[Detector] | None:
    """The detector that names ``defect``; None when none does."""
    return next((cls for cls in discover().values() if defect in cls.defects), None)


def detection_by_strength(
    clip: str | Path,
    fault: str,
    folder: Path,
    *,
    strengths: Sequence[float] = STRENGTHS,
    takes: int = TAKES,
    profile: Profile | None = None,
    device: str = "cpu",
    progress: Callable[[int, int, str], None] | None = None,
) -> StrengthCurve:
    """Inject ``fault`` (in the command line's notation, with its times) at each strength and let its detector judge.

    Clips are made in ``folder`` and removed again. ``progress`` is told (done, of, what).

    Raises:
        FaultError: the fault is a hard negative, or cannot be put into this clip.
        MediaError: the clip cannot be used.
    """
    from vqa_toolkit.simulate.registry import parse_fault

    parsed = parse_fault(fault)
    cls = detector_for(parsed.defect)
    if cls is None or parsed.defect is None:
        raise FaultError(f"{parsed.name} is meant to provoke no finding, so there is no curve of how well it is found.")
    planned = [(s, seed) for s in strengths for seed in range(takes)]
    trials, unit = [], ""
    for done, (strength, seed) in enumerate(planned):
        if progress is not None:
            progress(done, len(planned), f"{parsed.name} at strength {strength:g}")
        at_strength = dataclasses.replace(parsed, strength=strength)
        label, target = _inject(Path(clip), at_strength, folder / f"trial{done}.mp4", seed)
        hits = _answers(target, label, cls, profile or Profile(), device)
        best = max(hits, key=lambda f: f.score, default=None)
        unit = best.unit if best else unit
        trials.append(
            StrengthTrial(strength, seed, bool(hits), best.score if best else 0.0, best.value if best else None,
                          best.limit if best else None)
        )  # fmt: skip
        for made in folder.glob(f"trial{done}.*"):
            made.unlink()
    return StrengthCurve(fault, parsed.defect, cls.name, unit, tuple(trials))


def _inject(clip: Path, fault: Fault, target: Path, seed: int) -> tuple[Label, Path]:
    """The fault in an excerpt of the clip; caption faults go into the whole clip, whose pictures are copied."""
    from vqa_toolkit.simulate.apply import simulate, write
    from vqa_toolkit.simulate.reading import read_source
    from vqa_toolkit.simulate.recipe import ClipForm
    from vqa_toolkit.simulate.render import checked, plans
    from vqa_toolkit.simulate.titles import Title, excerpt
    from vqa_toolkit.simulate.writing import Encoding

    if isinstance(fault, CaptionFault):
        return simulate(clip, [fault], seed, target)[0], target
    source = read_source(clip)
    whole = max(source.facts.duration, source.sound_end)
    begin = max(0.0, min(fault.start, whole) - BEFORE_S)
    end = min(fault.end, fault.start + LONGEST_S, whole)
    form = ClipForm(
        seconds=max(1.0, min(end + AFTER_S, whole) - begin), height=max(64, min(HEIGHT, source.facts.height or HEIGHT))
    )
    pictures, sound = bool(source.facts.width), source.facts.rate > 0
    title = Title(clip.name, clip.stem, clip, "", pictures, sound, whole)
    material = excerpt(title if pictures else None, title if sound else None, form, begin, seed)
    length = material.facts.duration
    placed = dataclasses.replace(fault, start=fault.start - begin, end=min(end - begin, length))
    planned = checked(plans([placed], seed), material.facts, length)
    return write(material, target, planned, clip.name, seed, Encoding(crf=CRF))[0], target


def _answers(path: Path, label: Label, cls: type[Detector], profile: Profile, device: str) -> list[Finding]:
    """The findings of the label's defect that answer it."""
    from vqa_toolkit.analyze import analyze

    result = analyze(path, profile=profile, detectors=[cls.name], device=device, cache=False)
    own = [f for f in result.findings if f.defect == label.defect]
    got = match([(label.start, label.end)], [(f.start, f.end) for f in own], edge_of(label.defect or ""))
    return [own[i] for hit in got.hits for i in hit.findings]
