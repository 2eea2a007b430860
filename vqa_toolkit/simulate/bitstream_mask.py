"""Where a damaged picture differs visibly from the clean one, per 8-px block and per 32-px cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.bitstream_codec import Picture

BLOCK_PX = 8  # finest coding block of MPEG-2 and of H.264's transforms
CELL_PX = 32  # one output cell of the network
SMOOTH_SIGMA_PX = 1.5  # a texture moved by a pixel is no visible damage; this blur forgives it
HOLD_FRAMES = 6  # how far a held or misplaced picture is looked for
NEARER = 0.6  # share of the distance below which another picture is taken for the one meant
SHIFT_SIGMA_PX = 8.0  # a shift is one only where its surroundings shift alike
SHIFT_LEAST_PX = 32  # pictures smaller than this are compared as they are
SHIFT_PX = 12.0  # the furthest that a shift is followed
UNSEEN, PLAIN = 7.0, 15.0  # code values of 255: difference below which nothing is seen, and above which all is


def planes(picture: Picture) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """The Y, Cb, Cr planes of an I420 picture: (h, w), (h/2, w/2), (h/2, w/2)."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    return picture[:height], chroma[0], chroma[1]


def block_mask(clean: Picture, damaged: Picture) -> NDArray[np.float32]:
    """Damaged share in [0, 1] per 8-px block, (ceil(h/8), ceil(w/8)).

    d = max over planes of |blur(damaged) − blur(clean)|; share = mean over the block of clip((d − 7) / (15 − 7), 0, 1),
    then closed with a 3×3 element (holes inside a damaged area belong to it) and cleared where isolated and faint.
    """
    height, width = clean.shape[0] * 2 // 3, clean.shape[1]
    worst = np.zeros((height, width), dtype=np.float32)
    for a, b in zip(planes(clean), planes(damaged), strict=True):
        d = cv2.absdiff(cv2.GaussianBlur(a, (0, 0), SMOOTH_SIGMA_PX), cv2.GaussianBlur(b, (0, 0), SMOOTH_SIGMA_PX))
        full = d if d.shape == worst.shape else cv2.resize(d, (width, height), interpolation=cv2.INTER_NEAREST)
        worst = np.maximum(worst, full.astype(np.float32))
    seen = np.clip((worst - UNSEEN) / (PLAIN - UNSEEN), 0.0, 1.0)
    rows, cols = -(-height // BLOCK_PX), -(-width // BLOCK_PX)
    padded = np.zeros((rows * BLOCK_PX, cols * BLOCK_PX), dtype=np.float32)
    padded[:height, :width] = seen
    share = padded.reshape(rows, BLOCK_PX, cols, BLOCK_PX).mean(axis=(1, 3))
    grown = cv2.morphologyEx(share, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    grown[cv2.dilate(grown, np.ones((3, 3), np.uint8)) < 0.25] = 0.0
    return grown.astype(np.float32)


def shown_reference(clean: Sequence[Picture], damaged: Picture, at: int) -> int:
    """Which clean picture ``damaged`` should be compared with: number ``at``, or a near one that it repeats.

    A decoder that lost a whole picture, or its time stamp, shows a neighbour: a stutter, not damaged blocks. One is
    taken only when it is closer by two fifths in mean absolute luma difference, on every fourth line.
    """
    height = damaged.shape[0] * 2 // 3

    def distance(i: int) -> float:
        return float(cv2.absdiff(clean[i][:height:4], damaged[:height:4]).mean())

    best = min(range(max(0, at - HOLD_FRAMES), min(len(clean), at + HOLD_FRAMES + 1)), key=distance)
    return best if distance(best) < NEARER * distance(at) else at


def visible_masks(
    clean: Sequence[Picture], damaged: Picture, at: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Damage per 8-px block by two readings: against the clean picture, and against its neighbours in time as well.

    The second spares blocks that show what was there a moment before or after (copied by a concealing decoder in a
    moving scene), or what belongs a little beside (predicted from such a copy): few viewers can see those.
    """
    reference = shown_reference(clean, damaged, at)
    mask = block_mask(clean[reference], damaged)
    sure = mask
    for near in (reference - 2, reference - 1, reference + 1):
        if 0 <= near < len(clean) and float(sure.max(initial=0.0)) > 0:
            sure = np.minimum(sure, block_mask(clean[near], damaged))
    if float(sure.max(initial=0.0)) > 0:
        sure = np.minimum(sure, block_mask(shifted(clean[reference], damaged), damaged))
    return mask, sure


def shifted(clean: Picture, damaged: Picture) -> Picture:
    """The clean picture with its content moved to where the damaged one has it, as far as that is one smooth shift.

    Dense optical flow (OpenCV's DIS), smoothed with a Gaussian of 8 px and cut off at 12 px: it follows content that a
    decoder predicted from the wrong place, and makes no smear, no seam and no foreign block.
    """
    height, width = clean.shape[0] * 2 // 3, clean.shape[1]
    if min(height, width) < SHIFT_LEAST_PX:
        return clean
    flows: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow = flows.calc(np.ascontiguousarray(damaged[:height]), np.ascontiguousarray(clean[:height]), None)
    flow = cv2.GaussianBlur(flow, (0, 0), SHIFT_SIGMA_PX)
    flow = flow * np.minimum(1.0, SHIFT_PX / np.maximum(np.linalg.norm(flow, axis=2, keepdims=True), 1e-6))
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    small = cv2.resize(flow, (width // 2, height // 2), interpolation=cv2.INTER_AREA) / 2
    parts = []
    for plane, by in zip(planes(clean), (flow, small, small), strict=True):
        h, w = plane.shape
        at = across[:h, :w] + by[..., 0], down[:h, :w] + by[..., 1]
        parts.append(
            cv2.remap(np.ascontiguousarray(plane), *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(-1)
        )
    return np.asarray(np.concatenate(parts), dtype=np.uint8).reshape(-1, width)


def cell_mask(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Damaged share per 32-px cell (ceil(h/32), ceil(w/32)) from shares per 8-px block."""
    side = CELL_PX // BLOCK_PX
    rows, cols = -(-blocks.shape[0] // side), -(-blocks.shape[1] // side)
    filled = np.full((rows * side, cols * side), np.nan, dtype=np.float32)
    filled[: blocks.shape[0], : blocks.shape[1]] = blocks
    shares = np.nanmean(filled.reshape(rows, side, cols, side), axis=(1, 3))
    return np.asarray(shares, dtype=np.float32)
