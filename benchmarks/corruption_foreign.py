"""Block corruption made by tools other than our simulator: FFmpeg's ``noise`` bitstream filter and lost transport packets.

python -m benchmarks.corruption_foreign --pristine DIR [--work DIR] [--split test|valid] [--jobs N] [-o FILE]

Whole programmes of up to six seconds are coded as a transport stream, damaged, and judged as a file (``stream``) and as a
recording of what FFmpeg's decoder shows of it (``captured``); the undamaged stream is judged beside them. Nothing here was
trained or tuned on. What is visibly damaged is measured against the undamaged decode, picture by picture.
"""

from __future__ import annotations

import argparse
import random
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import ffmpeg
from benchmarks.markdown import both
from vqa_toolkit.analyze import analyze
from vqa_toolkit.models.weights import read_card
from vqa_toolkit.simulate.bitstream_loss import TS_PACKET
from vqa_toolkit.train.corruption_clips import VIDEOS, pristine_files, split_of, title_of

SECONDS, RATE = 6, 25
VIDEO_PID = 0x100
HEADER_PACKETS = 40  # that always arrive: with them the decoder learns what the stream is
BLOCK_PX, CHANGE = 16, 14.0  # a block whose mean change is larger, code values, is visibly damaged
VISIBLE = 0.03  # share of a picture's blocks
LEAST_PICTURES = 3  # that are visibly damaged
SIZES = ((0.03, "area 3-10 %"), (0.1, "area 10-20 %"), (0.2, "area over 20 %"))
ENCODERS = {
    "h264": ("libx264", "-preset", "veryfast", "-crf", "25"),
    "hevc": ("libx265", "-preset", "veryfast", "-crf", "27", "-x265-params", "log-level=none"),
    "mpeg2": ("mpeg2video", "-b:v", "3M"),
}
AT_ONCE = ("-muxdelay", "0", "-muxpreload", "0")  # no time is added in front
GOPS = {"h264": 48, "hevc": 48, "mpeg2": 15}
WAYS = ("bits", "pictures", "packets")  # flipped here and there; predicted pictures dropped; transport packets lost


class Heard(NamedTuple):
    """One file: how it was made, the largest damaged share of a picture (0 = undamaged), seconds, and what was told."""

    title: str
    codec: str
    way: str
    form: str  # stream, captured, clean
    area: float
    seconds: float
    told: bool  # as more than a note
    noted: bool


def made(path: Path, codec: str, way: str, folder: Path) -> tuple[Path, Path, Path] | None:
    """The undamaged stream, the damaged one, and the recording of what is decoded of it; None where nothing can be made."""
    rng = random.Random(zlib.crc32(f"{path.name} {codec} {way}".encode()))
    clean, bad, shown = (folder / f"{path.stem}-{codec}-{way}.{end}" for end in ("clean.ts", "bad.ts", "shown.mp4"))
    height = rng.choice((360, 480, 576))
    coded = [
        "-t", SECONDS, "-i", path, "-an", "-r", RATE, "-vf", f"scale=-2:{height}", "-pix_fmt", "yuv420p", "-g", GOPS[codec],
    ]  # fmt: skip
    try:
        ffmpeg.make([*coded, "-c:v", *ENCODERS[codec], *AT_ONCE, clean])
        if way == "packets":
            bad.write_bytes(lossy(clean.read_bytes(), rng.choice((0.001, 0.003)), rng))
        else:
            amount = (
                f"amount={rng.choice((20_000, 60_000, 200_000))}"
                if way == "bits"
                else "drop=not(key)*lt(random(1)\\,0.04)"
            )
            ffmpeg.make(["-i", clean, "-c", "copy", "-copyts", "-bsf:v", f"noise={amount}", *AT_ONCE, bad])
        ffmpeg.make([
            "-copyts", "-i", bad, "-an", "-fps_mode", "passthrough", "-c:v", "libx264", "-crf", "18", "-preset", "veryfast", shown,
        ])  # fmt: skip
    except ffmpeg.Failed:
        return None
    return clean, bad, shown


def lossy(stream: bytes, rate: float, rng: random.Random) -> bytes:
    """A transport stream of which up to seven of the picture's packets in a row are lost, at ``rate`` begun per packet."""
    kept, lost = [], 0
    for number in range(len(stream) // TS_PACKET):
        packet = stream[number * TS_PACKET : (number + 1) * TS_PACKET]
        picture = ((packet[1] & 0x1F) << 8 | packet[2]) == VIDEO_PID and number > HEADER_PACKETS
        if picture and not lost and rng.random() < rate:
            lost = rng.randint(1, 7)
        if picture and lost:
            lost -= 1
            continue
        kept.append(packet)
    return b"".join(kept)


def lumas(path: Path) -> dict[int, NDArray[np.uint8]]:
    """Every picture's luma by its time in 1/25 s, as far as the decoder comes."""
    found: dict[int, NDArray[np.uint8]] = {}
    with av.open(str(path)) as source:
        source.streams.video[0].thread_type = "SLICE"
        try:
            for frame in source.decode(video=0):
                if frame.time is not None:
                    found[round(frame.time * RATE)] = np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
        except av.FFmpegError:
            pass
    return found


def damage(clean: Path, bad: Path) -> float | None:
    """The largest visibly damaged share of a picture; 0 where fewer than three are; None where the pictures are not the same ones."""
    whole, seen = lumas(clean), lumas(bad)
    shares = []
    for number in whole.keys() & seen.keys():
        a, b = whole[number], seen[number]
        if a.shape == b.shape:
            size = (a.shape[1] // BLOCK_PX, a.shape[0] // BLOCK_PX)
            change = cv2.resize(cv2.absdiff(a, b).astype(np.float32), size, interpolation=cv2.INTER_AREA)
            shares.append(float((change > CHANGE).mean()))
    if not shares:
        return None
    hit = [s for s in shares if s >= VISIBLE]
    return max(hit) if len(hit) >= LEAST_PICTURES else 0.0


def heard(task: tuple[Path, str, str, Path]) -> list[Heard]:
    """The three files of one title, codec and way of damaging it."""
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    path, codec, way, folder = task
    files = made(path, codec, way, folder)
    area = damage(*files[:2]) if files else None
    if files is None or area is None:
        return []
    forms = {"clean": files[0], "stream": files[1], "captured": files[2]} if area else {"clean": files[0]}
    found = []
    for form, file in forms.items():
        result = analyze(file, detectors=["block_corruption"], device="cpu", cache=False)
        severities = [f.severity for f in result.findings if f.defect == "block_corruption"]
        sure = any(s != "fyi" for s in severities)
        share = 0.0 if form == "clean" else area
        found.append(Heard(title_of(path), codec, way, form, share, result.media.duration, sure, bool(severities)))
    return found


def rows(found: Sequence[Heard]) -> Iterator[str]:
    """Recall by form, and within it by size, codec, way and title."""
    hurt = [h for h in found if h.area]
    for form in ("stream", "captured"):
        mine = [h for h in hurt if h.form == form]
        groups = {f"**{form}**": mine}
        for i, (least, word) in enumerate(SIZES):
            most = SIZES[i + 1][0] if i + 1 < len(SIZES) else 2.0
            groups[f"{form}, {word}"] = [h for h in mine if least <= h.area < most]
        for field in ("codec", "way", "title"):
            for value in sorted({getattr(h, field) for h in mine}):
                groups[f"{form}, {field} {value}"] = [h for h in mine if getattr(h, field) == value]
        for group, members in groups.items():
            if members:
                shares = both([h.told for h in members], [h.noted for h in members])
                yield f"| {group} | {len(members)} | {shares} |"


def page(found: Sequence[Heard], split: str) -> str:
    """The whole page."""
    clean = [h for h in found if h.form == "clean"]
    minutes = sum(h.seconds for h in clean) / 60
    wrong = [h for h in clean if h.noted]
    names = ", ".join(f"{h.title} ({h.codec}, {'told' if h.told else 'a note'})" for h in wrong)
    weights = read_card("corruption_net")["sha256"][:12]
    return "\n".join([
        "# Block corruption made by other tools", "",
        f"Written by `python -m benchmarks.corruption_foreign`. Weights `{weights}`, {split} titles, FFmpeg {ffmpeg.version()}.",
        f"Programmes of up to {SECONDS} s coded as transport streams, damaged by FFmpeg's `noise` bitstream filter (bits flipped, or",
        "predicted pictures dropped) or by losing transport packets, each title and codec in one of these ways; counted where three",
        f"pictures or more differ visibly in {VISIBLE:.0%} of their blocks. *stream*: the damaged file, whose decoder may complain;",
        "*captured*: coded afresh from what FFmpeg's decoder shows of it, where only the pixels tell.", "",
        "| clips | number | told (with notes) |", "|---|--:|--:|", *rows(found), "",
        f"The same programmes undamaged: {len(clean)} files, {minutes:.1f} min; {sum(h.told for h in clean)} told as damaged, "
        f"{len(wrong) - sum(h.told for h in wrong)} with a note{': ' if names else '.'}{names}{'.' if names else ''}", "",
    ])  # fmt: skip


def main() -> None:
    """Make, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pristine", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/foreign"))
    parser.add_argument("--split", choices=("test", "valid"), default="test")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/block_corruption_foreign.md"))
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    files = [
        p for p in pristine_files(given.pristine) if p.suffix.lower() in VIDEOS and split_of(title_of(p)) == given.split
    ]
    tasks = [
        (p, codec, WAYS[(i + j) % len(WAYS)], given.work)
        for i, p in enumerate(files)
        for j, codec in enumerate(ENCODERS)
    ]
    found: list[Heard] = []
    with ProcessPoolExecutor(given.jobs) as pool:
        for number, part in enumerate(pool.map(heard, tasks), 1):
            found += part
            print(f"{number}/{len(tasks)}", *(h for h in part if h.told == (h.form == "clean")), flush=True)
    text = page(found, given.split)
    given.output.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
