"""What was injected into a simulated clip against what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from vqa_toolkit.core import Finding
from vqa_toolkit.evaluate.matching import match
from vqa_toolkit.evaluate.tolerances import edge_of

if TYPE_CHECKING:
    from vqa_toolkit.simulate.core import Label


class Injected(NamedTuple):
    """One injected fault: its label, and the indices of the findings of its defect that answer it."""

    label: Label
    findings: tuple[int, ...]

    @property
    def found(self) -> bool:
        """Whether it was caught; a hard negative is caught when nothing answers it."""
        return bool(self.findings) == (self.label.defect is not None)


def injected(labels: Sequence[Label], findings: Sequence[Finding]) -> list[Injected]:
    """Each label with the findings that answer it (same defect, spans within the defect's tolerance)."""
    paired = []
    for label in labels:
        own = [i for i, f in enumerate(findings) if label.defect in (None, f.defect)]
        spans = [(findings[i].start, findings[i].end) for i in own]
        got = match([(label.start, label.end)], spans, edge_of(label.defect or ""))
        hits = got.hits[0].findings if got.hits else ()
        paired.append(Injected(label, tuple(own[k] for k in hits)))
    return paired


def unasked(labels: Sequence[Label], findings: Sequence[Finding]) -> list[int]:
    """Indices of findings that answer no injected fault of any kind: what else is in the clip, or false alarms."""
    spans = [(x.start, x.end) for x in labels]
    got = match(spans, [(f.start, f.end) for f in findings], edge_of(""))
    return list(got.alarms)
