"""Hard negatives that look like damage: flashes, crowds, confetti, foliage, water, lettering, pixel art, gradients."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from vqa_toolkit.simulate.scenes.draw import Grain, Shot, Yuv, shifted, texture, tinted, to_yuv, write
from vqa_toolkit.simulate.scenes.quiet import CREDITS
from vqa_toolkit.simulate.scenes.street import street

FLASH_EVERY_S = 1.3  # photographers: fewer than three flashes in any second


def camera_flashes(shot: Shot) -> Iterator[Yuv]:
    """The street with a photographer's flash of one frame every 1.3 s: bright, brief, harmless, no cut."""
    for i, yuv in enumerate(street(shot)):
        now, before = (i + 1) / shot.fps % FLASH_EVERY_S, i / shot.fps % FLASH_EVERY_S
        if now < before:
            yuv = np.clip(yuv.astype(np.int16) + np.array([85, 0, 0]), 16, 235).astype(np.uint8)
        yield yuv


def crowd(shot: Shot) -> Iterator[Yuv]:
    """Hundreds of small heads, each moving on its own: detail everywhere, no two frames alike."""
    rng = shot.rng(4)
    count = 420
    places = rng.uniform(0, 1, (count, 2)) * [shot.width, shot.height]
    colours = np.clip(rng.integers(40, 215, (count, 2, 1)) + rng.integers(-30, 31, (count, 2, 3)), 20, 235)
    phases, speeds = rng.uniform(0, 6.28, (count, 2)), rng.uniform(3, 9, (count, 2))
    ground = tinted(texture(rng, shot.height, shot.width, 6), (50, 60, 60), (120, 120, 120))
    noise, order = Grain(shot), np.argsort(places[:, 1])
    u = shot.unit
    for i in range(shot.frames):
        canvas = ground.copy()
        moved = places + 2.5 * u * np.sin(phases + speeds * i / shot.fps)
        for n in order.tolist():
            x, y = (round(float(c)) for c in moved[n])
            body, head = (tuple(int(c) for c in colour) for colour in colours[n])
            cv2.ellipse(canvas, (x, round(y + 8 * u)), (round(5 * u), round(7 * u)), 0, 0, 360, body, -1)
            cv2.circle(canvas, (x, y), max(1, round(3.2 * u)), head, -1)
        yield noise.add(to_yuv(canvas))


def confetti(shot: Shot) -> Iterator[Yuv]:
    """Small bright squares falling over the street: block-shaped, saturated, abrupt, and real."""
    rng = shot.rng(5)
    count = 260
    place = rng.uniform(0, 1, (count, 2)) * [shot.width, shot.height]
    speed = np.stack([rng.uniform(-20, 20, count), rng.uniform(50, 130, count)], 1) * shot.unit
    colours = rng.integers(30, 240, (count, 3))
    sizes = rng.uniform(2.5, 6.0, count) * shot.unit
    spin = rng.uniform(2, 9, count)
    for i, yuv in enumerate(street(shot)):
        t = i / shot.fps
        frame = yuv.copy()
        at = (place + speed * t) % [shot.width, shot.height]
        for n in range(count):
            tall = max(1, round(sizes[n] * abs(np.cos(spin[n] * t))))
            x, y = round(at[n, 0]), round(at[n, 1])
            frame[y : y + tall, x : x + max(1, round(sizes[n]))] = to_yuv(colours[n].astype(np.uint8)[None, None])[0, 0]
        yield frame


def foliage(shot: Shot) -> Iterator[Yuv]:
    """Leaves in wind: fine, fast, decorrelated texture."""
    rng = shot.rng(6)
    layers = [
        tinted(texture(rng, shot.height + 40, shot.width + 40, 7, 0.95), (20, 40, 20), (90, 190, 110)) for _ in range(3)
    ]
    noise = Grain(shot)
    for i in range(shot.frames):
        t = i / shot.fps
        parts = [
            shifted(layer, 20 + 6 * np.sin(3.1 * t + n), 20 + 4 * np.sin(4.7 * t + 2 * n), shot.width, shot.height)
            for n, layer in enumerate(layers)
        ]
        yield noise.add(to_yuv(np.median(parts, axis=0).astype(np.uint8)))


def text_graphics(shot: Shot) -> Iterator[Yuv]:
    """A scoreboard: hard edges, flat panels, a ticker that scrolls and a clock that counts."""
    u = shot.unit
    ticker = "   ".join(CREDITS) + "   "
    panel = np.full((shot.height, shot.width, 3), (96, 48, 24), dtype=np.uint8)
    for n in range(4):
        top = round((20 + 30 * n) * u)
        cv2.rectangle(panel, (round(12 * u), top), (shot.width - round(12 * u), top + round(24 * u)), (150, 96, 48), -1)
        write(panel, f"TEAM {'ABCD'[n]}   {7 - n} : {n}", 24 * u, top + 17 * u, 11 * u)
    for i in range(shot.frames):
        canvas = panel.copy()
        write(canvas, f"{i / shot.fps:6.2f}", shot.width - 96 * u, 16 * u, 10 * u, (120, 220, 240))
        write(canvas, ticker, shot.width - i / shot.fps * 60 * u, shot.height - 10 * u, 9 * u)
        yield to_yuv(canvas)


def pixel_art(shot: Shot) -> Iterator[Yuv]:
    """A game drawn in 8×8 tiles of few colours, scrolled and animated: a block grid that belongs there."""
    rng = shot.rng(7)
    size = max(4, round(8 * u)) if (u := shot.unit) else 8
    rows, columns = shot.height // size + 2, shot.width // size * 3
    palette = rng.integers(24, 232, (6, 3))
    tiles = rng.integers(0, 6, (rows, columns))
    world = palette[tiles].astype(np.uint8).repeat(size, 0).repeat(size, 1)
    hero = palette[rng.integers(0, 6, (4, 4))].astype(np.uint8).repeat(size // 2, 0).repeat(size // 2, 1)
    for i in range(shot.frames):
        step = round(i / shot.fps * 40 * u)
        canvas = world[: shot.height, step % (world.shape[1] - shot.width) :][:, : shot.width].copy()
        y = round(shot.height * 0.6 - abs(np.sin(i / shot.fps * 3)) * 30 * u)
        x = shot.width // 3
        canvas[y : y + hero.shape[0], x : x + hero.shape[1]] = hero
        yield to_yuv(np.ascontiguousarray(canvas))


def sky(shot: Shot) -> Iterator[Yuv]:
    """A slow pan over a smooth, dithered evening sky: what banding is seen in, here without any."""
    rng = shot.rng(8)
    ys, xs = np.mgrid[0 : shot.height, 0 : shot.width].astype(np.float32)
    for i in range(shot.frames):
        drift = i / shot.fps * 6 * shot.unit
        luma = 70 + 60 * ys / shot.height + 14 * np.sin((xs + drift) / (90 * shot.unit))
        planes = [luma, 138 - 12 * ys / shot.height, 122 + 14 * ys / shot.height]
        exact = np.stack(planes, -1)
        yield np.floor(exact + rng.uniform(0, 1, exact.shape) * 1.6 - 0.3).astype(np.uint8)
