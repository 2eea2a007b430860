"""What a detector declares, as data, as text for a terminal and as a page of the documentation."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from vqa_toolkit.core import Detector, limit_fields


def entry(cls: type[Detector]) -> dict[str, Any]:
    """Name, title, version, defects, standards, needs, description and limits of a detector, in JSON's own types."""
    limits = [{"name": name, **{k: meta[k] for k in _FACTS}} for name, meta in limit_fields(cls.limits)]
    return {
        "name": cls.name,
        "title": cls.title,
        "version": cls.version,
        "defects": list(cls.defects),
        "standards": list(cls.standards),
        "needs": [str(n) for n in cls.needs],
        "description": inspect.cleandoc(cls.__doc__ or ""),
        "limits": limits,
    }


_FACTS = ("default", "unit", "low", "high", "origin", "doc")


def overview(classes: Iterable[type[Detector]]) -> str:
    """All detectors with their defects and limits, a block each."""
    return "\n".join(_block(entry(c)) for c in classes)


def _block(e: dict[str, Any]) -> str:
    head = f"{e['name']} — {e['title']}. Finds: {', '.join(e['defects'])}"
    rows = [(row["name"], _number(row["default"], row["unit"]), _range(row), row["origin"]) for row in e["limits"]]
    widths = [max((len(r[i]) for r in rows), default=0) for i in range(3)]
    lines = ["  " + "  ".join([*(c.ljust(w) for c, w in zip(r, widths, strict=False)), r[3]]) for r in rows]
    return "\n".join([head, *lines]) + "\n"


def detail(cls: type[Detector]) -> str:
    """One detector in full: what it measures, what it needs, what each limit does and where it comes from."""
    e = entry(cls)
    lines = [
        f"{e['name']} {e['version']} — {e['title']}",
        "",
        e["description"],
        "",
        f"Finds: {', '.join(e['defects'])}",
    ]
    if e["standards"]:
        lines.append(f"Standards: {', '.join(e['standards'])}")
    lines += [f"Needs: {'; '.join(e['needs'])}", "", "Limits"]
    for row in e["limits"]:
        lines += [
            f"  {row['name']} = {_number(row['default'], row['unit'])}   range {_range(row)}",
            f"      {row['doc']} ({row['origin']})",
            f"      change it with: --set {e['name']}.{row['name']}={row['default']:g}",
        ]
    return "\n".join(lines) + "\n"


def page(cls: type[Detector]) -> str:
    """A Markdown page of the documentation, wholly derived from the class."""
    e = entry(cls)
    rows = [
        f"| `{r['name']}` | {r['default']:g} | {_cell(r['unit'])} | {_range(r)} | {_cell(r['doc'])} | {_cell(r['origin'])} |"
        for r in e["limits"]
    ]
    parts = [
        f"# {e['title']}",
        f"`{e['name']}`, version {e['version']}. Finds {_ticked(e['defects'])}.",
        e["description"],
        "## Limits",
        "\n".join(["| limit | default | unit | range | what it does | where it comes from |", "|" + "---|" * 6, *rows]),
        f"Change one for a run with `vqa analyze CLIP --set {e['name']}.LIMIT=VALUE`, or in a profile under "
        f"`[limits.{e['name']}]`.",
        "## Reads",
        f"{_ticked(e['needs'])}.",
    ]
    if e["standards"]:
        parts += ["## Standards", ", ".join(e["standards"]) + "."]
    return "\n\n".join(parts) + "\n"


def index(classes: Iterable[type[Detector]]) -> str:
    """The Markdown page that lists every detector."""
    entries = [entry(c) for c in classes]
    rows = [f"| [{e['name']}]({e['name']}.md) | {_cell(e['title'])} | {_ticked(e['defects'])} |" for e in entries]
    return "\n".join(["# Detectors", "", "| detector | measures | finds |", "|---|---|---|", *rows]) + "\n"


def _number(value: float, unit: str) -> str:
    return f"{value:g} {unit}".rstrip()


def _range(row: dict[str, Any]) -> str:
    return f"{row['low']:g} to {row['high']:g}"


def _ticked(words: Iterable[str]) -> str:
    return ", ".join(f"`{w}`" for w in words)


def _cell(words: str) -> str:
    return words.replace("|", "\\|")
