"""Held-out material for the block-corruption benchmark: damaged and clean clips of test titles, with their truth."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import PacketFact
from vqa_toolkit.media.numbering import numbering
from vqa_toolkit.media.second_opinion import second_opinion
from vqa_toolkit.simulate.bitstream_codec import CLOCK, DECODER, Codec, Picture, Unit, decode, encode, units
from vqa_toolkit.simulate.bitstream_mask import visible_masks
from vqa_toolkit.simulate.bitstream_scenario import break_stream, draw_scenario
from vqa_toolkit.simulate.core import ClipFacts
from vqa_toolkit.simulate.painted import MODES, draw_patches, paint
from vqa_toolkit.train.corruption_clips import Clip, clips, from_yuv, pristine_files, split_of, title_of
from vqa_toolkit.train.corruption_data import (
    FPS,
    HELD_OUT_CODEC,
    HELD_OUT_MODE,
    capture,
    draw_coding,
    full_chroma,
    resized_masks,
)
from vqa_toolkit.train.corruption_negatives import disguise

JUDGED = MODES[:8]  # painted modes; later ones are for training, so that figures stay comparable
CODECS: tuple[Codec, ...] = ("h264", "hevc", "mpeg2", HELD_OUT_CODEC)
VISIBLE = 0.01  # share of a picture from which on its label is "damaged"; between this and nothing there is no label


class Case(NamedTuple):
    """A clip: its pictures, ``masks`` (n, rows, cols) damaged share per 8-px block, and where it comes from."""

    title: str
    family: str  # h264, hevc, mpeg2, vp9, painted, painted-held-out, clean, suspicious
    form: str  # stream, captured, painted, clean
    strength: float
    pictures: Clip
    masks: NDArray[np.float32]
    packets: list[Unit]
    codec: Codec
    times: tuple[int, ...] = ()  # of the pictures in ticks of 1/90000 s, where there are packets

    @property
    def areas(self) -> NDArray[np.float32]:
        """Damaged share of every picture."""
        share: NDArray[np.float32] = self.masks.mean(axis=(1, 2))
        return share


def cases(pristine: Path, split: str, seed: int, titles: int | None = None) -> Iterator[Case]:
    """For each title: each codec's accident as a stream and captured, painted damage, clean and suspicious clips."""
    files = [p for p in pristine_files(pristine) if split_of(title_of(p)) == split]
    for path in files[:: max(1, len(files) // titles)] if titles else files:
        rng = np.random.default_rng([seed, zlib.crc32(path.name.encode())])
        made = list(clips(path, rng, 3))
        if made and len(made[0]) >= 8:
            yield from of_title(title_of(path), made, rng)


def of_title(title: str, made: list[Clip], rng: np.random.Generator) -> Iterator[Case]:
    """The cases of one title's clips."""
    for number, codec in enumerate(CODECS):
        scenario = draw_scenario(rng, (codec,))
        broken = break_stream(made[number % len(made)], FPS, scenario, rng, (0.2, 0.9))
        if len(broken.damaged) < 8:
            continue
        strength, packets = scenario.loss.strength, broken.streams[1]
        yield Case(title, codec, "stream", strength, broken.damaged, broken.sure, packets, codec, tuple(broken.times))
        shown = capture(broken.damaged, rng)
        yield Case(title, codec, "captured", strength, shown, resized_masks(broken.sure, shown), [], codec)
    for family, modes in (
        ("painted", tuple(m for m in JUDGED if m != HELD_OUT_MODE)),
        ("painted-held-out", (HELD_OUT_MODE,)),
    ):
        yield painted(title, family, made[-1], modes, rng)
    for family, clip in (("clean", made[0]), ("suspicious", disguise(made[1 % len(made)], rng, made[0]))):
        coding = draw_coding(rng)
        shown = [p for _, p in decode(units(encode(clip, FPS, coding)), coding.codec)]
        shown = capture(shown, rng) if rng.random() < 0.5 else shown
        yield Case(title, family, "clean", 0.0, shown, nothing(shown), [], "h264")


def painted(title: str, family: str, clip: Clip, modes: tuple[str, ...], rng: np.random.Generator) -> Case:
    """Painted blocks, then captured."""
    strength = float(rng.random())
    height, width = clip[0].shape[0] * 2 // 3, clip[0].shape[1]
    facts = ClipFacts(width, height, float(FPS), len(clip) / float(FPS), 0, 0)
    patches = draw_patches(rng, facts, strength, (0.2, facts.duration), modes)  # type: ignore[arg-type]
    shown: list[Picture] = []
    past: list[NDArray[np.uint8]] = []
    for number, picture in enumerate(clip):
        yuv = full_chroma(picture)
        past.append(yuv.copy())
        for patch in patches:
            if patch.born <= number / float(FPS) < patch.died:
                paint(yuv, patch, past[-9:-1], number)
        shown.append(from_yuv(yuv))
    masks = np.stack([visible_masks(clip, p, i)[1] for i, p in enumerate(shown)])
    seen = capture(shown, rng)
    return Case(title, family, "painted", strength, seen, resized_masks(masks, seen), [], "h264")


def nothing(pictures: Clip) -> NDArray[np.float32]:
    """Masks of undamaged pictures."""
    height, width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
    return np.zeros((len(pictures), -(-height // 8), -(-width // 8)), dtype=np.float32)


def complaints(case: Case) -> list[PacketFact]:
    """What demuxer and decoder say of a damaged stream, at the times of the case's pictures; nothing where there is no stream."""
    if not case.packets or not case.times:
        return []
    context: Any = av.CodecContext.create(DECODER[case.codec], "r")
    context.flags |= av.codec.context.Flags.output_corrupt
    context.thread_count = 1
    found: list[PacketFact] = []
    numbers, second = numbering(DECODER[case.codec], b""), second_opinion(DECODER[case.codec], None)

    def say(pts: int | None, **what: Any) -> None:
        if pts is not None:
            t = (pts - case.times[0]) * float(CLOCK)
            found.append(PacketFact("video", t, 0.0, 0, False, False, "")._replace(**what))

    for unit in [*case.packets, None]:
        packet = None
        if unit is not None:
            missing = numbers is not None and numbers.missing(unit.data)
            say(unit.pts, key=unit.key, corrupt=unit.corrupt, missing=missing)
            packet = av.Packet(unit.data)
            packet.pts, packet.dts, packet.time_base = unit.pts, unit.dts, CLOCK
        try:
            frames = context.decode(packet)
        except (av.FFmpegError, ValueError) as exc:
            say(unit.pts if unit else None, error=str(exc))
            continue
        if second is not None and packet is not None:
            say(packet.pts, error=second.of(packet))
        for frame in frames:
            if frame.is_corrupt:
                say(frame.pts, concealed=True)
    return [f for f in found if f.key or f.complaint]
