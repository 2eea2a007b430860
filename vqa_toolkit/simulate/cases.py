"""Small clips from code: a :class:`~vqa_toolkit.core.Case` rendered to a file with its labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from vqa_toolkit.core import Case
from vqa_toolkit.simulate import scenes
from vqa_toolkit.simulate.apply import write
from vqa_toolkit.simulate.core import CaptionFault, ClipFacts, Fault, Frame, Label
from vqa_toolkit.simulate.registry import parse_fault
from vqa_toolkit.simulate.render import Material, checked, part_file, plans
from vqa_toolkit.simulate.writing import Encoding

BASE = Fraction(1, 90_000)  # seconds per tick of the rendered clip
VFR_DROP = 5  # with ``vfr`` every fifth frame is left out, and every seventh comes a third of a step late


def make_case(
    case: Case,
    path: str | Path,
    *,
    width: int = 320,
    height: int = 180,
    fps: float = 25.0,
    pixel_format: str = "",
    full_range: bool = False,
    channels: int = 2,
    rate: int = 48000,
    vfr: bool = False,
    start_time: float = 0.0,
    captions: bool | None = None,
    seed: int = 0,
    encoding: Encoding | None = None,
) -> list[Label]:
    """Render ``case`` to ``path`` (container by its suffix) and its labels beside it; returns the labels.

    ``width=0`` leaves out the pictures, ``channels=0`` the sound. ``pixel_format`` is any planar YUV name of FFmpeg
    (yuv420p10le …; odd sizes default to yuv444p). ``start_time`` seconds is the container's; labels count from the first
    frame. A ``.srt`` beside it is written when a caption fault asks for it, or ``captions`` is True. Times in ``.mkv``
    are rounded to 1 ms by the container. A case's duration is kept to whole frames, at least one.

    Raises:
        FaultError: a scene or fault that does not exist, or a fault that does not fit the clip.
    """
    target = Path(path)
    chosen = scenes.lookup(case.scene)
    rate_fps = chosen.fps or fps
    frames = max(1, round(case.duration * rate_fps))
    duration = frames / rate_fps if width else case.duration
    facts = ClipFacts(width, height, rate_fps if width else 0.0, duration, rate if channels else 0, channels)
    faults = [parse_fault(text) for text in case.faults]
    planned = checked(plans(faults, seed), facts, duration)
    clip = Material(
        facts,
        (lambda: _pictures(case, facts, fps, seed, vfr)) if width else None,
        (lambda: scenes.scene_sound(case.scene, duration, rate, channels, seed)) if channels else None,
        BASE,
        None,
        start_time,
    )
    made = encoding or Encoding(crf=chosen.crf or 18.0)
    made = replace(made, pixel_format=pixel_format or made.pixel_format, full_range=full_range or made.full_range)
    sidecar = None
    if captions or (captions is None and any(isinstance(f, CaptionFault) for f in faults)):
        sidecar = _captions(case, duration, seed, target, faults)
    try:
        return write(clip, target, planned, case.scene, seed, made, True, sidecar)
    finally:
        if sidecar is not None:
            sidecar.unlink(missing_ok=True)


def _pictures(case: Case, facts: ClipFacts, fps: float, seed: int, vfr: bool) -> Iterator[Frame]:
    frames = scenes.scene(case.scene, facts.duration, facts.width, facts.height, fps, seed)
    if not vfr:
        yield from frames
        return
    for index, frame in enumerate(frames):
        if index % VFR_DROP != VFR_DROP - 1:
            yield Frame(frame.t + (0.33 / facts.fps if index % 7 == 6 else 0.0), frame.yuv)


def _captions(case: Case, duration: float, seed: int, target: Path, faults: list[Fault]) -> Path:
    import pysubs2

    cues = pysubs2.SSAFile()
    for phrase in scenes.scene_captions(case.scene, duration, seed):
        cues.append(pysubs2.SSAEvent(round(phrase.start * 1000), round(phrase.end * 1000), phrase.text))
    path = target.with_name(f"{target.stem}.clean.srt")
    with part_file(path) as part:
        part.write_text(cues.to_string("srt"), encoding="utf-8")
    return path
