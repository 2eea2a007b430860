"""Charts and motion graphics: undamaged pictures of flat areas with sharp edges that grow, count, slide and turn."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageDraw, ImageFont

Image = NDArray[np.uint8]
Edit = Callable[[Image, int], Image]
Ink = tuple[int, int, int]
LATEST = 12  # picture at which something begins to move, at most


def charts(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Bars that grow, a line that is drawn, or a pie that opens, on a panel or the whole picture; with an axis and numbers that
    count."""
    panel, (rows, cols) = _panel(size, rng)
    tall, wide = rows.stop - rows.start, cols.stop - cols.start
    kind, ease = str(rng.choice(["bars", "bars", "lying", "line", "pie"])), _eased(rng)
    n = int(rng.integers(3, 13))
    values, inks = rng.uniform(0.15, 1.0, n), [colour(rng) for _ in range(n)]
    if rng.random() < 0.5:
        inks = [inks[0]] * n
    late, gap = rng.uniform(0, 6) * (rng.random() < 0.5), float(rng.uniform(0.1, 0.5))
    axis, counted, face = (
        colour(rng),
        rng.random() < 0.6,
        ImageFont.load_default(max(8, tall // int(rng.integers(9, 18)))),
    )

    def edit(a: Image, i: int) -> Image:
        a = panel(a)
        part = np.ascontiguousarray(a[rows, cols])
        shown = np.array([values[k] * ease(i - late * k) for k in range(n)])
        if kind == "pie":
            _pie(part, shown / values.sum(), inks)
        elif kind == "line":
            _curve(part, values, ease(i), inks[0])
        else:
            _bars(part, shown, inks, gap, kind == "lying")
        cv2.line(part, (0, tall - 2), (wide, tall - 2), axis, 2)
        if counted:
            part = _numbers(part, shown, face, axis)
        a[rows, cols] = part
        return a

    return edit


def motion_graphics(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Plates, discs and polygons, plain or shaded, that slide in, swell or turn, as titles and wipes do: a few at a time."""
    shapes = [_shape(size, rng) for _ in range(int(rng.integers(1, 7)))]
    panel = _panel(size, rng)[0] if rng.random() < 0.3 else None

    def edit(a: Image, i: int) -> Image:
        a = a if panel is None else panel(a)
        for shape in shapes:
            a = shape(a, i)
        return a

    return edit


def colour(rng: np.random.Generator) -> Ink:
    """A random BGR colour."""
    b, g, r = rng.integers(0, 256, 3).tolist()
    return b, g, r


def _eased(rng: np.random.Generator) -> Callable[[float], float]:
    """How far a movement has come at a picture, 0 … 1: begins at random, takes 3 to 25 pictures, slows down at its end."""
    first, last = float(rng.integers(-6, LATEST)), float(rng.integers(3, 26))
    power, overshoot = float(rng.choice([1, 2, 3])), float(rng.choice([0, 0, 0.12]))

    def ease(i: float) -> float:
        x = float(np.clip((i - first) / last, 0, 1))
        return float(1 - (1 - x) ** power + overshoot * np.sin(np.pi * x))

    return ease


def _shade(shape: tuple[int, int], rng: np.random.Generator) -> Image:
    """(h, w, 3): one colour, or a gradient between two along one side."""
    a, b = (np.array(colour(rng), np.float32) for _ in range(2))
    if rng.random() < 0.5:
        b = a
    way = (
        np.linspace(0, 1, shape[0])[:, None, None] if rng.random() < 0.5 else np.linspace(0, 1, shape[1])[None, :, None]
    )
    return np.asarray(np.broadcast_to(a + (b - a) * way, (*shape, 3)).astype(np.uint8))


def _panel(size: tuple[int, int], rng: np.random.Generator) -> tuple[Callable[[Image], Image], tuple[slice, slice]]:
    """What draws a ground under a chart, and the place it leaves: over all, or over a part of the picture."""
    tall, wide = (size[0], size[1]) if rng.random() < 0.5 else (int(s * rng.uniform(0.35, 0.9)) for s in size)
    y, x = int(rng.integers(0, size[0] - tall + 1)), int(rng.integers(0, size[1] - wide + 1))
    ground, alpha = _shade((tall, wide), rng), float(rng.choice([1.0, 1.0, 0.85]))
    if rng.random() < 0.3:
        ground[:: max(6, tall // 6)] = colour(rng)
    edge = max(4, min(tall, wide) // 10)

    def draw(a: Image) -> Image:
        under = a[y : y + tall, x : x + wide]
        under[:] = cv2.addWeighted(ground, alpha, under, 1 - alpha, 0)
        return a

    return draw, (slice(y + edge, y + tall - edge), slice(x + edge, x + wide - edge))


def _bars(part: Image, shown: NDArray[np.float64], inks: list[Ink], gap: float, lying: bool) -> None:
    tall, wide = part.shape[:2]
    step = (tall if lying else wide) / len(shown)
    for k, (value, ink) in enumerate(zip(shown, inks, strict=True)):
        low, high = round(step * (k + gap / 2)), round(step * (k + 1 - gap / 2))
        if lying:
            part[low:high, : round(value * wide)] = ink
        else:
            part[max(0, round(tall * (1 - value))) :, low:high] = ink


def _curve(part: Image, values: NDArray[np.float64], share: float, ink: Ink) -> None:
    tall, wide = part.shape[:2]
    x = np.linspace(0, wide * min(share, 1.0), 60)
    y = tall * (1 - 0.9 * np.interp(x, np.linspace(0, wide, len(values)), values))
    points = np.stack([x, y], axis=1).astype(np.int32)
    if values[0] > 0.6:
        cv2.fillPoly(
            part, [np.vstack([points, [int(x[-1]), tall], [0, tall]])], tuple(v // 2 for v in ink), cv2.LINE_AA
        )
    cv2.polylines(part, [points], False, ink, max(2, tall // 60), cv2.LINE_AA)


def _pie(part: Image, shares: NDArray[np.float64], inks: list[Ink]) -> None:
    tall, wide = part.shape[:2]
    middle, radius, at = (wide // 2, tall // 2), max(3, min(tall, wide) // 2 - 2), -90.0
    for share, ink in zip(shares, inks, strict=True):
        cv2.ellipse(part, middle, (radius, radius), 0, at, at + 360 * float(share), ink, -1, cv2.LINE_AA)
        at += 360 * float(share)


def _numbers(
    part: Image, shown: NDArray[np.float64], face: ImageFont.FreeTypeFont | ImageFont.ImageFont, ink: Ink
) -> Image:
    canvas = PIL.Image.fromarray(part)
    draw, step = ImageDraw.Draw(canvas), part.shape[1] / len(shown)
    for k, value in enumerate(shown):
        draw.text((step * (k + 0.2), part.shape[0] * max(0.0, 0.9 - value)), f"{value * 100:.0f}%", fill=ink, font=face)
    return np.array(canvas)


def _shape(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    height, width = size
    ease, kind = _eased(rng), str(rng.choice(["slide", "slide", "swell", "turn", "wipe"]))
    tall, wide = int(height * rng.uniform(0.08, 0.8)), int(width * rng.uniform(0.08, 0.9))
    y, x = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    card, start = _shade((tall, wide), rng), int(rng.choice([-wide, width]))
    ink, corners, spin = colour(rng), int(rng.integers(3, 8)), float(rng.uniform(-180, 180))
    across = rng.random() < 0.5

    def edit(a: Image, i: int) -> Image:
        share = ease(i)
        if kind == "slide":
            left = round(start + (x - start) * share)
            low, high = max(0, left), min(width, left + wide)
            if high > low:
                a[y : y + tall, low:high] = card[:, low - left : high - left]
        elif kind == "wipe":
            shown = (
                (slice(tall), slice(round(wide * min(share, 1))))
                if across
                else (slice(round(tall * min(share, 1))), slice(wide))
            )
            a[y : y + tall, x : x + wide][shown] = card[shown]
        else:
            radius = min(tall, wide) / 2 * (share if kind == "swell" else 1.0)
            turned = np.deg2rad(spin * share + 360 * np.arange(corners) / corners)
            points = np.stack([x + wide / 2 + radius * np.cos(turned), y + tall / 2 + radius * np.sin(turned)], axis=1)
            if radius >= 1:
                cv2.fillPoly(a, [points.astype(np.int32)], ink, cv2.LINE_AA)
        return a

    return edit
