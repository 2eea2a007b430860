"""CSV, NDJSON and JUnit: read back by other readers than ours."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from xml.etree import ElementTree as ET

import pytest

from vqa_toolkit.report import to_csv, to_html, to_json, to_junit, to_ndjson, to_text
from vqa_toolkit.report.csv import cell
from vqa_toolkit.result import AnalysisResult


def test_csv_has_one_row_per_finding_with_its_numbers(result: AnalysisResult) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(result))))
    assert [r["defect"] for r in rows] == ["black", "freeze", "silence"]
    assert (rows[0]["start"], rows[0]["end"], rows[0]["duration"], rows[0]["timecode"]) == (
        "4.000",
        "6.000",
        "2.000",
        "00:04.000",
    )
    assert (rows[0]["value"], rows[0]["limit"], rows[0]["region"]) == ("1", "0.98", "0.2500 0.2500 0.5000 0.5000")
    assert rows[1]["value"] == ""
    assert rows[2]["value"] == "-72.5"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_cell_starts_a_formula(start: str) -> None:
    assert cell(f"{start}1+1") == f"'{start}1+1"
    assert cell("1" + start) == "1" + start


def test_csv_defuses_a_message_and_shares_a_table(result: AnalysisResult) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv([result, result]))))
    assert len(rows) == 6
    assert rows[1]["message"] == '\'=HYPERLINK("http://x")'


def test_ndjson_lines_stand_alone(result: AnalysisResult) -> None:
    lines = [json.loads(line) for line in to_ndjson(result).splitlines()]
    assert [line["record"] for line in lines] == ["clip", "finding", "finding", "finding", "incident"]
    assert {line["file"] for line in lines} == {result.media.name}
    assert (lines[0]["verdict"], lines[1]["index"], lines[1]["defect"]) == ("fail", 0, "black")
    assert "findings" not in lines[0]


def test_junit_counts_failures_errors_and_skips(result: AnalysisResult) -> None:
    root = ET.fromstring(to_junit(result))
    assert dict(root.attrib) == {"name": "vqa", "tests": "5", "failures": "2", "errors": "1", "skipped": "1"}
    cases = {c.get("name"): c for c in root.iter("testcase")}
    failure = cases["black"].find("failure")
    assert failure is not None
    assert failure.get("type") == "blocker"
    assert failure.text == "00:04.000–00:06.000 black (blocker): No picture for 2.0 s. [1 share, limit 0.98 share]"
    assert cases["silence"].find("failure") is None
    assert "quiet" in (cases["silence"].findtext("system-out") or "")
    assert cases["black"].findtext("system-out") == "judged at 8 bits"


def test_junit_fails_only_from_the_chosen_severity_on(result: AnalysisResult) -> None:
    assert ET.fromstring(to_junit(result, fail_on="blocker")).get("failures") == "1"
    assert ET.fromstring(to_junit([result, result], fail_on="fyi")).get("failures") == "6"


def test_a_name_that_is_not_utf_8_can_be_written(result: AnalysisResult) -> None:
    media = dataclasses.replace(result.media, name="a\udcff.mp4")
    odd = dataclasses.replace(result, media=media)
    for form in (to_csv, to_ndjson, to_junit, to_json, to_html, to_text):
        assert "\udcff" not in form(odd)
    assert json.loads(to_json(odd))["media"]["name"] == "a?.mp4"
