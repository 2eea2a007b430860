"""``make scoreboard``: our suite and the peers over the same clips, written to ``docs/scoreboard.md``.

Clips, signals and the peers' answers are kept in the work folder, keyed by recipe, detector version and clip, so a run that
was interrupted goes on where it stopped. ``--small`` builds procedural scenes only and fails on a regression beyond the
intervals recorded in ``benchmarks/scoreboard_small.json``.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import board
from benchmarks.markdown import Row, page
from benchmarks.real import real_clips
from benchmarks.regression import SMALL, compare, recorded
from benchmarks.said import Said
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import VqaError
from vqa_toolkit.evaluate.clips import Clip, Judged, defects
from vqa_toolkit.evaluate.measured import measure_clip
from vqa_toolkit.evaluate.scores import score_defect
from vqa_toolkit.profile import Profile

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "scoreboard.md"
UNLABELLED = frozenset({"caption_track", "dead_air"})  # words of findings that no fault provokes by that name


def main(argv: Sequence[str] | None = None) -> int:
    """Build, run, write; the exit code is 1 on a regression of the small board."""
    wanted = _arguments(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread a process: processes are what runs side by side
    started = time.monotonic()
    try:
        if wanted.small:
            return _small(wanted.work / "small", wanted.jobs, record=wanted.record)
        pristine = wanted.pristine if wanted.pristine and wanted.pristine.is_dir() else None
        rows, clips = _whole(wanted.work, pristine, wanted.real, wanted.jobs)
    except VqaError as exc:
        print(f"scoreboard: {exc}", file=sys.stderr)
        return exc.exit_code
    minutes = (time.monotonic() - started) / 60
    wanted.output.write_text(page(rows, clips, pristine is not None, minutes), encoding="utf-8")
    print(f"Wrote {wanted.output} after {minutes:.1f} min", file=sys.stderr)
    return 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scoreboard", description=__doc__)
    media = os.environ.get("VQA_MEDIA")
    parser.add_argument("--pristine", type=Path, default=Path(media) if media else None,
                        help="clean clips; default: VQA_MEDIA, else procedural scenes")  # fmt: skip
    parser.add_argument("--real", type=Path, action="append", default=[], help="a folder of labelled real clips")
    parser.add_argument("--work", type=Path, default=REPOSITORY / "build" / "scoreboard", help="where clips are kept")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--small", action="store_true", help="procedural scenes only, compared with what was recorded")
    parser.add_argument("--record", action="store_true", help="with --small: record the result as the new expectation")
    return parser.parse_args(argv)


def shown(done: int, of: int, what: str) -> None:
    """One line per clip on stderr, for logs as well as for people."""
    print(f"{done}/{of} {what}", file=sys.stderr, flush=True)


def _whole(work: Path, pristine: Path | None, real: list[Path], jobs: int) -> tuple[list[Row], dict[str, list[Clip]]]:
    corpora = {part: board.build(part, work, pristine, shown) for part in board.parts()}
    ours, theirs = board.run(corpora, jobs, True, shown)
    found, said = _real(work / "real", real_clips(pristine, real))
    rows = []
    for defect in sorted(defects() - UNLABELLED):
        implemented = any(defect in cls.defects for cls in discover().values())
        rows.append(
            Row(
                defect, implemented, board.score_ours(ours, defect), list(board.score_peers(theirs, defect)),
                score_defect([j for j in found if _speaks(j.clip, defect)], defect),
                list(board.score_peers({p: said for p in board.part_of_board(defect)[:1]}, defect)),
            )
        )  # fmt: skip
    return rows, {part: board.clips_of(folder) for part, folder in corpora.items()}


def _real(work: Path, clips: list[Clip]) -> tuple[list[Judged], list[tuple[Clip, list[Said]]]]:
    """Our findings and the peers' in real material; the clips themselves are read where they lie."""
    profile, known = Profile(), discover()
    judged, said = [], []
    for number, clip in enumerate(clips):
        classes = [c for c in known.values() if clip.judged is None or clip.judged & set(c.defects)]
        judged.append(measure_clip(clip, work, classes).judge(profile))
        said.append((clip, board.said(work, clip)))
        shown(number + 1, len(clips), clip.id)
    return judged, said


def _speaks(clip: Clip, defect: str) -> bool:
    return clip.judged is None or defect in clip.judged


def _small(work: Path, jobs: int, *, record: bool) -> int:
    """The procedural board against what was recorded."""
    from vqa_toolkit.simulate.corpus import build_corpus

    build_corpus(board.RECIPES / "small.toml", work, progress=shown)
    judged: list[Judged] = board.run({"small": work}, jobs, False, shown)[0]["small"]
    scores = {d: score_defect(judged, d) for cls in discover().values() for d in cls.defects}
    if record:
        recorded(scores)
        print(f"Recorded {len(scores)} defects in {SMALL.name}", file=sys.stderr)
        return 0
    worse = compare(scores)
    for line in worse:
        print(line)
    print(f"{len(scores)} defects, {len(worse)} worse than recorded")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
