"""``vqa simulate``: put faults into a clean clip, or build a whole labelled corpus."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from vqa_toolkit.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("simulate")(simulate)


def simulate(
    clip: Annotated[Path | None, typer.Argument(help="A clean clip, or captions.", show_default=False)] = None,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", metavar="NAME@START:END,PARAMETER=VALUE", help="Repeat for several.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same file content and labels.", min=0)] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The faulty clip, or the corpus' folder.")
    ] = None,
    corpus: Annotated[str | None, typer.Option(help="Build a corpus: a recipe .toml, or small, scoreboard.")] = None,
    pristine: Annotated[
        Path | None, typer.Option(help="Clean clips for the corpus; without, procedural scenes.")
    ] = None,
    part: Annotated[list[str] | None, typer.Option(help="Only this part of the corpus' split.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List every fault with its parameters.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> int:
    """Put faults into a clean clip and write exact labels beside it.

    Example: vqa simulate clip.mp4 --fault freeze@12:14 --fault "hum@20:30,snr_db=15" --seed 7 -o out.mp4
    """
    if list_:
        _list()
    elif corpus is not None:
        _corpus(corpus, pristine, output, part or [], quiet)
    elif clip is None:
        raise UsageError("Give a clip and at least one --fault, or --corpus RECIPE, or --list.")
    elif not fault:
        raise UsageError("Give at least one --fault, such as --fault freeze@2:4; `vqa simulate --list` names all.")
    else:
        from vqa_toolkit.simulate.apply import simulate as run

        for label in run(clip, fault, seed, output):
            name = label.defect or "no defect"
            print(f"{name}\t{label.start:.3f}\t{label.end:.3f}\t{label.fault}")
    return 0


def _corpus(recipe: str, pristine: Path | None, output: Path | None, parts: list[str], quiet: bool) -> None:
    from vqa_toolkit.simulate.corpus import build_corpus

    if output is None:
        raise UsageError("A corpus needs a folder to go to: give -o DIR.")

    def shown(done: int, of: int, what: str) -> None:
        if not quiet:
            print(f"\r{done}/{of} {what:40.40s}", end="" if done < of else "\n", file=sys.stderr, flush=True)

    lines = build_corpus(recipe, output, pristine, parts=parts, progress=shown)
    failed = [line for line in lines if "error" in line]
    print(f"{len(lines) - len(failed)} items in {output}")
    for line in failed:
        print(f"{line['id']}: {line['error']}", file=sys.stderr)


def _list() -> None:
    import dataclasses
    import inspect

    from vqa_toolkit.simulate.registry import faults

    for name, kind in faults().items():
        print(f"{name}  →  {kind.defect or 'no defect'}\n    {(inspect.getdoc(kind) or '').splitlines()[0]}")
        for f in dataclasses.fields(kind):
            print(f"    {f.name}: {_allowed(f.metadata)}; {f.metadata['doc']}")


def _allowed(meta: Mapping[str, Any]) -> str:
    """The values of a parameter, in words."""
    if meta["choices"]:
        return "|".join(meta["choices"])
    return "text" if meta["low"] is None else f"{meta['low']:g}…{meta['high']:g} {meta['unit']}"
