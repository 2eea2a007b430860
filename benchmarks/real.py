"""Real material: defects that nobody simulated, with labels from elsewhere."""

from __future__ import annotations

import csv
from pathlib import Path

from vqa_toolkit.evaluate.clips import Clip, read_clips
from vqa_toolkit.simulate.core import Label

FAILED = 2  # EA IRIS' result per frame: 0 pass, 1 pass with warning, 2 extended failure, 3 flash failure
FLASH_WINDOW_S = 1.0  # failures within the rule's own window are one event
COLUMNS = ("FlashLuminanceFailedFrame", "FlashRedFailedFrame")
# Offsets in pictures of 40 ms, + = sound late, as the manifest has them: measured, so true to a picture or so. Out are those
# that lie beyond BT.1359's acceptability (-185, +90 ms) as they are; in are those within its detectability (-125, +45 ms) even
# if they are a picture wrong. What lies between is not judged.
OUT_LATE, OUT_EARLY = 5, -3
IN_LATE, IN_EARLY = 2, 0
SURE = 0.25  # peak - median of the mean similarity: the manifest's own "almost every talking clip" is 0.2
LEAST_S = 3.0
MOST_TALKING = 12


def golden(pristine: Path) -> list[Clip]:
    """EA IRIS' flash clips with its own verdict per frame as the labels, on ``flash`` alone."""
    found = []
    for table in sorted((pristine / "golden").glob("iris_*.csv")):
        path = table.with_suffix(".mp4")
        if path.is_file():
            labels, seconds = _flashes(table, path)
            kind = "real" if labels else "clean"
            found.append(
                Clip(path.stem, path, path.stem, path.stem, kind, seconds, labels, judged=frozenset({"flash"}))
            )
    return found


def _flashes(table: Path, path: Path) -> tuple[tuple[Label, ...], float]:
    from vqa_toolkit.media.probe import probe

    seconds = probe(path).duration
    with table.open(encoding="utf-8", newline="") as rows:
        bad = [any(int(r[c].strip("\0") or 0) >= FAILED for c in COLUMNS) for r in csv.DictReader(rows)]
    step = seconds / max(len(bad), 1)
    spans: list[tuple[float, float]] = []
    for i, failed in enumerate(bad):
        if failed and spans and i * step - spans[-1][1] < FLASH_WINDOW_S:
            spans[-1] = (spans[-1][0], (i + 1) * step)
        elif failed:
            spans.append((i * step, (i + 1) * step))
    return tuple(Label("flash", "real", a, b, 1.0, {}, 0, path.stem, "1") for a, b in spans), seconds


def talking(pristine: Path) -> list[Clip]:
    """Whole-frame clips whose sound was measured to be off (or on) by a network other than ours, from its test sources."""
    from vqa_toolkit.train.lipsync_split import TEST_SOURCES

    manifest = pristine / "MANIFEST.csv"
    if not manifest.is_file():
        return []
    found = []
    with manifest.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            path = pristine / row["file"]
            usable = row["file"].startswith("talking/") and row.get("source") in TEST_SOURCES and path.is_file()
            if not usable or float(row["confidence"] or 0) < SURE or float(row["duration"] or 0) < LEAST_S:
                continue
            offset, seconds = int(float(row["offset_frames"] or 0)), float(row["duration"])
            out = offset >= OUT_LATE or offset <= OUT_EARLY
            if not out and not IN_EARLY <= offset <= IN_LATE:
                continue
            label = Label("av_sync", "real", 0.0, seconds, 1.0, {}, 0, row["person"], "1")
            labels = (label,) if out else ()
            kind = "real" if labels else "clean"
            found.append(
                Clip(path.stem, path, path.stem, row["person"], kind, seconds, labels, judged=frozenset({"av_sync"}))
            )
    late = [c for c in found if c.labels]
    return [*late[:MOST_TALKING], *[c for c in found if not c.labels][:MOST_TALKING]]


def real_clips(pristine: Path | None, folders: list[Path]) -> list[Clip]:
    """All real material at hand."""
    own = [*golden(pristine), *talking(pristine)] if pristine is not None else []
    return [*own, *(clip for folder in folders for clip in read_clips(folder))]
