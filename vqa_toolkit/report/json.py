"""The JSON report: versioned, described by a committed JSON Schema, free of NaN."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from vqa_toolkit.core import Finding, Incident, Outcome
from vqa_toolkit.figures.clock import encodable
from vqa_toolkit.figures.lines import limits_of

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

SCHEMA_VERSION = "1.0"  # the first number changes when a reader of the old one would break
_SCHEMA_FILE = "report-1.json"


def plain(value: Any) -> Any:
    """``value`` in JSON's own types: mappings and sequences rebuilt, NumPy unwrapped, NaN and infinities as None."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (np.generic, np.ndarray)):
        return plain(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    return str(value)


def finding_record(finding: Finding) -> dict[str, Any]:
    """One finding as the report's JSON object."""
    return {
        "defect": finding.defect,
        "detector": finding.detector,
        "start": plain(finding.start),
        "end": plain(finding.end),
        "severity": finding.severity,
        "score": plain(finding.score),
        "value": plain(finding.value),
        "limit": plain(finding.limit),
        "unit": finding.unit,
        "message": encodable(finding.message),
        "region": plain(finding.region),
        "standards": list(finding.standards),
        "details": plain(finding.details),
    }


def incident_record(incident: Incident) -> dict[str, Any]:
    """One incident; ``findings`` are indices into the report's list of findings."""
    return dict(plain(incident))


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """What became of a detector: status, reason, notes."""
    return dict(plain(outcome))


def profile_record(result: AnalysisResult) -> dict[str, Any]:
    """The profile's name and every limit that was judged by."""
    limits = {name: plain(values) for name, values in limits_of(result).items()}
    return {"name": result.profile.name, "description": result.profile.description, "limits": limits}


def document(result: AnalysisResult) -> dict[str, Any]:
    """The report as a dictionary of JSON's own types, in the order in which its keys are written."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": result.verdict,
        "media": plain(result.media),
        "profile": profile_record(result),
        "findings": [finding_record(f) for f in result.findings],
        "incidents": [incident_record(i) for i in result.incidents],
        "outcomes": {name: outcome_record(o) for name, o in result.outcomes.items()},
        "versions": dict(result.versions),
    }


def to_json(result: AnalysisResult, *, indent: int | None = 2) -> str:
    """The report as JSON text, UTF-8 characters unescaped; a NaN that slipped through would raise ValueError."""
    return json.dumps(document(result), indent=indent, ensure_ascii=False, allow_nan=False)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every report of this version satisfies."""
    text = resources.files("vqa_toolkit.report").joinpath("schema", _SCHEMA_FILE).read_text("utf-8")
    return dict(json.loads(text))
