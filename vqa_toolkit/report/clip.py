"""A short annotated clip per incident: the pictures as they played, the damage map over them, what was found and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Box, Finding, Incident, Signal
from vqa_toolkit.errors import VqaError
from vqa_toolkit.figures.clock import clock
from vqa_toolkit.result import AnalysisResult

Picture = NDArray[np.uint8]
MARGIN_S = 1.0  # shown before and after an incident
LONGEST_S = 12.0  # of a clip; a longer incident is shown from its beginning
LINES = 540  # of the clip's shorter side
BANNER_PX = 64  # below the picture, so that nothing of it is covered
MAP_OPACITY = 0.45
SOUND_RATE_HZ = 48_000
SEVERITY_RGB = {"fyi": (120, 170, 255), "issue": (255, 176, 0), "blocker": (255, 80, 80)}


class Sound(Protocol):
    """What :func:`vqa_toolkit.media.excerpt.sound_excerpt` returns."""

    @property
    def start(self) -> float:
        """Time of the first sample, seconds."""

    @property
    def samples(self) -> NDArray[np.float32]:
        """(n, channels)."""

    @property
    def rate(self) -> int:
        """Samples/s."""


Pictures = Callable[[float, float], Iterator[tuple[float, Picture]]]
Sounds = Callable[[float, float], Sound | None]


def save_clips(result: AnalysisResult, folder: Path, pictures: Pictures, sounds: Sounds) -> list[Path]:
    """Write ``incident_01_00m12.400s.mp4`` and so on, one per incident, gravest as listed; returns their paths.

    ``pictures`` gives frames of [start, end) seconds in order, ``sounds`` the sound of it or None. An incident of which no
    picture can be had is left out. H.264 and AAC, at most 12 s each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, incident in enumerate(result.incidents, 1):
        path = folder / f"incident_{number:02d}_{clock(incident.start).replace(':', 'm')}s.mp4"
        if _save(result, incident, path, pictures, sounds):
            paths.append(path)
    return paths


def _save(result: AnalysisResult, incident: Incident, path: Path, pictures: Pictures, sounds: Sounds) -> bool:
    start = max(incident.start - MARGIN_S, 0.0)
    end = min(incident.end + MARGIN_S, start + LONGEST_S)
    try:
        shown = list(pictures(start, end))
    except VqaError:
        return False
    if not shown:
        return False
    findings = [result.findings[i] for i in incident.findings]
    maps = result.signals.get("block_corruption", {}).get("map")
    drawn = [annotated(picture, t, incident, findings, maps) for t, picture in shown]
    _write(path, np.asarray([t for t, _ in shown]), drawn, _rate(result), _sound(sounds, start, end))
    return True


def _rate(result: AnalysisResult) -> float:
    fps = result.media.video.fps if result.media.video else 0.0
    return fps if 1.0 <= fps <= 120.0 else 25.0


def _sound(sounds: Sounds, start: float, end: float) -> Sound | None:
    try:
        return sounds(start, end)
    except VqaError:
        return None


def _write(path: Path, times: NDArray[np.float64], drawn: list[Picture], fps: float, sound: Sound | None) -> None:
    """Encode through moviepy; each instant shows the last picture presented by then, as a player does."""
    from moviepy import VideoClip
    from moviepy.audio.AudioClip import AudioArrayClip

    origin = float(times[0])

    def at(t: float) -> Picture:
        return drawn[max(int(np.searchsorted(times, origin + t + 0.25 / fps, side="right")) - 1, 0)]

    duration = float(times[-1]) - origin + 1.0 / fps
    clip = VideoClip(at, duration=duration)
    if sound is not None and len(sound.samples):
        lead = round((sound.start - origin) * sound.rate)
        heard = np.pad(sound.samples, ((lead, 0), (0, 0))) if lead > 0 else sound.samples[-lead:]
        heard = heard[: round(duration * sound.rate), :2]
        if len(heard):
            clip = clip.with_audio(AudioArrayClip(np.repeat(heard, 2, axis=1)[:, :2], fps=sound.rate))
    part = path.with_suffix(".part.mp4")
    clip.write_videofile(
        str(part), fps=fps, codec="libx264", audio_codec="aac", audio_fps=SOUND_RATE_HZ, preset="veryfast", logger=None,
        temp_audiofile=str(path.with_suffix(".part.m4a")), ffmpeg_params=["-pix_fmt", "yuv420p", "-crf", "20"],
    )  # fmt: skip
    part.replace(path)


def annotated(
    picture: Picture, t: float, incident: Incident, findings: list[Finding], maps: Signal | None = None
) -> Picture:
    """The picture, with the map where there is damage and boxes where a finding has a place, over a banner of words."""
    height, width = (side // 2 * 2 for side in picture.shape[:2])
    canvas = np.zeros((height + BANNER_PX, width, 3), dtype=np.uint8)
    canvas[:height] = picture[:height, :width]
    active = [f for f in findings if f.start <= t < max(f.end, f.start + 1e-3)]
    if any(f.defect == "block_corruption" for f in active) and maps is not None and len(maps.t):
        _blend(canvas[:height], maps.v[int(np.argmin(np.abs(maps.t - t)))])
    for finding in active:
        if finding.region is not None:
            _frame(canvas[:height], finding.region, SEVERITY_RGB[finding.severity])
    colour = SEVERITY_RGB[incident.severity] if active else (150, 150, 150)
    cv2.rectangle(canvas, (0, height), (width - 1, height + 3), colour, -1)
    words = ", ".join(dict.fromkeys(f.defect.replace("_", " ") for f in active)) or "nothing found here"
    _say(canvas, f"{clock(t)}  {words}", height + 26, colour)
    _say(canvas, incident.title, height + 52, (235, 235, 235))
    return canvas


def _blend(picture: Picture, percent: NDArray[Any]) -> None:
    """Lay the map (rows, cols) in percent over ``picture`` in place; undamaged cells stay as they are."""
    height, width = picture.shape[:2]
    grown = cv2.resize(percent.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST) / 100.0
    heat = cv2.cvtColor(cv2.applyColorMap((grown * 255).astype(np.uint8), cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    share = (MAP_OPACITY * (grown > 0.25))[..., None]
    picture[:] = (picture * (1 - share) + heat * share).astype(np.uint8)


def _frame(picture: Picture, box: Box, colour: tuple[int, int, int]) -> None:
    height, width = picture.shape[:2]
    first = (int(box.x * width), int(box.y * height))
    last = (min(int((box.x + box.width) * width), width - 1), min(int((box.y + box.height) * height), height - 1))
    cv2.rectangle(picture, first, last, colour, 2)


def _say(canvas: Picture, words: str, y: int, colour: tuple[int, int, int]) -> None:
    """One line of text, cut where it would leave the picture. OpenCV's letters are ASCII."""
    plain = words.encode("ascii", "replace").decode()
    scale = 0.55
    while plain and cv2.getTextSize(plain, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)[0][0] > canvas.shape[1] - 16:
        plain = plain[:-1]
    cv2.putText(canvas, plain, (8, y), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA)
