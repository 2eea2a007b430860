"""What a simulated fault is: validated parameters with units, a strength on a documented scale, an exact label.

A fault is one subclass of :class:`PictureFault`, :class:`SoundFault` or :class:`FileFault` in its own file in this
folder (or a few close kin in one file); finding the file is registering it. Its name on the command line is ``name``::

    freeze@12:14                     fault@start:end, seconds
    hum@20:30,snr_db=15,strength=0.8
    stutter@2:6,mode=drop
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Box
from vqa_toolkit.errors import FaultError

if TYPE_CHECKING:
    from pysubs2 import SSAFile


class Frame(NamedTuple):
    """A picture at time ``t`` seconds: (h, w, 3) uint8 Y'CbCr 4:4:4, BT.709 limited range (16–235 / 16–240)."""

    t: float
    yuv: NDArray[np.uint8]


class ClipFacts(NamedTuple):
    """What a fault may know of the clip that it is applied to."""

    width: int
    height: int
    fps: float
    duration: float
    rate: int  # samples/s; 0 without sound
    channels: int


@dataclass(frozen=True, slots=True)
class Label:
    """Ground truth of one fault. ``defect`` is the finding it must provoke; None marks a hard negative (must provoke none).

    ``start``/``end`` are PTS seconds, exact to the frame or sample. ``times`` are single instants inside the span (clicks,
    drops). ``mask`` names an .npz beside the output: ``t`` (n,), ``mask`` (n, rows, cols) damaged share in [0, 1] per
    32-px cell. ``expected`` holds values a detector should report (offset_ms, snr_db, lufs, …).
    """

    defect: str | None
    fault: str
    start: float
    end: float
    strength: float
    parameters: Mapping[str, Any]
    seed: int
    source: str
    version: str
    region: Box | None = None
    mask: str | None = None
    times: tuple[float, ...] = ()
    expected: Mapping[str, float] = field(default_factory=dict)
    effect: float | None = None


def param(
    default: Any,
    *,
    doc: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Declare a parameter: a number with unit and range [low, high], one of ``choices``, or (neither given) a text."""
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "choices": choices, "doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(ABC):
    """One fault over [start, end) seconds. ``strength`` in [0, 1] runs from barely there to unmistakable; 0.5 is medium.

    Subclasses document what strength scales; an explicit parameter overrides what strength would choose (None = by strength).

    Raises:
        FaultError: naming the parameter, its unit and its range.
    """

    name: ClassVar[str]
    defect: ClassVar[str | None]
    version: ClassVar[str] = "1"

    start: float = param(0.0, unit="s", low=0.0, high=86400.0, doc="where the fault begins")
    end: float = param(math.inf, unit="s", low=0.0, high=math.inf, doc="where the fault ends; inf = end of clip")
    strength: float = param(0.5, unit="of the scale", low=0.0, high=1.0, doc="0 barely there, 1 unmistakable")

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            check_parameter(self.name, f, getattr(self, f.name))
        if not self.end > self.start:
            raise FaultError(f"{self.name}: end must be later than start, got {self.start:g} s to {self.end:g} s.")

    def parameters(self) -> dict[str, Any]:
        """Every parameter but start, end and strength."""
        kept = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {k: v for k, v in kept.items() if k not in ("start", "end", "strength")}

    def within(self, facts: ClipFacts) -> Self:
        """This fault with its end clamped to the clip.

        Raises:
            FaultError: when it starts at or after the end of the clip, or ends after it.
        """
        if self.start >= facts.duration:
            raise FaultError(f"{self.name}: start {self.start:g} s is outside the clip (0 to {facts.duration:.3f} s).")
        if math.isfinite(self.end) and self.end > facts.duration + 0.05:
            raise FaultError(f"{self.name}: end {self.end:g} s is outside the clip (0 to {facts.duration:.3f} s).")
        return dataclasses.replace(self, end=min(self.end, facts.duration))


class Extent(NamedTuple):
    """What a fault really touched, filled in while it is applied: exact times, region, instants, expected values."""

    start: float
    end: float
    region: Box | None = None
    times: tuple[float, ...] = ()
    expected: Mapping[str, float] = {}
    mask: tuple[NDArray[np.float64], NDArray[np.float32]] | None = None
    effect: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFault(Fault):
    """Edits pictures. ``apply`` streams frames; the generator's return value is the exact extent."""

    @abstractmethod
    def apply(self, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator) -> Iterator[Frame]:
        """Frames in, frames out (times may be dropped or repeated, never reordered)."""

    @abstractmethod
    def extent(self, times: NDArray[np.float64], facts: ClipFacts, rng: np.random.Generator) -> Extent:
        """The exact extent for a clip with these frame times, by the same draw of ``rng`` as ``apply`` makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFault(Fault):
    """Edits samples: (n, channels) float32 in [-1, 1] at ``rate`` samples/s; returns an array of its own and the extent."""

    @abstractmethod
    def apply(
        self, audio: NDArray[np.float32], rate: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], Extent]:
        """The faulty sound (input untouched) and what was really done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionFault(Fault):
    """Edits captions: the file beside the clip (same stem), or a caption file given as the clip."""

    @abstractmethod
    def apply(self, captions: SSAFile, facts: ClipFacts, rng: np.random.Generator) -> tuple[SSAFile, Extent]:
        """The faulty captions (input untouched) and what was really done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault(Fault):
    """Edits a whole file (container, bitstream, captions): reads ``source``, writes ``target``, returns the extent."""

    @abstractmethod
    def apply(self, source: Path, target: Path, facts: ClipFacts, rng: np.random.Generator) -> Extent:
        """Write the faulty file."""


def check_parameter(fault: str, f: dataclasses.Field[Any], value: Any) -> None:
    """Raise FaultError unless ``value`` fits field ``f``'s declared range or choices (None = chosen by strength)."""
    meta = f.metadata
    if value is None or not meta:
        return
    if meta["choices"]:
        if value not in meta["choices"]:
            raise FaultError(f"{fault}: {f.name} must be one of {', '.join(meta['choices'])}; got {value!r}.")
        return
    low, high, unit = meta["low"], meta["high"], meta["unit"]
    if low is None:
        if not isinstance(value, str):
            raise FaultError(f"{fault}: {f.name} must be a text, got {value!r}.")
        return
    if not isinstance(value, (int, float)) or isinstance(value, bool) or math.isnan(value) or not low <= value <= high:
        raise FaultError(f"{fault}: {f.name} must be {low:g} to {high:g} {unit}, got {value!r}.")
