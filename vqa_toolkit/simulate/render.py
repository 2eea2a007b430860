"""Apply faults to a clip in one pass: pictures stream through, sound is edited whole, files faults follow in order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import ClipFacts, Extent, Fault, FileFault, Frame, PictureFault, SoundFault
from vqa_toolkit.simulate.material import Material as Material
from vqa_toolkit.simulate.reading import Source, read_frames, read_sound, read_source
from vqa_toolkit.simulate.screening import Effect
from vqa_toolkit.simulate.writing import (
    CopiedTrack,
    Encoding,
    PictureTrack,
    SoundTrack,
    Track,
    interleave,
    sound_codec,
)  # fmt: skip


class Plan(NamedTuple):
    """A fault with the seed of its own random draws; extents are filled in by rendering."""

    fault: Fault
    seed: tuple[int, int]

    def rng(self) -> np.random.Generator:
        """A fresh generator, always the same draws."""
        return np.random.default_rng(list(self.seed))


def plans(faults: Sequence[Fault], seed: int) -> list[Plan]:
    """Each fault with a seed of its own, so that adding one leaves the draws of those before it alone."""
    return [Plan(fault, (seed, index)) for index, fault in enumerate(faults)]


def material(source: Source) -> Material:
    """A clip on disk as material."""
    return Material(
        source.facts,
        (lambda: read_frames(source)) if source.facts.width else None,
        (lambda: read_sound(source)) if source.facts.rate else None,
        source.time_base,
        source,
    )


def checked(planned: Sequence[Plan], facts: ClipFacts, sound_duration: float) -> list[Plan]:
    """The plans with their ends clamped to the clip's.

    Raises:
        FaultError: a time outside the clip, or a clip without the stream that a fault edits.
    """
    done = []
    for fault, seed in planned:
        if isinstance(fault, PictureFault) and not facts.width:
            raise FaultError(f"{fault.name} edits pictures, but the clip has no picture stream.")
        if isinstance(fault, SoundFault) and not facts.rate:
            raise FaultError(f"{fault.name} edits sound, but the clip has no sound stream.")
        if isinstance(fault, SoundFault):  # its end is the last sample's, which only decoding tells
            fault.within(facts._replace(duration=sound_duration))
            done.append(Plan(fault, seed))
        else:
            done.append(Plan(fault.within(facts), seed))
    return done


@contextmanager
def part_file(target: Path) -> Iterator[Path]:
    """A path beside ``target`` to write to; renamed to it on success, removed on failure."""
    part = target.with_name(f"{target.stem}.part{target.suffix}")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def render(
    clip: Material, target: Path, planned: Sequence[Plan], encoding: Encoding, *, encode_all: bool = False
) -> list[Extent]:
    """Write ``target`` with all faults applied and say what each really touched, in the order of ``planned``.

    Streams that no fault edits are copied when the container takes their codec, unless ``encode_all``.
    """
    extents: dict[int, Extent] = {}
    with tempfile.TemporaryDirectory(prefix="vqa-simulate-") as folder, part_file(target) as part:
        files = [(i, p) for i, p in enumerate(planned) if isinstance(p.fault, FileFault)]
        edited = [p for p in planned if isinstance(p.fault, (PictureFault, SoundFault))]
        if edited or encode_all or clip.source is None or clip.source.path.suffix.lower() != target.suffix.lower():
            current = part if not files else Path(folder) / f"rendered{target.suffix}"
            extents.update(_render_streams(clip, current, planned, encoding, encode_all))
        elif files:
            current = clip.source.path
        else:
            current = part
            shutil.copyfile(clip.source.path, part)
        for n, (i, p) in enumerate(files):
            following = part if n == len(files) - 1 else Path(folder) / f"step{n}{target.suffix}"
            if isinstance(p.fault, FileFault):
                extents[i] = p.fault.apply(current, following, read_source(current).facts, p.rng())
            current = following
    return [extents[i] for i in range(len(planned))]


def _render_streams(
    clip: Material, target: Path, planned: Sequence[Plan], encoding: Encoding, encode_all: bool
) -> dict[int, Extent]:
    pictures = [(i, p) for i, p in enumerate(planned) if isinstance(p.fault, PictureFault)]
    sounds = [(i, p) for i, p in enumerate(planned) if isinstance(p.fault, SoundFault)]
    extents: dict[int, Extent] = {}
    effects: dict[int, Effect] = {i: Effect() for i, _ in pictures}
    audio, edits = None, bool(sounds) or encode_all
    with av.open(str(target), "w") as output:
        tracks: list[Track] = []
        kept = _copyable(clip, output)
        if clip.frames is not None:
            if pictures or encode_all or "video" not in kept:
                tracks.append(_picture_track(clip, output, pictures, encoding, effects))
            else:
                tracks.append(_copy(clip, output, "video"))
        if clip.sound is not None:
            if edits or "audio" not in kept:
                audio = _edited_sound(clip, sounds, extents)
                codec = sound_codec(target, encoding, clip.delay)
                tracks.append(SoundTrack(output, audio, clip.facts.rate, codec, encoding.sound_bit_rate, clip.delay))
            else:
                tracks.append(_copy(clip, output, "audio"))
        interleave(tracks)
    for track in tracks:
        if isinstance(track, PictureTrack):
            made = _picture_extents(clip, track, pictures)
            extents.update({i: e._replace(effect=effects[i].value) for i, e in made.items()})
    return extents


def _copyable(clip: Material, output: Any) -> set[str]:
    """Which streams of the source the container takes as they are."""
    if clip.source is None:
        return set()
    takes = output.supported_codecs
    named = {"video": clip.source.video_codec, "audio": clip.source.sound_codec}
    mp4 = output.format.name == "mp4"  # takes PCM on paper, but hardly a player does
    return {kind for kind, codec in named.items() if codec in takes and not (mp4 and codec.startswith("pcm"))}


def _copy(clip: Material, output: Any, kind: str) -> CopiedTrack:
    if clip.source is None:
        raise ValueError("only a clip on disk has packets to copy")
    return CopiedTrack(output, clip.source.path, kind, clip.source.start, clip.delay)


def _picture_track(
    clip: Material, output: Any, pictures: Sequence[tuple[int, Plan]], encoding: Encoding, effects: dict[int, Effect]
) -> PictureTrack:
    if clip.frames is None:
        raise ValueError("no pictures to edit")
    frames: Iterator[Frame] = clip.frames()
    for i, p in pictures:
        if isinstance(p.fault, PictureFault):
            frames = effects[i].watch(p.fault, frames, clip.facts, p.rng())
    if clip.source is not None:
        encoding = replace(encoding, colours=clip.source.colours)
    return PictureTrack(output, frames, clip.time_base, clip.facts.fps, encoding, clip.delay)


def _picture_extents(clip: Material, track: PictureTrack, pictures: Sequence[tuple[int, Plan]]) -> dict[int, Extent]:
    """Extents from the clip's own frame times, by the same draws as the edit made."""
    times = clip.source.times if clip.source is not None and len(clip.source.times) else np.asarray(track.times)
    return {i: p.fault.extent(times, clip.facts, p.rng()) for i, p in pictures if isinstance(p.fault, PictureFault)}


def _edited_sound(
    clip: Material, sounds: Sequence[tuple[int, Plan]], extents: dict[int, Extent]
) -> NDArray[np.float32]:
    if clip.sound is None:
        raise ValueError("no sound to edit")
    audio = clip.sound()
    for i, p in sounds:
        if isinstance(p.fault, SoundFault):
            audio, extents[i] = p.fault.apply(audio, clip.facts.rate, p.rng())
    return audio
