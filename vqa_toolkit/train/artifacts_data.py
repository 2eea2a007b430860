"""The clean corpus for the audio-artifact network: decoded once, screened for faults of its own, split by recording.

A label "no defect" on a recording that hums is a lie, so every clip is screened, and a class that it fails is *unknown*
for it: it is never used as an example without that fault.
"""

from __future__ import annotations

import csv
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import MediaError, UsageError
from vqa_toolkit.simulate.scenes import sounds
from vqa_toolkit.simulate.screening import hums, line_prominence, stray_bursts
from vqa_toolkit.simulate.sound.negatives import NEGATIVES

RATE = 32_000  # samples/s, as PANNs
ENDINGS = frozenset({".wav", ".flac", ".ogg", ".mp3", ".m4a", ".aac", ".mp4", ".webm", ".mkv", ".mov", ".mpg", ".opus"})
SHORTEST_S = 1.0
QUIETEST_PEAK = 1e-4  # re full scale: a clip that never passes it holds nothing
SCENE_TAKES, SCENE_SEED = 8, 500  # takes of each scene's sound; cases and tests use low seeds
MADE_TAKES, MADE_S = 14, 12.0  # takes of each made hard negative, and their length
LONGEST_S = 150.0  # of one file: long music must not outweigh everything else
Split = Literal["train", "val", "test"]
SHARES: tuple[tuple[Split, float], ...] = (("train", 0.70), ("val", 0.12), ("test", 0.18))  # of recordings
Floats = NDArray[np.float32]

HISS_SNR_DB = (14.0, 28.0)  # programme over its quiet tenth: below, there are no pauses (rain, music); above, no hiss
HISS_FLATNESS = 0.30  # of the pauses' spectrum: noise is flat, reverberation and music are not
CLIPPED_SHARE = 0.0004  # of samples in flat tops at the clip's own maximum


@dataclass(frozen=True, slots=True)
class Clip:
    """One clean clip in the cache: samples [start, start + length) and what is unknown about it."""

    name: str
    recording: str
    split: Split
    start: int
    length: int
    unknown: tuple[str, ...]
    measured: tuple[float, ...]  # hum one line dB, two lines dB, SNR dB, flatness, flat-top share


def gather(folders: Sequence[Path], cache: Path) -> tuple[list[Clip], Floats]:
    """Decode every clip with sound under ``folders`` to mono 32 kHz, once; returns clips and all samples (a memory map).

    Raises:
        UsageError: when the folders hold no sound.
    """
    index, store = cache / "clips.json", cache / "clean.f32"
    if not index.exists():
        cache.mkdir(parents=True, exist_ok=True)
        clips: list[Clip] = []
        with store.open("wb") as target:
            at = 0
            for name, recording, samples in material(folders):
                if len(samples) < SHORTEST_S * RATE or float(np.abs(samples).max()) < QUIETEST_PEAK:
                    continue
                unknown, measured = screen(samples)
                unknown = () if is_made(name) else unknown
                clips.append(Clip(name, recording, split_of(recording), at, len(samples), unknown, measured))
                target.write(samples.tobytes())
                at += len(samples)
        if not clips:
            named = ", ".join(map(str, folders))
            raise UsageError(f"No sound of {SHORTEST_S:g} s or more under {named}; name another folder.")
        index.write_text(json.dumps([asdict(c) for c in clips]))
    rows = json.loads(index.read_text())
    clips = [Clip(**{**r, "unknown": tuple(r["unknown"]), "measured": tuple(r["measured"])}) for r in rows]
    return clips, np.memmap(store, np.float32, "r")


def is_made(name: str) -> bool:
    """Whether a clip was made by code and not recorded, by its name."""
    return name.startswith("made")


def material(folders: Sequence[Path]) -> Iterable[tuple[str, str, Floats]]:
    """Name, recording and samples: every file, then made hard negatives (each take a recording of its own)."""
    for path, recording in sources(folders):
        yield path.name, recording, decode(path)
    for name, wave in made_material():
        yield name, name, wave


def made_material() -> Iterator[tuple[str, Floats]]:
    """Name and samples of every made hard negative, and of the sounds of the simulator's scenes."""
    for kind, make in NEGATIVES.items():
        for take in range(MADE_TAKES):
            rng = np.random.default_rng([zlib.crc32(kind.encode()), take])
            yield f"made {kind} {take}", make(int(MADE_S * RATE), RATE, rng).astype(np.float32)
    for kind, sound in sounds.MAKERS.items():
        for take in range(SCENE_TAKES):
            yield (
                f"made scene {kind} {take}",
                np.asarray(sound(MADE_S, RATE, SCENE_SEED + take), np.float32).reshape(-1),
            )


def sources(folders: Iterable[Path]) -> list[tuple[Path, str]]:
    """Media files under the folders with the recording each belongs to (a manifest's ``person`` wins)."""
    found: list[tuple[Path, str]] = []
    for folder in folders:
        persons: dict[str, str] = {}
        manifest = folder / "MANIFEST.csv"
        if manifest.exists():
            with manifest.open(newline="", encoding="utf-8") as rows:
                persons = {r["file"]: r.get("person") or "" for r in csv.DictReader(rows)}
        for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS):
            person = persons.get(path.relative_to(folder).as_posix(), "")
            found.append((path, f"person {person}" if person else recording_of(path.stem)))
    return found


def recording_of(stem: str) -> str:
    """The recording a file name belongs to: variants (``-A``) and hundreds of a numbered series stay together."""
    if "bunny" in stem.lower():
        return "big buck bunny"
    stem = re.sub(r"-[A-Z]$", "", stem)
    series = re.fullmatch(r"(.*?)[-_ ]?(\d{3,4})", stem)
    return f"{series[1]} {int(series[2]) // 100}" if series else stem


def split_of(recording: str) -> Split:
    """Train, val or test by a hash of the recording, so that a corpus may grow without a recording changing sides."""
    place = zlib.crc32(recording.encode()) / 2**32
    for split, share in SHARES:
        if place < share:
            return split
        place -= share
    return "test"


def decode(path: Path) -> Floats:
    """The first channel of a file at 32 kHz, float32 (n,); empty where there is no sound or it cannot be read."""
    import av

    from vqa_toolkit.media.open import open_media

    pieces: list[Floats] = []
    try:
        with open_media(path) as source:
            if not source.streams.audio:
                return np.empty(0, np.float32)
            back = av.AudioResampler("fltp", None, RATE)
            total = 0
            for frame in source.decode(audio=0):
                for piece in back.resample(frame):
                    pieces.append(piece.to_ndarray()[0].astype(np.float32))
                    total += len(pieces[-1])
                if total > LONGEST_S * RATE:
                    break
    except (av.FFmpegError, ValueError, MediaError):
        return np.empty(0, np.float32)
    return np.concatenate(pieces) if pieces else np.empty(0, np.float32)


def screen(x: Floats) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Which classes cannot be called absent in a clip (n,), and what was measured."""
    one, two = line_prominence(x, RATE)
    snr, flatness = noise_floor(x)
    flat = flat_tops(x)
    unknown = []
    if hums(one, two):
        unknown.append("hum")
    if HISS_SNR_DB[0] < snr < HISS_SNR_DB[1] and flatness > HISS_FLATNESS:
        unknown.append("hiss")
    if flat > CLIPPED_SHARE:
        unknown.append("distortion")
    if len(stray_bursts(x, RATE)):
        unknown.append("clicks")
    return tuple(unknown), (one, two, snr, flatness, flat)


def noise_floor(x: Floats) -> tuple[float, float]:
    """Programme over the level of its quietest tenth of frames above 300 Hz, dB; and the spectral flatness in those."""
    size = 1024
    frames = np.lib.stride_tricks.sliding_window_view(x, size)[:: max(size // 2, len(x) // 4000)]
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1))[:, 10:-100] ** 2 + 1e-9
    level = power.mean(axis=1)
    quiet = power[level <= np.quantile(level, 0.1)].mean(axis=0)
    quiet = quiet[: max(32, int(np.searchsorted(np.cumsum(quiet), 0.995 * quiet.sum())))]
    snr = 10 * np.log10(level.mean() / quiet.mean())
    return float(snr), float(np.exp(np.log(quiet).mean()) / quiet.mean())


def flat_tops(x: Floats) -> float:
    """Share of samples in runs of three or more within 0.2 % of the clip's positive or negative peak."""
    share = 0.0
    for y in (x, -x):
        near = y > 0.998 * float(y.max())
        runs = near[1:-1] & near[:-2] & near[2:]
        share += float(runs.mean())
    return share
