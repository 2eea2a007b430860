"""The scoreboard's data: our suite and the peers over the same clips, each result kept beside the clips."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from benchmarks import peers
from benchmarks.said import Facts, Said
from benchmarks.titles import CHOICES, linked
from vqa_toolkit.core import Finding
from vqa_toolkit.detectors import discover
from vqa_toolkit.evaluate.clips import Clip, Judged, read_clips
from vqa_toolkit.evaluate.measured import measure_clip
from vqa_toolkit.evaluate.scores import DefectScore, score_defect
from vqa_toolkit.profile import Profile
from vqa_toolkit.simulate.corpus import MANIFEST, build_corpus, read_manifest

RECIPES = Path(__file__).parent / "recipes"
SOUND = frozenset({
    "hum", "hiss", "distortion", "clipping", "clicks", "silence", "dropout", "repeat", "level_shift", "loudness", "true_peak", "phase",
    "channels", "dc_offset",
})  # fmt: skip
SLOW = frozenset({"block_corruption", "av_sync"})  # tens of seconds of work on each clip without a GPU
SYNC = frozenset({"av_sync", "av_drift"})


class PeerScore(NamedTuple):
    """A peer at the setting that did best on these clips."""

    peer: str
    setting: str
    tried: int
    score: DefectScore


def part_of_board(defect: str) -> tuple[str, ...]:
    """The parts of the board that a defect is judged on."""
    if defect in SOUND:
        return ("sound",)
    if defect in SYNC:
        return ("talking",)
    return ("damage",) if defect == "block_corruption" else ("pictures",)


def build(part: str, folder: Path, pristine: Path | None, shown: Callable[[int, int, str], None]) -> Path:
    """The corpus of one part of the board below ``folder``; goes on where it stopped, and is left alone when whole."""
    target = folder / part
    titles = linked(part, pristine, folder / "titles" / part) if pristine is not None else None
    recipe = RECIPES / f"{part}.toml"
    stamp = f"{recipe.read_text(encoding='utf-8')}\n{pristine is not None}"
    done = target / "built.txt"
    if not (done.is_file() and done.read_text(encoding="utf-8") == stamp):
        if pristine is None and part == "talking":
            target.mkdir(parents=True, exist_ok=True)
            (target / MANIFEST).write_text("", encoding="utf-8")  # no procedural scene talks
        else:
            build_corpus(recipe, target, titles, progress=shown)
        done.write_text(stamp, encoding="utf-8")
    return target


def detectors_of(part: str) -> list[str]:
    """The detectors that have something to say in a part of the board; all in a corpus that is no part of it."""
    known = discover()
    if part not in CHOICES:
        return list(known)
    return [name for name, cls in known.items() if any(part in part_of_board(d) for d in cls.defects)]


def work(folder: Path, clip: Clip, detectors: Sequence[str], with_peers: bool) -> str:
    """Measure one clip with our detectors and run the peers over it; both are kept, so a second call is quick."""
    known = discover()
    measure_clip(clip, folder, [known[n] for n in detectors])
    if with_peers:
        said(folder, clip)
    return clip.id


def said(folder: Path, clip: Clip) -> list[Said]:
    """What the peers say of a clip, from beside the corpus or from the peers themselves."""
    essentia = "-essentia" if find_spec("essentia") else ""
    kept = folder / ".peers" / f"{peers.VERSION}{essentia}" / f"{clip.id}-{clip.path.stat().st_size}.json"
    if kept.is_file():
        return [Said(p, s, d, [(a, b) for a, b in spans]) for p, s, d, spans in json.loads(kept.read_text())]
    sound = folder.name == "sound" or (folder.name == "real" and clip.judged is None)
    facts = Facts(clip.path, clip.seconds, folder.name != "sound", sound)
    found = peers.everything(facts)
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(found))
    part.replace(kept)
    return found


def _wanted(part: str, clip: Clip) -> list[str]:
    """The detectors to run on a clip; in the small board, networks look only at what they can be right or wrong about."""
    names = detectors_of(part)
    if part in CHOICES or any(x.defect in SLOW for x in clip.labels) or clip.kind == "clean" or "crowd" in clip.title:
        return names
    return [n for n in names if n not in SLOW]


def run(
    corpora: dict[str, Path], jobs: int, with_peers: bool, shown: Callable[[int, int, str], None]
) -> tuple[dict[str, list[Judged]], dict[str, list[tuple[Clip, list[Said]]]]]:
    """Our findings and the peers' per part of the board, after ``jobs`` processes have measured what was missing."""
    todo = [(folder, clip, _wanted(part, clip)) for part, folder in corpora.items() for clip in clips_of(folder)]
    with ProcessPoolExecutor(jobs) as pool:
        futures = [pool.submit(work, folder, clip, names, with_peers) for folder, clip, names in todo]
        for n, future in enumerate(as_completed(futures)):
            shown(n + 1, len(futures), future.result())
    profile, known = Profile(), discover()
    ours: dict[str, list[Judged]] = {part: [] for part in corpora}
    theirs: dict[str, list[tuple[Clip, list[Said]]]] = {part: [] for part in corpora}
    for folder, clip, names in todo:
        ours[folder.name].append(measure_clip(clip, folder, [known[n] for n in names]).judge(profile))
        if with_peers:
            theirs[folder.name].append((clip, said(folder, clip)))
    return ours, theirs


def clips_of(folder: Path) -> list[Clip]:
    """The clips of a corpus; none when it is empty."""
    return read_clips(folder) if read_manifest(folder) else []


def score_ours(ours: dict[str, list[Judged]], defect: str) -> DefectScore:
    """Our score of one defect, on the parts it is judged on."""
    return score_defect([j for part in part_of_board(defect) for j in ours.get(part, ())], defect)


def score_peers(theirs: dict[str, list[tuple[Clip, list[Said]]]], defect: str) -> Iterator[PeerScore]:
    """Each peer of a defect at its best setting: highest F1, then fewest false alarms."""
    clips = [item for part in part_of_board(defect) for item in theirs.get(part, ())]
    settings: dict[str, list[str]] = {}
    for _, things in clips:
        for s in things:
            if s.defect == defect and s.setting not in settings.setdefault(s.peer, []):
                settings[s.peer].append(s.setting)
    for peer, tried in settings.items():
        scores = [PeerScore(peer, s, len(tried), score_defect(_judged(clips, peer, s, defect), defect)) for s in tried]
        yield max(scores, key=lambda p: (p.score.total.f1, -p.score.total.alarms))


def _judged(clips: list[tuple[Clip, list[Said]]], peer: str, setting: str, defect: str) -> list[Judged]:
    made = []
    for clip, things in clips:
        spans = [x for s in things if (s.peer, s.setting, s.defect) == (peer, setting, defect) for x in s.spans]
        found = tuple(Finding(a, b, defect, peer, "issue", 1.0, 0.0, 0.0, "", setting) for a, b in spans)
        made.append(Judged(clip, found))
    return made


def parts(with_talking: bool = True) -> list[str]:
    """The parts of the board."""
    return [p for p in CHOICES if with_talking or p != "talking"]
