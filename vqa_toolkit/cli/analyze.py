"""``vqa analyze``: what is wrong with these clips."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vqa_toolkit.cli import EXIT_ERROR, EXIT_FOUND
from vqa_toolkit.cli._output import Format, chosen_format, deliver, save_incident_clips, stills_of
from vqa_toolkit.cli._progress import shown, stop_on_interrupt
from vqa_toolkit.core import Severity, at_least
from vqa_toolkit.errors import Cancelled, ConfigurationError, MediaError, UsageError
from vqa_toolkit.figures.clock import printable

if TYPE_CHECKING:
    from vqa_toolkit.profile import Profile
    from vqa_toolkit.result import AnalysisResult

MEDIA_ENDINGS = frozenset({
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg", ".mxf", ".flv", ".wmv",
    ".3gp", ".ogv", ".y4m", ".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus",
})  # fmt: skip
"""What is taken from a folder; a file that is named itself may be called anything."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("analyze")(analyze)


def analyze(
    clips: Annotated[list[Path], typer.Argument(help="Clips, or folders of clips.", show_default=False)],
    profile: Annotated[str, typer.Option("--profile", "-p", help="A profile's name, or a .toml file.")] = "default",
    detectors: Annotated[str, typer.Option(help="Only these, by name, separated by commas.")] = "",
    format_: Annotated[
        Format | None, typer.Option("--format", "-f", help="By default the one of FILE's ending, else text.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here, not to stdout.")] = None,
    fail_on: Annotated[Severity, typer.Option(help="Findings of at least this severity give exit code 2.")] = "issue",
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where networks run.")] = "auto",
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="DETECTOR.LIMIT=VALUE", help="Change one limit.")
    ] = None,
    baseline: Annotated[Path | None, typer.Option(help="An earlier JSON report: only what is new is reported.")] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Save a still of every finding, and a clip of every incident, to this folder.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Save the whole result, to reopen it without the clip.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Measure again, and keep nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> int:
    """Find what is wrong with clips, when, and how badly.

    Exit codes: 0 pass, 1 incomplete or error, 2 a finding at or above --fail-on, 3 bad configuration, 5 bad usage.
    """
    from vqa_toolkit.report.baseline import only_new, read_baseline

    chosen = adjusted(profile, changes or ())
    known = read_baseline(baseline) if baseline else None
    paths = list(expand(clips))
    if len(paths) > 1 and (save or baseline):
        raise UsageError("--save and --baseline go with one clip. Run vqa analyze once per clip.")
    _keep_apart(paths, (output, save))
    form = chosen_format(format_, output)
    if form == "html" and len(paths) > 1 and output is None:
        raise UsageError("HTML of several clips needs a folder: name one with -o.")
    results, errors = run(paths, chosen, detectors, device, cache=not no_cache, quiet=quiet)
    for result in results:
        if save:
            result.save(save)
        _save_evidence(result, evidence, several=len(paths) > 1)
    if known is not None:
        results = [only_new(r, known) for r in results]
    if results:
        deliver(results, form, output, fail_on=fail_on)
    return exit_code(results, fail_on, errors)


def _keep_apart(clips: Sequence[Path], targets: Iterable[Path | None]) -> None:
    """Raise UsageError when a report would overwrite one of the clips."""
    for target in targets:
        if target is not None and any(target.resolve() == clip.resolve() for clip in clips):
            raise UsageError(f"{target} is the clip itself. Name another file for the report.")


def adjusted(profile: str, changes: Iterable[str]) -> Profile:
    """The profile with ``detector.limit=value`` changes; its name says that it was changed.

    Raises:
        ConfigurationError: an unknown profile, detector or limit, or a value that is no number or out of range.
    """
    from vqa_toolkit.profile import load_profile

    chosen = load_profile(profile)
    for change in changes:
        key, equals, value = change.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not equals or number != number:
            raise ConfigurationError(
                f"--set takes DETECTOR.LIMIT=VALUE, such as black.min_duration=0.5; got {change!r}."
            )
        renamed = dataclasses.replace(chosen, name=f"{chosen.name}, {key.strip()}={number:g}")
        chosen = renamed.with_limit(key.strip(), number)
    return chosen


def expand(clips: Sequence[Path]) -> list[Path]:
    """The clips with each folder replaced by the media files below it, in alphabetical order.

    Raises:
        UsageError: a folder without media files.
    """
    paths: list[Path] = []
    for clip in clips:
        if not clip.is_dir():
            paths.append(clip)
            continue
        found = sorted(p for p in clip.rglob("*") if p.suffix.lower() in MEDIA_ENDINGS and p.is_file())
        if not found:
            raise UsageError(f"{clip} is a folder without media files. Name a clip, or a folder that holds some.")
        paths += found
    return paths


def run(
    paths: Sequence[Path], profile: Profile, detectors: str, device: str, *, cache: bool, quiet: bool
) -> tuple[list[AnalysisResult], int]:
    """Analyse each clip; of several, one that cannot be used is reported on stderr and counted, and the rest go on.

    Raises:
        MediaError: the only clip cannot be used. Cancelled: Ctrl-C.
    """
    from vqa_toolkit.analyze import analyze as analyze_clip

    names = [n.strip() for n in detectors.split(",") if n.strip()] or None
    results: list[AnalysisResult] = []
    errors = 0
    with stop_on_interrupt() as asked:
        for path in paths:
            if asked():
                raise Cancelled
            try:
                with shown(printable(path.name), quiet=quiet) as progress:
                    results.append(
                        analyze_clip(
                            path, profile=profile, detectors=names, device=device, progress=progress, cancel=asked,
                            cache=cache,
                        )
                    )  # fmt: skip
            except MediaError as exc:
                if len(paths) == 1:
                    raise
                errors += 1
                print(f"vqa: {printable(str(exc))}", file=sys.stderr)
    return results, errors


def _save_evidence(result: AnalysisResult, folder: Path | None, *, several: bool) -> None:
    if folder is None:
        return
    stills = stills_of(result)
    if stills is None or not result.findings:
        print(
            f"No stills saved: {'the clip has no pictures' if stills is None else 'nothing was found'}.",
            file=sys.stderr,
        )
        return
    from vqa_toolkit.report.evidence import save_stills

    target = folder / Path(result.media.name).stem if several else folder
    saved = save_stills(stills, result.findings, target)
    clips = save_incident_clips(result, target)
    print(f"Saved {len(saved)} stills and {clips} clips of incidents to {target}", file=sys.stderr)


def exit_code(results: Sequence[AnalysisResult], fail_on: Severity, errors: int = 0) -> int:
    """2 when a finding is at least as grave as ``fail_on``, else 1 when anything is incomplete or failed, else 0."""
    if any(at_least(f.severity, fail_on) for r in results for f in r.findings):
        return EXIT_FOUND
    unfinished = any(r.incomplete or any(o.status == "failed" for o in r.outcomes.values()) for r in results)
    nothing = any(not any(o.status == "assessed" for o in r.outcomes.values()) for r in results)
    return EXIT_ERROR if errors or unfinished or nothing else 0
