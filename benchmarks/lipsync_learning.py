"""Learning curve of the lip-sync network over people and over minutes: is it the data that limits, and which part of it?

Run: ``python -m benchmarks.lipsync_learning --pristine DIR [--cache DIR] [--work DIR] [--steps N]``; writes
``docs/lipsync_learning.md`` and ``.svg``. Every network begins anew, takes equally many batches by the same recipe, and is
measured on speakers and sources that none of them saw. What is trained is kept in ``--work`` and gone on with.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from vqa_toolkit.train.lipsync import Recipe, Trainer
from vqa_toolkit.train.lipsync_data import TalkingClip
from vqa_toolkit.train.lipsync_measure import SCORES, score
from vqa_toolkit.train.lipsync_split import Split, folder_split
from vqa_toolkit.train.plots import curve_svg

AMOUNTS = ((0.125, 1.0), (0.25, 1.0), (0.5, 1.0), (1.0, 0.25), (1.0, 0.5), (1.0, 1.0))  # shares of people, of each clip
BLOCK = 40  # neighbouring numbers of unlabelled clips: about one person each
LEAST_FRAMES = 32  # pictures that a shortened clip keeps: a training segment
WORDS = dict(zip(SCORES, ("0.2 s", "0.6 s, short head", "0.44 s", "0.6 s", "4 s"), strict=True))


def someone(clip: TalkingClip) -> str:
    """Whom a clip shows: its person, or for unlabelled clips the block of numbers that it lies in."""
    return clip.person or f"{clip.source} {clip.block // BLOCK}"


def thinned(clips: Sequence[TalkingClip], people: float, minutes: float) -> list[TalkingClip]:
    """The clips of a share of the people (the same ones in every larger share), each cut to its first share of pictures."""
    order = sorted({someone(c) for c in clips}, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    kept = set(order[: max(1, round(people * len(order)))])
    return [
        replace(c, crops=c.crops[: max(LEAST_FRAMES, round(minutes * len(c.crops)))])
        for c in clips
        if someone(c) in kept
    ]


def main(arguments: Sequence[str] | None = None, out: Callable[[str], None] = print) -> None:
    """Train on every amount, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pristine", type=Path, default=Path(os.environ.get("VQA_MEDIA", "../shared/media")))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "vqa_lipsync_cache")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "vqa_lipsync_learning")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--write", type=Path, default=Path("docs/lipsync_learning.md"))
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    split = folder_split(chosen.pristine / "talking", chosen.cache, out)
    rows = [measured(split, people, minutes, chosen.steps, chosen.work, out) for people, minutes in AMOUNTS]
    by_people = sorted((r for r in rows if r["minutes_share"] == 1), key=lambda r: r["people"])
    chosen.write.with_suffix(".svg").write_text(
        curve_svg(
            by_people, "people", "31-way accuracy on people never seen, by people learnt from", tuple(WORDS.items())
        ),
        "utf-8",
    )
    chosen.write.write_text(in_words(rows, by_people, chosen.steps), "utf-8")
    out(f"wrote {chosen.write}")


def measured(
    split: Split, people: float, minutes: float, steps: int, work: Path, out: Callable[[str], None]
) -> dict[str, float]:
    """One network trained on a share, and its accuracy on test people and on those that it learnt from."""
    part = Split(thinned(split.train, people, minutes), split.validation, split.test)
    where = work / f"{people:g}_{minutes:g}_{steps}"
    where.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(part, Recipe(steps=steps, batch_frames=900, distil=0.3, rounds=(0.5,)), where, "cpu", out)
    trainer.resume()
    trainer.run()
    known = [c for c in part.train if len(c.crops) >= 100][:60]
    return {
        "people": len({someone(c) for c in part.train}),
        "minutes": sum(len(c.crops) for c in part.train) / 1500,
        "minutes_share": minutes,
        **score(trainer.average, [c for c in split.test if c.person]),
        **{f"known_{k}": v for k, v in score(trainer.average, known).items()},
    }


def in_words(rows: Sequence[dict[str, float]], by_people: Sequence[dict[str, float]], steps: int) -> str:
    """The page: a row an amount, and what a doubling of people brought."""
    lines = [
        "# Lip sync: how much people and minutes matter", "",
        f"Every row is a network begun anew and trained on {steps} batches of 900 pictures by one recipe, measured on the "
        "labelled test speakers (sources never trained on): 31 candidate offsets, right within one picture of the clip's own "
        "consensus, chance 9.7 %. *Known* is the same measure on longer clips that the network learnt from: what lies between "
        "the two columns is what more data could bring. Unlabelled clips count as one person in forty numbers. "
        "These trainings are shorter than that of the packaged weights.", "",
        "![Accuracy over people](lipsync_learning.svg)", "",
        "| people | minutes | " + " | ".join(WORDS[k] for k in SCORES) + " | known, 0.2 s | known, 0.44 s |",
        "|--:|--:|" + "--:|" * (len(SCORES) + 2),
    ]  # fmt: skip
    lines += [
        f"| {r['people']:.0f} | {r['minutes']:.1f} | "
        + " | ".join(f"{r[k] * 100:.1f} %" for k in (*SCORES, "known_short_5", "known_context_11"))
        + " |"
        for r in rows
    ]
    first, last = by_people[0], by_people[-1]
    doublings = math.log2(last["people"] / first["people"])
    lines += ["", "What each doubling of the people brought, in points: "
              + ", ".join(f"{WORDS[k]} {(last[k] - first[k]) * 100 / doublings:+.1f}" for k in SCORES) + "."]  # fmt: skip
    return "\n".join([*lines, "", "Written by `python -m benchmarks.lipsync_learning`.", ""])


if __name__ == "__main__":
    main()
