"""``vqa tune``: limits for a stated cost, from labelled clips, as a profile."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vqa_toolkit.core import Severity

if TYPE_CHECKING:
    from vqa_toolkit.tune import Proposal


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("tune")(tune)


def tune(
    corpus: Annotated[Path, typer.Argument(help="A corpus, or a folder of clips with labels.", show_default=False)],
    detector: Annotated[str, typer.Option(help="Whose limits.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The profile to write, .toml.")],
    limit: Annotated[list[str] | None, typer.Option(help="Only this limit may move; may be repeated.")] = None,
    defect: Annotated[list[str] | None, typer.Option(help="Only this defect counts; may be repeated.")] = None,
    miss: Annotated[float, typer.Option(help="Price of a missed event.", min=0)] = 10.0,
    alarm: Annotated[float, typer.Option(help="Price of a false alarm.", min=0)] = 1.0,
    events_per_hour: Annotated[float, typer.Option(help="How often the defect really occurs.", min=0)] = 1.0,
    profile: Annotated[str, typer.Option("--profile", "-p", help="Where to start from.")] = "default",
    floor: Annotated[Severity, typer.Option(help="Findings below this severity do not count.")] = "issue",
    force: Annotated[bool, typer.Option(help="Write the profile even when it is over-fitted.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> int:
    """Choose the cheapest limits on half of the titles and check them on the other half.

    Exit code 1 when the held-out half says that the new limits are worse; nothing is written then, but with --force.
    """
    from vqa_toolkit.cli.evaluate import shown
    from vqa_toolkit.errors import UsageError
    from vqa_toolkit.tune import Cost, Session, propose

    if output.suffix != ".toml":
        raise UsageError(f"The profile must end in .toml, got {output.name}.")
    session = Session.open(corpus, detector, profile, floor=floor, progress=None if quiet else shown)
    proposal = propose(session, Cost(miss, alarm, events_per_hour), limits=limit or (), defects=defect or ())
    _print(proposal)
    if not proposal.holds and not force:
        print("Nothing was written; --force writes it all the same.", file=sys.stderr)
        return 1
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(proposal.profile(output.stem).to_toml(), encoding="utf-8")
    print(f"Wrote {output}", file=sys.stderr)
    return 0


def _print(proposal: Proposal) -> None:
    for name, swept in proposal.sweeps.items():
        start = proposal.session.value(name)
        moved = f"{start:g} → {proposal.changes[name]:g}" if name in proposal.changes else f"{start:g} stays"
        low, high = swept.interval
        span = f"  (95 % interval {low:g} to {high:g})" if low == low else ""
        print(f"{name}: {moved} {swept.unit}{span}")
    for half, (old, new) in (("chosen on", proposal.development), ("held out", proposal.held_out)):
        print(f"{half}: {_counts(old)}  →  {_counts(new)}")
    print(proposal.verdict)


def _counts(tally: object) -> str:
    import numpy as np

    hits, misses, alarms, hours = np.asarray(tally, dtype=np.float64).tolist()
    return f"{hits:.0f} of {hits + misses:.0f} found, {alarms:.0f} false alarms in {hours * 60:.1f} min"
