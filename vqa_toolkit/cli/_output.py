"""Where a report goes and in which form: a format by name or by the file's ending, one clip or several."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from vqa_toolkit.core import Severity
from vqa_toolkit.errors import UsageError

if TYPE_CHECKING:
    from vqa_toolkit.report.evidence import Stills
    from vqa_toolkit.result import AnalysisResult

Format = Literal["text", "json", "ndjson", "csv", "html", "junit"]
_ENDINGS: dict[str, Format] = {
    ".txt": "text", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".html": "html",
    ".htm": "html", ".xml": "junit",
}  # fmt: skip
STILL_HEIGHT = 360  # px; damage of one 16-px macroblock of 1080p is still 5 px wide


def chosen_format(name: Format | None, output: Path | None) -> Format:
    """The format that was asked for, else the one of the file's ending, else text."""
    return name or _ENDINGS.get(output.suffix.lower() if output else "", "text")


def formats() -> tuple[str, ...]:
    """Names of all formats."""
    return get_args(Format)


def stills_of(result: AnalysisResult) -> Stills | None:
    """Fetches pictures from the result's own file; None without pictures, or when the file is gone."""
    if result.media.video is None or not Path(result.media.path).is_file():
        return None
    from vqa_toolkit.media.stills import still

    return lambda t: still(result.media, t, STILL_HEIGHT)[1]


def save_incident_clips(result: AnalysisResult, folder: Path) -> int:
    """Write an annotated clip of every incident, cut from the result's own file; how many were written."""
    from vqa_toolkit.media.excerpt import sound_excerpt
    from vqa_toolkit.media.stretch import pictures
    from vqa_toolkit.report.clip import LINES, SOUND_RATE_HZ, save_clips

    media = result.media
    heard = media.audio is not None
    return len(
        save_clips(
            result, folder, lambda start, end: pictures(media, start, end, LINES),
            lambda start, end: sound_excerpt(media, start, end, rate=SOUND_RATE_HZ) if heard else None,
        )
    )  # fmt: skip


def render(results: Sequence[AnalysisResult], form: Format, *, fail_on: Severity, colour: bool = False) -> str:
    """The report of one or several clips as one text.

    Raises:
        UsageError: HTML of several clips, which needs a folder (see :func:`write_pages`).
    """
    from vqa_toolkit import report

    if form == "text":
        width = shutil.get_terminal_size().columns if colour else None
        return "\n".join(report.to_text(r, colour=colour, width=width) for r in results)
    if form == "json":
        if len(results) == 1:
            return report.to_json(results[0]) + "\n"
        return json.dumps([report.document(r) for r in results], indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if form == "ndjson":
        return "".join(map(report.to_ndjson, results))
    if form == "csv":
        return report.to_csv(list(results))
    if form == "junit":
        return report.to_junit(list(results), fail_on=fail_on)
    if len(results) != 1:
        raise UsageError("An HTML report holds one clip: name a folder with -o, and each clip gets its page there.")
    return report.to_html(results[0], stills=stills_of(results[0]))


def write_pages(results: Sequence[AnalysisResult], folder: Path) -> list[Path]:
    """One HTML page per clip, named after it and numbered where names repeat; returns their paths."""
    from vqa_toolkit import report

    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for result in results:
        stem, n = Path(result.media.name).stem, 2
        path = folder / f"{stem}.html"
        while path in paths:
            path, n = folder / f"{stem}-{n}.html", n + 1
        path.write_text(report.to_html(result, stills=stills_of(result)), "utf-8")
        paths.append(path)
    return paths


def deliver(results: Sequence[AnalysisResult], form: Format, output: Path | None, *, fail_on: Severity) -> None:
    """Write the report to ``output`` (a folder for HTML of several clips), or to stdout."""
    if form == "html" and output is not None and (len(results) > 1 or output.is_dir()):
        for path in write_pages(results, output):
            print(f"Wrote {path}", file=sys.stderr)
        return
    colour = output is None and form == "text" and sys.stdout.isatty()
    text = render(results, form, fail_on=fail_on, colour=colour)
    if output is None:
        sys.stdout.write(text)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
    print(f"Wrote {output}", file=sys.stderr)
