"""Makes every clip of this folder: ``python -m sample_media.make [NAME …]`` from the repository's root.

Pictures are photographs that scikit-image ships and drawings of draw.py and scenes.py; speech is espeak-ng's, all other
sound is numpy's; programmes.py says what is shown when. Nothing is random: every draw has its seed. Sources and licences
are in README.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from sample_media import draw
from sample_media.draw import FPS, HEIGHT, WHITE, WIDTH, Picture
from sample_media.programmes import CLIPS, INCIDENTS, Clip, Fault, photographs
from sample_media.sound import RATE, Sound

HERE = Path(__file__).parent
CRF = {"clean": 28, "photos": 27}  # x264 quality where it is not 25: these move most
FRAME_CAPTION_GAP = 2  # frames between captions, at least


def frames(clip: Clip) -> Any:
    """Every picture of the clip in order, with film grain and, where asked, frame number and time code."""
    rng = np.random.default_rng(99)
    plates = [np.round(rng.normal(0, 2.0, (HEIGHT + 64, WIDTH + 64, 1))).astype(np.int16) for _ in range(6)]
    n = 0
    for cut in clip.cuts:
        count = round(cut.seconds * FPS)
        if abs(count - cut.seconds * FPS) > 1e-6:
            raise ValueError(
                f"{clip.title}: a cut of {cut.seconds} s is no whole number of pictures; what moves in it would stumble."
            )
        for k in range(count):
            picture = cut.shot(k / FPS)
            y, x = rng.integers(0, 64, 2)
            grain = plates[n % 6][y : y + HEIGHT, x : x + WIDTH]
            picture = np.clip(picture + grain, 6, 246).astype(np.uint8)
            if clip.timecode:
                picture = picture.copy()
                draw.lay(picture, stamp(n), 1010, 30)
            yield picture
            n += 1


def stamp(n: int) -> Any:
    """Frame number and time code of frame ``n`` as a small plate."""

    def paint(d: ImageDraw.ImageDraw) -> None:
        d.rounded_rectangle((0, 0, 229, 39), 6, fill=(10, 14, 22, 200))
        text = f"{n:04d}   00:00:{n // FPS:02d}:{n % FPS:02d}"
        d.text((115, 20), text, font=draw.font(22), fill=(*WHITE, 255), anchor="mm")

    return draw.plate((230, 40), paint)


def write(path: Path, clip: Clip, faults: Sequence[Fault] = (), crf: int = 25) -> None:
    """Encode as H.264 (High, 4:2:0, BT.709) and AAC, two streams in one MP4; ``faults`` are put in on the way."""
    sound = spoiled(clip.sound, faults)
    lost = [(f.start, f.end) for f in faults if f.defect == "pts_gap"]
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        video = out.add_stream(
            "libx264",
            rate=FPS,
            options={
                "crf": str(crf),
                "preset": "medium",
                "tune": "film",
                "x264-params": "threads=2:keyint=50:aq-mode=3",
            },
        )
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.time_base = Fraction(1, FPS)
        video.codec_context.color_primaries = video.codec_context.color_trc = video.codec_context.colorspace = 1
        video.codec_context.color_range = 1
        audio = out.add_stream("aac", rate=RATE, layout="stereo", options={"b": "112k"})
        spoken = iter(blocks(sound))
        heard = 0
        for n, picture in enumerate(damaged(frames(clip), faults)):
            if not any(a - 1e-6 <= n / FPS < b - 1e-6 for a, b in lost):
                frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(
                    format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
                )
                frame.pts, frame.time_base = n, Fraction(1, FPS)
                out.mux(video.encode(frame))
            while heard <= (n + 1) / FPS * RATE and (block := next(spoken, None)) is not None:
                out.mux(kept(audio.encode(block), lost))
                heard += block.samples
        out.mux(video.encode(None))
        out.mux(kept([p for b in spoken for p in audio.encode(b)] + audio.encode(None), lost))


def blocks(sound: Sound) -> Any:
    """The sound as AAC frames of 1024 samples."""
    for first in range(0, len(sound), 1024):
        piece = np.ascontiguousarray(sound[first : first + 1024].T.astype(np.float32))
        frame = av.AudioFrame.from_ndarray(piece, "fltp", "stereo")
        frame.rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
        yield frame


def kept(packets: Sequence[Any], lost: Sequence[tuple[float, float]]) -> list[Any]:
    """The packets outside every lost span."""
    return [p for p in packets if not any(a - 1e-6 <= float(p.pts * p.time_base) < b - 1e-6 for a, b in lost)]


def damaged(pictures: Any, faults: Sequence[Fault]) -> Any:
    """Pictures with every black and freeze of ``faults``."""
    held: Picture | None = None
    for n, picture in enumerate(pictures):
        active = {f.defect for f in faults if f.start - 1e-6 <= n / FPS < f.end - 1e-6}
        if "freeze" not in active or held is None:
            held = picture
        yield np.zeros_like(picture) if "black" in active else held


def spoiled(sound: Sound, faults: Sequence[Fault]) -> Sound:
    """Sound with every silence of ``faults``: digital zero, its edges 2 ms long."""
    gain: NDArray[np.float64] = np.ones(len(sound))
    for f in faults:
        if f.defect == "silence":
            gain[round(f.start * RATE) : round(f.end * RATE)] = 0
    return sound * np.convolve(gain, np.ones(96) / 96, "same")[:, None] * gain[:, None]


def captions(clip: Clip) -> str:
    """SubRip text: a cue per sentence, two lines of at most 42 characters, snapped to a cut just before it."""
    starts = np.cumsum([0.0, *(c.seconds for c in clip.cuts)])
    cues: list[str] = []
    for i, line in enumerate(clip.lines):
        before = starts[starts <= line.start][-1]
        start = before if line.start - before < 0.5 else line.start
        following = clip.lines[i + 1].start if i + 1 < len(clip.lines) else clip.seconds
        end = min(max(line.end + 0.3, start + 1.0), following - FRAME_CAPTION_GAP / FPS, clip.seconds)
        cues.append(f"{i + 1}\n{clock(start)} --> {clock(end)}\n{folded(line.text)}\n")
    return "\n".join(cues)


def clock(t: float) -> str:
    """Seconds as SubRip writes them, on a frame's edge."""
    ms = round(round(t * FPS) / FPS * 1000)
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


def folded(text: str) -> str:
    """One line, or two of nearly equal length, broken at a space."""
    if len(text) <= 42:
        return text
    spaces = [i for i, c in enumerate(text) if c == " "]
    at = min(spaces, key=lambda i: abs(i - len(text) / 2))
    return f"{text[:at]}\n{text[at + 1 :]}"


def main(names: Sequence[str]) -> None:
    """Make the named clips (all when none is named), their labels and captions."""
    pictures = photographs()
    for name in names or CLIPS:
        clip = CLIPS[name](pictures)
        faults = INCIDENTS if name == "incident" else ()
        unfinished = HERE / f"{name}.part.mp4"
        write(unfinished, clip, faults, CRF.get(name, 25))
        unfinished.replace(HERE / f"{name}.mp4")
        labels = [{"defect": f.defect, "start": f.start, "end": f.end, "note": f.note} for f in faults]
        facts = {"clip": f"{name}.mp4", "title": clip.title, "seconds": clip.seconds, "fps": FPS, "labels": labels}
        (HERE / f"{name}.labels.json").write_text(json.dumps(facts, indent=1) + "\n")
        if name == "clean":
            (HERE / "clean.srt").write_text(captions(clip), encoding="utf-8")
        print(f"{name}.mp4  {(HERE / f'{name}.mp4').stat().st_size / 1e6:.2f} MB  {clip.seconds:.2f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
