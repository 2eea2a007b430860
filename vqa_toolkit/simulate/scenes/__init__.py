"""Procedural pristine scenes and hard negatives: pictures, sound and captions from code and a seed, no file needed.

A hard negative is clean material that resembles a defect; each names the defects it must not provoke.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import Frame
from vqa_toolkit.simulate.scenes import busy, cadence, quiet, sounds
from vqa_toolkit.simulate.scenes.draw import Painter, Shot
from vqa_toolkit.simulate.scenes.street import street
from vqa_toolkit.simulate.scenes.voice import Phrase, phrases


@dataclass(frozen=True, slots=True)
class Scene:
    """Pictures and a sound. ``tempts`` are the defects it resembles; ``fps`` and ``crf`` are its own when it needs them."""

    pictures: Painter
    sound: str = "speech"
    tempts: tuple[str, ...] = ()
    fps: float | None = None
    crf: float | None = None
    options: Mapping[str, str] = field(default_factory=dict)


SCENES: dict[str, Scene] = {
    "street": Scene(street),
    "sky": Scene(busy.sky, "music", ("banding", "freeze")),
    "fades": Scene(quiet.fades, "music", ("black", "flash")),
    "credits": Scene(quiet.credits, "music", ("black", "freeze")),
    "still_card": Scene(quiet.still_card, "music", ("freeze", "constant_colour")),
    "animation": Scene(quiet.animation, "music", ("freeze", "stutter", "banding")),
    "dark": Scene(quiet.dark, "surf", ("black",)),
    "dark_plain": Scene(quiet.dark_plain, "surf", ("black", "freeze")),
    "camera_flashes": Scene(busy.camera_flashes, "applause", ("flash", "exposure")),
    "crowd": Scene(busy.crowd, "applause", ("block_corruption", "noise", "blockiness")),
    "confetti": Scene(busy.confetti, "music", ("block_corruption", "noise")),
    "foliage": Scene(busy.foliage, "rain", ("noise", "block_corruption", "interlacing")),
    "text_graphics": Scene(busy.text_graphics, "music", ("block_corruption", "freeze", "constant_colour")),
    "pixel_art": Scene(busy.pixel_art, "square_wave", ("blockiness", "block_corruption")),
    "low_bit_rate": Scene(street, "speech", ("block_corruption",), crf=38.0),
    "pulldown": Scene(cadence.telecine, "music", ("stutter",), fps=30000 / 1001),
    "film_in_60": Scene(cadence.held, "music", ("stutter", "freeze"), fps=60.0),
    "percussion": Scene(street, "percussion", ("clicks", "distortion")),
    "applause": Scene(busy.crowd, "applause", ("clicks", "hiss")),
    "rain": Scene(busy.foliage, "rain", ("hiss", "clicks")),
    "surf": Scene(quiet.dark, "surf", ("hiss", "dropout")),
    "bass": Scene(street, "bass", ("hum",)),
    "engine": Scene(street, "engine", ("hum",)),
    "square_wave": Scene(busy.pixel_art, "square_wave", ("distortion", "clicks")),
    "guitar": Scene(street, "guitar", ("distortion",)),
    "music": Scene(street, "music", ("hum", "clicks")),
}


def scene_names(*, negatives: bool = False) -> list[str]:
    """Every scene's name; with ``negatives``, only those that resemble a defect."""
    return sorted(name for name, s in SCENES.items() if s.tempts or not negatives)


def lookup(name: str) -> Scene:
    """The scene called ``name``.

    Raises:
        FaultError: when there is none.
    """
    if name not in SCENES:
        raise FaultError(f"There is no scene {name!r}; there are {', '.join(sorted(SCENES))}.")
    return SCENES[name]


def scene(
    name: str, duration: float, width: int = 320, height: int = 180, fps: float = 25.0, seed: int = 0
) -> Iterator[Frame]:
    """The pictures of a scene: ``duration`` seconds at ``fps`` (the scene's own rate where it has one), at least one."""
    chosen = lookup(name)
    rate = chosen.fps or fps
    shot = Shot(width, height, rate, max(1, round(duration * rate)), seed)
    for index, yuv in enumerate(chosen.pictures(shot)):
        yield Frame(index / rate, yuv)


def scene_sound(name: str, duration: float, rate: int = 48000, channels: int = 2, seed: int = 0) -> NDArray[np.float32]:
    """The sound of a scene: (n, channels) float32 at −23 LUFS over a quiet room tone."""
    mono = sounds.MAKERS[lookup(name).sound](duration, rate, seed)
    return sounds.spread(mono, rate, channels, seed)


def scene_captions(name: str, duration: float, seed: int = 0) -> list[Phrase]:
    """The captions of a scene: one per spoken phrase, with its exact times; none where nobody speaks."""
    return phrases(duration, seed) if lookup(name).sound == "speech" else []
