"""Every detector is silent on its clean cases and finds its faulty ones with start and end within tolerance."""

from __future__ import annotations

import pytest

from tests.conftest import CaseMaker
from vqa_toolkit import analyze
from vqa_toolkit.core import Case, Detector, Finding, at_least
from vqa_toolkit.detectors import discover

DETECTORS = discover()
CLEAN = [(d, c) for d in DETECTORS.values() for c in d.CLEAN]
FAULTY = [(d, c) for d in DETECTORS.values() for c in d.FAULTY]


def name_of(value: object) -> str:
    if isinstance(value, Case):
        return f"{value.scene}+{'+'.join(value.faults) or 'clean'}"
    return value.name if isinstance(value, type) and issubclass(value, Detector) else str(value)


def findings_of(detector: type[Detector], clip: object) -> tuple[Finding, ...]:
    result = analyze(str(clip), detectors=[detector.name], device="cpu")
    assert result.outcomes[detector.name].status != "failed", result.outcomes[detector.name].reason
    return result.findings


@pytest.mark.parametrize(("detector", "case"), CLEAN, ids=name_of)
def test_clean_case_is_silent(detector: type[Detector], case: Case, case_clip: CaseMaker) -> None:
    """Notes (fyi) may inform; an issue or a blocker on clean material is a false alarm."""
    found = [f for f in findings_of(detector, case_clip(case)) if at_least(f.severity, "issue")]
    assert not found, [(f.defect, f.start, f.end, f.message) for f in found]


@pytest.mark.parametrize(("detector", "case"), FAULTY, ids=name_of)
def test_faulty_case_is_found(detector: type[Detector], case: Case, case_clip: CaseMaker) -> None:
    found = findings_of(detector, case_clip(case))
    for wanted in case.expect:
        near = [
            f
            for f in found
            if f.defect == wanted.defect
            and abs(f.start - wanted.start) <= wanted.tolerance
            and abs(f.end - wanted.end) <= wanted.tolerance
        ]
        assert near, (wanted, [(f.defect, f.start, f.end, f.message) for f in found])
