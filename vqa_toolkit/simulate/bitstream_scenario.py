"""One way for a stream to break: coding, loss and concealment, drawn widely; and what a viewer then sees."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.bitstream_codec import (
    FRAMED,
    Codec,
    Coding,
    Concealment,
    Picture,
    Unit,
    aligned,
    decode,
    encode,
    units,
)
from vqa_toolkit.simulate.bitstream_loss import PACKET_MODELS, Loss, LossModel, damage_units, drop_packets
from vqa_toolkit.simulate.bitstream_mask import visible_masks

CODECS: tuple[Codec, ...] = ("h264", "hevc", "mpeg2", "mpeg4", "vp9")
LOSSES: tuple[LossModel, ...] = ("single", "burst", "gilbert", "flip", "remove", "zero", "truncate", "drop_unit")
CONCEALMENTS = ("", "guess_mvs", "deblock", "guess_mvs+deblock", "guess_mvs+deblock+favor_inter", "favor_inter")
DETECTION = ("", "", "", "ignore_err", "crccheck+bitstream+buffer", "aggressive", "explode")


class Scenario(NamedTuple):
    """A break: how the material is coded, how the stream is damaged, how the decoder conceals it."""

    coding: Coding = Coding()
    loss: Loss = Loss()
    concealment: Concealment = Concealment()


class Broken(NamedTuple):
    """What viewers of the intact and of the damaged stream see at the same times, and the damage between them.

    ``times`` are ticks (n,); ``masks`` (n, rows, cols) damaged share per 8-px block and ``sure`` the part of it that no
    neighbour in time explains; ``streams`` hold the clean and the damaged access units.
    """

    times: list[int]
    clean: list[Picture]
    damaged: list[Picture]
    masks: NDArray[np.float32]
    sure: NDArray[np.float32]
    streams: tuple[list[Unit], list[Unit]]


def draw_scenario(rng: np.random.Generator, codecs: Sequence[Codec] = CODECS) -> Scenario:
    """A scenario drawn from everything that this module can do, strength uniform in [0, 1]."""
    codec = codecs[int(rng.integers(len(codecs)))]
    losses = LOSSES if codec not in FRAMED else LOSSES[3:]
    coding = Coding(
        codec,
        gop=int(rng.choice([8, 12, 15, 24, 25, 48, 100])),
        bframes=int(rng.choice([0, 0, 1, 2, 3])),
        slices=int(rng.choice([1, 1, 2, 4, 8])) if codec in ("h264", "hevc") else 1,
        quality=float(rng.random()),
        interlaced=bool(rng.random() < 0.3),
    )
    loss = Loss(losses[int(rng.integers(len(losses)))], float(rng.random()))
    conceal = Concealment(
        CONCEALMENTS[int(rng.integers(len(CONCEALMENTS)))],
        DETECTION[int(rng.integers(len(DETECTION)))],
        bool(rng.random() < 0.85),
    )
    return Scenario(coding, loss, conceal)


def break_stream(
    pictures: Sequence[Picture],
    fps: Fraction,
    scenario: Scenario,
    rng: np.random.Generator,
    window: tuple[float, float] = (0.0, 1.0),
) -> Broken:
    """Encode, damage what is presented within ``window`` (shares of the clip's length), decode, align and compare.

    Pictures before the first that the damaged stream still shows are left out.
    """
    codec = scenario.coding.codec
    stream = encode(pictures, fps, scenario.coding)
    intact = units(stream)
    times = sorted(u.pts for u in intact if u.pts is not None)
    if scenario.loss.model in PACKET_MODELS:
        damaged_units = units(drop_packets(stream, scenario.loss, rng, *window))
    else:
        span = times[-1] - times[0] + 1
        first, last = (round(times[0] + share * span) for share in window)
        damaged_units = damage_units(intact, codec, scenario.loss, rng, first, last)
    clean = decode(intact, codec)
    shown = aligned([t for t, _ in clean], decode(damaged_units, codec, scenario.concealment))
    return compare([t for t, _ in clean], [p for _, p in clean], shown, (intact, damaged_units))


def compare(
    times: list[int], clean: list[Picture], shown: Sequence[Picture | None], streams: tuple[list[Unit], list[Unit]]
) -> Broken:
    """Pair what is shown with the clean pictures; a held picture keeps the mask that it had."""
    kept_t, kept_c, kept_d = [], [], []
    masks: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
    previous: Picture | None = None
    for i, picture in enumerate(shown):
        if picture is None or picture.shape != clean[i].shape:
            continue
        mask = masks[-1] if picture is previous and masks else visible_masks(clean, picture, i)
        previous = picture
        kept_t.append(times[i])
        kept_c.append(clean[i])
        kept_d.append(picture)
        masks.append(mask)
    none = np.zeros((0, 0, 0), dtype=np.float32)
    stack = [np.stack(list(m)) for m in zip(*masks, strict=True)] if masks else [none, none]
    return Broken(kept_t, kept_c, kept_d, stack[0], stack[1], streams)


def captured(pictures: Sequence[Picture], fps: Fraction, coding: Coding, scale: float = 1.0) -> list[Picture]:
    """The pictures as an intact recording of a player's output holds them: scaled by ``scale``, then encoded afresh."""
    if scale != 1.0:
        pictures = [scaled(p, scale) for p in pictures]
    recorded = [p for _, p in decode(units(encode(pictures, fps, coding)), coding.codec)]
    return recorded if len(recorded) == len(pictures) else list(pictures)


def scaled(picture: Picture, scale: float) -> Picture:
    """An I420 picture resized by ``scale`` to the nearest even size."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    size = (round(width * scale / 2) * 2, round(height * scale / 2) * 2)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    luma = cv2.resize(picture[:height], size, interpolation=how)
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    small = [cv2.resize(c, (size[0] // 2, size[1] // 2), interpolation=how) for c in chroma]
    return np.concatenate([luma.reshape(-1), *(c.reshape(-1) for c in small)]).reshape(-1, size[0]).astype(np.uint8)
