"""Measure the audio-artifact network and detector on held-out recordings, and peers beside them.

    python -m benchmarks.artifacts --pristine DIR [--pristine DIR] --work DIR -o docs/audio_artifacts_measured.md

``--work`` holds the decoded corpus (made when absent). Everything is seeded; the split is by recording.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks.artifact_peers import PEERS, best_threshold, peer_scores
from benchmarks.artifact_sets import FROM_S, TO_S, Long, clean_hours, long_clips, seconds
from vqa_toolkit.core import Finding
from vqa_toolkit.detectors.audio_artifacts import AudioArtifacts, AudioArtifactsLimits
from vqa_toolkit.measures.artifact_scan import NetScan, WaveScan
from vqa_toolkit.models.artifact_net import ARTIFACTS, CLASSES, ArtifactNet, load_artifact_net
from vqa_toolkit.train.artifacts import balanced_accuracy, batch
from vqa_toolkit.train.artifacts_data import RATE, Clip, Floats, gather, is_made
from vqa_toolkit.train.artifacts_draw import Example

BINS_DB = ((-10, 5), (5, 15), (15, 25), (25, 35), (35, 50))


@torch.inference_mode()
def probabilities(net: ArtifactNet, examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated class (n, 5) and artifact (n, 4) probabilities."""
    rows = [net.probabilities(batch(examples[i : i + 16])[0]) for i in range(0, len(examples), 16)]
    return torch.cat([r[0] for r in rows]).numpy(), torch.cat([r[1] for r in rows]).numpy()


def expected_calibration_error(p: np.ndarray, y: np.ndarray, bins: int = 15) -> float:
    """Σ share of a bin · |mean probability − share true|, over equal bins of [0, 1]."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[place == b].mean() - y[place == b].mean()) * np.mean(place == b) for b in np.unique(place)))


def interval(
    examples: Sequence[Example], said: np.ndarray, clips: Sequence[Clip], rounds: int = 300
) -> tuple[float, float]:
    """95 % of balanced accuracy by bootstrap over recordings."""
    rng = np.random.default_rng(0)
    groups: dict[str, list[int]] = {}
    for i, e in enumerate(examples):
        groups.setdefault(clips[e.clip].recording, []).append(i)
    members = list(groups.values())
    labels = torch.tensor([e.label for e in examples])
    values = []
    for _ in range(rounds):
        chosen = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
        values.append(balanced_accuracy(torch.from_numpy(said[chosen]), labels[chosen]))
    return float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))


def window_report(net: ArtifactNet, sets: Mapping[str, Sequence[Example]], clips: Sequence[Clip]) -> list[str]:
    """Tables of one-second windows: accuracy, recall by class and SNR, calibration."""
    columns = (
        "set",
        "windows",
        "recordings",
        "balanced accuracy (95 %)",
        "of recorded programmes",
        "ECE, class",
        "ECE, artifacts",
    )
    lines = ["## One-second windows", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    details: list[str] = []
    for name, examples in sets.items():
        classes, artifacts = probabilities(net, examples)
        said, labels = classes.argmax(1), np.array([e.label for e in examples])
        ours = balanced_accuracy(torch.from_numpy(said), torch.from_numpy(labels))
        recorded = np.array([not is_made(clips[e.clip].name) for e in examples])
        real = balanced_accuracy(torch.from_numpy(said[recorded]), torch.from_numpy(labels[recorded]))
        low, high = interval(examples, said, clips)
        kept = labels >= 0
        top = expected_calibration_error(classes.max(1)[kept], (said == labels)[kept].astype(float))
        target, known = np.stack([e.target for e in examples]), np.stack([e.known for e in examples]) > 0
        each = [expected_calibration_error(artifacts[known[:, k], k], target[known[:, k], k]) for k in range(4)]
        recordings = len({clips[e.clip].recording for e in examples})
        row = (
            name,
            len(examples),
            recordings,
            f"{ours:.3f} ({low:.3f}–{high:.3f})",
            f"{real:.3f}",
            f"{top:.3f}",
            f"{max(each):.3f} (worst)",
        )
        lines.append("| " + " | ".join(map(str, row)) + " |")
        details += [*confusion(name, labels, said), *by_kind(name, examples, said), *by_snr(name, examples, said)]
    return [*lines, "", *details]


def confusion(name: str, labels: np.ndarray, said: np.ndarray) -> list[str]:
    """Rows: truth; columns: what was said."""
    lines = [f"### {name}: truth (rows) and what was said", "", "| | " + " | ".join(CLASSES) + " |", "|---" * 6 + "|"]
    for i, c in enumerate(CLASSES):
        counts = np.bincount(said[labels == i], minlength=len(CLASSES))
        lines.append(f"| {c} | " + " | ".join(map(str, counts.tolist())) + " |")
    return [*lines, ""]


def by_kind(name: str, examples: Sequence[Example], said: np.ndarray) -> list[str]:
    """Recall of every generator family."""
    rows: dict[tuple[str, str], list[bool]] = {}
    for e, s in zip(examples, said.tolist(), strict=True):
        if e.label >= 0:
            rows.setdefault((CLASSES[e.label], e.kind or "clean"), []).append(s == e.label)
    words = [f"{c}/{k} {np.mean(v):.2f} ({len(v)})" for (c, k), v in sorted(rows.items())]
    return [f"{name}, share right by family (windows): " + " · ".join(words) + ".", ""]


def by_snr(name: str, examples: Sequence[Example], said: np.ndarray) -> list[str]:
    """Recall of hum and hiss by SNR, of distortion by signal-to-distortion ratio."""
    lines = [f"### {name}: share found by SNR (SDR for distortion), dB", "",
             "| | " + " | ".join(f"{a} … {b}" for a, b in BINS_DB) + " |", "|---" * 6 + "|"]  # fmt: skip
    for c in ("hum", "hiss", "distortion"):
        cells = []
        for a, b in BINS_DB:
            pairs = zip(examples, said.tolist(), strict=True)
            hits = [s == e.label for e, s in pairs if e.label == CLASSES.index(c) and a <= e.snr_db < b]
            cells.append(f"{np.mean(hits):.2f} ({len(hits)})" if hits else "")
        lines.append(f"| {c} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def judged(wave: Floats) -> list[Finding]:
    """The detector's findings in a sound (n,) at 32 kHz, as the measuring loop would get them."""
    net, native = NetScan(1, "cpu"), WaveScan(1, RATE)
    t = np.arange(len(wave)) / RATE
    for scan in (net, native):
        scan.push(t, wave[:, None])
        scan.close()
    signals = {s.name: s for s in (*net.signals(), *native.signals())}
    return list(AudioArtifacts.judge(signals, AudioArtifactsLimits()))


def false_findings(material: Sequence[tuple[object, Floats]]) -> list[str]:
    """Findings in clean sound, per hour, with their names."""
    hours, found = 0.0, []
    for clip, wave in material:
        hours += len(wave) / RATE / 3600
        found += [(getattr(clip, "name", ""), f) for f in judged(wave)] if len(wave) >= RATE else []
    issues = [f for _, f in found if f.severity != "fyi"]
    counts = {n: sum(f.defect == n for f in issues) for n in ARTIFACTS}
    lines = ["## Clean sound of held-out recordings, hard negatives included", "",
             f"{hours * 60:.0f} minutes: {len(issues)} issues, {len(issues) / hours:.1f} per hour "
             f"({', '.join(f'{k} {v}' for k, v in counts.items())}), and {len(found) - len(issues)} notes.", ""]  # fmt: skip
    lines += [
        f"- {name}: {f.defect} {f.start:.1f}–{f.end:.1f} s, p {f.score:.2f}{', a note' * (f.severity == 'fyi')}"
        for name, f in found
    ]
    return [*lines, ""]


def long_report(clips: Sequence[Long], essentia: Path | None) -> list[str]:
    """Ours (fixed limits) and each peer (its best threshold on these very clips), per artifact against clean clips."""
    ours = [judged(c.wave) for c in clips]
    lines = ["## Nine-second clips: ours at its limits, peers at their best threshold", "",
             "| who | artifact | recall | false on clean clips | balanced accuracy |", "|---|---|---|---|---|"]  # fmt: skip
    clean = [i for i, c in enumerate(clips) if c.fault == "none"]
    for name in ARTIFACTS:
        faulty = [i for i, c in enumerate(clips) if c.fault == name]
        hit = np.mean([any(f.defect == name and f.start < TO_S and f.end > FROM_S for f in ours[i]) for i in faulty])
        false = np.mean([any(f.defect == name for f in ours[i]) for i in clean])
        lines.append(f"| ours | {name} | {hit:.2f} | {false:.2f} | {(hit + 1 - false) / 2:.3f} |")
    scores = peer_scores(clips, essentia)
    for peer, (name, key) in PEERS.items():
        if key in scores:
            kept = [i for i, c in enumerate(clips) if c.fault in (name, "none")]
            truth = [clips[i].fault == name for i in kept]
            _, best = best_threshold([scores[key][i] for i in kept], truth)
            lines.append(f"| {peer} | {name} | | | {best:.3f} (best threshold) |")
    return [*lines, "", *edges(clips, ours)]


def edges(clips: Sequence[Long], ours: Sequence[Sequence[Finding]]) -> list[str]:
    """How far starts and ends lie from the labels, and how many clicks are found to the sample."""
    lines = []
    for name in ("hum", "hiss", "distortion"):
        faulty = [found for c, found in zip(clips, ours, strict=True) if c.fault == name]
        first = [next((f for f in found if f.defect == name), None) for found in faulty]
        starts = [abs(f.start - FROM_S) for f in first if f]
        ends = [abs(f.end - TO_S) for f in first if f]
        if starts:
            lines.append(
                f"- {name}: median error of the start {np.median(starts):.2f} s, of the end {np.median(ends):.2f} s."
            )
    exact = total = 0
    for c, found in zip(clips, ours, strict=True):
        if c.fault == "clicks":
            times = np.array([t for f in found if f.defect == "clicks" for t in f.details["times"]])
            total += len(c.times)
            exact += sum(bool(len(times)) and float(np.abs(times - t).min()) <= 1.5 / RATE for t in c.times)
    return [*lines, f"- clicks: {exact} of {total} found within one sample (32 kHz) of their place.", ""]


def speed() -> list[str]:
    """How many times as fast as it plays two minutes of stereo sound are heard and measured: by the clock, and per core."""
    wave = (0.1 * np.random.default_rng(0).standard_normal((120 * RATE, 2))).astype(np.float32)
    hear(wave[: 10 * RATE])  # imports and loads what is needed, outside the clock
    walls, cpus = [], []
    for _ in range(5):
        wall, cpu = time.perf_counter(), time.process_time()
        hear(wave)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    each = ", ".join(f"{120 / w:.0f}" for w in sorted(walls))
    return ["## Speed", "", f"Stereo at 32 kHz, five times: {each} × real time by the clock on {os.cpu_count()} cores of this (shared) "
            f"machine; {120 / float(np.median(cpus)):.0f} × per core by CPU time (median).", ""]  # fmt: skip


def hear(wave: Floats) -> None:
    """All that the detector does to a wave (n, 2), a second at a time."""
    net, native = NetScan(2, "cpu"), WaveScan(2, RATE)
    for first in range(0, len(wave), RATE):
        for scan in (native, net):
            scan.push(np.arange(first, first + RATE) / RATE, wave[first : first + RATE])
    net.close()
    native.close()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pristine", type=Path, action="append", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--essentia", type=Path, help="a Python interpreter that has essentia and soundfile")
    parser.add_argument("--windows", type=int, default=1000)
    parser.add_argument("--split", choices=("val", "test"), default="test", help="val: while developing")
    parser.add_argument("--per-class", type=int, default=20)
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    clips, samples = gather(args.pristine, args.work)
    net = load_artifact_net()
    parts: list[Callable[[], list[str]]] = [
        lambda: window_report(net, {
            "trained families": seconds(clips, samples, args.windows, held_out=False, split=args.split),
            "held-out families": seconds(clips, samples, args.windows // 2, held_out=True, split=args.split),
        }, clips),
        lambda: false_findings(clean_hours(clips, samples, args.split)),
        lambda: long_report(long_clips(clips, samples, args.per_class, args.split), args.essentia),
        speed,
    ]  # fmt: skip
    lines = [
        "# Audio artifacts, measured",
        "",
        f"Written by `python -m benchmarks.artifacts`; recordings of the {args.split} split only.",
        "",
    ]
    for part in parts:
        lines += part()
        args.output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
