"""Photographs under a slow camera: undamaged pictures that a coder renews block by block, a little at a time."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.train.corruption_charts import Image
from vqa_toolkit.train.corruption_clips import Clip, edited, to_bgr

FILTERS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
WHOLE_PX = 0.25  # share of moves whose window lies on whole pixels, as simple zoom filters make them
DEEP = 0.3  # share of shots with a nearer layer that moves otherwise
GROWTH, PAN_PX = (1e-4, 8e-3), (0.02, 3.0)  # of a picture's side, and px, per picture: drawn evenly by their logarithms


def slow_camera(clip: Clip, rng: np.random.Generator) -> Clip:
    """The clip's first picture, zoomed or panned evenly or with easing, with or without depth; as many pictures as the clip has."""
    still = to_bgr(clip[0])
    count = len(clip)
    growth = _between(GROWTH, rng) * float(rng.choice([-1, 1])) * (rng.random() < 0.8)
    turn = rng.uniform(0, 2 * np.pi)
    pan = _between(PAN_PX, rng) * np.array([np.cos(turn), np.sin(turn)]) * (rng.random() < 0.7)
    at = np.arange(count) - (count if growth < 0 else 0)
    if rng.random() < 0.3:  # it sets off within the clip
        at = np.maximum(0, at - at[0] - rng.integers(0, count)) + at[0]
    how, whole = int(rng.choice(FILTERS)), rng.random() < WHOLE_PX
    near = _layer(still.shape[:2], rng) if rng.random() < DEEP else None
    margin = 1.0 + abs(growth) * count + 2.5 * float(np.abs(pan).max()) * count / min(still.shape[:2])

    def shot(i: int, lean: float) -> Image:
        zoom, shift = margin * (1.0 + growth * at[i]), (pan * at[i] * lean).round() if whole else pan * at[i] * lean
        return _seen(still, zoom, shift, how, whole)

    def edit(_: Image, i: int) -> Image:
        far = shot(i, 1.0)
        if near is None:
            return far
        share = (
            _seen(near, margin * (1.0 + growth * at[i]), pan * at[i] * 1.6, cv2.INTER_LINEAR, False)[..., None] / 255.0
        )
        return np.asarray(far * (1 - share) + shot(i, 1.6) * share, dtype=np.uint8)

    return edited(clip, edit)


def _between(limits: tuple[float, float], rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(limits))))


def _layer(size: tuple[int, int], rng: np.random.Generator) -> Image:
    """A soft-edged blob (h, w), 0 … 255: what stands nearer to the camera."""
    layer = np.zeros(size, np.uint8)
    centre = tuple(int(rng.uniform(0.2, 0.8) * s) for s in size[::-1])
    axes = tuple(int(rng.uniform(0.1, 0.4) * s) for s in size[::-1])
    cv2.ellipse(layer, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), float(rng.uniform(0.6, 4))), dtype=np.uint8)


def _seen(image: Image, zoom: float, shift: NDArray[np.float64], how: int, whole: bool) -> Image:
    """``image`` enlarged ``zoom`` times about its middle and moved by ``shift`` (x, y) px; from a window of ``whole`` pixels."""
    height, width = image.shape[:2]
    half = np.array([width, height]) / 2 / zoom
    low = np.array([width, height]) / 2 - half - shift / zoom
    if whole:
        low, half = low.round(), (2 * half).round() / 2
    x, y = 2 * half / (width, height)
    matrix = np.array([[x, 0, low[0]], [0, y, low[1]]])
    flags = how | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(image, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT), dtype=np.uint8
    )
