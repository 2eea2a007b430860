"""The standard pristine scene: a textured street, panned by hand, with traffic, cuts and sensor grain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.scenes.draw import Bgr, Grain, Shot, Yuv, shifted, texture, tinted, to_yuv

SHOT_S = (2.1, 3.4)  # seconds from cut to cut
PAN = (18.0, 45.0)  # px/s at 180 lines
TRAFFIC = 5


class Car(NamedTuple):
    """A textured box on the road: its picture, start (px), speed (px/s) and height above the bottom (px)."""

    skin: Bgr
    x: float
    speed: float
    y: float


def street(shot: Shot, grain: float = 1.5, dim: float = 1.0) -> Iterator[Yuv]:
    """Frames of the street; ``grain`` in codes RMS, ``dim`` scales the light."""
    noise = Grain(shot, grain, grain * 0.5)
    index = number = 0
    while index < shot.frames:
        rng = shot.rng(number)
        length = max(1, round(float(rng.uniform(*SHOT_S)) * shot.fps))
        for frame in _take(shot, rng, min(length, shot.frames - index), dim):
            yield noise.add(to_yuv(frame))
        index += length
        number += 1


def _take(shot: Shot, rng: np.random.Generator, frames: int, dim: float) -> Iterator[Bgr]:
    width, height, unit = shot.width, shot.height, shot.unit
    view = _panorama(shot, rng)
    cars = [_car(shot, rng) for _ in range(TRAFFIC)]
    pan = float(rng.uniform(*PAN)) * unit * float(rng.choice([-1.0, 1.0]))
    sway = rng.uniform(0, 2 * np.pi, 2)
    x0 = view.shape[1] - 1.2 * width if pan < 0 else 0.2 * width
    for i in range(frames):
        t = i / shot.fps
        x = x0 + pan * t + 0.8 * unit * np.sin(5.1 * t + sway[0])
        y = 4 * unit + 0.7 * unit * np.sin(4.3 * t + sway[1])
        frame = shifted(view, float(x), float(y), width, height)
        for car in cars:
            left = (car.x + car.speed * t) % (width + car.skin.shape[1]) - car.skin.shape[1]
            _paste(frame, car.skin, left, height - car.y)
        yield frame if dim == 1.0 else (frame * dim).astype(np.uint8)


def _paint(rng: np.random.Generator) -> NDArray[np.int64]:
    """A plausible B'G'R' colour of walls and cars: any lightness, little saturation."""
    return np.asarray(np.clip(rng.integers(62, 180) + rng.integers(-28, 29, 3), 30, 210))


def _panorama(shot: Shot, rng: np.random.Generator) -> Bgr:
    """Sky, two rows of houses with windows, and road: 2.6 pictures wide, a little taller than one."""
    width, height = round(shot.width * 2.6), round(shot.height + 8 * shot.unit)
    base = rng.integers(95, 150, 3)
    view = tinted(texture(rng, height, width, 6), tuple(base - 45), tuple(base + 60))
    road = round(height * 0.72)
    view[road:] = tinted(texture(rng, height - road, width, 7, 0.8), (48, 50, 52), (112, 112, 110))
    left = 0
    while left < width:
        span = round(rng.uniform(0.12, 0.34) * shot.width)
        _house(view[round(height * rng.uniform(0.08, 0.35)) : road, left : left + span], rng, shot.unit)
        left += span
    return view


def _house(wall: Bgr, rng: np.random.Generator, unit: float) -> None:
    height, width = wall.shape[:2]
    if height < 4 or width < 4:
        return
    colour = _paint(rng)
    wall[:] = tinted(texture(rng, height, width, 6, 0.85), tuple(colour - 32), tuple(colour + 32))
    pane = max(3, round(rng.uniform(7, 13) * unit))
    for top in range(pane // 2, height - pane, round(pane * 1.9)):
        for left in range(pane // 2, width - pane, round(pane * 1.7)):
            light = tuple(int(c) for c in np.clip(rng.integers(25, 215) + rng.integers(-20, 21, 3), 16, 230))
            cv2.rectangle(wall, (left, top), (left + pane, top + round(pane * 1.2)), light, -1)
            cv2.rectangle(
                wall, (left, top), (left + pane, top + round(pane * 1.2)), (225, 225, 225), max(1, round(unit * 0.7))
            )


def _car(shot: Shot, rng: np.random.Generator) -> Car:
    width, height = round(rng.uniform(26, 58) * shot.unit), round(rng.uniform(14, 34) * shot.unit)
    colour = _paint(rng)
    skin = tinted(texture(rng, max(4, height), max(4, width), 5, 0.9), tuple(colour - 35), tuple(colour + 40))
    for wheel in (0.22, 0.78):
        centre = (round(width * wheel), round(height * 0.85))
        cv2.circle(skin, centre, max(1, round(height * 0.2)), (24, 24, 24), -1, cv2.LINE_AA)
    speed = float(rng.uniform(25, 80)) * shot.unit * float(rng.choice([-1.0, 1.0]))
    return Car(skin, float(rng.uniform(0, shot.width)), speed, float(rng.uniform(0.16, 0.34)) * shot.height)


def _paste(frame: Bgr, skin: Bgr, left: float, top: float) -> None:
    """Draw ``skin`` at sub-pixel (left, top), clipped to the frame."""
    whole, part = int(np.floor(left)), left - np.floor(left)
    moved = cv2.warpAffine(
        skin,
        np.array([[1.0, 0.0, part], [0.0, 1.0, 0.0]]),
        (skin.shape[1], skin.shape[0]),
        borderMode=cv2.BORDER_REPLICATE,
    )
    y = round(top)
    x0, x1 = max(0, whole), min(frame.shape[1], whole + skin.shape[1])
    y0, y1 = max(0, y), min(frame.shape[0], y + skin.shape[0])
    if x0 < x1 and y0 < y1:
        frame[y0:y1, x0:x1] = moved[y0 - y : y1 - y, x0 - whole : x1 - whole]
