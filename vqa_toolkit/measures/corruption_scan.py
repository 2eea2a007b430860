"""Looks for damaged blocks window by window: every picture whole on a GPU, chosen tiles on a CPU."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Curve, PacketFact, Signal
from vqa_toolkit.measures.corruption_agreement import Agreement
from vqa_toolkit.measures.corruption_cascade import CELL_PX, choose, evidence, same_shot, tiles

if TYPE_CHECKING:
    from vqa_toolkit.models.corruption_look import Look, Seen

WINDOW_S = 0.5  # pictures are chosen within windows of this length
SCOUT_PX = 1_200_000  # per window on a CPU: px whose features are measured and read by the scout
SMALL_SCOUT_PX = 2_000_000  # the same where the pictures are small: most of them, or all
SMALL_PX = 500_000  # of a picture that is small
GLANCE_PX = 600_000  # of the scout's px, those that the head glances at
LOOK_PX = 220_000  # of these, px that the whole network sees
PROMISING = 0.12  # probability of a cell, by the scout, from which on the head glances at a tile
WORTH = 0.2  # the same, by the head, from which on the whole network looks at it
FOLLOW = 0.9  # probability from which on a tile is followed through its window
FOLLOW_EVERY = 3  # pictures; only the worst tile is looked at in each
WHOLE_EVERY = 4  # windows: so often the worst picture is looked at whole while damage lasts
LASTING = 4  # windows of damage in a row after which it is known well enough to be followed more sparsely
ASKED = 0.7  # probability of a picture's worst cell from which on its tile is looked at in a smaller size as well
ASKED_OF = 3  # pictures of a window at most, the worst: one answer speaks for an event
SMALLER = 0.75  # of the size
NEAR = 1.2  # cells: so near it lies in the smaller map
KEEP_MAP = 10  # percent: pictures with a cell above it keep their map
MAP_EVERY_S = 1.0  # and one in this time does anyway
Pair = tuple[int, int]  # a picture and a tile of it
SAME_S = 1e-3  # times nearer than this are one
FLAG_REACH_S = 5.0  # a decoder's complaint concerns the pictures until the next key frame, at most for this time


class Half(NamedTuple):
    """Half a second: the pictures' luma, for each the luma ``beside`` it (before, after) and whether it was ``complained`` of, and what
    is found: ``maps`` (pictures, rows, cols) and ``probability`` (pictures,), NaN where nobody looked."""

    lumas: list[NDArray[np.uint8]]
    beside: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]
    complained: NDArray[np.bool_]
    maps: NDArray[np.float32]
    probability: NDArray[np.float64]


class Scanner:
    """Buffers pictures to windows of half a second (so that chunk sizes do not matter), looks, and keeps the signals.

    A window is looked at once the picture after it is known: damage is told by both neighbours in time.
    """

    def __init__(self, media: Any, device: str, height: int, width: int) -> None:
        from vqa_toolkit.models.corruption_engine import Engine

        self.engine = Engine(device)
        self.whole = self.engine.on_gpu  # every picture, whole
        self.depth = media.video.bit_depth or 8
        self.full_range = bool(media.video.full_range)
        self.size = height // 2 * 2, width // 2 * 2
        self.tiles = tiles(*self.size)
        self.shape = -(-self.size[0] // CELL_PX), -(-self.size[1] // CELL_PX)
        rows, cols = (tuple((i + 0.5) * CELL_PX for i in range(n)) for n in self.shape)
        self._probability, self._area = Curve("probability", "probability"), Curve("area", "share of cells")
        self._map = Curve("map", "percent", (Axis("y", "px", rows), Axis("x", "px", cols)), dtype=np.uint8)
        self._flagged = Curve("flagged", "", dtype=np.uint8)
        self._peak, self._smaller = Curve("peak", "probability"), Curve("smaller", "probability")
        self._pairs = Agreement()
        self._window: list[tuple[float, Any]] = []
        self._flags: list[float] = []
        self._keys: list[float] = []
        self._before: NDArray[np.uint8] | None = None
        self._ahead: tuple[Any, NDArray[np.uint8]] | None = None
        self._hot: set[int] = set()
        self._turn, self._whole, self._lasted = 0, -WHOLE_EVERY, 0
        self._last_map = -math.inf
        self._looked = self._offered = 0
        self.end = math.nan

    def flag(self, facts: Iterable[PacketFact]) -> None:
        """Remember when the demuxer or the decoder complained about the picture, and where key frames begin."""
        for f in facts:
            if f.stream == "video" and f.complaint:
                self._flags.append(f.t)
            elif f.stream == "video" and f.key:
                self._keys.append(f.t)

    def push(self, t: float, planes: Any) -> None:
        """Take one picture at ``t`` seconds; looks at a window when it is complete."""
        if self._window and math.floor(t / WINDOW_S) != math.floor(self._window[0][0] / WINDOW_S):
            self._scan(planes)
        if planes[0].shape[0] >= self.size[0] and planes[0].shape[1] >= self.size[1]:
            self._window.append((t, planes))

    def finish(self) -> list[Signal]:
        """Look at what is left; the seven signals."""
        self._scan()
        self._pairs.finish()
        pair = Signal(
            "pair", "probability", np.asarray(self._pairs.t), np.asarray(self._pairs.v, np.float32), end=self.end
        )
        curves = (self._probability, self._area, self._map, self._flagged, self._peak, self._smaller)
        return [*(c.signal() for c in curves), pair]

    @property
    def notes(self) -> list[str]:
        """What the reader should know: fall-backs, and how much was looked at."""
        share = self._looked / max(1, self._offered)
        seen = (
            ""
            if share > 0.999
            else f"{share:.0%} of the picture area was looked at, chosen by change and decoder flags"
        )
        return [*self.engine.notes, *([seen] if seen else [])]

    def _scan(self, following: Any = None) -> None:
        if not self._window:
            return
        lumas = [self._luma(p) for _, p in self._window]
        fits = following is not None and all(a >= b for a, b in zip(following[0].shape, self.size, strict=True))
        row = [self._before if self._before is not None else lumas[0], *lumas]
        row.append(self._luma(following) if fits else lumas[-1])
        joined = [same_shot(b, a) for a, b in itertools.pairwise(row)]
        beside = [(row[i] if joined[i] else y, row[i + 2] if joined[i + 1] else y) for i, y in enumerate(lumas)]
        times = np.asarray([t for t, _ in self._window])
        flagged = np.asarray([self._flagged_at(t) for t in times.tolist()])
        self._flags, self._keys = (
            [f for f in marks if f > times[0] - FLAG_REACH_S] for marks in (self._flags, self._keys)
        )
        maps = np.full((len(lumas), *self.shape), np.nan, dtype=np.float32)
        half = Half(lumas, beside, flagged, maps, np.full(len(lumas), np.nan))
        if self.whole:
            self._look_whole(half)
        else:
            self._look_chosen(half)
        end = self.end if math.isfinite(self.end) else float(times[-1])
        self._smaller.extend(times, self._look_smaller(half), end)
        self._keep(times, half, end)
        self._before = lumas[-1].copy()
        self._window = []
        self._turn += 1

    def _flagged_at(self, t: float) -> bool:
        """Whether the picture at ``t``, or one that it may be predicted from, was complained of."""
        refreshed = max((k for k in self._keys if k <= t + SAME_S), default=-math.inf)
        return any(max(refreshed, t - FLAG_REACH_S) - SAME_S <= f <= t + SAME_S for f in self._flags)

    def _luma(self, planes: Any) -> NDArray[np.uint8]:
        from vqa_toolkit.models.corruption_look import full_luma

        if self._ahead is None or self._ahead[0] is not planes:  # the picture after a window is the next one's first
            self._ahead = planes, full_luma(planes[0], self.depth, self.full_range)[: self.size[0], : self.size[1]]
        return self._ahead[1]

    def _look_whole(self, half: Half) -> None:
        from vqa_toolkit.models.corruption_look import Look, to_rgb

        pictures = [self._cut(to_rgb(planes, self.depth, self.full_range)) for _, planes in self._window]
        seen = self.engine.look([Look(rgb, *beside) for rgb, beside in zip(pictures, half.beside, strict=True)])
        for i, answer in enumerate(seen):
            half.maps[i] = answer.map[: self.shape[0], : self.shape[1]]
            half.probability[i] = answer.frame

    def _cut(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return rgb[: self.size[0], : self.size[1]]

    def _look_chosen(self, half: Half) -> None:
        scores = np.stack([evidence(y, b, self.tiles) for y, (b, _) in zip(half.lumas, half.beside, strict=True)])
        size = float(np.mean([_pixels(p) for p in self.tiles]))
        offered = SMALL_SCOUT_PX if self.size[0] * self.size[1] <= SMALL_PX else SCOUT_PX
        chosen = choose(scores, self._hot, half.complained, max(1, round(offered / size)), self._turn)
        glances, budget = (max(2, round(px / size)) for px in (GLANCE_PX, LOOK_PX))
        pairs, found = self._sift(half, chosen, self._hot, glances, budget)
        self._hot = {k for _, k, _ in found}
        self._lasted = self._lasted + 1 if found else 0
        if not found:
            return
        lasting = self._lasted > LASTING
        worst = max(found, key=lambda f: f[2])[1]
        count, done = len(half.lumas), set(pairs)
        follow = [(i, worst) for i in range(0, count, FOLLOW_EVERY if lasting else 1)]
        follow += [(i, k) for i in range(0, count, FOLLOW_EVERY) for k in sorted(self._hot - {worst})]
        follow = [p for p in follow if p not in done][: budget if lasting else 2 * budget]
        if self._turn >= self._whole + WHOLE_EVERY * (2 if lasting else 1):
            self._whole, at = self._turn, int(np.nanargmax(half.probability))
            done.update(follow)
            follow += [(at, k) for k in range(len(self.tiles)) if (at, k) not in done]
        self._sift(half, follow, set(), len(follow), len(follow))

    def _sift(
        self, half: Half, chosen: list[Pair], hot: set[int], glances: int, budget: int
    ) -> tuple[list[Pair], list[tuple[int, int, float]]]:
        """Let the scout judge the ``chosen`` pairs of picture and tile, the head up to so many ``glances`` of those that promise
        anything, and the whole network up to a ``budget`` of those that are still worth it. Everybody's word is noted.
        ``hot`` tiles, and all where the decoder complained, go on whatever is said of them.

        Returns the pairs that came to the last, and of these the damaged ones, with their probability.
        """
        complained = bool(half.complained.any())
        scouted = self._looks(half, chosen)
        guesses = self.engine.scout(scouted)
        promise = np.asarray([guess.map.max() for guess in guesses])
        doubtful = [complained or k in hot for _, k in chosen]
        dull = np.flatnonzero(promise < PROMISING).tolist()  # have the scout's word, unless the head is asked
        self._note(half, [chosen[n] for n in dull], [guesses[n] for n in dull])
        ranked = np.argsort(-promise, kind="stable").tolist()
        worth = [n for n in ranked if doubtful[n] or promise[n] >= PROMISING][:glances]
        glanced = [chosen[n] for n in worth]
        first = self.engine.glance([scouted[n]._replace(facts=guesses[n].facts) for n in worth])
        if self.engine.light:  # the glance was all there is
            return glanced, self._note(half, glanced, first)
        order = np.argsort([-seen.frame for seen in first], kind="stable").tolist()
        best = [i for i in order[:budget] if doubtful[worth[i]] or first[i].map.max() >= WORTH]
        rest = sorted(set(order) - set(best))  # have the head's word alone
        self._note(half, [glanced[i] for i in rest], [first[i] for i in rest])
        pairs = [glanced[i] for i in best]
        looks = [scouted[worth[i]]._replace(facts=first[i].facts) for i in best]
        return pairs, self._note(half, pairs, self.engine.look(looks, sparing=not complained))

    def _looks(self, half: Half, pairs: list[Pair]) -> list[Look]:
        from vqa_toolkit.models.corruption_look import Look, to_rgb

        looks = []
        for i, k in pairs:
            rows, cols = self.tiles[k].rows, self.tiles[k].cols
            planes = tuple(_part(p, rows, cols, self._window[i][1][0].shape) for p in self._window[i][1])
            rgb = to_rgb((planes[0], planes[1], planes[2]), self.depth, self.full_range)
            before, after = (np.ascontiguousarray(luma[rows, cols]) for luma in half.beside[i])
            looks.append(Look(rgb, before, after))
        return looks

    def _look_smaller(self, half: Half) -> NDArray[np.float64]:
        """Probability of the worst pictures' worst cells at three quarters of their size; NaN where it was not asked."""
        from vqa_toolkit.models.corruption_look import smaller

        found = np.full(len(half.maps), np.nan)
        known = np.nan_to_num(half.maps)
        worst = known.max(axis=(1, 2))
        asked = [i for i in np.argsort(-worst, kind="stable")[:ASKED_OF].tolist() if worst[i] >= ASKED]
        cells = [divmod(int(known[i].argmax()), self.shape[1]) for i in asked]
        pairs = [(i, self._tile_of(*cell)) for i, cell in zip(asked, cells, strict=True)]
        seen = self.engine.look([smaller(look, SMALLER) for look in self._looks(half, pairs)])
        for (i, k), cell, answer in zip(pairs, cells, seen, strict=True):
            tile, near = self.tiles[k], []
            for at, part, side in zip(cell, (tile.cell_rows, tile.cell_cols), answer.map.shape, strict=True):
                centre = (at - part.start + 0.5) / (part.stop - part.start) * side
                near.append(slice(max(0, int(centre - NEAR)), int(centre + NEAR) + 1))
            found[i] = answer.map[near[0], near[1]].max()
        return found

    def _tile_of(self, row: int, col: int) -> int:
        """The last tile that covers a cell of the map."""
        inside = [
            k for k, t in enumerate(self.tiles)
            if t.cell_rows.start <= row < t.cell_rows.stop and t.cell_cols.start <= col < t.cell_cols.stop
        ]  # fmt: skip
        return inside[-1]

    def _note(self, half: Half, pairs: list[Pair], answers: list[Seen]) -> list[tuple[int, int, float]]:
        """Write answers down; returns what is damaged."""
        found = []
        for (i, k), seen in zip(pairs, answers, strict=True):
            part = half.maps[i][self.tiles[k].cell_rows, self.tiles[k].cell_cols]
            np.fmax(part, seen.map[: part.shape[0], : part.shape[1]], out=part)
            half.probability[i] = np.fmax(half.probability[i], seen.frame)
            if seen.frame >= FOLLOW:
                found.append((i, k, seen.frame))
        return found

    def _keep(self, times: NDArray[np.float64], half: Half, end: float) -> None:
        seen, known = np.isfinite(half.maps), np.nan_to_num(half.maps)
        self._looked, self._offered = self._looked + int(seen.sum()), self._offered + seen.size
        area = np.where(seen.any(axis=(1, 2)), (known > 0.5).mean(axis=(1, 2)), np.nan)
        self._probability.extend(times, half.probability, end)
        self._area.extend(times, area, end)
        self._flagged.extend(times, half.complained, end)
        self._peak.extend(times, known.max(axis=(1, 2)), end)
        percent = np.rint(known * 100).astype(np.uint8)
        for i, t in enumerate(times.tolist()):
            self._pairs.push(t, known[i])
            if percent[i].max() > KEEP_MAP or (seen[i].any() and t >= self._last_map + MAP_EVERY_S):
                self._map.extend([t], percent[i : i + 1], end)
                self._last_map = t


def _part(plane: NDArray[Any], rows: slice, cols: slice, full: tuple[int, int]) -> NDArray[Any]:
    """The part of a plane, perhaps a subsampled one, that belongs to these luma rows and columns; both begin at multiples
    of 8."""
    if plane.size == 0:
        return plane
    down, across = -(-full[0] // plane.shape[0]), -(-full[1] // plane.shape[1])
    return plane[rows.start // down : -(-rows.stop // down), cols.start // across : -(-cols.stop // across)]


def _pixels(tile: Any) -> int:
    return int((tile.rows.stop - tile.rows.start) * (tile.cols.stop - tile.cols.start))
