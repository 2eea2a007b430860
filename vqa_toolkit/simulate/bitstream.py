"""Block corruption by its real mechanism: the clip is coded, its stream damaged, and what a decoder shows is the truth."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, cast

import av
import cv2
import numpy as np

from vqa_toolkit.core import Box
from vqa_toolkit.errors import FaultError
from vqa_toolkit.media.open import open_media
from vqa_toolkit.media.probe import sound_stream
from vqa_toolkit.simulate.bitstream_codec import (
    CLOCK,
    Codec,
    Coding,
    Concealment,
    Picture,
    Unit,
    aligned,
    decode,
    decoded,
    encode,
    units,
)
from vqa_toolkit.simulate.bitstream_loss import PACKET_MODELS, Loss, LossModel, damage_units, drop_packets
from vqa_toolkit.simulate.bitstream_mask import cell_mask
from vqa_toolkit.simulate.bitstream_scenario import Broken, compare
from vqa_toolkit.simulate.core import ClipFacts, Extent, FileFault, param
from vqa_toolkit.simulate.reading import read_frames, read_source

TRIES = 8  # draws of the damage before giving up on seeing any
VISIBLE = 0.002  # share of a picture from which on it counts as damaged
CAPTURE_CRF = "20"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCorruptionFault(FileFault):
    """Transport packets lost, or bytes of slices changed, while [start, end) is presented; then decoded with concealment.

    Strength scales how many packets or slices are hit and how hard. ``form=stream`` leaves the damaged stream in the
    file; ``form=captured`` records what a player shows of it in an intact file, where only the pixels tell. The label's
    span and mask are measured: |clean − damaged| as decoded, so damage may outlive ``end`` until the next key frame.
    The clip is coded afresh at a constant frame rate and even size.
    """

    name: ClassVar[str] = "block_corruption"
    defect: ClassVar[str | None] = "block_corruption"

    codec: str = param("h264", choices=("h264", "hevc", "mpeg2", "mpeg4"), doc="how the clip is coded")
    model: str = param(
        "burst", choices=("single", "burst", "gilbert", "flip", "remove", "zero", "truncate", "drop_unit"),
        doc="packets lost singly, in bursts, by Gilbert–Elliott; bytes changed inside slices; whole pictures lost",
    )  # fmt: skip
    form: str = param("stream", choices=("stream", "captured"), doc="the damaged stream, or a recording of it")
    gop: int = param(25, unit="frames", low=1, high=500, doc="pictures between key frames")
    slices: int = param(1, unit="slices", low=1, high=32, doc="slices a picture (H.264 and HEVC)")
    quality: float = param(0.7, unit="of the scale", low=0.0, high=1.0, doc="0 coarse, 1 fine coding")
    concealment: str = param(
        "motion", choices=("none", "motion", "inter"), doc="what a captured stream's decoder does about lost blocks"
    )

    def apply(self, source: Path, target: Path, facts: ClipFacts, rng: np.random.Generator) -> Extent:
        """Code, damage, compare; write the stream or its recording, with the sound copied."""
        fps = Fraction(facts.fps).limit_denominator(1001 * 60)
        coding = Coding(cast(Codec, self.codec), self.gop, 2, self.slices, self.quality)
        stream = encode((even(f.yuv) for f in read_frames(read_source(source))), fps, coding)
        intact = units(stream)
        stamps = sorted(u.pts for u in intact if u.pts is not None)
        span = tuple(stamps[0] + round(t / CLOCK) for t in (self.start, self.end))
        reach = (span[0], span[1] + round((self.gop + 8) / fps / CLOCK))
        clean = decode(intact, coding.codec, span=reach)
        for attempt in range(TRIES):
            loss = Loss(cast(LossModel, self.model), min(1.0, self.strength + 0.05 * attempt))
            damaged = self._damage(stream, intact, coding.codec, loss, rng, cast(tuple[int, int], span))
            shown = decode(damaged, coding.codec, self._conceal(), reach)
            broken = compare(
                [t for t, _ in clean], [p for _, p in clean], aligned([t for t, _ in clean], shown), ([], [])
            )
            if len(broken.masks) and float(broken.masks.mean(axis=(1, 2)).max()) >= VISIBLE:
                break
        else:
            raise FaultError(f"{self.name}: the damage left nothing to see; raise strength (0 to 1 of the scale).")
        if self.form == "captured":
            seen = dict(zip(broken.times, broken.damaged, strict=True))
            whole = decoded(intact, coding.codec, Concealment())
            record(target, source, (seen.get(t, p) for t, p in whole), fps)
        else:
            remux(target, source, stream, damaged, stamps[0], round(1 / fps / CLOCK))
        return measured(broken, stamps[0], fps)

    def _conceal(self) -> Concealment:
        if self.form == "stream":
            return Concealment(ec="")
        return Concealment({"none": "0", "motion": "guess_mvs+deblock", "inter": "favor_inter"}[self.concealment])

    def _damage(
        self,
        stream: bytes,
        intact: list[Unit],
        codec: Codec,
        loss: Loss,
        rng: np.random.Generator,
        span: tuple[int, int],
    ) -> list[Unit]:
        if loss.model not in PACKET_MODELS:
            return damage_units(intact, codec, loss, rng, *span)
        sizes = np.cumsum([len(u.data) for u in intact])
        inside = [i for i, u in enumerate(intact) if u.pts is not None and span[0] <= u.pts < span[1]]
        if not inside:
            return intact
        before = float(sizes[inside[0] - 1] / sizes[-1]) if inside[0] else 0.0
        return units(drop_packets(stream, loss, rng, before, float(sizes[inside[-1]] / sizes[-1])))


def even(yuv: Any) -> Picture:
    """(h, w, 3) Y'CbCr as I420, cut to even size."""
    yuv = yuv[: yuv.shape[0] // 2 * 2, : yuv.shape[1] // 2 * 2]
    size = (yuv.shape[1] // 2, yuv.shape[0] // 2)
    small = [cv2.resize(yuv[..., c], size, interpolation=cv2.INTER_AREA).reshape(-1) for c in (1, 2)]
    flat = np.concatenate([yuv[..., 0].reshape(-1), *small])
    return np.ascontiguousarray(flat.reshape(-1, yuv.shape[1]), dtype=np.uint8)


def measured(broken: Broken, first: int, fps: Fraction) -> Extent:
    """Span, box and cells of the damage that shows; times in seconds from the first picture."""
    cells = np.stack([cell_mask(m) for m in broken.masks])
    hit = np.flatnonzero(broken.masks.mean(axis=(1, 2)) >= VISIBLE)
    times = np.asarray([(t - first) * float(CLOCK) for t in broken.times])
    worst = cells.max(axis=0) > 0
    rows, cols = np.flatnonzero(worst.any(axis=1)), np.flatnonzero(worst.any(axis=0))
    height, width = worst.shape
    box = Box(
        float(cols[0] / width), float(rows[0] / height),
        float((cols[-1] + 1 - cols[0]) / width), float((rows[-1] + 1 - rows[0]) / height),
    )  # fmt: skip
    part = slice(int(hit[0]), int(hit[-1]) + 1)
    end = float(times[hit[-1]]) + float(1 / fps)
    expected = {"largest_area": float(broken.masks.mean(axis=(1, 2)).max())}
    return Extent(float(times[hit[0]]), end, box, (), expected, (times[part], cells[part]))


def record(target: Path, source: Path, pictures: Iterator[Picture], fps: Fraction) -> None:
    """An intact H.264 file of the pictures with the source's sound."""
    first = next(pictures)
    with av.open(str(target), "w") as out:
        video: Any = out.add_stream("libx264", rate=fps, options={"crf": CAPTURE_CRF, "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = first.shape[1], first.shape[0] * 2 // 3, "yuv420p"
        sound = Sound(out, source)
        for number, picture in enumerate(itertools.chain([first], pictures)):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, 1 / fps
            out.mux(video.encode(frame))
            sound.upto(number / float(fps))
        out.mux(video.encode(None))
        sound.upto(float("inf"))


def remux(target: Path, source: Path, stream: bytes, packets: list[Unit], first: int, step: int) -> None:
    """The access units as they are, damage and all, in the target's container, with the source's sound."""
    with av.open(io.BytesIO(stream)) as template, av.open(str(target), "w") as out:
        video = out.add_stream_from_template(template.streams.video[0])
        sound = Sound(out, source)
        last = min(u.dts for u in packets if u.dts is not None) - first - step
        for unit in packets:
            packet = av.Packet(unit.data)
            last = max(last + 1, unit.dts - first if unit.dts is not None else last + step)
            packet.dts, packet.pts = last, max(last, unit.pts - first if unit.pts is not None else last)
            packet.time_base, packet.stream, packet.is_keyframe = CLOCK, video, unit.key
            out.mux(packet)
            sound.upto(last * float(CLOCK))
        sound.upto(float("inf"))


class Sound:
    """Copies the source's sound packet by packet, from its own file to ``out``; does nothing without sound."""

    def __init__(self, out: Any, source: Path) -> None:
        self._out, self._held = out, None
        self._packets: Iterator[Any] = iter(())
        start = read_source(source).start
        self._container = open_media(source)
        stream = sound_stream(self._container)
        if stream is not None and stream.codec_context.name.split("float")[0] in out.supported_codecs:
            self._copy = out.add_stream_from_template(stream)
            self._shift = round(start / float(stream.time_base or CLOCK))
            self._packets = self._container.demux(stream)

    def upto(self, seconds: float) -> None:
        """Write the packets presented before ``seconds``."""
        while True:
            packet: Any = self._held or next(self._packets, None)
            self._held = None
            if packet is None:
                self._container.close()
                return
            if packet.pts is None:
                continue
            if float((packet.pts - self._shift) * packet.time_base) >= seconds:
                self._held = packet
                return
            packet.pts, packet.dts = packet.pts - self._shift, packet.dts - self._shift
            packet.stream = self._copy
            self._out.mux(packet)
