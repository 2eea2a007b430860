"""Scenes that nobody photographed: a city at night, charts, bouncing balls, running text."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import ImageDraw

from sample_media.draw import (
    BLUE,
    FPS,
    HEIGHT,
    ORANGE,
    WHITE,
    WIDTH,
    Camera,
    Picture,
    Shot,
    clouds,
    font,
    lay,
    plate,
    view,
)

SHUTTER_SAMPLES = 5  # instants averaged per frame, over half a frame


def city(seconds: float, seed: int) -> Shot:
    """Towers with lit windows behind a road; cars pass with headlights that smear and mirror on wet asphalt."""
    rng = np.random.default_rng(seed)
    w, h, road = 1900, 760, 560
    sky = np.linspace(0, 1, h)[:, None, None] ** 1.5
    scene = np.array([16, 20, 44]) + sky * np.array([70, 42, 46]) + 9 * clouds(seed, (w, h), (90, 30))[..., None]
    scene = scene.astype(np.float32)
    for layer, (shade, low, high) in enumerate((((22, 26, 46), 130, 330), ((13, 15, 27), 240, 430))):
        x = -20
        while x < w:
            width, top = int(rng.integers(70, 150)), int(rng.integers(low, high))
            scene[top:road, max(x, 0) : x + width] = shade
            colour = np.array([(255, 206, 130), (235, 225, 190), (150, 190, 235)][int(rng.integers(3))])
            for wy in range(top + 14, road - 16, 20):
                for wx in range(x + 10, x + width - 14, 18):
                    if 0 <= wx < w - 10 and rng.random() < 0.42:
                        scene[wy : wy + 11, wx : wx + 9] = colour * rng.uniform(0.25, 0.85) * (0.55 + 0.4 * layer)
            x += width + int(rng.integers(-6, 26))
    glow = cv2.GaussianBlur(scene, (0, 0), 14)
    scene = np.maximum(scene, glow * 1.05)
    mirror = cv2.GaussianBlur(scene[road - 1 : 2 * road - h - 1 : -1], (0, 0), sigmaX=3, sigmaY=9) * 0.42
    scene[road:] = mirror * (0.75 + 0.5 * clouds(seed + 3, (w, h - road), (22, 7))[..., None])
    base = np.clip(scene + rng.normal(0, 1.2, scene.shape), 6, 245).astype(np.uint8)
    cars = rng.uniform((0.0, 0.7), (1.0, 1.3), (9, 2))

    def shot(t: float) -> Picture:
        picture = view(base, Camera(0.36 + 0.022 * t, 0.49, WIDTH / w * (0.98 - 0.006 * t)))
        lights = np.zeros((HEIGHT // 2, WIDTH // 2, 3), np.float32)
        for i, (phase, speed) in enumerate(cars):
            way = 1 if i % 2 else -1
            step = 260 * speed
            x = ((phase * 1700 + way * step * t) % 1700) - 210
            y = 575 + 34 * (i % 3) + (20 if way > 0 else 0)
            smear = step * 0.5 / FPS
            colour = (255, 240, 200) if way > 0 else (235, 40, 25)
            for dx in (0, 34):
                a = (int((x + dx) * 8), int(y * 8))
                b = (int((x + dx + way * smear) * 8), int(y * 8))
                cv2.line(lights, a, b, colour, 3, cv2.LINE_AA, 4)
                ghost = tuple(c * 0.3 for c in colour)
                cv2.line(lights, (a[0], a[1] + 200), (b[0], b[1] + 420), ghost, 3, cv2.LINE_AA, 4)
        halo = lights * 1.4 + 5 * cv2.GaussianBlur(lights, (0, 0), 7)
        full = cv2.resize(halo, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        return np.clip(picture + full, 6, 245).astype(np.uint8)

    return shot


def chart(seconds: float, title: str, seed: int) -> Shot:
    """Bars that grow and a curve that draws itself, on a wall that the camera passes slowly."""
    rng = np.random.default_rng(seed)
    bars = rng.uniform(0.35, 0.95, 9)
    wall = (14 + 34 * clouds(seed, (1600, 900), (160, 60)))[..., None] * np.array([0.9, 1.15, 1.6])
    wall = np.clip(wall + rng.normal(0, 1.0, wall.shape), 0, 245).astype(np.uint8)

    def draw(d: ImageDraw.ImageDraw) -> None:
        d.rounded_rectangle((0, 0, 1039, 559), 14, fill=(246, 243, 236, 255))
        d.text((48, 30), title, font=font(44), fill=(30, 40, 58, 255))
        d.text((48, 88), "index, first year = 100", font=font(24), fill=(110, 118, 130, 255))
        for i in range(5):
            y = 150 + i * 85
            d.line((90, y, 990, y), fill=(206, 204, 196, 255), width=2)
            d.text((74, y), str(200 - 50 * i), font=font(22), fill=(110, 118, 130, 255), anchor="rm")
        for i in range(9):
            d.text((150 + i * 100, 516), str(2016 + i), font=font(22), fill=(80, 88, 100, 255), anchor="mm")

    card = plate((1040, 560), draw)
    curve = [(150 + i * 100, 470 - 300 * float(v)) for i, v in enumerate(np.clip(bars * 0.9 + 0.1, 0, 1))]

    def shot(t: float) -> Picture:
        picture = view(wall, Camera(0.47 + 0.012 * t, 0.5, 0.82))
        sheet = np.array(card)
        for i, value in enumerate(bars):
            grown = float(np.clip((t - 0.25 - 0.16 * i) / 0.9, 0, 1)) ** 0.5
            top = 490 - 320 * value * grown
            cv2.rectangle(
                sheet,
                ((118 + i * 100) * 16, int(top * 16)),
                ((182 + i * 100) * 16, 490 * 16),
                (*BLUE, 255),
                -1,
                cv2.LINE_AA,
                4,
            )
        reach = np.clip((t - 1.0) / (seconds - 1.6), 0, 1) * (len(curve) - 1)
        points = curve[: int(reach) + 1]
        if reach < len(curve) - 1:
            (x0, y0), (x1, y1), f = curve[int(reach)], curve[int(reach) + 1], reach % 1
            points = [*points, (x0 + (x1 - x0) * f, y0 + (y1 - y0) * f)]
        cv2.polylines(sheet, [(np.array(points) * 16).astype(np.int32)], False, (*ORANGE, 255), 7, cv2.LINE_AA, 4)
        cv2.circle(
            sheet, (int(points[-1][0] * 16), int(points[-1][1] * 16)), 12 * 16, (*ORANGE, 255), -1, cv2.LINE_AA, 4
        )
        grow = 0.94 + 0.018 * t
        place = np.array([[grow, 0, 640 - 520 * grow], [0, grow, 352 - 280 * grow]], np.float32)
        over = cv2.warpAffine(sheet, place, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC).astype(np.float32)
        alpha = np.clip(over[..., 3:] / 255, 0, 1)
        return np.clip(picture + alpha * (over[..., :3] - picture), 6, 246).astype(np.uint8)

    return shot


def balls(seconds: float, seed: int) -> Shot:
    """Coloured balls that bounce before a drifting wall, every frame the mean of an open shutter."""
    rng = np.random.default_rng(seed)
    wall = (70 + 70 * clouds(seed, (1700, 900), (140, 40)))[..., None] * np.array([1.15, 1.05, 0.9])
    wall = np.clip(wall + rng.normal(0, 1.5, wall.shape), 0, 240).astype(np.uint8)
    colours = [(214, 73, 51), (38, 120, 200), (240, 180, 60), (60, 150, 110), (120, 80, 160), (235, 235, 230)]
    start = rng.uniform((120, 100, 180, 0), (1160, 380, 330, 6.28), (6, 4))

    def at(i: int, t: float) -> tuple[float, float, float]:
        x0, y0, speed, phase = start[i]
        r = 38 + 9 * i
        span = WIDTH - 2 * r
        x = abs((x0 - r + speed * t * (1 if i % 2 else -1)) % (2 * span) - span) + r
        beat = 1.1 + 0.13 * i
        u = ((t + phase) % beat) / beat
        return x, 640 - r - (640 - y0 - r) * 4 * u * (1 - u), r

    def shot(t: float) -> Picture:
        back = view(wall, Camera(0.45 + 0.02 * t, 0.5, 0.76))
        total = np.zeros(back.shape, np.float32)
        for k in range(SHUTTER_SAMPLES):
            now = t + k / SHUTTER_SAMPLES * 0.5 / FPS
            open_ = back.copy()
            for i in range(6):
                x, y, r = at(i, now)
                cv2.ellipse(
                    open_,
                    (int(x * 16), 655 * 16),
                    (int(r * 15), int(r * 4)),
                    0,
                    0,
                    360,
                    (52, 46, 40),
                    -1,
                    cv2.LINE_AA,
                    4,
                )
            for i in range(6):
                x, y, r = at(i, now)
                cv2.circle(open_, (int(x * 16), int(y * 16)), int(r * 16), colours[i], -1, cv2.LINE_AA, 4)
                shine = tuple(min(245, c + 45) for c in colours[i])
                cv2.circle(open_, (int((x - r / 3) * 16), int((y - r / 3) * 16)), int(r * 5), shine, -1, cv2.LINE_AA, 4)
            total += open_
        return (total / SHUTTER_SAMPLES).astype(np.uint8)

    return shot


def crawl(seconds: float, lines: Sequence[str], behind: Shot) -> Shot:
    """End titles that rise over a darkened shot at a steady pace."""

    def draw(d: ImageDraw.ImageDraw) -> None:
        for i, text in enumerate(lines):
            size, fill = (46, (*ORANGE, 255)) if i % 3 == 0 else (34, (*WHITE, 255))
            d.text((WIDTH // 2, 40 + i * 62), text, font=font(size), fill=fill, anchor="mm")

    sheet = plate((WIDTH, 62 * len(lines) + 80), draw)

    def shot(t: float) -> Picture:
        picture = (behind(t) * 0.55).astype(np.uint8)
        lay(picture, sheet, 0, 560 - 118 * t)
        return picture

    return shot
