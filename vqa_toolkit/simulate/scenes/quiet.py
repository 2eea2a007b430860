"""Hard negatives that look like missing or frozen pictures: fades, credits, cards, animation on twos, dark scenes."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from vqa_toolkit.simulate.scenes.draw import Grain, Shot, Yuv, texture, tinted, to_yuv, write
from vqa_toolkit.simulate.scenes.street import street

FADE_S = 0.8
CREDITS = (
    "DIRECTED BY A. MARLOWE", "CAMERA N. OKAFOR", "EDITOR J. LINDQVIST", "SOUND R. TANAKA", "MUSIC P. DUARTE",
    "LIGHT S. KOWALSKA", "COSTUMES F. HADDAD", "GRAPHICS L. NGUYEN", "PRODUCER M. ROSSI", "THANKS TO ALL",
)  # fmt: skip


def fades(shot: Shot) -> Iterator[Yuv]:
    """The street fading out to black and in again, with 0.2 s of black between: an editor's choice, not a fault."""
    period = 3.0
    for i, yuv in enumerate(street(shot)):
        t = (i / shot.fps + period / 2) % period  # black at every 1.5 s + n · 3 s
        away = min(t, period - t)
        gain = float(np.clip((away - 0.1) / FADE_S, 0.0, 1.0))
        yield _dimmed(yuv, gain)


def _dimmed(yuv: Yuv, gain: float) -> Yuv:
    zero = np.array([16.0, 128.0, 128.0])
    return np.asarray(np.rint((yuv - zero) * gain + zero), dtype=np.uint8)


def credits(shot: Shot) -> Iterator[Yuv]:
    """White letters rolling over black."""
    line = 26 * shot.unit
    for i in range(shot.frames):
        canvas = np.zeros((shot.height, shot.width, 3), dtype=np.uint8)
        rolled = i / shot.fps * 22 * shot.unit
        for n in range(400):
            y = shot.height * 0.55 + n * line - rolled
            if y > shot.height + line:
                break
            if y > -line:
                write(canvas, CREDITS[n % len(CREDITS)], shot.width * 0.16, y, 10 * shot.unit)
        yield to_yuv(canvas)


def still_card(shot: Shot) -> Iterator[Yuv]:
    """A title card that stands still, lettered, for its whole length: on purpose."""
    rng = shot.rng(1)
    canvas = tinted(texture(rng, shot.height, shot.width, 4), (60, 30, 20), (120, 70, 50))
    write(canvas, "PART TWO", shot.width * 0.2, shot.height * 0.45, 20 * shot.unit)
    write(canvas, "the long way home", shot.width * 0.2, shot.height * 0.62, 9 * shot.unit)
    yuv = to_yuv(canvas)
    for _ in range(shot.frames):
        yield yuv


def animation(shot: Shot) -> Iterator[Yuv]:
    """Flat-coloured animation drawn on twos: every drawing is shown for two frames, backgrounds hold still."""
    rng = shot.rng(2)
    background = tinted(texture(rng, shot.height, shot.width, 3), (150, 120, 70), (215, 190, 140))
    drawn = to_yuv(background)
    for i in range(shot.frames):
        if i % 2 == 0:
            canvas = background.copy()
            t = i / shot.fps
            u = shot.unit
            for n, colour in enumerate(((60, 60, 200), (70, 170, 60), (190, 90, 60))):
                x = (0.2 + 0.3 * n) * shot.width + 30 * u * np.sin(2.1 * t + n)
                y = 0.6 * shot.height + 28 * u * abs(np.sin(3.2 * t + 0.8 * n))
                centre = (round(float(x)), round(float(y)))
                cv2.circle(canvas, centre, round(22 * u), colour, -1, cv2.LINE_AA)
                cv2.circle(canvas, centre, round(22 * u), (20, 20, 20), max(1, round(2 * u)), cv2.LINE_AA)
            drawn = to_yuv(canvas)
        yield drawn


def dark(shot: Shot) -> Iterator[Yuv]:
    """A night scene, deep blue: dark enough to fool a luma threshold, yet tinted, grainy and moving."""
    for yuv in street(shot, grain=1.0, dim=0.08):
        tinted_night = yuv.astype(np.int16) + np.array([0, 14, -6], dtype=np.int16)
        yield np.clip(tinted_night, 16, 240).astype(np.uint8)


def dark_plain(shot: Shot) -> Iterator[Yuv]:
    """A cellar lit by one torch: nearly all of the frame is near black, a small light moves."""
    noise = Grain(shot, 1.2, 0.6)
    ys, xs = np.mgrid[0 : shot.height, 0 : shot.width].astype(np.float32)
    wall = texture(shot.rng(3), shot.height, shot.width, 6, 0.8) * 0.35 + 0.65
    for i in range(shot.frames):
        t = i / shot.fps
        cx, cy = shot.width * (0.5 + 0.3 * np.sin(0.9 * t)), shot.height * (0.5 + 0.2 * np.sin(1.3 * t))
        glow = np.exp(-((xs - cx) ** 2 + (ys - cy) ** 2) / (2 * (24 * shot.unit) ** 2)) * wall
        canvas = (glow[..., None] * np.array([70, 140, 215])).astype(np.uint8)
        yield noise.add(to_yuv(canvas))
