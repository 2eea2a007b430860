"""What a notebook shows for a result: verdict, timeline and the gravest findings, without a style sheet or a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vqa_toolkit.figures.clock import amount, between
from vqa_toolkit.figures.lines import gravest
from vqa_toolkit.figures.style import LIGHT
from vqa_toolkit.report.markup import Html, element, text
from vqa_toolkit.report.svg import timeline_svg
from vqa_toolkit.report.text import describe
from vqa_toolkit.report.verdict import verdict_sentence

if TYPE_CHECKING:
    from vqa_toolkit.core import Finding
    from vqa_toolkit.result import AnalysisResult

MOST_BYTES = 200_000  # a notebook keeps every output it ever showed
_ROWS = 50
_MARKS = 400  # about 300 bytes each
_LONGEST = 300  # characters of a message
_SHEET = (
    f"background:{LIGHT.background};color:{LIGHT.text};font-family:system-ui,sans-serif;padding:12px;max-width:960px"
)


def summary_html(result: AnalysisResult) -> str:
    """An escaped HTML fragment below ``MOST_BYTES``; what is left out for its size is said."""
    grave = gravest(result.findings)
    rows = [_row(f) for f in grave[:_ROWS]]
    rest = len(grave) - len(rows)
    more = element("p", text(f"… and {rest} more in .to_dataframe().")) if rest > 0 else Html("")
    table = element("table", element("tbody", *rows)) if rows else Html("")
    head = (
        element("strong", text(verdict_sentence(result)[:_LONGEST])),
        element("p", text(describe(result.media)[:_LONGEST])),
    )
    whole = element("div", *head, Html(timeline_svg(result, most=_MARKS)), table, more, style=_SHEET)
    if len(whole.encode()) <= MOST_BYTES:
        return whole
    return element("div", *head, text("Too much to show here; use .to_dataframe()."), style=_SHEET)


def _row(f: Finding) -> Html:
    number = f"{amount(f.value)} / {amount(f.limit, f.unit)}"
    whole = ("text-align:left;white-space:nowrap;padding:2px 12px 2px 0", "text-align:left")
    severity = f"color:{LIGHT.severity[f.severity]};{whole[0]}"
    cells = (
        (between(f.start, f.end), whole[0]), (f.severity, severity), (f.defect, whole[0]), (number, whole[0]),
        (f.message[:_LONGEST], whole[1]),
    )  # fmt: skip
    return element("tr", *(element("td", text(words), style=style) for words, style in cells))
