"""Exposure: shadows crushed, highlights clipped, and sudden jumps of brightness within a shot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span
from vqa_toolkit.measures.exposure_losses import Tones, losses, near
from vqa_toolkit.measures.exposures import NO_GAIN, gain_between, grid, jumps, lost_tones

LUMA = Need("luma", height=270)
LEVELS = ((16, 235), (0, 255))  # black and white, limited and full range
NAMES = ("crushed", "crushed_soft", "clipped", "clipped_soft", "gain", "likeness", "structure")
OF_THE = "of the picture"
SAID = {
    "crushed": "Shadows are crushed: {:.0%} of the picture is black",
    "clipped": "Highlights are clipped: {:.0%} of the picture is white",
}


@dataclass(frozen=True, slots=True)
class ExposureLimits(Limits):
    """How much must be lost, how it must border on the picture, and what a jump is."""

    share: float = limit(0.12, unit=OF_THE, low=0.01, high=0.9, doc="share lost at black or at white, at least",
                         origin="a quarter of what medium faults take; dark titles lose 0.2 to 0.9 throughout")  # fmt: skip
    little: float = limit(0.02, unit=OF_THE, low=0.005, high=0.9, origin="a tenth of what medium faults take",
                          doc="share lost, at least, where all other tones move with it at a stroke")  # fmt: skip
    turn: float = limit(
        1.07, unit="times", low=1.01, high=4.0, origin="the weakest faults of development clips move mid-tones by 1.1",
        doc="gain of the other tones where little is lost",
    )  # fmt: skip
    most: float = limit(
        0.85, unit=OF_THE, low=0.3, high=1.0,
        origin="more than this is a black or white picture", doc="share lost, at most, unless the picture shows through",
    )  # fmt: skip
    soft: float = limit(
        0.45, unit="of the border", low=0.05, high=1.0, origin="faults in development clips leave 0.6 and more",
        doc="share of the lost area's border that is near its level",
    )  # fmt: skip
    jump: float = limit(1.18, unit="times", low=1.02, high=4.0, origin="a quarter of a stop",
                        doc="gain from one frame to the next")  # fmt: skip
    structure: float = limit(
        0.6, unit="", low=0.3, high=1.0, origin="crushing half of a picture's range leaves 0.8, all but 5 % 0.62; cuts up to 0.5",
        doc="correlation of the frames where loss sets in or ends, so that a cut is no loss",
    )  # fmt: skip
    likeness: float = limit(
        0.97, unit="", low=0.5, high=1.0, origin="cuts between development shots stay below 0.8",
        doc="correlation of the two frames' blocks, so that a cut is no jump",
    )  # fmt: skip
    min_duration: float = limit(0.3, unit="s", low=0.04, high=10.0, origin="shorter changes are flashes",
                                doc="shortest finding")  # fmt: skip


class Exposure(Detector):
    """Tones lost at a limit with soft borders, and gain that jumps within a shot.

    Signals per frame: ``crushed``/``clipped`` share at black/white; ``crushed_soft``/``clipped_soft`` share of that area's
    border within 24 codes of it; ``gain`` from the frame before and ``likeness`` (correlation) on mid-tone block means;
    ``structure``, correlation of all block means. Loss is judged against the title's own level: it must set in or end
    within a shot. Pictures that have it throughout (black studios, silhouettes) get a note at most. A small loss counts
    where all other tones move with it at a stroke.
    """

    name = "exposure"
    version = "3"
    title = "Exposure"
    defects = ("exposure",)
    needs = (LUMA,)
    limits = ExposureLimits
    CLEAN = (Case(), Case(scene="camera_flashes"), Case(scene="fades"), Case(scene="credits"))
    FAULTY = (
        Case(faults=("exposure@2:4,strength=0.7",), expect=(Expect("exposure", 2.0, 4.0, 0.13),)),
        Case(faults=("exposure@2:4,mode=clipped,strength=0.7",), expect=(Expect("exposure", 2.0, 4.0, 0.13),)),
        Case(faults=("exposure@2:4,mode=jump,direction=darker",), expect=(Expect("exposure", 2.0, 4.0, 0.13),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._black, self._white = LEVELS[media.video is not None and media.video.full_range]
        units = {"gain": "times", "likeness": "", "structure": ""}
        self._curves = [Curve(n, units.get(n, OF_THE)) for n in NAMES]
        self._before: Any = None
        self._frames = 0

    def update(self, chunk: Chunk) -> None:
        """Measure each frame, and against the one before."""
        view = chunk.view(LUMA)
        if view is None:
            return
        rows = []
        for luma in view.data:
            crushed, clipped = lost_tones(luma, self._black, self._white)
            means = grid(luma)
            gain = NO_GAIN if self._before is None else gain_between(self._before, means, self._black, self._white)
            self._before = means
            rows.append((*crushed, *clipped, *gain))
        self._frames += len(rows)
        for curve, values in zip(self._curves, np.array(rows).T, strict=True):
            curve.extend(view.t, values, view.end)

    def finish(self) -> Iterable[Signal]:
        """The seven curves."""
        if self._frames < 2:
            raise NotAssessable("the clip has fewer than two frames, so there is no level of its own to judge against")
        return [c.signal() for c in self._curves]

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Lost tones, each kind by itself; then jumps that are not their edges."""
        said: list[Span] = []
        gain, like = signals["gain"], signals["likeness"].v
        for kind in ("crushed", "clipped"):
            tones = Tones(signals[kind], signals[f"{kind}_soft"].v, signals["structure"].v, gain.v, like)
            for loss in losses(tones, limits):
                said += [loss.span] if loss.sudden else []
                text = SAID[kind].format(loss.value + loss.base) + ("" if loss.sudden else ", which may be meant")
                severity: Severity = "issue" if loss.sudden else "fyi"
                yield _finding(loss.span, kind, text, loss.value, loss.bound, OF_THE, severity)
        for span, by in jumps(gain, like, limits.jump, limits.likeness, limits.min_duration):
            if not near(span, said):
                text = (
                    f"Brightness jumps {max(by, 1 / by):.2f} times {'brighter' if by > 1 else 'darker'} within the shot"
                )
                yield _finding(span, "gain", text, max(by, 1 / by), limits.jump, "times", "issue")


def _finding(span: Span, signal: str, text: str, value: float, bound: float, unit: str, severity: Severity) -> Finding:
    score = float(np.clip(0.6 + 0.3 * np.log2(max(value / bound, 1e-3)), 0, 1))
    message = f"{text}, for {span.end - span.start:.2f} s."
    return Finding(
        span.start, span.end, "exposure", "exposure", severity, score, value, bound, unit, message,
        details={"signal": signal},
    )  # fmt: skip
