"""Shots: functions from seconds within the shot to an RGB picture (720, 1280, 3) uint8, all with a moving camera."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, FPS = 1280, 720, 25
Picture = NDArray[np.uint8]
Shot = Callable[[float], Picture]
BLUE, ORANGE, WHITE = (38, 120, 200), (240, 150, 50), (240, 240, 240)


class Camera(NamedTuple):
    """What the camera sees of a picture: centre as a fraction of it, width as a fraction, roll in degrees."""

    x: float
    y: float
    width: float
    roll: float = 0.0


def ease(u: float) -> float:
    """0 → 1 with soft ends that never quite stop: nine tenths linear, one tenth smoothstep."""
    u = min(max(u, 0.0), 1.0)
    return 0.9 * u + 0.1 * u * u * (3 - 2 * u)


def sharpened(photo: NDArray[Any], scale: int = 2) -> Picture:
    """A photograph enlarged ``scale`` times (Lanczos) and given back its edge contrast."""
    rgb = photo if photo.ndim == 3 else np.repeat(photo[..., None], 3, 2)
    big = cv2.resize(rgb.astype(np.uint8), None, fx=scale, fy=scale, interpolation=cv2.INTER_LANCZOS4)
    soft = cv2.GaussianBlur(big, (0, 0), 0.8 * scale)
    return np.asarray(cv2.addWeighted(big, 1.9, soft, -0.9, 0), np.uint8)


def view(picture: Picture, camera: Camera, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Picture:
    """What ``camera`` sees, as (height, width, 3)."""
    h, w = picture.shape[:2]
    scale = size[0] / (camera.width * w)
    m = cv2.getRotationMatrix2D((camera.x * w, camera.y * h), camera.roll, scale)
    m[:, 2] += (size[0] / 2 - camera.x * w, size[1] / 2 - camera.y * h)
    flags = cv2.INTER_CUBIC if scale > 0.75 else cv2.INTER_AREA
    return np.asarray(cv2.warpAffine(picture, m, size, flags=flags, borderMode=cv2.BORDER_REFLECT), np.uint8)


def move(picture: Picture, a: Camera, b: Camera, seconds: float, blur: int = 1) -> Shot:
    """A camera move from ``a`` to ``b``; ``blur`` > 1 averages that many instants of an open shutter (180°)."""

    def shot(t: float) -> Picture:
        total = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        for k in range(blur):
            u = ease((t + k / blur * 0.5 / FPS) / seconds)
            now = Camera(*(p + (q - p) * u for p, q in zip(a, b, strict=True)))
            if blur == 1:
                return view(picture, now)
            total += view(picture, now)
        return (total / blur).astype(np.uint8)

    return shot


def parallax(photo: NDArray[Any], disparity: NDArray[Any], seconds: float, zoom: tuple[float, float]) -> Shot:
    """A sideways camera move through a photograph with depth (a stereo pair's left picture and its disparity)."""
    big = sharpened(photo)
    d = np.where(np.isfinite(disparity), disparity, 0).astype(np.float32)
    hole = (d == 0).astype(np.uint8)
    d8 = cv2.inpaint(np.clip(d * 4, 0, 255).astype(np.uint8), hole, 5, cv2.INPAINT_TELEA)
    smooth = cv2.GaussianBlur(cv2.medianBlur(d8, 9).astype(np.float32) / 4, (0, 0), 2)
    depth = cv2.resize(smooth, big.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    ys, xs = np.mgrid[: big.shape[0], : big.shape[1]].astype(np.float32)
    lean = depth - float(np.median(depth))

    def shot(t: float) -> Picture:
        u = ease(t / seconds)
        warped = cv2.remap(big, xs + lean * (0.75 * (u - 0.5)), ys, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        width = zoom[0] + (zoom[1] - zoom[0]) * u
        return view(np.asarray(warped, np.uint8), Camera(0.48 + 0.05 * u, 0.52, width))

    return shot


def font(size: float) -> Any:
    """The typeface that Pillow carries (Aileron, CC0), so that text looks the same on every machine."""
    return ImageFont.load_default(size)


def plate(size: tuple[int, int], draw: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    """A transparent picture that ``draw`` has drawn on."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    draw(ImageDraw.Draw(image))
    return image


def lay(picture: Picture, over: Image.Image, x: float, y: float, opacity: float = 1.0) -> None:
    """Blend ``over`` onto ``picture`` in place, its corner at (x, y) px to a fraction of a pixel."""
    ix, iy = int(np.floor(x)), int(np.floor(y))
    rgba = np.pad(np.asarray(over, np.float32), ((1, 1), (1, 1), (0, 0)))
    shift = np.array([[1, 0, x - ix], [0, 1, y - iy]], np.float32)
    rgba = np.asarray(cv2.warpAffine(rgba, shift, rgba.shape[1::-1]))
    ix, iy = ix - 1, iy - 1
    x0, y0, x1, y1 = max(ix, 0), max(iy, 0), min(ix + rgba.shape[1], WIDTH), min(iy + rgba.shape[0], HEIGHT)
    if x0 >= x1 or y0 >= y1 or opacity <= 0:
        return
    cut = rgba[y0 - iy : y1 - iy, x0 - ix : x1 - ix]
    alpha = cut[..., 3:] / 255 * opacity
    under = picture[y0:y1, x0:x1]
    picture[y0:y1, x0:x1] = (under + alpha * (cut[..., :3] - under)).astype(np.uint8)


def titled(shot: Shot, heading: str, line: str, seconds: float, place: tuple[int, int] = (70, 560)) -> Shot:
    """``shot`` with a lower third that slides in after 0.4 s and out 0.6 s before the end."""

    def draw(d: ImageDraw.ImageDraw) -> None:
        d.rounded_rectangle((0, 0, 559, 99), 8, fill=(14, 24, 42, 205))
        d.rectangle((0, 0, 9, 99), fill=(*ORANGE, 255))
        d.text((30, 12), heading, font=font(36), fill=(*WHITE, 255))
        d.text((30, 62), line, font=font(22), fill=(190, 205, 225, 255))

    card = plate((560, 100), draw)

    def dressed(t: float) -> Picture:
        picture = shot(t)
        shown = ease((t - 0.4) / 0.5) * ease((seconds - 0.6 - t) / 0.4)
        lay(picture, card, place[0] - 40 * (1 - shown), place[1], shown)
        return picture

    return dressed


def clouds(seed: int, size: tuple[int, int], scales: Sequence[float] = (120, 50, 18)) -> NDArray[np.float32]:
    """Smooth random texture in [0, 1], (height, width)."""
    rng = np.random.default_rng(seed)
    total = np.zeros(size[::-1], np.float32)
    for s in scales:
        layer = cv2.GaussianBlur(rng.normal(0, 1, size[::-1]).astype(np.float32), (0, 0), s)
        total += layer / layer.std() * s**0.5
    low, high = np.percentile(total, (1, 99))
    return np.asarray(np.clip((total - low) / (high - low), 0, 1), np.float32)


def opener(
    title: str, line: str, seconds: float, seed: int, tint: tuple[float, float, float] = (0.5, 0.8, 1.3)
) -> Shot:
    """A title over slow light: two layers of texture that drift apart, sparks in between, letters coming closer."""
    far, near = clouds(seed, (1800, 900)), clouds(seed + 1, (1800, 900), (60, 14))
    rng = np.random.default_rng(seed)
    sparks = rng.uniform((0, 0, 0.3), (WIDTH, HEIGHT, 1.0), (110, 3))

    def draw(d: ImageDraw.ImageDraw) -> None:
        d.text((800, 150), title, font=font(118), fill=(*WHITE, 255), anchor="mm")
        d.rectangle((560, 232, 1040, 236), fill=(*ORANGE, 255))
        d.text((800, 278), line, font=font(40), fill=(200, 214, 235, 255), anchor="mm")

    letters = np.asarray(plate((1600, 340), draw), np.float32)

    def shot(t: float) -> Picture:
        m = np.array([[1, 0, -60 - 28 * t], [0, 1, -70 - 6 * t]], np.float32)
        n = np.array([[1.15, 0, -420 + 52 * t], [0, 1.15, -150 + 4 * t]], np.float32)
        a, b = cv2.warpAffine(far, m, (WIDTH, HEIGHT)), cv2.warpAffine(near, n, (WIDTH, HEIGHT))
        glow = 26 + 105 * a * (0.35 + 0.65 * b)
        dots = np.zeros((HEIGHT, WIDTH), np.uint8)
        for x, y, z in sparks:
            p = ((x + 70 * z * t) % WIDTH, (y - 32 * z * t) % HEIGHT)
            cv2.circle(dots, (int(p[0] * 16), int(p[1] * 16)), int(z * 38), int(90 + 130 * z), -1, cv2.LINE_AA, 4)
        light = glow + 0.9 * cv2.GaussianBlur(dots, (0, 0), 1.6).astype(np.float32)
        picture = np.clip(light[..., None] * np.array(tint, np.float32) + 8, 0, 245).astype(np.uint8)
        grow = 0.72 + 0.05 * t
        place = np.array([[grow, 0, 640 - 800 * grow], [0, grow, 335 - 170 * grow]], np.float32)
        over = cv2.warpAffine(letters, place, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        alpha = over[..., 3:] / 255 * min(1.0, 0.15 + t / 0.8) * min(1.0, max(0.0, seconds - t) / 0.3 + 0.2)
        return np.asarray(picture + alpha * (over[..., :3] - picture), np.uint8)

    return shot
