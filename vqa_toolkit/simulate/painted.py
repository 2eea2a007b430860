"""Painted block corruption: the second family, drawn over the picture without any bitstream.

A patch is a run of square blocks in raster order (as a lost slice leaves it) or a rectangle, alive for some time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Box
from vqa_toolkit.simulate.core import ClipFacts, Extent, Frame, PictureFault, param

Mode = Literal[
    "displaced", "constant", "repeated", "green", "grey", "smear", "pattern", "copy", "noise", "tint", "coarse", "gradient"
]  # fmt: skip
MODES: tuple[Mode, ...] = (
    "displaced", "constant", "repeated", "green", "grey", "smear", "pattern", "copy", "noise", "tint", "coarse", "gradient",
)  # fmt: skip
BLOCKS_PX = (8, 16, 16, 16, 32, 64)  # transform, macroblock and coding-tree sizes
GREEN = (0, 0, 0)  # Y'CbCr of a buffer that was never written: shown as green
GREY = (128, 128, 128)  # a prediction from nothing
HISTORY_FRAMES = 8  # how old a copied picture may be
CELL_PX = 32
Area = tuple[slice, slice]


class Patch(NamedTuple):
    """Blocks ``first`` … ``first + run`` of the grid of ``side`` px (or a rectangle), alive in [born, died) seconds."""

    mode: Mode
    side: int
    first: int
    run: int
    rectangle: bool
    born: float
    died: float
    seed: int


def draw_patches(
    rng: np.random.Generator,
    facts: ClipFacts,
    strength: float,
    span: tuple[float, float],
    modes: Sequence[Mode] = MODES,
) -> list[Patch]:
    """Patches over ``span`` seconds: more, larger and longer with strength; one always covers the whole span."""
    patches = []
    for number in range(1 + int(rng.poisson(6 * strength))):
        side = int(rng.choice(BLOCKS_PX))
        side = min(side, max(8, min(facts.width, facts.height) // 4 // 8 * 8))
        total = (facts.width // side) * (facts.height // side)
        run = 1 + int(rng.geometric(1 / (1 + total * (0.01 + 0.12 * strength * strength))))
        life = float(rng.exponential(0.2 + strength)) + 2 / max(facts.fps, 1.0)
        born = span[0] if number == 0 else float(rng.uniform(*span))
        died = span[1] if number == 0 else min(span[1], born + life)
        patches.append(
            Patch(
                modes[int(rng.integers(len(modes)))],
                side,
                int(rng.integers(total)),
                min(run, total),
                bool(rng.random() < 0.4),
                born,
                died,
                int(rng.integers(2**31)),
            )
        )
    return patches


def areas(patch: Patch, height: int, width: int) -> list[Area]:
    """The pixel areas of a patch's blocks, whole rows of blocks joined."""
    cols, rows = width // patch.side, height // patch.side
    row, col = divmod(patch.first % (rows * cols), cols)
    if patch.rectangle:
        wide = max(1, min(cols - col, round(np.sqrt(patch.run * 1.5))))
        tall = max(1, min(rows - row, patch.run // wide))
        return [area(patch.side, row + r, col, col + wide) for r in range(tall)]
    found, left = [], patch.run
    while left > 0 and row < rows:
        stop = min(cols, col + left)
        found.append(area(patch.side, row, col, stop))
        left -= stop - col
        row, col = row + 1, 0
    return found


def area(side: int, row: int, first: int, stop: int) -> Area:
    """One row of blocks as slices."""
    return slice(row * side, (row + 1) * side), slice(first * side, stop * side)


def paint(yuv: NDArray[np.uint8], patch: Patch, past: Sequence[NDArray[np.uint8]], number: int) -> None:
    """Draw ``patch`` into ``yuv`` (h, w, 3) in place; ``past`` holds earlier clean pictures, newest last."""
    rng = np.random.default_rng(patch.seed)
    plain = np.array(GREEN if patch.mode == "green" else GREY)
    colour = rng.integers(16, 236, 3) if patch.mode == "constant" else plain
    shift = (rng.integers(-6, 7, 2) * patch.side + rng.integers(-3, 4, 2) * 2).tolist()
    age = 1 + int(rng.integers(HISTORY_FRAMES))
    source = past[max(0, len(past) - age)] if past else yuv
    before = yuv.copy() if patch.mode in KEPT else yuv
    tile: NDArray[np.uint8] | None = None
    for rows, cols in areas(patch, yuv.shape[0], yuv.shape[1]):
        shape = yuv[rows, cols].shape
        if patch.mode in ("constant", "green", "grey"):
            yuv[rows, cols] = colour
        elif patch.mode == "copy":
            yuv[rows, cols] = source[rows, cols]
        elif patch.mode in SPOILT:
            yuv[rows, cols] = SPOILT[patch.mode](before[rows, cols], patch.side, np.random.default_rng(patch.seed))
        elif patch.mode == "displaced":
            moved_rows = np.arange(rows.start, rows.stop) + shift[0] + (number // 4) * int(rng.integers(0, 2))
            moved = np.take(before, np.clip(moved_rows, 0, yuv.shape[0] - 1), axis=0)
            wide = np.clip(np.arange(cols.start, cols.stop) + shift[1], 0, yuv.shape[1] - 1)
            yuv[rows, cols] = moved[:, wide]
        elif patch.mode == "smear":
            if patch.seed % 2:
                yuv[rows, cols] = before[max(0, areas(patch, *yuv.shape[:2])[0][0].start - 1)][None, cols]
            else:
                yuv[rows, cols] = before[rows, max(0, cols.start - 1)][:, None]
        else:
            if tile is None:
                tile = before[rows, cols][:, : patch.side] if patch.mode == "repeated" else basis(rng, patch.side)
            yuv[rows, cols] = np.tile(tile, (1, shape[1] // patch.side, 1))


def noisy(part: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Random samples of one or of several pixels, luma mostly."""
    grain = int(rng.choice([1, 1, 2, 4]))
    small = rng.normal(0, 1, (-(-part.shape[0] // grain), -(-part.shape[1] // grain), 3))
    drawn = 128 + small.repeat(grain, axis=0).repeat(grain, axis=1) * (60, 25, 25)
    return np.clip(drawn[: part.shape[0], : part.shape[1]], 0, 255).astype(np.uint8)


def tinted(part: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Right in shape, wrong in colour or brightness: a lost or doubled mean of the block."""
    offset = rng.normal(0, (30, 35, 35)) * rng.choice([0, 1, 1], 3)
    if np.abs(offset).max() < 12:  # hardly seen
        offset[0] = rng.choice([-24, 24])
    shown: NDArray[np.uint8] = np.clip(part + offset, 0, 255).astype(np.uint8)
    return shown


def coarse(part: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Every block is its own mean: no coefficient but the first arrived."""
    small = cv2.resize(
        part, (max(1, part.shape[1] // side), max(1, part.shape[0] // side)), interpolation=cv2.INTER_AREA
    )
    return np.asarray(cv2.resize(small, part.shape[1::-1], interpolation=cv2.INTER_NEAREST), dtype=np.uint8)


def graded(part: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A smear that fades: interpolated between the two ends of the run, or from its first column to a grey."""
    share = np.linspace(0, 1, part.shape[1])[None, :, None]
    last = part[:, -1:].mean(axis=0, keepdims=True) if rng.random() < 0.5 else np.full((1, 1, 3), rng.uniform(90, 150))
    first = part[:, :1].astype(np.float32)
    return np.clip(first * (1 - share) + last * share, 0, 255).astype(np.uint8)


SPOILT: dict[str, Callable[[NDArray[np.uint8], int, np.random.Generator], NDArray[np.uint8]]] = {
    "noise": noisy, "tint": tinted, "coarse": coarse, "gradient": graded,
}  # fmt: skip
KEPT = {"displaced", "smear", "repeated", *SPOILT}  # modes that read the picture as it was before the patch


def basis(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    """A block as wrong coefficients draw it: a few DCT basis functions of large amplitude, (side, side, 3)."""
    block = np.zeros((side, side, 3), dtype=np.float32)
    for plane, reach in enumerate((1.0, 0.4, 0.4)):
        coefficients = np.zeros((side, side), dtype=np.float32)
        coefficients[0, 0] = rng.uniform(30, 220) * side if plane == 0 else (128 + rng.normal(0, 30)) * side
        for _ in range(int(rng.integers(1, 5))):
            coefficients[tuple(rng.integers(0, min(8, side), 2))] += rng.normal(0, 60) * side * reach
        block[..., plane] = cv2.idct(coefficients)
    return np.clip(block, 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintedBlocks(PictureFault):
    """Blocks displaced, of one colour, repeated, green, grey, smeared, patterned, copied from an earlier picture, noisy, tinted,
    coarse or graded.

    Strength scales number (1 … about 8), size (single blocks … a third of the picture) and life of the patches.
    """

    name: ClassVar[str] = "painted_blocks"
    defect: ClassVar[str | None] = "block_corruption"
    mode: str = param("displaced", choices=(*MODES, "mixed"), doc="what the blocks show")

    def patches(self, facts: ClipFacts, rng: np.random.Generator) -> list[Patch]:
        """The patches of this fault by one draw of ``rng``."""
        modes: Any = MODES if self.mode == "mixed" else (self.mode,)
        return draw_patches(rng, facts, self.strength, (self.start, min(self.end, facts.duration)), modes)

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        """Frames with the living patches drawn over them."""
        patches = self.patches(facts, rng)
        past: deque[NDArray[np.uint8]] = deque(maxlen=HISTORY_FRAMES)
        for number, frame in enumerate(frames):
            yuv = frame.yuv.copy()
            for patch in patches:
                if patch.born <= frame.t < patch.died and self.start <= frame.t < self.end:
                    paint(yuv, patch, list(past), number)
            past.append(frame.yuv)
            yield Frame(frame.t, yuv)

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        """Exact times, the box around all patches, and the painted share of every 32-px cell."""
        patches = self.patches(facts, rng)
        inside = np.flatnonzero((times >= self.start) & (times < self.end))
        cells = [painted_cells(patches, float(times[i]), facts) for i in inside]
        if not cells:
            return Extent(self.start, self.end)
        every = np.stack(cells)
        step = float(np.median(np.diff(times))) if len(times) > 1 else 1 / max(facts.fps, 1.0)
        last = float(times[inside[-1] + 1]) if inside[-1] + 1 < len(times) else float(times[-1]) + step
        return Extent(float(times[inside[0]]), last, around(every.max(axis=0), facts), mask=(times[inside], every))


def painted_cells(patches: Sequence[Patch], t: float, facts: ClipFacts) -> NDArray[np.float32]:
    """The share of every 32-px cell that the patches alive at ``t`` cover, (ceil(h/32), ceil(w/32))."""
    covered = np.zeros((facts.height, facts.width), dtype=np.float32)
    for patch in patches:
        if patch.born <= t < patch.died:
            for place in areas(patch, facts.height, facts.width):
                covered[place] = 1.0
    rows, cols = -(-facts.height // CELL_PX), -(-facts.width // CELL_PX)
    whole = np.zeros((rows * CELL_PX, cols * CELL_PX), dtype=np.float32)
    inside = whole.copy()
    whole[: facts.height, : facts.width], inside[: facts.height, : facts.width] = covered, 1.0
    cells = (rows, CELL_PX, cols, CELL_PX)
    share: NDArray[np.float32] = whole.reshape(cells).sum(axis=(1, 3)) / inside.reshape(cells).sum(axis=(1, 3))
    return share


def around(cells: NDArray[np.float32], facts: ClipFacts) -> Box:
    """The box around all cells that are not empty, as fractions of the picture."""
    rows, cols = np.flatnonzero(cells.max(axis=1) > 0), np.flatnonzero(cells.max(axis=0) > 0)
    if not len(rows):
        return Box(0.0, 0.0, 1.0, 1.0)
    top, left = rows[0] * CELL_PX / facts.height, cols[0] * CELL_PX / facts.width
    bottom = min(1.0, (rows[-1] + 1) * CELL_PX / facts.height)
    right = min(1.0, (cols[-1] + 1) * CELL_PX / facts.width)
    return Box(float(left), float(top), float(right - left), float(bottom - top))
