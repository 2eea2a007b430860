"""The report for people: one HTML file with no script and nothing to fetch, so that it opens anywhere and for ever.

A content security policy forbids everything but its own style sheet (by hash) and ``data:`` pictures.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from vqa_toolkit.core import Finding
from vqa_toolkit.figures.clock import amount, between
from vqa_toolkit.figures.lines import gravest, length, limit_lines, limits_of, shown_on
from vqa_toolkit.report.evidence import Stills, fetch
from vqa_toolkit.report.markup import Html, element, facts, grid, join, tag, text
from vqa_toolkit.report.picture import still_svg
from vqa_toolkit.report.svg import curve_svg, timeline_svg
from vqa_toolkit.report.text import describe
from vqa_toolkit.report.verdict import verdict_sentence

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

MOST_STILLS = 40  # about 40 kB each: the file stays small enough to mail
MOST_CARDS = 150  # further findings are in the table only


def to_html(result: AnalysisResult, *, stills: Stills | None = None) -> str:
    """The whole page.

    Args:
        result: what was found.
        stills: fetches the picture at a time (see :data:`~vqa_toolkit.report.evidence.Stills`); without it there are
            no stills. At most ``MOST_STILLS``, of the gravest findings, are asked for.
    """
    pictures = fetch(stills, result.findings, MOST_STILLS)
    css, policy = _style()
    name = text(result.media.name)
    body = join((_header(result), _timeline(result), _incidents(result), _findings(result, pictures), _ending(result)))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{name}: {text(result.verdict)}</title>\n<style>{css}</style></head>\n<body>{body}</body></html>\n"
    )


@cache
def _style() -> tuple[str, str]:
    css = resources.files("vqa_toolkit.report").joinpath("report.css").read_text("utf-8")
    digest = b64encode(sha256(css.encode()).digest()).decode("ascii")
    return css, f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _header(result: AnalysisResult) -> Html:
    facts_line = describe(result.media).removeprefix(f"{result.media.name} · ")
    verdict = element("div", element("strong", text(verdict_sentence(result))), class_=f"verdict v-{result.verdict}")
    lines = [text(facts_line), text(f"Judged by the profile “{result.profile.name}”."), *map(text, result.media.notes)]
    return element(
        "header",
        element("h1", text(result.media.name)),
        *(element("p", w, class_="muted small") for w in lines),
        verdict,
    )


def _section(title: str, *content: Html) -> Html:
    return element("section", element("h2", text(title)), *content)


def _timeline(result: AnalysisResult) -> Html:
    return (
        _section("Timeline", element("div", Html(timeline_svg(result)), class_="plot")) if result.outcomes else Html("")
    )


def _incidents(result: AnalysisResult) -> Html:
    if not result.incidents:
        return Html("")
    rows = [
        (
            text(between(i.start, i.end)), tag(i.severity), text(i.title), text(i.cause),
            join(element("a", text(f"{n + 1} "), href=f"#f{n + 1}") for n in i.findings),
        )
        for i in result.incidents
    ]  # fmt: skip
    return _section("Incidents", grid(("When", "Severity", "What", "Probable cause", "Findings"), rows))


def _findings(result: AnalysisResult, pictures: dict[int, NDArray[Any]]) -> Html:
    if not result.findings:
        return Html("")
    shown = {id(f) for f in gravest(result.findings)[:MOST_CARDS]}
    rows, cards = [], []
    for i, f in enumerate(result.findings):
        when = text(between(f.start, f.end))
        link = element("a", when, href=f"#f{i + 1}") if id(f) in shown else when
        number = text(f"{amount(f.value)} / {amount(f.limit, f.unit)}")
        rows.append((link, tag(f.severity), text(f.defect), number, text(f.message)))
        if id(f) in shown:
            cards.append(_card(result, i, pictures.get(i)))
    return join((
        _section("Findings", grid(("When", "Severity", "Defect", "Value / limit", "What"), rows)),
        _section("Evidence", *cards),
    ))  # fmt: skip


def _card(result: AnalysisResult, index: int, picture: NDArray[Any] | None) -> Html:
    f = result.findings[index]
    head = element(
        "div", element("h3", text(f"{index + 1}. {f.defect}")), tag(f.severity),
        element("span", text(between(f.start, f.end))),
        element("span", text(f"{f.duration:.3f} s"), class_="muted small"), class_="head",
    )  # fmt: skip
    further = [
        (k.replace("_", " "), text(_detail(v))) for k, v in f.details.items() if k not in ("signal", "worst_time")
    ]
    told = element("div", element("p", text(f.message)), facts([*_numbers(f), *further]))
    body = element("div", told, class_="body bare")
    if picture is not None:
        body = element(
            "div",
            element("div", _still(result, f, picture), class_="still"),
            told,
            class_="body",
        )
    return element("article", head, body, _curve(result, f), id=f"f{index + 1}")


def _numbers(f: Finding) -> list[tuple[str, Html]]:
    return [
        ("value", text(amount(f.value, f.unit))),
        ("limit", text(amount(f.limit, f.unit))),
        ("margin", text(amount(abs(f.value - f.limit), f.unit))),
        ("probability", text(f"{f.score:.0%}")),
        ("detector", text(f.detector)),
        ("standards", text(", ".join(f.standards))),
    ]


def _detail(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return amount(value)
    if isinstance(value, (list, tuple)):
        more = f" … ({len(value)})" if len(value) > 12 else ""
        return ", ".join(map(_detail, value[:12])) + more
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_detail(v)}" for k, v in value.items())
    return str(value)


def _still(result: AnalysisResult, f: Finding, picture: NDArray[Any]) -> Html:
    video = result.media.video
    return still_svg(picture, f, result.signals.get(f.detector, {}), (video.width, video.height) if video else None)


def _curve(result: AnalysisResult, f: Finding) -> Html:
    signals = result.signals.get(f.detector, {})
    signal = shown_on(f, signals)
    if signal is None:
        return Html("")
    lines = limit_lines(signal, limits_of(result).get(f.detector), [f], signals)
    return element("div", Html(curve_svg(signal, lines, f, length(result))), class_="plot")


def _ending(result: AnalysisResult) -> Html:
    words = {"assessed": "assessed", "not_assessable": "nothing to judge", "failed": "did not finish"}
    rows = [
        (text(name), text(words[o.status]), text(" ".join((o.reason, *o.notes)).strip()))
        for name, o in result.outcomes.items()
    ]
    versions = facts((name, text(version)) for name, version in result.versions.items())
    file = facts((("file", text(result.media.path)), ("SHA-256", text(result.media.sha256))))
    made = element("details", element("summary", text("File and versions")), file, versions)
    return join((_section("Detectors", grid(("Detector", "Outcome", "Why"), rows)), made))
