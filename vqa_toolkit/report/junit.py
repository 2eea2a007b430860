"""JUnit XML, so that a build server shows a bad clip as it shows a failed test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from vqa_toolkit.core import Finding, Outcome, Severity, at_least
from vqa_toolkit.figures.clock import amount, between, counted, printable

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult


def to_junit(results: AnalysisResult | Sequence[AnalysisResult], *, fail_on: Severity = "issue") -> str:
    """A test suite per clip and a test case per detector.

    Findings at or above ``fail_on`` make one ``failure`` of their detector's case; milder ones are written to its
    ``system-out``. What was not assessable is ``skipped`` with its reason, a detector that failed is an ``error``.
    """
    root = ET.Element("testsuites", name="vqa")
    for result in results if isinstance(results, Sequence) else (results,):
        root.append(_suite(result, fail_on))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(s.get(count, "0")) for s in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(result: AnalysisResult, fail_on: Severity) -> ET.Element:
    name = printable(result.media.name)
    cases = [
        _case(name, detector, outcome, [f for f in result.findings if f.detector == detector], fail_on)
        for detector, outcome in result.outcomes.items()
    ]
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(c.find(tag) is not None for c in cases)))
    suite.extend(cases)
    return suite


def _case(clip: str, detector: str, outcome: Outcome, findings: list[Finding], fail_on: Severity) -> ET.Element:
    case = ET.Element("testcase", classname=clip, name=detector, time="0")
    grave = [f for f in findings if at_least(f.severity, fail_on)]
    mild = [f for f in findings if not at_least(f.severity, fail_on)]
    if outcome.status == "failed":
        ET.SubElement(case, "error", message=printable(outcome.reason), type="failed")
    elif outcome.status == "not_assessable":
        ET.SubElement(case, "skipped", message=printable(outcome.reason))
    elif grave:
        message = f"{counted(len(grave), 'finding')}: {line(grave[0])}"
        ET.SubElement(case, "failure", message=message, type=grave[0].severity).text = "\n".join(map(line, grave))
    notes = [*map(line, mild), *map(printable, outcome.notes)]
    if notes:
        ET.SubElement(case, "system-out").text = "\n".join(notes)
    return case


def line(f: Finding) -> str:
    """One finding on one line: when, what, how grave, the number against the limit."""
    number = f"{amount(f.value, f.unit)}, limit {amount(f.limit, f.unit)}"
    return printable(f"{between(f.start, f.end)} {f.defect} ({f.severity}): {f.message} [{number}]")
