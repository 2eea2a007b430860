"""Blur: the picture loses edge sharpness against the title's own level, or never had any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Axis, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import hysteresis, spans
from vqa_toolkit.measures.acuity import REGIONS, acuity
from vqa_toolkit.measures.cells import cell_means, top_change
from vqa_toolkit.measures.smooth import running_median
from vqa_toolkit.measures.softness import sets_in_at_once

LUMA = Need("luma")
SMALL = Need("luma", height=270)
CELL_PX = 12
SMOOTH_FRAMES = 3
LEVEL = 0.75  # quantile over the title that stands for its own sharpness


@dataclass(frozen=True, slots=True)
class BlurLimits(Limits):
    """When a picture counts as blurred."""

    drop: float = limit(
        0.62, unit="of the title's level", low=0.2, high=0.95,
        origin="shots of one title differ by a quarter; a Gaussian of 2.4 px at 360 lines halves acuity",
        doc="acuity below this share of the title's own level is blur",
    )  # fmt: skip
    soft: float = limit(
        0.17, unit="of 1", low=0.05, high=0.6, origin="ramps of six pixels and more: enlarged at least fourfold",
        doc="acuity below which a picture is blurred whatever the title's level",
    )  # fmt: skip
    softer: float = limit(
        0.4, unit="of the title's level", low=0.1, high=0.95, origin="a shot enlarged twice beside sharp ones",
        doc="acuity below which a shot that is softer throughout, or becomes so slowly, is noted",
    )  # fmt: skip
    min_duration: float = limit(0.3, unit="s", low=0.0, high=10.0, origin="whip pans and dissolves are shorter",
                                doc="shortest finding")  # fmt: skip


class Blur(Detector):
    """Lost edge sharpness. Per frame, on every 20th row and column at native size: ``acuity``, the 75th percentile over
    tiles of the steepest edge's step over its height (1 = a step between two pixels; a ramp of n pixels gives 1/n), and
    ``regions`` (n, 9) the same in each ninth of the picture. Edges count that stand out of the picture's grain.
    """

    name = "blur"
    version = "4"
    title = "Blur"
    defects = ("blur",)
    needs = (LUMA, SMALL)
    limits = BlurLimits
    CLEAN = (Case(), Case(scene="fades"), Case(scene="dark"))
    FAULTY = (
        Case(faults=("blur@2:4",), expect=(Expect("blur", 2.0, 4.0),)),
        Case(faults=("blur@2:4,mode=upscaled",), expect=(Expect("blur", 2.0, 4.0),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._acuity = Curve("acuity", "of 1")
        self._regions = Curve(
            "regions", "of 1", (Axis("region", "", tuple(map(float, range(REGIONS**2)))),), np.float16
        )
        self._change = Curve("change", "code values")
        self._before: NDArray[np.float32] | None = None

    def update(self, chunk: Chunk) -> None:
        """Measure each frame."""
        view, small = chunk.view(LUMA), chunk.view(SMALL)
        if view is None or small is None:
            return
        found = [acuity(luma) for luma in view.data]
        self._acuity.extend(view.t, [a.value for a in found], view.end)
        self._regions.extend(view.t, np.stack([a.regions for a in found]), view.end)
        changes = []
        for luma in small.data:
            cells = cell_means(luma, CELL_PX, CELL_PX)
            changes.append(0.0 if self._before is None else top_change(cells, self._before, 0.75))
            self._before = cells
        self._change.extend(small.t, changes, small.end)

    def finish(self) -> Iterable[Signal]:
        """Acuity, whole and by region, and the change that tells a new shot."""
        if self._before is None:
            raise NotAssessable("no picture could be decoded")
        return self._acuity.signal(), self._regions.signal(), self._change.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans below the title's level or below any level; what sets in slowly or with a new shot is only a note."""
        curve = signals["acuity"]
        known = curve.v[~np.isnan(curve.v)]
        if not len(known):
            return
        level = float(np.quantile(known, LEVEL))
        value = running_median(np.where(np.isnan(curve.v), level, curve.v), SMOOTH_FRAMES)
        threshold = max(limits.drop * level, limits.soft)
        blurred = hysteresis(-value, -threshold, -1.1 * threshold)
        for span in spans(curve, blurred, min_duration=limits.min_duration, merge_gap=0.2):
            here, worst = float(np.median(value[span.items])), float(value[span.items].min())
            sudden = sets_in_at_once(span, value, signals["change"].v, signals["regions"].v)
            severity: Severity = "issue" if sudden or here < limits.soft else "fyi"
            if severity == "fyi" and here > limits.softer * level:
                continue  # shots differ, and focus is pulled
            score = float(np.clip(0.5 + 1.5 * (1 - here / threshold), 0, 0.99))
            why = (
                f"{worst / level:.0%} of this title's own level"
                if here >= limits.soft
                else "soft as if enlarged several times"
            )
            note = "" if severity == "issue" else " It came gradually or with a new shot: probably focus or motion."
            yield Finding(
                span.start, span.end, "blur", "blur", severity, score, worst, threshold, "of 1",
                f"Edges are blurred: acuity down to {worst:.2f}, {why}.{note}", details={"level": round(level, 3)},
            )  # fmt: skip
