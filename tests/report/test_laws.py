"""Whatever a clip, a detector or a caption says: reports carry it unchanged as text and never as markup or a formula."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vqa_toolkit.figures.clock import encodable, printable
from vqa_toolkit.report import to_csv, to_html, to_json, to_junit
from vqa_toolkit.report.notebook import summary_html
from vqa_toolkit.result import AnalysisResult

words = st.text(max_size=60) | st.sampled_from(
    ["]]>", "</style><script>", "&lt;b&gt;", '"><svg onload=x>', "<!--", "'\"`", "=1+1", "\x00\x1b[2J", "\ud800"]
)
fast = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class Seen(HTMLParser):
    """Element names in order, and all text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def saying(result: AnalysisResult, message: str) -> AnalysisResult:
    finding = dataclasses.replace(result.findings[0], message=message, unit=message, details={message: message})
    incident = dataclasses.replace(result.incidents[0], title=message, cause=message, findings=(0,))
    media = dataclasses.replace(result.media, name=f"{message}.mp4", notes=(message,))
    return dataclasses.replace(result, findings=(finding,), incidents=(incident,), media=media)


@fast
@given(message=words)
def test_no_words_become_markup(result: AnalysisResult, message: str) -> None:
    for write in (to_html, summary_html):
        plain, hostile = Seen(write(saying(result, "words"))), Seen(write(saying(result, message)))
        if write is summary_html:
            assert hostile.tags == plain.tags
        assert set(hostile.tags) <= set(plain.tags)
        shown = printable(message)
        assert not shown.strip() or shown in "".join(hostile.texts)


@fast
@given(message=words)
def test_json_and_junit_are_read_back_as_they_were(result: AnalysisResult, message: str) -> None:
    said = saying(result, message)
    assert json.loads(to_json(said))["findings"][0]["message"] == encodable(message)
    suite = ET.fromstring(to_junit(said)).find("testsuite")
    assert suite is not None
    assert suite.get("name") == printable(f"{message}.mp4")


@fast
@given(message=words)
def test_csv_is_read_back_and_runs_nothing(result: AnalysisResult, message: str) -> None:
    row = next(csv.DictReader(io.StringIO(to_csv(saying(result, message)), newline="")))
    assert row["message"].removeprefix("'") == encodable(message).removeprefix("'")
    assert not any(row[c].startswith(("=", "+", "-", "@", "\t", "\r")) for c in ("file", "message", "unit"))
