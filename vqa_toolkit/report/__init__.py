"""An :class:`~vqa_toolkit.result.AnalysisResult` as text, JSON, NDJSON, CSV, HTML or JUnit XML. Pure: opens no media.

::

    from vqa_toolkit.report import to_html
    Path("report.html").write_text(to_html(result), "utf-8")
"""

from __future__ import annotations

from vqa_toolkit.report.csv import to_csv
from vqa_toolkit.report.html import to_html
from vqa_toolkit.report.json import document, schema, to_json
from vqa_toolkit.report.junit import to_junit
from vqa_toolkit.report.ndjson import to_ndjson
from vqa_toolkit.report.text import to_text
from vqa_toolkit.report.verdict import verdict_sentence

__all__ = [
    "document",
    "schema",
    "to_csv",
    "to_html",
    "to_json",
    "to_junit",
    "to_ndjson",
    "to_text",
    "verdict_sentence",
]
