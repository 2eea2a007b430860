"""Fast things: undamaged pictures of which much is new at once, blurred by its own motion."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageDraw, ImageFont

from vqa_toolkit.train.corruption_charts import Edit, Image, colour
from vqa_toolkit.train.corruption_clips import FRAMES, Clip, edited, to_bgr

SHUTTER = (0.2, 1.0)  # share of a picture's time that the shutter is open
FASTEST = 0.25  # of the picture's width, per picture
WORDS = [
    "LIVE",
    "NEWS",
    "TODAY",
    "SUMMER",
    "SALE",
    "GO",
    "MATCH DAY",
    "5 TIPS",
    "HOW TO",
    "NEXT",
    "2026",
    "KITCHEN",
    "VOLUME II",
]


def passing(clip: Clip, other: Clip, rng: np.random.Generator) -> Clip:
    """Something large and near, of the other clip's look or of one colour, drives through the picture: soft, slanted, blurred."""
    height, width = clip[0].shape[0] * 2 // 3, clip[0].shape[1]
    shape = _outline((height, width), rng)
    skin = _skin(to_bgr(other[0]), (height, width), rng)
    skin = np.asarray(skin * (shape[..., None] / 255.0), dtype=np.uint8)
    speed = width * float(np.exp(rng.uniform(np.log(0.01), np.log(FASTEST)))) * float(rng.choice([-1, 1]))
    rise = height * float(rng.normal(0, 0.01))
    first, bounce = int(rng.integers(-4, FRAMES - 4)), float(rng.normal(0, 1))
    start = -np.sign(speed) * width * float(rng.uniform(0.2, 1.0))
    open_px = abs(speed) * float(rng.uniform(*SHUTTER))

    def edit(a: Image, i: int) -> Image:
        if i < first:
            return a
        move = np.array(
            [[1, 0, start + speed * (i - first + 1)], [0, 1, rise * (i - first) + bounce * (i % 2)]], np.float32
        )
        at, look = (cv2.warpAffine(v, move, (width, height), borderMode=cv2.BORDER_CONSTANT) for v in (shape, skin))
        share = _smeared(np.asarray(at, np.uint8), open_px)[..., None].astype(np.float32) / 255.0
        look = _smeared(np.asarray(look, np.uint8), open_px)
        return np.asarray(np.clip(a * (1 - share) + look, 0, 255), dtype=np.uint8)

    return edited(clip, edit)


def flying_titles(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """One or two words that fly in from a side, are wiped on, or swell, blurred while they move and at times with a trail behind them;
    then they stand still."""
    titles = [_title(size, rng, k) for k in range(int(rng.integers(1, 3)))]

    def edit(a: Image, i: int) -> Image:
        for title in titles:
            a = title(a, i)
        return a

    return edit


def _title(size: tuple[int, int], rng: np.random.Generator, number: int) -> Callable[[Image, int], Image]:
    height, width = size
    tall = int(height * rng.uniform(0.06, 0.22))
    face, edge = ImageFont.load_default(max(9, tall)), int(rng.choice([0, 1, 2, 3]))
    word = str(rng.choice(WORDS))
    ink = np.array((255, 255, 255) if rng.random() < 0.6 else colour(rng), np.float32)
    long = int(face.getlength(word)) + 4 * edge + 8
    canvas = PIL.Image.new("L", (max(width, long), height), 0)
    x, y = int(rng.uniform(0.05, 0.3) * width), int(rng.uniform(0.05, 0.8) * height)
    ImageDraw.Draw(canvas).text((x, y), word, fill=255, font=face, stroke_width=edge, stroke_fill=255)
    mask = np.asarray(canvas, dtype=np.uint8)[:, :width]
    how = str(rng.choice(["across", "down", "wipe", "swell"]))
    first, takes = int(rng.integers(0, FRAMES - 6)) + 3 * number, int(rng.integers(2, 9))
    far, trail = float(rng.uniform(0.3, 1.2)) * float(rng.choice([-1, 1])), rng.random() < 0.4
    shutter = float(rng.uniform(*SHUTTER))

    def shown(i: float) -> NDArray[np.uint8]:
        left = max(0.0, 1 - (i - first + 1) / takes)  # of the way
        step = 1.0 / takes if left > 0 else 0.0
        if how == "wipe":
            seen = mask.copy()
            seen[:, int(x + (1 - left) * long) :] = 0
            return _smeared(seen, step * long * shutter)
        if how == "swell":
            scale = 1.0 + far * left
            matrix = cv2.getRotationMatrix2D((x + long / 2, y + tall / 2), 0, max(0.05, scale))
            return np.asarray(
                cv2.GaussianBlur(cv2.warpAffine(mask, matrix, (width, height)), (0, 0), 0.3 + 6 * step * left), np.uint8
            )
        along = (far * left * width, 0.0) if how == "across" else (0.0, far * left * height)
        seen = np.asarray(
            cv2.warpAffine(mask, np.array([[1, 0, along[0]], [0, 1, along[1]]], np.float32), (width, height)), np.uint8
        )
        return _smeared(seen, abs(far) * step * (width if how == "across" else height) * shutter, how == "down")

    def edit(a: Image, i: int) -> Image:
        if i < first:
            return a
        share = shown(i).astype(np.float32) / 255.0
        if trail:
            share = np.maximum(share, 0.35 * shown(i - 1) / 255.0 if i > first else 0)
        return np.asarray(a * (1 - share[..., None]) + ink * share[..., None], dtype=np.uint8)

    return edit


def _outline(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A slanted, rounded shape (h, w), 0 … 255, that fills a good part of the picture."""
    height, width = size
    shape = np.zeros(size, np.uint8)
    top, bottom = sorted(rng.uniform(-0.1, 1.1, 2) * height)
    bottom = max(bottom, top + 0.3 * height)
    slant, wide = rng.normal(0, 0.3) * height, rng.uniform(0.25, 1.0) * width
    corners = [(0, bottom), (slant, top), (slant + wide * rng.uniform(0.6, 1), top), (wide, bottom)]
    cv2.fillPoly(shape, [np.asarray(corners, np.int32)], 255, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), float(rng.uniform(0.6, 12))), dtype=np.uint8)


def _skin(picture: Image, size: tuple[int, int], rng: np.random.Generator) -> Image:
    """What it is made of: a plain or shaded colour, or another picture, out of focus."""
    height, width = size
    if rng.random() < 0.5:
        ramp = np.linspace(rng.uniform(0.6, 1), rng.uniform(0.6, 1), height)[:, None, None]
        return np.asarray(np.broadcast_to(ramp * np.array(colour(rng)), (height, width, 3)), dtype=np.uint8).copy()
    near = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(near, (0, 0), float(rng.uniform(0.5, 6))), dtype=np.uint8)


def _smeared(image: NDArray[np.uint8], length: float, down: bool = False) -> NDArray[np.uint8]:
    """``image`` averaged along ``length`` px, across or down."""
    taps = max(1, round(length))
    if taps == 1:
        return image
    return np.asarray(cv2.blur(image, (1, taps) if down else (taps, 1)), dtype=np.uint8)
