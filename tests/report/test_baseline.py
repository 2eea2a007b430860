"""Only what is new against an earlier report."""

from __future__ import annotations

from pathlib import Path

import pytest

from vqa_toolkit.errors import ConfigurationError
from vqa_toolkit.report import to_json
from vqa_toolkit.report.baseline import Known, only_new, read_baseline
from vqa_toolkit.result import AnalysisResult


def test_a_report_is_no_news_to_itself(result: AnalysisResult, tmp_path: Path) -> None:
    path = tmp_path / "previous.json"
    path.write_text(to_json(result), "utf-8")
    again = only_new(result, read_baseline(path))
    assert (again.findings, again.incidents, again.verdict) == ((), (), "incomplete")


def test_new_findings_stay_and_incidents_point_at_them(result: AnalysisResult) -> None:
    kept = only_new(result, [Known("black", "black", 3.6, 5.6)])
    assert [f.defect for f in kept.findings] == ["freeze", "silence"]
    assert [i.findings for i in kept.incidents] == [(0,)]


@pytest.mark.parametrize(
    "known",
    [Known("black", "freeze", 4, 6), Known("freeze", "black", 4, 6), Known("black", "black", 4.6, 6),
     Known("black", "black", 4, 5.4)],
)  # fmt: skip
def test_another_defect_or_a_grown_one_is_news(result: AnalysisResult, known: Known) -> None:
    assert len(only_new(result, [known]).findings) == 3


@pytest.mark.parametrize("content", ["", "[]", '{"findings": [{"defect": "x"}]}', "{"])
def test_what_is_not_a_report_is_refused_with_the_remedy(content: str, tmp_path: Path) -> None:
    path = tmp_path / "previous.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"--format json -o previous\.json"):
        read_baseline(path)
    with pytest.raises(ConfigurationError, match="is not a JSON report"):
        read_baseline(tmp_path / "absent.json")
