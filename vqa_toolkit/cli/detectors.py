"""``vqa detectors``: what is looked for, and by which limits."""

from __future__ import annotations

import difflib
import json
import sys
from typing import Annotated, Literal

import typer

from vqa_toolkit.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("detectors")(detectors)


def detectors(
    name: Annotated[str, typer.Argument(help="One detector, in full.", show_default=False)] = "",
    format_: Annotated[Literal["text", "json"], typer.Option("--format", "-f", help="text or json.")] = "text",
) -> None:
    """List the detectors: what each measures and finds, its limits with unit, range and origin."""
    from vqa_toolkit.detectors import discover
    from vqa_toolkit.report.catalogue import detail, entry, overview

    known = discover()
    if name and name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
        raise UsageError(f"There is no detector {name!r}. {hint}")
    if format_ == "json":
        listed = entry(known[name]) if name else [entry(c) for c in known.values()]
        print(json.dumps(listed, indent=2, ensure_ascii=False))
    else:
        sys.stdout.write(detail(known[name]) if name else overview(known.values()))
