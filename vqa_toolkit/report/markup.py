"""HTML that cannot be escaped wrongly: text is escaped where elements are made, and only there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Literal, NewType

from vqa_toolkit.core import Severity
from vqa_toolkit.figures.clock import printable

Html = NewType("Html", str)  # escaped already; a plain str is not, and mypy knows them apart
Tag = Literal["a", "article", "dd", "details", "div", "dl", "dt", "h1", "h2", "h3", "header", "li", "p", "section",
              "span", "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"]  # fmt: skip


def text(words: str) -> Html:
    """Words of any origin, made harmless."""
    return Html(escape(printable(words)))


def element(tag: Tag, *children: Html, **attributes: str) -> Html:
    """``<tag attributes>children</tag>``; a trailing underscore of an attribute's name is dropped (``class_``)."""
    written = "".join(f' {name.rstrip("_")}="{escape(printable(value))}"' for name, value in attributes.items())
    return Html(f"<{tag}{written}>{''.join(children)}</{tag}>")


def join(parts: Iterable[Html]) -> Html:
    """Parts one after the other."""
    return Html("".join(parts))


def tag(severity: Severity) -> Html:
    """A severity as a small label."""
    return element("span", text(severity), class_=f"tag s-{severity}")


def grid(header: Sequence[str], rows: Iterable[Sequence[Html]]) -> Html:
    """A table; its first three columns are times, names and labels, and do not wrap."""
    head = element("tr", *(element("th", text(h), scope="col") for h in header))
    body = (
        element("tr", *(element("td", c, **({"class_": "time"} if i < 3 else {})) for i, c in enumerate(r)))
        for r in rows
    )
    return element("div", element("table", element("thead", head), element("tbody", *body)), class_="scroll")


def facts(pairs: Iterable[tuple[str, Html]]) -> Html:
    """Names and values in two columns; empty values are left out."""
    return element("dl", *(join((element("dt", text(n)), element("dd", v))) for n, v in pairs if v))
