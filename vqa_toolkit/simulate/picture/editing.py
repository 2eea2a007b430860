"""What picture faults share: which frames a span covers, and the loop that edits those frames and no others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Box
from vqa_toolkit.simulate.core import ClipFacts, Extent, Frame, PictureFault

Yuv = NDArray[np.uint8]
Made = TypeVar("Made")

SLACK_S = 0.0006  # Matroska rounds times to the millisecond; no frame lasts less than 4 ms
BLACK = (16, 128, 128)  # BT.709 limited range
WHITE = (235, 128, 128)


def covers(t: float, start: float, end: float) -> bool:
    """Whether a frame at ``t`` belongs to [start, end), forgiving a container's rounding."""
    return start - SLACK_S <= t < end - SLACK_S


def covered(times: NDArray[np.float64], start: float, end: float) -> NDArray[np.bool_]:
    """:func:`covers` for all of ``times`` (n,)."""
    return (times >= start - SLACK_S) & (times < end - SLACK_S)


def frame_span(times: NDArray[np.float64], start: float, end: float, facts: ClipFacts) -> tuple[float, float]:
    """[start, end) snapped to frames: the first covered frame's time, and the first later frame's (or the clip's end)."""
    inside = np.flatnonzero(covered(times, start, end))
    if not len(inside):
        return start, start
    after = inside[-1] + 1
    return float(times[inside[0]]), float(times[after]) if after < len(times) else facts.duration


def edited(
    frames: Iterator[Frame], start: float, end: float, plan: Callable[[Yuv], Made], paint: Callable[[Yuv, Made], Yuv]
) -> Iterator[Frame]:
    """``frames`` with the covered ones painted by what ``plan`` made of the first of them."""
    made: Made | None = None
    for frame in frames:
        if not covers(frame.t, start, end):
            yield frame
            continue
        made = plan(frame.yuv) if made is None else made
        yield Frame(frame.t, paint(frame.yuv, made))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameEdit(PictureFault):
    """A picture fault that repaints each covered frame on its own, after one draw of everything random."""

    @abstractmethod
    def plan(self, facts: ClipFacts, rng: np.random.Generator) -> Any:
        """Everything drawn or derived once: what :meth:`paint` needs."""

    @abstractmethod
    def paint(self, yuv: Yuv, t: float, index: int, plan: Any) -> Yuv:
        """The faulty picture (its own array) for the covered frame number ``index`` (from 0) at ``t`` seconds."""

    def region(self, plan: Any) -> Box | None:
        """Where in the picture; None = everywhere."""
        return None

    def expected(self, plan: Any) -> Mapping[str, float]:
        """Values that a detector should report."""
        return {}

    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        plan = self.plan(facts, rng)
        index = 0
        for frame in frames:
            if covers(frame.t, self.start, self.end):
                yield Frame(frame.t, self.paint(frame.yuv, frame.t, index, plan))
                index += 1
            else:
                yield frame

    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        plan = self.plan(facts, rng)
        start, end = frame_span(times, self.start, self.end, facts)
        return Extent(start, end, self.region(plan), (), self.expected(plan))


def flat(yuv: Yuv, colour: tuple[int, int, int]) -> Yuv:
    """A picture of one colour, the size of ``yuv``."""
    return np.broadcast_to(np.asarray(colour, dtype=np.uint8), yuv.shape).copy()


def box_slices(yuv: Yuv, box: Box) -> tuple[slice, slice]:
    """Rows and columns of ``box`` in ``yuv``; at least one pixel."""
    height, width = yuv.shape[:2]
    top, left = round(box.y * height), round(box.x * width)
    return (
        slice(top, max(top + 1, round((box.y + box.height) * height))),
        slice(left, max(left + 1, round((box.x + box.width) * width))),
    )
