"""Noise: random grain of luma or chroma beyond what film and sensors add, and analogue snow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import spans
from vqa_toolkit.measures.grain import UNKNOWN, Lines, line_noise, lines, spikes
from vqa_toolkit.measures.sampled import Sampled
from vqa_toolkit.measures.smooth import running_median

LUMA = Need("luma")
PLANES = Need("planes")
SMOOTH_FRAMES, WHITE_FRAMES = 5, 7
WORDS = {
    "luma": "Grain of {v:.1f} code values covers the picture", "chroma": "Colour noise of {v:.1f} code values covers the picture",
    "snow": "Snow: {v:.2%} of the pixels flash white or black",
}  # fmt: skip
OWN = 0.25  # quantile over the title that stands for its own noise


@dataclass(frozen=True, slots=True)
class NoiseLimits(Limits):
    """How much noise is too much."""

    luma: float = limit(
        5.0, unit="code values RMS", low=1.0, high=40.0, origin="twice the noisiest clean development clip",
        doc="noise of the flattest places",
    )  # fmt: skip
    whiteness: float = limit(
        0.54, unit="of 1", low=0.1, high=1.2, origin="coded noise measures 0.55 to 0.8, content below 0.5",
        doc="how alike neighbours and next neighbours differ in luma: below it, it is content",
    )  # fmt: skip
    rise: float = limit(3.0, unit="times the title's own", low=1.0, high=20.0, doc="luma noise from here on may be less white",
                        origin="clean development clips rise to 1.5")  # fmt: skip
    risen_whiteness: float = limit(
        0.46, unit="of 1", low=0.1, high=1.2, origin="noise of 12 codes over a fast pan, coded, 0.48; slopes and texture to 0.4",
        doc="whiteness of luma noise that rises so far above the title's own",
    )  # fmt: skip
    chroma_whiteness: float = limit(
        0.42, unit="of 1", low=0.1, high=1.2, origin="coded colour noise measures 0.5 to 0.65",
        doc="the same for chroma, which most formats have smoothed already",
    )  # fmt: skip
    fresh: float = limit(0.75, unit="of 1", low=0.1, high=1.0, origin="noise is new in every picture, still texture is not",
                         doc="how much of the grain is new in each picture: below it, it is texture")  # fmt: skip
    chroma: float = limit(2.0, unit="code values RMS", low=0.5, high=20.0, origin="clean development clips measure below 0.8",
                          doc="noise of the flattest places of Cb and Cr")  # fmt: skip
    snow: float = limit(
        0.004, unit="of the pixels", low=0.0002, high=0.2, origin="QCTools calls TOUT up to 0.009 normal, without the "
        "temporal test made here", doc="share of pixels that stick out for one frame",
    )  # fmt: skip
    min_duration: float = limit(0.3, unit="s", low=0.0, high=5.0, origin="flashes, cuts and title lines that roll in are shorter",
                                doc="shortest finding")  # fmt: skip


class Noise(Detector):
    """Random noise in the flattest fifth of the picture, about 12.5 times a second, on every 24th line at native size.

    ``luma`` and ``chroma``: RMS by second differences (code values of 8 bits) with ``white`` telling noise from slopes
    and ``fresh`` from texture that stays; ``snow``: share of pixels that stick out from the lines above and below, new in this frame.
    """

    name = "noise"
    version = "2"
    title = "Noise"
    defects = ("noise",)
    needs = (LUMA, PLANES)
    limits = NoiseLimits
    CLEAN = (Case(), Case(scene="crowd"), Case(scene="confetti"), Case(scene="foliage"))
    FAULTY = (
        Case(faults=("noise@2:4",), expect=(Expect("noise", 2.0, 4.0),)),
        Case(faults=("noise@2:4,mode=chroma",), expect=(Expect("noise", 2.0, 4.0),)),
        Case(faults=("noise@2:4,mode=snow",), expect=(Expect("noise", 2.0, 4.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        depth = media.video.bit_depth if media.video is not None else 8
        self._unit = 2.0 ** (max(depth, 8) - 8)
        names = (("luma", "code values RMS"), ("white", "of 1"), ("chroma", "code values RMS"),
                 ("chroma_white", "of 1"), ("snow", "of the pixels"), ("fresh", "of 1"))  # fmt: skip
        self._curves = [Curve(n, u) for n, u in names]
        self._before: Lines | None = None
        self._sampled = Sampled(media)

    def update(self, chunk: Chunk) -> None:
        """Measure about 12.5 frames a second, each against the one right before it."""
        luma, planes = chunk.view(LUMA), chunk.view(PLANES)
        if luma is None or planes is None:
            return
        places = self._sampled.pick(len(luma))
        measured = set(places.tolist())
        rows = []
        for i, y in enumerate(luma.data):
            now = lines(y)
            if i in measured:
                rows.append(self._measure(now, planes.data[i]))
            self._before = now
        for curve, values in zip(
            self._curves, np.array(rows, np.float32).reshape(-1, len(self._curves)).T, strict=True
        ):
            curve.extend(luma.t[places], values, luma.end)

    def _measure(self, now: Lines, planes: tuple[Any, Any, Any]) -> tuple[float, ...]:
        grain = line_noise(now.middle, None if self._before is None else self._before.middle)
        tints = [line_noise(lines(p / self._unit if self._unit > 1 else p).middle) for p in planes[1:] if p.size]
        tint = max(tints, key=lambda v: float(np.nan_to_num(v.sigma))) if tints else UNKNOWN
        snow = spikes(now, self._before)
        return grain.sigma, grain.white, tint.sigma, tint.white, snow, grain.fresh

    def finish(self) -> Iterable[Signal]:
        """The six curves."""
        if self._before is None:
            raise NotAssessable("no picture could be decoded")
        return [c.signal() for c in self._curves]

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans in which any kind of noise exceeds its limit; one finding each, named by the worst kind."""
        base = signals["luma"]
        if not len(base.t):
            return
        kinds, levels = ("luma", "chroma", "snow"), []
        over = np.zeros(len(base.t), dtype=bool)
        for kind, white in zip(kinds, ("white", "chroma_white", ""), strict=True):
            level = np.nan_to_num(running_median(np.nan_to_num(signals[kind].v), SMOOTH_FRAMES))
            floor: Any = limits.chroma_whiteness
            if kind == "luma":  # what rises far above the title's own is noise although coding smooths it
                risen = level >= limits.rise * np.quantile(level, OWN)
                floor = np.where(risen, limits.risen_whiteness, limits.whiteness)
                level = np.where(np.nan_to_num(signals["fresh"].v, nan=1.0) >= limits.fresh, level, 0.0)
            if white:
                level = np.where(running_median(np.nan_to_num(signals[white].v), WHITE_FRAMES) >= floor, level, 0.0)
            levels.append(level)
            over |= level >= getattr(limits, kind)
        for span in spans(base, over, min_duration=limits.min_duration, merge_gap=0.3):
            typical = {kind: float(np.median(level[span.items])) for kind, level in zip(kinds, levels, strict=True)}
            kind = max(kinds, key=lambda k: typical[k] / getattr(limits, k))
            value, threshold = typical[kind], float(getattr(limits, kind))
            unit = "of the pixels" if kind == "snow" else "code values RMS"
            yield Finding(
                span.start, span.end, "noise", "noise", "issue", float(np.clip(value / threshold / 2, 0, 0.99)), value,
                threshold, unit, WORDS[kind].format(v=value) + ".", details={"kind": kind},
            )  # fmt: skip
