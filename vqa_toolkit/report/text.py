"""The report for a terminal: the verdict first, then what happened, then what could not be judged and why."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vqa_toolkit.core import Severity
from vqa_toolkit.figures.clock import amount, between, clock, counted, printable
from vqa_toolkit.report.verdict import verdict_sentence

if TYPE_CHECKING:
    from vqa_toolkit.media.info import MediaInfo
    from vqa_toolkit.result import AnalysisResult

_SGR = {"blocker": "1;31", "issue": "33", "fyi": "36", "pass": "1;32", "fail": "1;31", "incomplete": "1;33"}
_NARROWEST = 24  # characters left for a message however narrow the terminal
_HEADER = ("when", "severity", "defect", "value", "limit", "what")


def to_text(result: AnalysisResult, *, colour: bool = False, width: int | None = None) -> str:
    """Plain text that ends in a newline. Control characters in names are replaced.

    ``colour`` adds ANSI colours; ``width`` wraps long messages within their column to so many characters.
    """
    blocks = [
        _paint(printable(verdict_sentence(result)), result.verdict, colour),
        describe(result.media),
        _incidents(result, colour),
        _findings(result, colour, width),
        _outcomes(result),
    ]
    return "\n\n".join(b for b in blocks if b) + "\n"


def describe(media: MediaInfo) -> str:
    """One line of what the file is: name, length, picture, sound."""
    names = media.format.split(",")
    ending = Path(media.name).suffix.removeprefix(".").lower()
    parts = [media.name, clock(media.duration), ending if ending in names else names[0]]
    if media.video:
        v = media.video
        parts.append(f"{v.codec} {v.width}×{v.height}" + (f" {v.fps:.5g} fps" if v.fps else "") + f" {v.bit_depth} bit")
    if media.audio:
        a = media.audio
        parts.append(f"{a.codec} {a.rate / 1000:g} kHz {a.layout or counted(a.channels, 'channel')}")
    return " · ".join(printable(p) for p in parts)


def _incidents(result: AnalysisResult, colour: bool) -> str:
    lines = [
        f"  {between(i.start, i.end)}  {_paint(i.severity, i.severity, colour)}  {printable(i.title)}"
        + (f" — {printable(i.cause)}" if i.cause else "")
        for i in result.incidents
    ]
    return "\n".join(["Incidents", *lines]) if lines else ""


def _findings(result: AnalysisResult, colour: bool, width: int | None) -> str:
    if not result.findings:
        return ""
    rows = [
        (
            between(f.start, f.end),
            f.severity,
            f.defect,
            amount(f.value, f.unit),
            amount(f.limit, f.unit),
            printable(f.message),
        )
        for f in result.findings
    ]
    severities: list[Severity] = [f.severity for f in result.findings]
    return "\n".join(["Findings", *table(_HEADER, rows, severities if colour else (), width)])


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], severities: Sequence[Severity] = (), width: int | None = None
) -> list[str]:
    """Left-aligned columns, the last one ragged and wrapped to ``width``; rows coloured by ``severities`` where given."""
    widths = [max(len(r[i]) for r in [header, *rows]) for i in range(len(header) - 1)]
    margin = sum(widths) + 2 * len(header)
    room = max(width - margin, _NARROWEST) if width else None

    def laid(cells: Sequence[str]) -> str:
        first, *rest = textwrap.wrap(cells[-1], room) or [""] if room else [cells[-1]]
        line = "  " + "  ".join([*(c.ljust(w) for c, w in zip(cells, widths, strict=False)), first])
        return "\n".join([line, *(" " * margin + r for r in rest)])

    body = [laid(r) for r in rows]
    painted = [_paint(b, s, True) for b, s in zip(body, severities, strict=True)] if severities else body
    return [laid(header), *painted]


def _outcomes(result: AnalysisResult) -> str:
    def lines(status: str) -> Iterable[str]:
        return (f"  {name}: {printable(o.reason)}" for name, o in result.outcomes.items() if o.status == status)

    notes = [f"  {name}: {printable(n)}" for name, o in result.outcomes.items() for n in o.notes]
    blocks = (
        ("Did not finish", lines("failed")),
        ("Nothing to judge", lines("not_assessable")),
        ("Notes", [*notes, *(f"  {printable(n)}" for n in result.media.notes)]),
    )
    return "\n\n".join("\n".join([title, *found]) for title, each in blocks if (found := list(each)))


def _paint(text: str, kind: str, colour: bool) -> str:
    return f"\x1b[{_SGR[kind]}m{text}\x1b[0m" if colour else text
