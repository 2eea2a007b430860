"""Block corruption as a user meets it: whole clips through the cascade and its limits, beside every picture looked at whole.

python -m benchmarks.corruption_events --pristine DIR [--titles N] [--clean-minutes M] [-o FILE]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import torch

from benchmarks.corruption_cases import VISIBLE, Case, cases, complaints
from benchmarks.markdown import both
from vqa_toolkit.analyze import analyze
from vqa_toolkit.core import PacketFact, Signal
from vqa_toolkit.detectors.block_corruption import BlockCorruption, BlockCorruptionLimits
from vqa_toolkit.measures.corruption_scan import Scanner
from vqa_toolkit.models.weights import read_card
from vqa_toolkit.train.corruption_clips import VIDEOS, pristine_files, split_of, title_of
from vqa_toolkit.train.corruption_data import FPS

V1, V2 = BlockCorruptionLimits(decision=1), BlockCorruptionLimits()
WHOLE = ", every picture whole"
WAYS = ("v2", "v1", f"v2{WHOLE}", f"v1{WHOLE}", "v2 with the decoder's word")
NOTHING = 0.002  # share of a picture below which nothing is to be seen
SIZES = ((0.01, "area 1-5 %"), (0.05, "area 5-20 %"), (0.2, "area over 20 %"))


class Heard(NamedTuple):
    """One clip: where it is from, and by each way whether damage is told, and told as more than a note."""

    groups: tuple[str, ...]
    told: dict[str, bool]
    sure: dict[str, bool]


def heard(case: Case) -> Heard | None:
    """A case's answers; None where its damage lies between nothing and what counts as visible. Streams that were complained of and
    show nothing are a group of their own, of which nothing more than a note should be told."""
    area, said = float(case.areas.max()), complaints(case)
    faint = case.form == "stream" and area < NOTHING and any(f.complaint for f in said)
    if case.form != "clean" and area < VISIBLE and not faint:
        return None
    alone, whole = scanned(case, False), scanned(case, True)
    told_too = scanned(case, False, said) if said else alone
    told: dict[str, bool] = {}
    sure: dict[str, bool] = {}
    for way, signals, limits in zip(WAYS, (alone, alone, whole, whole, told_too), (V2, V1, V2, V1, V2), strict=True):
        found = list(BlockCorruption.judge(signals, limits))
        told[way], sure[way] = bool(found), any(f.severity != "fyi" for f in found)
    size = next((word for least, word in reversed(SIZES) if area >= least), "")
    groups: tuple[str, ...] = (case.form, f"{case.family} {case.form}", f"{size} {case.form}", f"title {case.title}")
    if faint:
        groups = ("stream complained of, nothing to see",)
    if case.form == "clean":
        groups = ("clean", f"clean {case.family}")
    return Heard(groups, told, sure)


def scanned(case: Case, whole: bool, facts: Sequence[PacketFact] = ()) -> dict[str, Signal]:
    """The detector's signals of a case's pictures, with what a decoder said of them."""
    height, width = case.pictures[0].shape[0] * 2 // 3, case.pictures[0].shape[1]
    scanner = Scanner(SimpleNamespace(video=SimpleNamespace(bit_depth=8, full_range=False)), "cpu", height, width)
    scanner.whole = whole
    scanner.flag(facts)
    for number, picture in enumerate(case.pictures):
        chroma = picture[height:].reshape(2, height // 2, width // 2)
        scanner.push(number / float(FPS), (picture[:height], chroma[0], chroma[1]))
    scanner.end = len(case.pictures) / float(FPS)
    return {s.name: s for s in scanner.finish()}


def summary(found: list[Heard]) -> Iterator[list[str]]:
    """Rows by group: clips, and by way the share told (and, in brackets, told as more than a note)."""
    by: dict[str, list[Heard]] = defaultdict(list)
    for one in found:
        for group in one.groups:
            by[group].append(one)
    for group, members in sorted(by.items()):
        shares = [both([m.told[w] for m in members], [m.sure[w] for m in members]) for w in WAYS]
        yield [group, str(len(members)), *shares]


def clean_hours(pristine: Path, split: str, minutes: float, out: Callable[[str], None]) -> tuple[float, int, int]:
    """(minutes analysed, false findings, of them notes) on whole undamaged videos of a split."""
    seconds, wrong, notes = 0.0, 0, 0
    for path in pristine_files(pristine):
        if path.suffix.lower() not in VIDEOS or split_of(title_of(path)) != split or seconds / 60 >= minutes:
            continue
        result = analyze(path, detectors=["block_corruption"], device="cpu", cache=False)
        seconds += result.media.duration
        wrong += len(result.findings)
        notes += sum(f.severity == "fyi" for f in result.findings)
        out(f"{path.name}: {result.media.duration:.0f} s, {len(result.findings)} findings")
    return seconds / 60, wrong, notes


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pristine", type=Path, required=True)
    parser.add_argument("--titles", type=int, default=None)
    parser.add_argument("--split", choices=("test", "valid"), default="test")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--clean-minutes", type=float, default=20.0)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/block_corruption_events.md"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    found = [h for c in cases(given.pristine, given.split, given.seed, given.titles) if (h := heard(c)) is not None]
    minutes, wrong, notes = clean_hours(given.pristine, given.split, given.clean_minutes, print)
    text = [
        "# Block corruption: whole clips", "",
        f"Weights `{read_card('corruption_net')['sha256'][:12]}`, {given.split} titles, clips of 20 pictures. "
        "Share of clips told, in brackets those told as more than a note: for damaged clips recall, for clean ones false alarms. "
        "The first two columns are the CPU's cascade; what it loses against every picture looked at whole is the difference. All but "
        "the last column know the pictures alone; the last knows what the decoder said of a damaged stream as well.", "",
        f"| clips | number | {' | '.join(WAYS)} |", "|---" * (len(WAYS) + 2) + "|",
        *(f"| {' | '.join(row)} |" for row in summary(found)), "",
        f"{minutes:.1f} min of whole undamaged videos: {wrong} findings, {notes} of them notes "
        f"({(wrong - notes) / max(minutes, 1e-9) * 60:.1f} false events an hour).",
    ]  # fmt: skip
    given.output.write_text("\n".join(text) + "\n", "utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
