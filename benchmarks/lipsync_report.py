"""The lip-sync tables as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lipsync_cases import Answer, measure_pictures
from benchmarks.lipsync_company import FILE_MOVES_MS, accompanied, drawn, followed, moved_files, music, paired
from benchmarks.lipsync_rows import (
    CONFIDENT,
    MOVES_MS,
    PROTOCOL_REACH,
    STEPS,
    Moving,
    baseline,
    both_heads,
    counted,
    impostors,
    in_out,
    interval,
    moves,
    moving,
    protocol,
)
from vqa_toolkit.detectors.av_sync import AvSyncLimits
from vqa_toolkit.models.sync_net import SyncNet
from vqa_toolkit.models.weights import read_card
from vqa_toolkit.train.lipsync_data import TalkingClip
from vqa_toolkit.train.lipsync_measure import VOICED, clip_similarity, consensus

PUBLISHED = (
    ("SyncNet 2016", "75.8", "96.1"), ("Perfect Match 2019", "88.1", "99.1"), ("VocaLiST 2022", "92.8", "99.8"),
    ("IC-SyncNet 2023", "96.5", "99.8"),
)  # fmt: skip


def report(
    clips: Sequence[TalkingClip],
    net: SyncNet,
    untrained: SyncNet,
    pristine: Path,
    cut: Path,
    write: Path,
    out: Callable[[str], None],
) -> None:
    """Measure, print and write."""
    limits = AvSyncLimits()
    sims = {c.name: both_heads(net, c) for c in clips}
    found = {c.name: consensus(clip_similarity(net, c, PROTOCOL_REACH, speech=True)) for c in clips}
    sure = [c for c in clips if found[c.name][1] >= CONFIDENT]
    own = {c.name: found[c.name][0] for c in sure}
    lines = [
        "# Lip sync: measured tables", "", f"Weights `{read_card('sync_net')['sha256'][:12]}`. "
        f"{len(clips)} clips of {len({c.person for c in clips})} people ({sum(len(c.crops) for c in clips) / 1500:.1f} min), "
        f"from sources never trained on; {len(sure)} of them measure themselves with a confidence of {CONFIDENT} or more, "
        "and only these have a consensus to be judged against. Brackets: 95 % interval over people.", "",
    ]  # fmt: skip

    def add(*more: str) -> None:
        lines.extend(more)
        for line in more:
            out(line)

    _protocol(add, sims, sure, untrained, own)
    measured = [m for m in (measure_pictures(net, c) for c in sure) if m.spans]
    windows, whole, unsaid = moves(measured, net, limits.confidence)
    add("", "## Known moves", "", f"Each clip moved by {', '.join(map(str, MOVES_MS))} ms, relative to itself unmoved; "
        "right within 40 ms.", "", "| fragment | right |", "|---|---|", f"| 4 s | {interval(windows)} |",
        f"| whole clips of 10 s and more | {interval(whole)} |",
        f"| 4 s windows that fell silent when moved | {unsaid} of {len(windows)} |")  # fmt: skip
    _in_out(add, in_out(measured, net, own, limits))
    _moving(add, moving(measured, net, limits))
    add("", "## Impostors", "", "| what | in | out | cannot say |", "|---|---|---|---|",
        *(f"| {what} | {counted(words)} |" for what, words in impostors(clips, measured, net, limits).items()))  # fmt: skip
    company = {**accompanied(measured, music(pristine), net, limits), **paired(measured, net, limits, own)}
    add("", "## Company", "", "Music from recordings that no network was trained on here, and a second face beside the first.", "",
        "| what | in | out | cannot say |", "|---|---|---|---|",
        *(f"| {what} | {counted(words)} |" for what, words in company.items()))  # fmt: skip
    add("", "## Drawn films, whole", "", "| file | answer | |", "|---|---|---|",
        *(f"| {name} | {word} | {why} |" for name, word, why in drawn(pristine)))  # fmt: skip
    _files(add, pristine)
    add("", "## Faces followed", "", "Every clip shows one talking face throughout, as far as its makers say.", "",
        "| clips | number | share of pictures with a track |", "|---|---|---|",
        *(f"| {kind} | {n} | {share:.3f} |" for kind, (n, share) in followed(pristine, cut).items()))  # fmt: skip
    _real(add, sure, own)
    write.write_text("\n".join(lines) + "\n", "utf-8")


def _protocol(
    add: Callable[..., None],
    sims: dict[str, Any],
    sure: Sequence[TalkingClip],
    untrained: SyncNet,
    own: dict[str, float],
) -> None:
    mine, every, plain = protocol(sims, sure, own, True), protocol(sims, sure, own, False), baseline(sure, own)
    none = protocol({c.name: both_heads(untrained, c) for c in sure[::3]}, sure[::3], own, True)

    def rows(of: dict[str, list[tuple[str, float]]], note: str) -> tuple[str, str]:
        return (
            f"| short head (5 pictures){note} | {interval(of['short_5'])} | {interval(of['short_15'])} | {interval(of['short_100'])} |",
            f"| context head (11 pictures){note} | – | {interval(of['context_15'])} | {interval(of['context_100'])} |",
        )

    add("## 31-way protocol", "", "31 offsets, right within one picture of the clip's consensus; chance 9.7 %. A fragment counts "
        f"when at least {VOICED * 100:.0f} % of its pictures have speech (sound within 15 dB of the clip's loud parts), since "
        "LRS2 is cut to utterances; *all* is every fragment, pauses and shut mouths too. The published rows are LRS2: "
        "protocol-matched, data different.", "", "| | 0.2 s | 0.6 s | 4 s |", "|---|---|---|---|",
        *rows(mine, ""), *rows(every, ", all"),
        f"| untrained network | {interval(none['short_5'])} | {interval(none['short_15'])} | {interval(none['context_100'])} |",
        f"| mouth opening × energy | – | {interval(plain['correlation_15'])} | {interval(plain['correlation_100'])} |",
        *(f"| {name} (LRS2) | {a} % | {b} % | – |" for name, a, b in PUBLISHED))  # fmt: skip


def _in_out(add: Callable[..., None], found: dict[str, list[Answer]]) -> None:
    words = {k: [a.word for a in v] for k, v in found.items()}
    said = {k: [w for w in v if w != "cannot say"] for k, v in words.items()}
    right = [float(np.mean([w == k for w in v])) if v else 0.0 for k, v in said.items()]
    every = sum(len(v) for v in words.values())
    silent = every - sum(len(v) for v in said.values())
    add("", "## In or out", "", "In: −120 … +40 ms; out: beyond −185 / +90 ms (the band between is not counted).", "",
        "| truth | in | out | cannot say |", "|---|---|---|---|", *(f"| {k} | {counted(v)} |" for k, v in words.items()), "",
        f"Balanced accuracy of what is said: {np.mean(right):.3f}; cannot say: {silent / max(every, 1) * 100:.1f} %.")  # fmt: skip


def _moving(add: Callable[..., None], m: Moving) -> None:
    def spread(errors: list[float]) -> str:
        if not errors:
            return "none seen"
        return f"median {np.median(np.abs(errors)):.2f}, 90 % below {np.percentile(np.abs(errors), 90):.2f}"

    drifts = f"{len(m.slopes)} | {m.lost_drifts}"
    add("", "## Drift and steps", "", "Clips of 20 s and more.", "", "| | seen | not seen as such | error |", "|---|---|---|---|",
        f"| drift ± 120, ± 300 ms/min | {drifts} | {spread(m.slopes)} ms/min |",
        f"| the same, against the slope of the clip unmoved | {drifts} | {spread(m.against_still)} ms/min |",
        f"| step of {', '.join(f'{s:g}' for s in STEPS)} ms half-way | {len(m.times)} | {m.lost_steps} | {spread(m.times)} s |", "",
        f"Of {m.still} unmoved clips of all lengths {m.invented} were told as drifting or stepping.")  # fmt: skip


def _files(add: Callable[..., None], pristine: Path) -> None:
    moves = " | ".join(f"moved by {ms:+g}" for ms in FILE_MOVES_MS)
    add("", "## Whole files", "", "Whole frames of held-out sources from decoding to the verdict; offsets in ms, + = sound early.", "",
        f"| file | as it is | {moves} |", "|---|---|---|---|",
        *(f"| {name} | {' | '.join(said)} |" for name, said in moved_files(pristine)))  # fmt: skip


def _real(add: Callable[..., None], sure: Sequence[TalkingClip], own: dict[str, float]) -> None:
    far = [c for c in sure if abs(own[c.name]) >= 2.0]
    add("", "## Real clips that are off by themselves", "", "Offset in ms (+ = sound early) by a network that never saw the source; "
        "the trial network's figure beside it (a measurement too, not truth).", "", "| clip | ours | trial |", "|---|---|---|",
        *(f"| {c.name} | {-own[c.name] * 40:+.0f} | {-c.offset * 40:+.0f} |" for c in far))  # fmt: skip
