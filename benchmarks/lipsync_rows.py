"""Rows of the lip-sync tables: the 31-way protocol, known moves, in or out, impostors, drifts and steps, a baseline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.lipsync_cases import (
    Answer,
    Measured,
    SoundAt,
    drifting,
    judge,
    measure_pictures,
    moved,
    rows_of,
    similarities,
    stepping,
)  # fmt: skip
from vqa_toolkit.detectors.av_sync import AvSyncLimits
from vqa_toolkit.measures.sync_story import Story, line_through
from vqa_toolkit.models.sync_curve import SUPPORTS, Head, audible, similarity
from vqa_toolkit.models.sync_net import MEL_PER_FRAME, SyncNet
from vqa_toolkit.train.lipsync_data import TalkingClip
from vqa_toolkit.train.lipsync_measure import WINDOW, accuracy

MOVES_MS = (-600, -240, -80, 40, 160, 400)
IN_MS, OUT_MS = (-120, 0, 40), (-600, -320, -200, 100, 240, 480)
PROTOCOL_REACH = 24  # pictures: 15 either way of an own offset up to 9
DRIFTS = (-300.0, -120.0, 120.0, 300.0)
STEPS = (-240.0, 160.0, 320.0)
LONGEST_S = 24.0
CONFIDENT = 0.15  # a clip's own consensus is believed from here on, and it is then a clip "with a visible speaker"
Row = tuple[str, float]  # person, right (1) or wrong (0)


def interval(rows: Sequence[Row], seed: int = 0) -> str:
    """Share of right answers with a 95 % bootstrap interval over people."""
    if not rows:
        return "none"
    by: dict[str, list[float]] = defaultdict(list)
    for person, right in rows:
        by[person].append(right)
    people = list(by.values())
    rng = np.random.default_rng(seed)
    draws = [
        np.mean(np.concatenate([people[i] for i in rng.integers(len(people), size=len(people))])) for _ in range(500)
    ]
    low, high = np.percentile(draws, [2.5, 97.5]) * 100
    return f"{np.mean([r for _, r in rows]) * 100:.1f} % ({low:.0f}–{high:.0f})"


def both_heads(net: SyncNet, clip: TalkingClip) -> dict[str, NDArray[np.float32]]:
    """Similarity by head at ± PROTOCOL_REACH, each window of four seconds seen and heard once."""
    n, found = len(clip.crops), defaultdict(list)
    for begin in range(0, n, WINDOW):
        end = n if n - begin < 1.5 * WINDOW else begin + WINDOW
        first = (clip.first + begin - PROTOCOL_REACH) * MEL_PER_FRAME
        where = np.arange(first, first + (end - begin + 2 * PROTOCOL_REACH) * MEL_PER_FRAME)
        inside = (where >= 0) & (where < len(clip.mel))
        mel = np.asarray(clip.mel[np.clip(where, 0, len(clip.mel) - 1)], np.float32)
        for head in ("short", "context"):
            kind: Head = "short" if head == "short" else "context"
            if end - begin >= SUPPORTS[head]:
                found[head].append(similarity(net, clip.crops[begin:end], mel, inside, PROTOCOL_REACH, kind))
        if end == n:
            break
    return {head: np.concatenate(parts) for head, parts in found.items()}


def protocol(
    sims: dict[str, dict[str, NDArray[np.float32]]], clips: Sequence[TalkingClip], own: dict[str, float], speech: bool
) -> dict[str, list[Row]]:
    """31-way accuracy against each clip's consensus, by head and fragment length in pictures; of speech alone, or of all."""
    found: dict[str, list[Row]] = defaultdict(list)
    for clip in clips:
        name, offset, person = clip.name, own[clip.name], clip.person
        voice = voiced(clip, offset) if speech else None
        for head, whole in sims[name].items():
            middle = PROTOCOL_REACH + round(offset)
            if not 15 <= middle <= 2 * PROTOCOL_REACH - 15:
                continue
            columns = whole[:, middle - 15 : middle + 16]
            for pictures in (5, 15, 100):
                if pictures >= SUPPORTS[head]:
                    right, total = accuracy(columns, pictures, SUPPORTS[head], voice)
                    found[f"{head}_{pictures}"] += [(person, 1.0)] * right + [(person, 0.0)] * (total - right)
    return found


def voiced(clip: TalkingClip, offset: float) -> NDArray[np.bool_]:
    """Whether each picture has speech in its sound, the clip's own ``offset`` (pictures) being made good."""
    loud = audible(clip.mel, np.ones(len(clip.mel), bool))
    at = (clip.first + round(offset) + np.arange(len(clip.crops)))[:, None] * MEL_PER_FRAME + np.arange(MEL_PER_FRAME)
    known = (at >= 0) & (at < len(loud))
    return np.asarray((loud[np.clip(at, 0, len(loud) - 1)] & known).mean(axis=1) >= 0.5)


def moves(measured: Sequence[Measured], net: SyncNet, least: float) -> tuple[list[Row], list[Row], int]:
    """Known moves relative to the unmoved clip, ± 40 ms: per four-second window, per clip of ten seconds, and how many unsaid."""
    window_rows: list[Row] = []
    clip_rows: list[Row] = []
    unsaid = 0
    for m in measured:
        base = _readings(m, net, 0.0, least)
        for ms in MOVES_MS:
            now = _readings(m, net, float(ms), least)
            for before, after in zip(base[0], now[0], strict=True):
                if np.isfinite(before):
                    unsaid += not np.isfinite(after)
                    window_rows.append((m.clip.person, float(abs(after - before - ms) <= 40.0)))
            if len(m.clip.crops) >= 245 and np.isfinite(base[1]):
                clip_rows.append((m.clip.person, float(abs(now[1] - base[1] - ms) <= 40.0)))
    return window_rows, clip_rows, unsaid


def _readings(m: Measured, net: SyncNet, ms: float, least: float) -> tuple[list[float], float]:
    from vqa_toolkit.measures.sync_verdict import reading
    from vqa_toolkit.models.sync_curve import mean_curve

    sims = list(similarities(net, m, moved(ms)))
    single = [reading(mean_curve(s)) for s in sims]
    answer = judge(m, sims, least, 1e9, 1e9)
    whole = answer.story.offset if answer.story else float("nan")
    return [o if sure >= least else float("nan") for o, sure in single], whole


def in_out(
    measured: Sequence[Measured], net: SyncNet, own: dict[str, float], limits: AvSyncLimits
) -> dict[str, list[Answer]]:
    """Answers for clips whose true offset is inside the standard's bounds, and beyond them."""
    found: dict[str, list[Answer]] = {"in": [], "out": []}
    for m in measured:
        for kind, values in (("in", IN_MS), ("out", OUT_MS)):
            for ms in values:
                shift = ms + own[m.clip.name] * 40.0  # own is + late, so that moving by it makes the clip true
                sims = list(similarities(net, m, moved(shift)))
                found[kind].append(judge(m, sims, limits.confidence, limits.early, limits.late))
    return found


def impostors(
    clips: Sequence[TalkingClip], measured: Sequence[Measured], net: SyncNet, limits: AvSyncLimits
) -> dict[str, list[str]]:
    """What must never be called in sync: dubbed, muted, still pictures; and speech under music, which should be."""
    rng = np.random.default_rng(7)
    words: dict[str, list[str]] = defaultdict(list)
    sound = {c.name: np.asarray(c.mel, np.float32) for c in clips}
    names = [c.name for c in clips]
    for m in measured:
        long = [n for n in names if len(sound[n]) >= 0.8 * len(m.clip.mel) and n != m.clip.name]
        other = next((n for n in rng.permutation(long) if _person(clips, n) != m.clip.person), None)
        if other is not None:
            mel = np.resize(sound[other], sound[m.clip.name].shape)
            words["dubbed by another speaker"].append(word(m, net, limits, mel))
            both = np.logaddexp(sound[m.clip.name], mel + level(sound[m.clip.name]) - level(mel) - 1.0)
            words["own voice, another's 4 dB below"].append(word(m, net, limits, both))
        words["muted"].append(word(m, net, limits, np.full_like(sound[m.clip.name], np.log(1e-6))))
        still = np.repeat(m.clip.crops[:1], len(m.clip.crops), axis=0).astype(np.float32)
        noisy = np.clip(still + rng.normal(0, 3, still.shape), 0, 255).astype(np.uint8)
        words["photograph with noise"].append(
            word(measure_pictures(net, m.clip, noisy), net, limits, sound[m.clip.name])
        )
    return words


def _person(clips: Sequence[TalkingClip], name: str) -> str:
    return next(c.person for c in clips if c.name == name)


def level(mel: NDArray[np.float32]) -> float:
    """Mean power of a log-mel, in nepers."""
    return float(np.log(np.mean(np.exp(mel))))


def word(m: Measured, net: SyncNet, limits: AvSyncLimits, mel: NDArray[np.float32], ms: float = 0.0) -> str:
    """The answer for a clip's pictures with another sound, moved by ``ms``: in, out, or cannot say."""
    return judge(m, list(similarities(net, m, moved(ms), mel)), limits.confidence, limits.early, limits.late).word


@dataclass
class Moving:
    """Drifts and steps: signed errors of slopes (ms/min) and of times (s), what was not seen as such, what was invented."""

    slopes: list[float] = field(default_factory=list)
    against_still: list[float] = field(default_factory=list)  # the same, against the slope that the clip has unmoved
    times: list[float] = field(default_factory=list)
    lost_drifts: int = 0
    lost_steps: int = 0
    still: int = 0
    invented: int = 0  # drifts or steps told of unmoved clips


def moving(measured: Sequence[Measured], net: SyncNet, limits: AvSyncLimits) -> Moving:
    """Drifting and stepping clips of 20 s and more; unmoved ones of 4 s and more."""
    out = Moving()
    for m in measured:
        still = _told(m, net, moved(0.0), limits)
        if still is None:
            continue
        out.still += 1
        out.invented += still.kind != "constant"
        if len(m.clip.crops) < 500:
            continue
        own = line_through(*rows_of(m, list(similarities(net, m, moved(0.0))))[:2]).slope
        for slope in DRIFTS:
            story = _told(m, net, drifting(slope), limits)
            if story is not None and story.kind == "drift":
                out.slopes.append(story.slope - slope)
                out.against_still.append(story.slope - own - slope)
            else:
                out.lost_drifts += 1
        for jump in STEPS:
            at = len(m.clip.crops) / 50.0
            story = _told(m, net, stepping(jump, at), limits)
            if story is not None and story.kind == "step":
                out.times.append(min((when - at for when, _ in story.jumps), key=abs))
            else:
                out.lost_steps += 1
    return out


def _told(m: Measured, net: SyncNet, at: SoundAt, limits: AvSyncLimits) -> Story | None:
    return judge(m, list(similarities(net, m, at)), limits.confidence, 1e9, 1e9).story


def baseline(clips: Sequence[TalkingClip], own: dict[str, float]) -> dict[str, list[Row]]:
    """Mouth opening × energy: correlation of the darkness between the lips with the speech band's energy, 31 offsets."""
    found: dict[str, list[Row]] = defaultdict(list)
    for clip in clips:
        mouth = -np.asarray(clip.crops[:, 34:54, 44:76], np.float32).mean(axis=(1, 2))  # an open mouth is dark
        energy = np.asarray(clip.mel[:, 10:60], np.float32).mean(axis=1)
        shift = clip.first + round(own[clip.name])
        for pictures in (15, 100):
            for a in range(0, len(mouth) - pictures + 1, max(1, pictures // 2)):
                x = mouth[a : a + pictures]
                starts = [(shift + a + k) * 4 for k in range(-15, 16)]
                if starts[0] < 0 or starts[-1] + 4 * pictures > len(energy):
                    continue
                best = [
                    np.corrcoef(
                        x, energy[s : s + 4 * pictures].reshape(pictures, 4).mean(axis=1) + 1e-9 * np.arange(pictures)
                    )[0, 1]
                    for s in starts
                ]
                found[f"correlation_{pictures}"].append(
                    (clip.person, float(abs(int(np.nanargmax(best)) - 15) <= 1) if np.isfinite(best).any() else 0.0)
                )
    return found


def counted(words: Sequence[str]) -> str:
    """How often each answer came."""
    return " | ".join(str(sum(w == k for w in words)) for k in ("in", "out", "cannot say"))


def shortened(clip: TalkingClip) -> TalkingClip:
    """At most the first LONGEST_S seconds, so that nobody weighs more for talking longer."""
    return replace(clip, crops=clip.crops[: round(LONGEST_S * 25)])
