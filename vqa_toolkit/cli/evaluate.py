"""``vqa evaluate``: how good the detectors are on a labelled corpus."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vqa_toolkit.core import Severity


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("evaluate")(evaluate)


def evaluate(
    corpus: Annotated[Path, typer.Argument(help="A corpus, or a folder of clips with labels.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder that the results go to.")],
    profile: Annotated[str, typer.Option("--profile", "-p", help="A profile's name, or a .toml file.")] = "default",
    detectors: Annotated[str, typer.Option(help="Only these, by name, separated by commas.")] = "",
    part: Annotated[list[str] | None, typer.Option(help="Only this part of the corpus' split.")] = None,
    floor: Annotated[Severity, typer.Option(help="Findings below this severity do not count.")] = "issue",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> int:
    """Compare findings with labels: scores with intervals, curves and a gallery of mistakes, as JSON, Parquet and HTML.

    Signals are measured once and kept beside the corpus; another profile only judges them anew.
    """
    from vqa_toolkit.evaluate.page import number
    from vqa_toolkit.evaluate.run import evaluate as run
    from vqa_toolkit.evaluate.table import write

    names = [n.strip() for n in detectors.split(",") if n.strip()]
    made = run(corpus, profile, detectors=names, parts=part or [], floor=floor, progress=None if quiet else shown)
    for name, one in made.defects.items():
        total = one.score.total
        cells = (number(v) for v in (total.precision, total.recall, total.f1, total.alarms_per_hour))
        print("\t".join((name, str(total.events), *cells)))
    for path in write(made, output):
        print(f"Wrote {path}", file=sys.stderr)
    return 0


def shown(done: int, of: int, what: str) -> None:
    """One line of progress on stderr."""
    print(f"\r{done}/{of} {what:40.40s}", end="" if done < of else "\n", file=sys.stderr, flush=True)
