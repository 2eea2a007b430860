"""What is new against an earlier report: known findings are left out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import ConfigurationError

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

_SAME_EDGE = 0.5  # s; an edge moves by this much between two encodes of one programme
MAX_BASELINE_BYTES = 100_000_000


class Known(NamedTuple):
    """A finding of the earlier report."""

    detector: str
    defect: str
    start: float
    end: float

    def covers(self, finding: Finding) -> bool:
        """Whether ``finding`` is this one again: same detector and defect, no edge over half a second further out."""
        same = (self.detector, self.defect) == (finding.detector, finding.defect)
        return same and self.start - _SAME_EDGE <= finding.start and finding.end <= self.end + _SAME_EDGE


def read_baseline(path: Path) -> list[Known]:
    """The findings of an earlier JSON report.

    Raises:
        ConfigurationError: missing, too large, or not a JSON report.
    """
    try:
        if path.stat().st_size > MAX_BASELINE_BYTES:
            raise ConfigurationError(
                f"The baseline {path.name} is too large for a report. Use one that vqa analyze wrote."
            )
        found = json.loads(path.read_text("utf-8"))["findings"]
        return [Known(str(f["detector"]), str(f["defect"]), float(f["start"]), float(f["end"])) for f in found]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ConfigurationError(
            f"The baseline {path.name} is not a JSON report ({type(exc).__name__}: {exc}). "
            "Write one with: vqa analyze CLIP --format json -o previous.json"
        ) from exc


def only_new(result: AnalysisResult, known: Sequence[Known]) -> AnalysisResult:
    """``result`` without the findings that ``known`` covers, and without the incidents that held nothing else."""
    kept = [i for i, f in enumerate(result.findings) if not any(k.covers(f) for k in known)]
    place = {old: new for new, old in enumerate(kept)}
    incidents = (
        dataclasses.replace(i, findings=tuple(place[n] for n in i.findings if n in place)) for i in result.incidents
    )
    return dataclasses.replace(
        result,
        findings=tuple(result.findings[i] for i in kept),
        incidents=tuple(i for i in incidents if i.findings),
    )
