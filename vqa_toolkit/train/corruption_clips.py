"""Pristine pictures for training: short clips cut at native scale from videos, photographs panned, scenes drawn by code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import MediaError
from vqa_toolkit.media.open import open_media
from vqa_toolkit.simulate.bitstream_codec import Picture
from vqa_toolkit.simulate.bitstream_scenario import scaled
from vqa_toolkit.simulate.scenes import scene

Clip = list[Picture]
VIDEOS = {".mp4", ".mov", ".webm", ".mkv", ".avi", ".ts", ".y4m", ".mpg", ".m4v"}
IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}
SCENE = ".scene"  # stands for a file ending: pictures that code draws
SCENES = (
    "street", "sky", "fades", "credits", "still_card", "animation", "dark", "dark_plain", "camera_flashes", "foliage",
    "pixel_art",
)  # fmt: skip  # crowd, confetti and text_graphics are left to judge by
LATEST_S = 3.0  # at which a clip of a scene begins
FRAMES = 20  # frames of a clip: more than the commonest short GOPs
MAX_READ = 400  # frames read of one video
KNOWN_FILMS = re.compile(r"bigbuckbunny|sintel|secondvid|tearsofsteel|bosphorus")  # one film may lie in several files
SPLIT_SALT = "title-2"
SHARE_TEST, SHARE_VALID = 0.16, 0.10  # shares of titles


def title_of(path: Path) -> str:
    """The source title of a file: its stem, or the film where several files hold parts of one film."""
    plain = re.sub(r"[^a-z]", "", path.stem.lower())
    film = KNOWN_FILMS.search(plain)
    if film is None:
        return path.stem
    return "sintel" if film.group() == "secondvid" else film.group()


def split_of(title: str) -> str:
    """``train``, ``valid`` or ``test`` by a hash of the title, so that no title is ever in two of them."""
    share = int(hashlib.sha256(f"{SPLIT_SALT}:{title}".encode()).hexdigest()[:8], 16) / 2**32
    if share < SHARE_TEST:
        return "test"
    return "valid" if share < SHARE_TEST + SHARE_VALID else "train"


def pristine_files(folder: Path) -> list[Path]:
    """Every video and image below ``folder``, sorted, and every drawn scene (``street.scene``); face crops of under 200 px
    and flash tests are left to others."""
    found = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in VIDEOS | IMAGES]
    files = [p for p in found if "golden" not in p.parts and ("talking" not in p.parts or p.name.startswith("full_"))]
    return files + [Path(name + SCENE) for name in SCENES]


def clips(path: Path, rng: np.random.Generator, count: int) -> Iterator[Clip]:
    """``count`` clips of up to 20 frames, about 448×256, from a video, a photograph or a drawn scene; none when it cannot be
    read."""
    if path.suffix == SCENE:
        yield from (drawn(path.stem, rng) for _ in range(count))
        return
    if path.suffix.lower() in IMAGES:
        image = cv2.imread(str(path))
        if image is not None:
            for _ in range(count):
                yield panned(np.asarray(image, dtype=np.uint8), rng)
        return
    frames = read_pictures(path)
    for _ in range(count if len(frames) >= 6 else 0):
        first = int(rng.integers(0, max(1, len(frames) - FRAMES)))
        zoom = float(rng.choice([1.0, 1.0, 1.0, 0.5, 0.75, 1.5, 2.0]))
        yield window(frames[first : first + FRAMES], rng, zoom)


def read_pictures(path: Path) -> list[Picture]:
    """The first 400 frames of a video as I420 of even size, as stored."""
    pictures: list[Picture] = []
    try:
        with open_media(path) as source:
            for frame in source.decode(video=0):
                if frame.width * frame.height > 1920 * 1440:
                    break
                even = (
                    frame.reformat(format="yuv420p").to_ndarray()
                    if frame.format.name != "yuv420p"
                    else frame.to_ndarray()
                )
                if frame.width % 2 == 0 and frame.height % 2 == 0:
                    pictures.append(np.asarray(even, dtype=np.uint8))
                if len(pictures) >= MAX_READ:
                    break
    except (av.FFmpegError, MediaError):
        return pictures
    return pictures


def window(frames: Clip, rng: np.random.Generator, zoom: float) -> Clip:
    """The same random window of every frame, scaled by ``zoom``; sides are even and at most about 640 px."""
    height, width = frames[0].shape[0] * 2 // 3, frames[0].shape[1]
    wide, tall = int(rng.choice([352, 416, 448, 640])), int(rng.choice([224, 256, 288, 352]))
    if zoom < 1 and (width * zoom < 200 or height * zoom < 180):
        zoom = 1.0
    cut_w, cut_h = min(width, int(wide / zoom) // 2 * 2), min(height, int(tall / zoom) // 2 * 2)
    x, y = (int(rng.integers(0, (full - cut) // 2 + 1)) * 2 for full, cut in ((width, cut_w), (height, cut_h)))
    cut = [cropped(f, x, y, cut_w, cut_h) for f in frames]
    if zoom == 1.0:
        return cut
    return [scaled(p, zoom) for p in cut]


def drawn(name: str, rng: np.random.Generator) -> Clip:
    """A clip of a scene, 448×256 or a window of a larger one."""
    large = rng.random() < 0.4
    width, height = (1280, 720) if large else (448, 256)
    first = int(rng.uniform(0, LATEST_S) * 25) if not large else 0
    shots = scene(name, (first + FRAMES) / 25.0, width, height, seed=int(rng.integers(2**31)))
    pictures = [from_yuv(frame.yuv) for frame in shots][-FRAMES:]
    return window(pictures, rng, 1.0) if large else pictures


def from_yuv(yuv: NDArray[np.uint8]) -> Picture:
    """Y'CbCr (h, w, 3) of even size as I420."""
    height, width = yuv.shape[:2]
    chroma = [cv2.resize(yuv[..., c], (width // 2, height // 2), interpolation=cv2.INTER_AREA) for c in (1, 2)]
    flat = np.concatenate([yuv[..., 0].reshape(-1), *(c.reshape(-1) for c in chroma)])
    return np.asarray(flat, dtype=np.uint8).reshape(-1, width)


def cropped(picture: Picture, x: int, y: int, width: int, height: int) -> Picture:
    """A window of an I420 picture; all numbers are even px."""
    full_h, full_w = picture.shape[0] * 2 // 3, picture.shape[1]
    chroma = picture[full_h:].reshape(2, full_h // 2, full_w // 2)
    parts = [picture[y : y + height, x : x + width].reshape(-1)]
    parts += [c[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2].reshape(-1) for c in chroma]
    return np.concatenate(parts).reshape(-1, width)


def panned(image: NDArray[np.uint8], rng: np.random.Generator) -> Clip:
    """A photograph as a moving shot: sub-pixel pan, zoom and a little shake, 448×256 or smaller."""
    height, width = image.shape[:2]
    out_w, out_h = min(448, width // 16 * 16), min(256, height // 16 * 16)
    zoom = float(rng.uniform(0.8, 1.4)) if min(height, width) > 400 else float(rng.uniform(0.95, 1.6))
    speed = rng.normal(0, 2.5, 2) * (rng.random() < 0.8)
    growth, shake = float(rng.normal(0, 0.006)), float(rng.choice([0, 0, 0.5]))
    centre = np.array([rng.uniform(0.3, 0.7) * width, rng.uniform(0.3, 0.7) * height])
    pictures = []
    for i in range(FRAMES):
        scale = max(zoom * (1 + growth) ** i, out_w / width, out_h / height)
        middle = centre + speed * (i - FRAMES / 2) + rng.normal(0, 1, 2) * shake
        half = np.array([out_w, out_h]) / 2 / scale
        middle = np.clip(middle, half, np.array([width, height]) - half)
        matrix = np.array([[scale, 0, out_w / 2 - scale * middle[0]], [0, scale, out_h / 2 - scale * middle[1]]])
        how = cv2.INTER_AREA if scale < 0.7 else cv2.INTER_CUBIC
        shot = cv2.warpAffine(image, matrix, (out_w, out_h), flags=how, borderMode=cv2.BORDER_REFLECT)
        pictures.append(to_i420(np.asarray(shot, dtype=np.uint8)))
    return pictures


def to_i420(bgr: NDArray[np.uint8]) -> Picture:
    """A BGR image of even size as I420."""
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)


def to_bgr(picture: Picture) -> NDArray[np.uint8]:
    """An I420 picture as BGR."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_YUV2BGR_I420), dtype=np.uint8)


def edited(clip: Clip, edit: Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]) -> Clip:
    """Every picture passed through ``edit(bgr, number)``."""
    return [to_i420(np.ascontiguousarray(edit(to_bgr(p), i))) for i, p in enumerate(clip)]
