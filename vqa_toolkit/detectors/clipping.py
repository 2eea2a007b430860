"""Clipping: waves cut off at one height, at full scale or after being turned down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Axis, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.plateaus import peaks, plateaus, reached
from vqa_toolkit.measures.shelves import Shelves, beside, on_shelf
from vqa_toolkit.measures.sound_blocks import BlockCutter

SOUND = Need("audio")
BLOCK_S, PARTS, PART_S = 0.25, 25, 0.01  # and the parts of a block whose peaks tell where clipping begins and ends
SQUARE_TITLE = (
    0.35  # median of ``square`` from which the title is drawn in square waves: speech and music have 0.05 to 0.2
)
BRIDGE_S = 0.75  # s without loud waves that do not end a clipped passage


@dataclass(frozen=True, slots=True)
class ClippingLimits(Limits):
    """How flat the tops are, how many end at one height, and what is no clipping."""

    fill: float = limit(
        0.60, unit="of the lobe", low=0.5, high=1.0, origin="a parabola fills 0.48, one cut at two thirds of its height 0.8",
        doc="share of a wave's lobe that lies at its top",
    )  # fmt: skip
    pile: float = limit(
        0.45, unit="of the lobes", low=0.1, high=1.0, origin="lobes of unclipped sound thin out towards the peak: 0.1 to 0.3",
        doc="share of high lobes that reach one common ceiling",
    )  # fmt: skip
    square: float = limit(0.5, unit="of the ceiling", low=0.2, high=1.0, origin="square waves stay at their ceiling: 0.8 to 1",
                          doc="median magnitude above which the wave is square by nature")  # fmt: skip
    overdriven: float = limit(0.85, unit="of the ceiling", low=0.2, high=1.0, origin="speech clipped by 12 dB reaches 0.66",
                              doc="the same in a title of other waves, which clipping alone makes square")  # fmt: skip
    held: float = limit(0.002, unit="of the samples", low=0.0002, high=0.5, origin="two in a thousand are heard",
                        doc="share of samples held at the very top, from which uncoded sound is clipped")  # fmt: skip
    shelf: float = limit(
        1.15, unit="times", low=0.8, high=10.0, origin="clean development recordings stay below 1.1, clipping of 5 % reaches 3",
        doc="density of samples at the ceiling over that below it, second after second",
    )  # fmt: skip
    ceiling: float = limit(0.02, unit="of full scale", low=0.005, high=1.0, doc="lowest ceiling that is judged",
                           origin="clipped at full scale and turned down by 34 dB")  # fmt: skip
    same: float = limit(0.1, unit="of the ceiling", low=0.01, high=0.5, origin="codecs move flat tops by 3 to 5 %",
                        doc="how far the ceilings of one passage may scatter")  # fmt: skip
    min_duration: float = limit(0.5, unit="s", low=0.2, high=30.0, origin="two blocks: one alone is chance",
                                doc="shortest passage")  # fmt: skip


class Clipping(Detector):
    """Half-waves that all end at one height and stay there, per 0.25 s and channel.

    Signals: ``fill`` (share of the highest lobes' samples above 0.93 of the ceiling), ``pile`` (share of high lobes that
    reach it), ``ceiling`` (of full scale), ``square`` (median magnitude over ceiling), ``held`` (samples
    held at the top), and over this block and the three before it ``shelf`` (density of samples at a ceiling over that below)
    and ``brink`` (where); ``peak`` per 10 ms. None needs full scale to be touched, so that attenuation hides nothing.
    Coding rounds the tops of noise-like sound and leaves the shelf; what is left at low rates is for the classifier of
    ``audio_artifacts``.
    """

    name = "clipping"
    version = "3"
    title = "Clipping"
    defects = ("clipping",)
    needs = (SOUND,)
    limits = ClippingLimits
    standards = ("EBU QC 0231B", "Netflix [001]")
    CLEAN = (Case(), Case(scene="square_wave"), Case(scene="guitar"))
    FAULTY = (
        Case(faults=("clipping@3:5,strength=0.7",), expect=(Expect("clipping", 3.0, 5.0, 0.5),)),
        Case(faults=("distortion@3:5,strength=0.7,attenuate_db=8",), expect=(Expect("clipping", 3.0, 5.0, 0.5),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        axes = (Axis("channel", "", tuple(float(c) for c in range(media.audio.channels))),)
        self._cut = BlockCutter(BLOCK_S, media.audio.rate, media.audio.channels)
        names = (("fill", "of the lobe"), ("pile", "of the lobes"), ("ceiling", "of full scale"), ("square", "of the ceiling"),
                 ("held", "of the samples"), ("shelf", "times"), ("brink", "of full scale"))  # fmt: skip
        self._shelves = Shelves(BLOCK_S)
        self._curves = [Curve(name, unit, axes) for name, unit in names]
        self._peak = Curve("peak", "of full scale", axes, np.float16)

    def update(self, chunk: Chunk) -> None:
        """Measure every whole block of every channel."""
        view = chunk.view(SOUND)
        for blocks in self._cut.push(view.t, view.data) if view is not None else ():
            tops = [[plateaus(block[:, c]) for c in range(block.shape[1])] for block in blocks.x]
            piles = [self._shelves.add(float(t), block) for t, block in zip(blocks.t, blocks.x, strict=True)]
            parts = (blocks.t[:, None] + PART_S * np.arange(PARTS)).ravel()
            self._peak.extend(parts, np.concatenate([peaks(x, PARTS) for x in blocks.x]), blocks.end)
            values = np.concatenate([np.array(tops), np.array(piles)], axis=2)
            for k, curve in enumerate(self._curves):
                curve.extend(blocks.t, values[:, :, k], blocks.end)

    def finish(self) -> Iterable[Signal]:
        """The eight curves."""
        signals = [c.signal() for c in (*self._curves, self._peak)]
        if not len(signals[0].t):
            raise NotAssessable(f"there is less than {BLOCK_S:g} s of sound")
        return signals

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Passages of flat tops at one ceiling; channels that clip together are one finding."""
        fill, ceiling = signals["fill"], signals["ceiling"].v
        flat = (fill.v >= limits.fill) & (signals["pile"].v >= limits.pile)
        flat |= signals["held"].v >= limits.held
        tops_seen = flat.copy()
        square = signals["square"].v
        piles = on_shelf(signals["shelf"].v, signals["brink"].v, ceiling, limits.shelf)
        loud = ceiling >= limits.ceiling
        most = limits.square if loud.any() and np.median(square[loud]) > SQUARE_TITLE else limits.overdriven
        flat |= piles & (beside(square) <= most)
        flat &= loud & (square <= most)
        together = flat.any(axis=1)
        for span in spans(fill, together, min_duration=0.0, merge_gap=BRIDGE_S):
            here = flat[span.items]
            tops = ceiling[span.items][here]
            level = float(np.median(tops))
            alike = float(np.mean(np.abs(tops / level - 1) <= limits.same))
            long = span.end - span.start >= limits.min_duration - 1e-6 and int(here.any(axis=1).sum()) >= 2
            if long and alike >= 0.6:
                told = np.count_nonzero(tops_seen[span.items] & here) >= np.count_nonzero(here) / 2
                piled = 0.0 if told else float(signals["shelf"].v[span.items][here].max())
                start, end = reached(signals["peak"], span, level, limits.same, BLOCK_S)
                value = float(np.median(fill.v[span.items][here]))
                yield _finding(span._replace(start=start, end=end), value, piled, level, here, limits)


def _finding(span: Span, value: float, piled: float, ceiling: float, here: Any, limits: ClippingLimits) -> Finding:
    channel = int(here.sum(axis=0).argmax()) + 1
    level = 20 * float(np.log10(ceiling))
    where = f"at {level:+.1f} dBFS for {span.end - span.start:.2f} s"
    bound, unit, signal = limits.fill, "of the lobe", "fill"
    what = f"tops fill {value:.0%} of their lobes (a round wave: 48 %)"
    if piled:
        value, bound, unit, signal = piled, limits.shelf, "times", "shelf"
        what = f"samples are {piled:.1f} times as dense there as below"
    score = float(np.clip(0.6 + 0.9 * (value / bound - 1), 0, 1))
    return Finding(
        span.start, span.end, "clipping", "clipping", "issue", score, value, bound, unit, f"Waves are cut off {where}: {what}.",
        standards=("EBU QC 0231B", "Netflix [001]"), details={"signal": signal, "channel": channel, "ceiling_dbfs": round(level, 2)},
    )  # fmt: skip
