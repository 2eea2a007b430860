"""``vqa report``: a saved result in any form, judged anew by any profile, without the clip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vqa_toolkit.cli._output import Format, chosen_format, deliver
from vqa_toolkit.cli.analyze import adjusted, exit_code
from vqa_toolkit.core import Severity


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("report")(report)


def report(
    saved: Annotated[Path, typer.Argument(help="What vqa analyze --save wrote.", show_default=False)],
    profile: Annotated[str, typer.Option("--profile", "-p", help="Judge anew by this profile or .toml file.")] = "",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="DETECTOR.LIMIT=VALUE", help="Judge anew with one limit changed."),
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", "-f", help="By default the one of FILE's ending, else text.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here, not to stdout.")] = None,
    fail_on: Annotated[Severity, typer.Option(help="Findings of at least this severity give exit code 2.")] = "issue",
) -> int:
    """Report a saved result again, without decoding anything. Exit codes as of vqa analyze."""
    from vqa_toolkit.result import AnalysisResult

    result = AnalysisResult.load(saved)
    if profile or changes:
        result = result.judged(adjusted(profile or "default", changes or ()))
    deliver([result], chosen_format(format_, output), output, fail_on=fail_on)
    return exit_code([result], fail_on)
