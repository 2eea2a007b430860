"""Lip sync where a clip is more than one speaker and silence: music under the speech, two faces, drawn faces, whole files."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.lipsync_cases import Measured, measure_pictures
from benchmarks.lipsync_rows import level, word
from vqa_toolkit.analyze import analyze
from vqa_toolkit.core import Need
from vqa_toolkit.detectors.av_sync import AvSyncLimits
from vqa_toolkit.media.decode import decode
from vqa_toolkit.media.probe import probe
from vqa_toolkit.media.remux import move_sound
from vqa_toolkit.models.mel import HOP, log_mel
from vqa_toolkit.models.sync_net import FPS, SyncNet
from vqa_toolkit.train.lipsync_cut import cut_clip, described
from vqa_toolkit.train.lipsync_data import TalkingClip
from vqa_toolkit.train.lipsync_split import TEST_SOURCES

Floats = NDArray[np.float32]
SOUND = Need("audio", rate=16_000, mono=True)
MUSIC = ("yorg__music", "sweet-waltz", "ragtime", "Hungarian_Dance", "Lets_Go_Fishin", "Sugar_Plum", "Vibe_Ace")
NATS = 4.343  # dB to a neper of power
UNDER_DB = (10.0, 0.0)  # by how much the music lies below the speech
DRAWN = ("big_buck_bunny", "second_vid", "sintel_5s", "horse")
FAR_MS = 240.0
FILE_MOVES_MS = (-400.0, 240.0)  # + = sound early


def music(pristine: Path) -> list[Floats]:
    """Log-mel of the music at hand."""
    files = [p for p in sorted((pristine / "audio").iterdir()) if any(part in p.name for part in MUSIC)]
    found = []
    for path in files:
        parts = [c.view(SOUND) for c in decode(probe(path), (SOUND,))]
        sound = np.concatenate([np.asarray(p.data, np.float32).reshape(-1) for p in parts if p is not None])
        found.append(log_mel(sound, 0, len(sound) // HOP))
    return found


def accompanied(
    measured: Sequence[Measured], pieces: Sequence[Floats], net: SyncNet, limits: AvSyncLimits
) -> dict[str, list[str]]:
    """Answers with music under the speech: unmoved (the clip's own offset is what it is) and with music alone."""
    words: dict[str, list[str]] = defaultdict(list)
    for number, m in enumerate(measured):
        own = np.asarray(m.clip.mel, np.float32)
        piece = pieces[number % len(pieces)]
        played = np.resize(np.roll(piece, -(number * 997) % len(piece), axis=0), own.shape)
        played = played - level(played)
        for under in UNDER_DB:
            both = np.logaddexp(own, played + level(own) - under / NATS)
            words[f"music {under:g} dB below the speech"].append(word(m, net, limits, both))
        words["music alone"].append(word(m, net, limits, played + level(own)))
    return words


def paired(
    measured: Sequence[Measured], net: SyncNet, limits: AvSyncLimits, own: dict[str, float]
) -> dict[str, list[str]]:
    """Two faces in the picture: one of them speaks (in time, or moved), or neither does."""
    words: dict[str, list[str]] = defaultdict(list)
    for number, m in enumerate(measured):
        others = [o for o in measured if o.clip.person != m.clip.person and len(o.clip.crops) >= len(m.clip.crops)]
        if len(others) < 2:
            continue
        second, third = (others[(number * 7 + k) % len(others)] for k in (0, 1))
        both = beside(m, second, net)
        mel, true = np.asarray(m.clip.mel, np.float32), own[m.clip.name] * 40.0
        words["two faces, one speaks, in time"].append(word(both, net, limits, mel, true))
        words[f"two faces, one speaks, sound {FAR_MS:g} ms early"].append(word(both, net, limits, mel, true + FAR_MS))
        if third.clip.person not in (m.clip.person, second.clip.person):
            voice = np.resize(np.asarray(third.clip.mel, np.float32), mel.shape)
            words["two faces, a third one's voice"].append(word(both, net, limits, voice))
    return words


def beside(m: Measured, other: Measured, net: SyncNet) -> Measured:
    """``m`` with the other's face as a second track over the same time."""
    face: TalkingClip = replace(
        other.clip, crops=other.clip.crops[: len(m.clip.crops)], first=m.clip.first, mel=m.clip.mel
    )
    second = measure_pictures(net, face)
    return Measured(
        m.clip, [*m.spans, *second.spans], [*m.seen, *second.seen], [0] * len(m.spans) + [1] * len(second.spans)
    )


def drawn(pristine: Path) -> Iterator[tuple[str, str, str]]:
    """(file, outcome, why) of drawn films with sound, each analysed whole."""
    for path in sorted((pristine / "video").iterdir()):
        if any(part in path.name for part in DRAWN):
            yield (path.name, *whole(path))


def whole(path: Path) -> tuple[str, str]:
    """The detector's answer to a file, as a user gets it: in, out or cannot say, and the reason or the finding."""
    result = analyze(path, detectors=["av_sync"], device="cpu", cache=False)
    outcome = result.outcomes["av_sync"]
    if outcome.status != "assessed":
        return "cannot say", outcome.reason
    said = [f.message for f in result.findings if f.defect in ("av_sync", "av_drift")]
    return ("out", said[0]) if said else ("in", "")


def moved_files(pristine: Path) -> Iterator[tuple[str, list[str]]]:
    """(file, what is said of it as it is and with its sound moved) of every whole-frame file of a held-out source.

    From decoding to the verdict, as a user gets it. An offset in ms (+ = sound early), or why there is none.
    """
    rows = described(pristine / "talking")
    for path in sorted((pristine / "talking").glob("full_*")):
        if rows.get(path.name, {}).get("source") in TEST_SOURCES:
            with tempfile.TemporaryDirectory() as folder:
                moved = [move_sound(path, Path(folder) / f"{ms:g}.mkv", -ms) for ms in FILE_MOVES_MS]
                yield path.stem, [_heard(each) for each in (path, *moved)]


def _heard(path: Path) -> str:
    result = analyze(path, detectors=["av_sync"], device="cpu", cache=False)
    outcome = result.outcomes["av_sync"]
    if outcome.status != "assessed":
        return f"cannot say: {outcome.reason.split('(')[0].strip()}"
    return f"{np.median(result.signals['av_sync']['offset'].v):+.0f}"


def followed(pristine: Path, cut: Path) -> dict[str, tuple[int, float]]:
    """By kind of clip: how many, and the share of their pictures in which a face was followed (each shows one talking face)."""
    shares: dict[str, list[float]] = defaultdict(list)
    cut.mkdir(parents=True, exist_ok=True)
    for row in described(pristine / "talking").values():
        if not row["file"].startswith("talking/"):
            continue
        path = pristine / row["file"]
        target = cut / f"{path.stem}.npz"
        kind = "cut around the face, people of one corpus, 1.2 s each"
        if path.name.startswith("full_"):
            kind = "whole frames"
            if not target.exists():
                cut_clip(path, target)
        elif row["person"]:
            kind = "cut around the face, other corpora"
        pictures = len(np.load(target)["crops"]) if target.exists() else 0
        shares[kind].append(min(1.0, pictures / max(1.0, float(row["duration"]) * FPS)))
    return {kind: (len(found), float(np.mean(found))) for kind, found in sorted(shares.items())}
