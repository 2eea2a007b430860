"""Undamaged pictures that look damaged: what a block detector must stay silent on."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

from vqa_toolkit.train.corruption_charts import Edit, Image, charts, colour, motion_graphics
from vqa_toolkit.train.corruption_clips import FRAMES, Clip, edited
from vqa_toolkit.train.corruption_movers import flying_titles, passing
from vqa_toolkit.train.corruption_stills import slow_camera

LONGEST = 2 * FRAMES  # pictures of a clip, at most
SYLLABLES = [
    "ma", "the", "in", "go", "ter", "ly", "con", "an", "we", "st", "ri", "you", "ble", "on", "es", "k", "fu", "ng", "do", "al",
]  # fmt: skip


def disguise(clip: Clip, rng: np.random.Generator, other: Clip | None = None) -> Clip:
    """``clip`` made to look suspicious in one of many legal ways; ``other`` is a second clip for cuts and wipes."""
    makers: list[Callable[[tuple[int, int], np.random.Generator], Edit]] = [
        mosaic, lettering, graphics, pixel_art, flashes, grain, fade, confetti, interface, levels, checker, lines,
        caption_plate, caption_plate, spoken, spoken, spoken, charts, charts, motion_graphics, motion_graphics,
        flying_titles, flying_titles,
    ]  # fmt: skip
    choice = rng.random()
    if choice < 0.5:
        beside = joined if choice < 0.3 else inset if choice < 0.4 else passing
        return beside(clip, other or mirrored(clip), rng)
    if rng.random() < 0.12:
        return woven(clip)
    if rng.random() < 0.2:
        clip = slow_camera(clip, rng)
        if rng.random() < 0.5:
            return clip
    height, width = clip[0].shape[0] * 2 // 3, clip[0].shape[1]
    return edited(clip, makers[int(rng.integers(len(makers)))]((height, width), rng))


def joined(clip: Clip, other: Clip, rng: np.random.Generator) -> Clip:
    """A cut, a dissolve, a wipe, or a split screen of two clips."""
    kind = rng.choice(["cut", "cut", "cut", "dissolve", "wipe", "split"])
    n = min(len(clip), len(other))
    height, width = clip[0].shape[0] * 2 // 3, clip[0].shape[1]
    middle, slant = int(rng.integers(2, max(3, n - 2))), int(rng.choice([0, 1]))
    where = float(rng.uniform(0.2, 0.8))

    def edit(a: Image, i: int) -> Image:
        if i >= n:
            return a
        b = cv2.resize(cv2.cvtColor(other[i], cv2.COLOR_YUV2BGR_I420), (width, height))
        if kind == "cut":
            return a if i < middle else np.asarray(b, dtype=np.uint8)
        share = where if kind == "split" else float(np.clip((i - middle + 4) / 8, 0, 1))
        if kind == "dissolve":
            return np.asarray(cv2.addWeighted(a, 1 - share, b, share, 0), dtype=np.uint8)
        out = a.copy()
        if slant:
            out[: int(share * height)] = b[: int(share * height)]
        else:
            out[:, : int(share * width)] = b[:, : int(share * width)]
        return out

    return edited(clip, edit)


def mirrored(clip: Clip) -> Clip:
    """The same material turned about, upside down and backwards: another shot of like style."""
    return edited(clip[::-1], lambda a, _: a[::-1, ::-1])


def inset(clip: Clip, other: Clip, rng: np.random.Generator) -> Clip:
    """A second picture in the picture, there from a random frame on, with sharp edges, at rest or sliding in."""
    height, width = clip[0].shape[0] * 2 // 3, clip[0].shape[1]
    rows, cols = box((height, width), rng, 0.2, 0.7)
    first, speed = int(rng.integers(0, 16)), int(rng.choice([0, 0, 8, 24, 60]))
    tall, wide = rows.stop - rows.start, cols.stop - cols.start

    def edit(a: Image, i: int) -> Image:
        if i < first:
            return a
        b = cv2.resize(cv2.cvtColor(other[min(i, len(other) - 1)], cv2.COLOR_YUV2BGR_I420), (wide, tall))
        left = max(cols.start, width - speed * (i - first + 1)) if speed else cols.start
        seen = min(wide, width - left)
        a[rows, left : left + seen] = b[:, :seen]
        return a

    return edited(clip, edit)


def woven(clip: Clip) -> Clip:
    """Lines of two times in one picture: interlaced material."""
    out = []
    for a, b in zip(clip, [*clip[1:], clip[-1]], strict=True):
        p, height = a.copy(), a.shape[0] * 2 // 3
        p[1:height:2] = b[1:height:2]
        out.append(p)
    return out


def box(size: tuple[int, int], rng: np.random.Generator, low: float = 0.1, high: float = 0.6) -> tuple[slice, slice]:
    """A random rectangle off the coding grid; its sides are shares ``low`` … ``high`` of the picture's."""
    tall, wide = (max(8, int(s * rng.uniform(low, high))) for s in size)
    y, x = int(rng.integers(0, size[0] - tall + 1)), int(rng.integers(0, size[1] - wide + 1))
    return slice(y, y + tall), slice(x, x + wide)


def mosaic(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """A region (a face, a number plate) or the whole picture made coarse on purpose."""
    place = box(size, rng, 0.15, 0.5) if rng.random() < 0.7 else (slice(0, size[0]), slice(0, size[1]))
    side = int(rng.integers(5, 29))

    def edit(a: Image, _: int) -> Image:
        part = a[place]
        small = cv2.resize(
            part, (max(1, part.shape[1] // side), max(1, part.shape[0] // side)), interpolation=cv2.INTER_AREA
        )
        a[place] = cv2.resize(small, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_NEAREST)
        return a

    return edit


def pixel_art(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """The picture as a game of few colours and large pixels."""
    side, steps = int(rng.choice([2, 3, 4, 6, 8, 10])), int(rng.choice([4, 6, 8]))

    def edit(a: Image, _: int) -> Image:
        small = cv2.resize(a, (size[1] // side, size[0] // side), interpolation=cv2.INTER_AREA)
        few = (small.astype(np.int32) * steps // 256 * 255 // (steps - 1)).clip(0, 255).astype(np.uint8)
        return np.asarray(cv2.resize(few, (size[1], size[0]), interpolation=cv2.INTER_NEAREST), dtype=np.uint8)

    return edit


def lettering(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Subtitles, credits, tickers: text still or rolling, on a plate or not."""
    lines = [
        "".join(chr(int(c)) for c in rng.integers(65, 91, rng.integers(4, 22))) for _ in range(int(rng.integers(1, 9)))
    ]
    scale, ink, roll = float(rng.uniform(0.4, 1.6)), colour(rng), int(rng.choice([0, 0, 1, 3]))
    font, x = int(rng.integers(0, 8)), int(rng.integers(0, max(1, size[1] // 2)))
    y = int(rng.integers(10, size[0]))
    plate = colour(rng) if rng.random() < 0.4 else None

    def edit(a: Image, i: int) -> Image:
        if plate is not None:
            cv2.rectangle(a, (x - 5, y - int(30 * scale)), (size[1] - 7, y + int(30 * scale * len(lines))), plate, -1)
        for k, line in enumerate(lines):
            at = (x, int(y + k * 30 * scale - roll * i))
            cv2.putText(a, line, at, font, scale, ink, 1 + int(scale), cv2.LINE_AA)
        return a

    return edit


def caption_plate(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """A lower third: a plate with two lines and a coloured edge that appears, slides or wipes in, and goes again."""
    height, width = size
    tall, wide = int(height * rng.uniform(0.1, 0.3)), int(width * rng.uniform(0.3, 0.95))
    y, x = int(rng.uniform(0, 1) * (height - tall)), int(rng.uniform(0, 1) * (width - wide))
    plate, ink, edge = colour(rng), colour(rng), colour(rng)
    words = ["".join(chr(int(c)) for c in rng.integers(97, 123, rng.integers(4, 18))) for _ in range(2)]
    first, stay, speed = int(rng.integers(0, 14)), int(rng.integers(2, 20)), int(rng.choice([0, 6, 20, 64]))
    alpha, how = float(rng.choice([1.0, 0.85, 0.6])), rng.choice(["slide", "wipe"])

    def edit(a: Image, i: int) -> Image:
        if not first <= i < first + stay:
            return a
        shown = wide if not speed else min(wide, speed * (i - first + 1))
        card = np.empty((tall, wide, 3), dtype=np.uint8)
        card[:], card[:, : max(2, wide // 40)] = plate, edge
        for k, line in enumerate(words):
            at = (wide // 20 + 4, int(tall * (0.45 + 0.45 * k)))
            cv2.putText(card, line, at, 0, tall / 90, ink, 1, cv2.LINE_AA)
        part = card[:, wide - shown :] if how == "slide" else card[:, :shown]
        under = a[y : y + tall, x : x + shown]
        under[:] = cv2.addWeighted(part, alpha, under, 1 - alpha, 0)
        return a

    return edit


def spoken(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Captions as short films have them: one to five words that pop up, outlined or boxed, the word being said in another colour,
    and others a third of a second later."""
    height, width = size
    tall = int(np.clip(height * rng.uniform(0.04, 0.14), 9, 90))
    edge = int(rng.choice([0, 1, 2, 4]) * tall / 24)
    ink, rim, said, plate = (tuple(colour(rng)) for _ in range(4))
    if rng.random() < 0.6:
        ink, rim = (255, 255, 255), (0, 0, 0)
    middle = width * rng.uniform(0.3, 0.7), height * rng.uniform(0.45, 0.95)
    boxed, one_by_one, upper, pops = rng.random(4) < (0.3, 0.5, 0.4, 0.4)
    said = said if rng.random() < 0.5 else ink
    groups, first = [], -int(rng.integers(0, 8))
    while first < LONGEST:
        words = ["".join(rng.choice(SYLLABLES, rng.integers(1, 4))) for _ in range(int(rng.integers(1, 6)))]
        stay = int(rng.integers(3, 16))
        groups.append((first, first + stay, [w.upper() if upper else w for w in words]))
        first += stay + int(rng.choice([0, 0, 0, 4]))

    def edit(a: Image, i: int) -> Image:
        now = next((g for g in groups if g[0] <= i < g[1]), None)
        if now is None:
            return a
        begin, end, words = now
        turn = min(len(words) - 1, (i - begin) * len(words) // (end - begin))
        scale = (0.7, 0.9)[i - begin] if pops and i - begin < 2 else 1.0
        face = ImageFont.load_default(max(8, int(tall * scale)))
        gap = face.getlength(" ")
        lengths = [face.getlength(w) for w in words]
        x, y = middle[0] - (sum(lengths) + gap * (len(words) - 1)) / 2, middle[1] - tall / 2
        canvas = PIL.Image.fromarray(a)
        draw = ImageDraw.Draw(canvas)
        for k, (word, length) in enumerate(zip(words, lengths, strict=True)):
            if one_by_one and k > turn:
                break
            if boxed:
                draw.rectangle((x - 4, y - 2, x + length + 4, y + tall * 1.25), fill=plate)
            draw.text((x, y), word, fill=said if k == turn else ink, font=face, stroke_width=edge, stroke_fill=rim)
            x += length + gap
        return np.array(canvas)

    return edit


def graphics(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Flat rectangles, lower thirds, logos, frames and circles, still or sliding."""
    shapes = [
        (box(size, rng, 0.05, 0.5), colour(rng), int(rng.integers(0, 3)), rng.integers(-3, 4, 2)) for _ in range(4)
    ]
    alpha = float(rng.choice([1.0, 1.0, 0.7]))

    def edit(a: Image, i: int) -> Image:
        drawn = a.copy()
        for (rows, cols), ink, kind, speed in shapes:
            x, y = int(cols.start + speed[0] * i), int(rows.start + speed[1] * i)
            wide, tall = cols.stop - cols.start, rows.stop - rows.start
            if kind == 0:
                cv2.rectangle(drawn, (x, y), (x + wide, y + tall), ink, -1)
            elif kind == 1:
                cv2.rectangle(drawn, (x, y), (x + wide, y + tall), ink, 3)
            else:
                cv2.circle(drawn, (x + wide // 2, y + tall // 2), max(2, min(wide, tall) // 2), ink, -1, cv2.LINE_AA)
        return np.asarray(cv2.addWeighted(drawn, alpha, a, 1 - alpha, 0), dtype=np.uint8)

    return edit


def interface(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """A game's or a desktop's panels: grids of cells, bars, tables."""
    rows, cols = box(size, rng, 0.25, 0.8)
    step, ink, ground = int(rng.integers(9, 41)), colour(rng), colour(rng)
    fills = {(int(y), int(x)): colour(rng) for y, x in rng.integers(0, 12, (int(rng.integers(0, 30)), 2))}

    def edit(a: Image, _: int) -> Image:
        part = a[rows, cols]
        part[:] = (part * 0.3 + np.array(ground) * 0.7).astype(np.uint8)
        for (y, x), fill in fills.items():
            cv2.rectangle(part, (x * step, y * step), ((x + 1) * step, (y + 1) * step), fill, -1)
        part[::step], part[:, ::step] = ink, ink
        return a

    return edit


def checker(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """A chequered or tiled floor, tilted, over part of the picture."""
    side, a_ink, b_ink, angle = int(rng.integers(6, 40)), colour(rng), colour(rng), float(rng.uniform(0, 0.6))
    place = box(size, rng, 0.2, 0.8)
    speed = float(rng.choice([0, 0, 1, 2]))

    def edit(a: Image, i: int) -> Image:
        yy, xx = np.mgrid[place[0], place[1]].astype(np.float32)
        u, v = xx * np.cos(angle) + yy * np.sin(angle) + speed * i, yy * np.cos(angle) - xx * np.sin(angle)
        odd = ((u // side + v // side) % 2).astype(bool)
        a[place] = np.where(odd[..., None], np.array(a_ink), np.array(b_ink)).astype(np.uint8)
        return a

    return edit


def lines(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Line drawings: polygons and hatching on a plain ground."""
    ground, ink = colour(rng), colour(rng)
    points = rng.integers(0, max(size), (int(rng.integers(6, 40)), 2, 2))
    drift = rng.integers(-2, 3, points.shape)

    def edit(a: Image, i: int) -> Image:
        a[:] = ground
        for p, q in (points + drift * i).tolist():
            cv2.line(a, p, q, ink, 2, cv2.LINE_AA)
        return a

    return edit


def flashes(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Single frames lit up, as by a camera flash or lightning."""
    lit = set(rng.integers(1, 20, 3).tolist())
    gain, lift = float(rng.uniform(1.3, 3.0)), float(rng.uniform(10, 90))
    return lambda a, i: np.clip(a * gain + lift, 0, 255).astype(np.uint8) if i in lit else a


def grain(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Sensor noise, snow, or coloured noise, on a picture made dark or not."""
    sigma, dark = float(rng.uniform(3, 45)), float(rng.choice([1.0, 1.0, 0.25]))
    mono, coarse = bool(rng.random() < 0.5), int(rng.choice([1, 1, 2, 3]))

    def edit(a: Image, i: int) -> Image:
        rows, cols = -(-size[0] // coarse), -(-size[1] // coarse)
        noise = np.random.default_rng(i).normal(0, sigma, (rows, cols, 1 if mono else 3))
        return np.clip(a * dark + np.kron(noise, np.ones((coarse, coarse, 1)))[: size[0], : size[1]], 0, 255).astype(
            np.uint8
        )

    return edit


def fade(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """A fade to or from a colour."""
    ink, back = np.array(colour(rng) if rng.random() < 0.3 else (0, 0, 0)), bool(rng.random() < 0.5)
    return lambda a, i: (a * (s := abs(back - min(1.0, i / 19))) + ink * (1 - s)).astype(np.uint8)


def confetti(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Falling bits of coloured paper, rain or snow."""
    n = int(rng.integers(20, 250))
    at, speed = rng.uniform(0, 1, (n, 2)) * size, rng.normal((6, 0), 3, (n, 2))
    inks, sides = rng.integers(0, 256, (n, 3)), rng.integers(2, 14, (n, 2))
    spin = rng.uniform(0, 180, n)

    def edit(a: Image, i: int) -> Image:
        for k in range(n):
            y, x = (at[k] + speed[k] * i) % size
            rect = ((float(x), float(y)), (float(sides[k][0]), float(sides[k][1])), float(spin[k] + 9 * i))
            cv2.fillPoly(a, [cv2.boxPoints(rect).astype(np.int32)], inks[k].tolist(), cv2.LINE_AA)
        return a

    return edit


def levels(size: tuple[int, int], rng: np.random.Generator) -> Edit:
    """Strong grading: posterised, tinted, inverted, or lifted; letterboxed at times."""
    steps, tint, bars = int(rng.choice([6, 12, 24, 256])), rng.uniform(0.4, 1.4, 3), int(rng.choice([0, 0, 12, 30]))
    invert = bool(rng.random() < 0.15)

    def edit(a: Image, _: int) -> Image:
        graded = np.clip((a // (256 // steps) * (256 // steps)) * tint, 0, 255).astype(np.uint8)
        graded = 255 - graded if invert else graded
        if bars:
            graded[:bars], graded[-bars:] = 0, 0
        return graded

    return edit
