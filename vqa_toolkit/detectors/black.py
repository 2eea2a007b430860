"""Black: no active picture. Dark, unsaturated and without lettering; a small logo does not hide it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span, spans
from vqa_toolkit.measures.blocks import block_means, middle
from vqa_toolkit.measures.fades import beside, faded

LUMA = Need("luma", height=270)
CHROMA = Need("chroma", height=90)
BLACK_CODE, WHITE_CODE = 16, 235  # 8-bit limited range (BT.709)
DARK_SHARE_OF_RANGE = 0.10  # FFmpeg blackdetect pixel_black_th; EBU 0016B's example takes 10.5 %
NEUTRAL = 128
FLAT_BLOCK = 8


@dataclass(frozen=True, slots=True)
class BlackLimits(Limits):
    """When a frame counts as black, and for how long it must."""

    area: float = limit(
        0.90, unit="of the picture", low=0.5, high=1.0, origin="EBU 0016B's example", doc="least share of dark pixels"
    )
    structure: float = limit(
        3.0, unit="code values", low=0.5, high=20.0, origin="night shots of the development clips measure above 6, black below 1",
        doc="largest spread (5th to 95th percentile) of dark block means: above it there is a dark picture",
    )  # fmt: skip
    saturation: float = limit(
        4.0, unit="code values", low=1.0, high=40.0, origin="dark tinted scenes measure 20 to 22 at the 10th percentile",
        doc="largest 10th-percentile distance of Cb, Cr from neutral",
    )  # fmt: skip
    lettering: float = limit(
        0.06, unit="of the picture", low=0.0, high=0.5, origin="a 3 % logo covers about 4 % of blocks, credits over 8 %",
        doc="largest share of blocks that hold anything bright: above it there is lettering",
    )  # fmt: skip
    title: float = limit(
        0.01, unit="of the middle", low=0.0, high=0.5, origin="a drawn line of seven small letters 0.03, a logo in a corner 0",
        doc="least share of the middle's blocks that hold a letter's edge: from here on it is a title, and a note",
    )  # fmt: skip
    min_duration: float = limit(0.10, unit="s", low=0.02, high=10.0, origin="EBU 0016B's example: 3 frames",
                                doc="shortest black that is reported")  # fmt: skip
    blocker_duration: float = limit(
        2.0, unit="s", low=0.1, high=60.0, origin="FFmpeg blackdetect", doc="a blocker from here on"
    )


class Black(Detector):
    """Frames that are dark, unsaturated, flat and free of lettering for longer than a limit.

    Per frame: ``dark`` is the share of pixels at or below 10 % of the luma range; ``structure`` the 5–95 % spread of the
    dark 8×8-block means (code values); ``saturation`` the 10th percentile of max(|Cb−128|, |Cr−128|); ``lettering`` the
    share of blocks with a bright pixel; ``title`` the share of the middle's blocks that bright pixels fill in part; ``level``
    the mean luma. Black between a fade-out and a fade-in, and under a title or credits, is a note.
    """

    name = "black"
    version = "4"
    title = "Black picture"
    defects = ("black",)
    needs = (LUMA, CHROMA)
    limits = BlackLimits
    standards = ("EBU 0016B",)
    CLEAN = (Case(), Case(scene="dark"), Case(scene="credits"), Case(scene="fades"))
    FAULTY = (
        Case(faults=("black@2:2.4",), expect=(Expect("black", 2.0, 2.4),)),
        Case(faults=("black@4:6",), expect=(Expect("black", 4.0, 6.0),)),
        Case(faults=("black@2:4,mode=logo",), expect=(Expect("black", 2.0, 4.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._curves = [
            Curve("dark", "of the picture"), Curve("structure", "code values"),
            Curve("saturation", "code values"), Curve("lettering", "of the picture"), Curve("title", "of the middle"),
            Curve("level", "code values"),
        ]  # fmt: skip
        full = media.video is not None and media.video.full_range
        low, high = (0, 255) if full else (BLACK_CODE, WHITE_CODE)
        self._dark = round(low + DARK_SHARE_OF_RANGE * (high - low))
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Measure each frame."""
        luma, chroma = chunk.view(LUMA), chunk.view(CHROMA)
        if luma is None or chroma is None:
            return
        rows = np.array([_measure(y, c, self._dark) for y, c in zip(luma.data, chroma.data, strict=True)])
        self._frames += len(rows)
        for curve, values in zip(self._curves, rows.T, strict=True):
            curve.extend(luma.t, values, luma.end)

    def finish(self) -> Iterable[Signal]:
        """The curves."""
        if not self._frames:
            raise NotAssessable("no picture could be decoded")
        return [c.signal() for c in self._curves]

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans in which every condition for black holds."""
        dark = signals["dark"]
        black = (
            (dark.v >= limits.area)
            & (signals["structure"].v <= limits.structure)
            & (signals["saturation"].v <= limits.saturation)
            & (signals["lettering"].v <= limits.lettering)
        )
        return [
            _finding(s, dark, faded(signals["level"], s), float(np.median(signals["title"].v[s.items])), limits)
            for s in spans(dark, black, min_duration=limits.min_duration)
        ]


def _measure(luma: NDArray[np.uint8], chroma: NDArray[np.uint8], dark: int) -> tuple[float, ...]:
    """(dark share, structure, saturation, lettering, title, level) of one frame; all between only where it is dark at all."""
    is_dark = luma <= dark
    share = float(np.count_nonzero(is_dark) / is_dark.size)
    if share < 0.5:
        return share, 255.0, 255.0, 1.0, 1.0, float(luma.mean())
    distance = np.abs(chroma.astype(np.int16) - NEUTRAL).max(axis=-1)
    saturation = float(np.percentile(distance, 10))
    filled = block_means((~is_dark).astype(np.uint8), FLAT_BLOCK)
    bright = filled > 0
    title = float(np.mean(middle((filled > 0) & (filled < 1))))
    means = block_means(luma, FLAT_BLOCK)[~bright]
    structure = float(np.subtract(*np.percentile(means, [95, 5]))) if means.size else 255.0
    return share, structure, saturation, float(bright.mean()), title, float(luma.mean())


def _finding(span: Span, dark: Signal, fade: bool, title: float, limits: BlackLimits) -> Finding:
    length = span.end - span.start
    share = float(np.median(dark.v[span.items]))
    where = f" It lies {beside(dark, span)}: probably meant." if fade else ""
    why = " It carries lettering in its middle, as titles do: probably meant." if title >= limits.title else where
    severity: Severity = "fyi" if why else "blocker" if length >= limits.blocker_duration else "issue"
    message = f"The picture is black for {length:.2f} s ({share:.1%} of it at or below 10 % of the luma range).{why}"
    score = float(np.clip(0.5 + 0.5 * (share - limits.area) / max(1.0 - limits.area, 1e-6), 0, 1))
    return Finding(
        span.start, span.end, "black", "black", severity, score, length, limits.min_duration, "s", message,
        standards=("EBU 0016B",), details={"dark_share": round(share, 4)},
    )  # fmt: skip
