"""One row per finding, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vqa_toolkit.core import Finding
from vqa_toolkit.figures.clock import clock, encodable

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

COLUMNS = (
    "file", "verdict", "defect", "detector", "start", "end", "timecode", "duration", "severity", "score", "value",
    "limit", "unit", "message", "region", "standards",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula (OWASP, CSV injection)


def cell(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that starts like a formula gets an apostrophe; NaN and ∞ are left empty."""
    if isinstance(value, str):
        return encodable(f"'{value}" if value.startswith(_FORMULA) else value)
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else ""
    return value


def to_csv(results: AnalysisResult | Sequence[AnalysisResult]) -> str:
    """RFC 4180 text with a header; several results share one table. Times are seconds with milliseconds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for result in results if isinstance(results, Sequence) else (results,):
        for finding in result.findings:
            writer.writerow([cell(v) for v in _row(result.media.name, result.verdict, finding)])
    return out.getvalue()


def _row(name: str, verdict: str, f: Finding) -> tuple[Any, ...]:
    region = " ".join(f"{share:.4f}" for share in f.region) if f.region else ""
    return (
        name, verdict, f.defect, f.detector, _seconds(f.start), _seconds(f.end), clock(f.start),
        _seconds(f.duration), f.severity, f.score, f.value, f.limit, f.unit, f.message, region, "; ".join(f.standards),
    )  # fmt: skip


def _seconds(t: float) -> str:
    return f"{t:.3f}" if math.isfinite(t) else ""
