"""The contract between the rooms: needs, views, signals, limits, findings, outcomes and the detector base class.

Times are presentation times in float seconds; 0 is the file's earliest presented frame or sample.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vqa_toolkit.errors import ConfigurationError

if TYPE_CHECKING:
    from vqa_toolkit.media.info import MediaInfo

FloatArray = NDArray[np.float64]
Severity = Literal["fyi", "issue", "blocker"]
Status = Literal["assessed", "not_assessable", "failed"]
Verdict = Literal["pass", "fail", "incomplete"]
NeedKind = Literal["luma", "chroma", "planes", "rgb", "audio", "captions", "packets"]

SEVERITIES: tuple[Severity, ...] = ("fyi", "issue", "blocker")


class Need(NamedTuple):
    """A view of the media. Equal needs are derived once and shared read-only.

    * ``luma``: (n, h, w) uint8 code values (deep material is rounded to 8 bits); at native size n arrays (h, w), uncopied.
    * ``chroma``: (n, h, w, 2) uint8 Cb and Cr around 128, at the size of the ``luma`` view of the same ``height``.
      Cheap beside ``rgb``; material without colour gives 128 everywhere.
    * ``planes``: n tuples (y, u, v) of 2-D arrays at native size and depth (uint8 or uint16).
    * ``rgb``: (n, h, w, 3) uint8, full range.
    * ``audio``: (n, channels) float32 in [-1, 1]; ``mono`` averages the channels.
    * ``captions``: the cues of the file's caption tracks, delivered in the first chunk.
    * ``packets``: facts about every packet and decode error (see :class:`PacketFact`).

    ``height`` bounds the picture's shorter side in px (None = native; never enlarged). ``rate`` is samples/s for audio
    (None = native), frames/s for pictures (None = every frame; else the frames nearest to that cadence are kept).
    """

    kind: NeedKind
    height: int | None = None
    rate: float | None = None
    mono: bool = False

    def __str__(self) -> str:
        parts = [self.kind, *(f"{n}={v}" for n, v in zip(("height", "rate"), self[1:3], strict=True) if v is not None)]
        return ",".join([*parts, *(["mono"] if self.mono else [])])


class View(NamedTuple):
    """One need's share of a chunk: times ``t`` (n,), ``data`` (n items) and ``end``, when the last item ends."""

    t: FloatArray
    data: Any
    end: float

    def __len__(self) -> int:
        return len(self.t)


class PacketFact(NamedTuple):
    """What the container and the decoder said about one packet or one decode failure.

    ``t`` and ``duration`` are seconds (``t`` is NaN where the packet had no timestamp); ``size`` is bytes;
    ``corrupt`` is the demuxer's or decoder's corrupt flag; ``error`` is the decoder's message, empty when it decoded;
    ``concealed`` says that a frame came out which the decoder flags as damaged; ``missing`` that by the stream's own count a picture
    that others are predicted from never came before this packet.
    """

    stream: Literal["video", "audio"]
    t: float
    duration: float
    size: int
    key: bool
    corrupt: bool
    error: str
    concealed: bool = False
    missing: bool = False

    @property
    def complaint(self) -> bool:
        """Whether anything was amiss."""
        return bool(self.error) or self.corrupt or self.concealed or self.missing


@dataclass(frozen=True, slots=True)
class Chunk:
    """About one second of media. ``views`` maps each declared need that has material to its view."""

    index: int
    start: float
    end: float
    last: bool
    views: Mapping[Need, View]

    def view(self, need: Need) -> View | None:
        """The view for ``need``, or None when this chunk holds nothing of it."""
        found = self.views.get(need)
        return found if found is not None and len(found) else None


class Axis(NamedTuple):
    """Meaning of one trailing dimension of a signal: its name, unit and coordinates."""

    name: str
    unit: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """One measured curve (``v`` is (n,)) or stack of maps (``v`` is (n, …)) over times ``t`` (n,) in seconds.

    ``end`` is when the last item ends; ``axes`` name the trailing dimensions. A signal holds no threshold.

    Raises:
        ValueError: when shapes disagree or times decrease.
    """

    name: str
    unit: str
    t: FloatArray
    v: NDArray[Any]
    axes: tuple[Axis, ...] = ()
    end: float = float("nan")

    def __post_init__(self) -> None:
        if self.t.ndim != 1 or len(self.t) != len(self.v):
            raise ValueError(
                f"signal {self.name!r}: t and v must have equal length, got {self.t.shape} and {self.v.shape}"
            )
        if len(self.axes) != self.v.ndim - 1:
            raise ValueError(f"signal {self.name!r}: {self.v.ndim - 1} axes expected, got {len(self.axes)}")
        if len(self.t) > 1 and bool(np.any(np.diff(self.t) < 0)):
            raise ValueError(f"signal {self.name!r}: times must not decrease")

    @property
    def ends(self) -> FloatArray:
        """When each item ends, seconds (n,): the next item's time; for the last one ``end``, else a median step on."""
        if not len(self.t):
            return self.t
        last = self.end
        if not np.isfinite(last):
            last = float(self.t[-1] + (np.median(np.diff(self.t)) if len(self.t) > 1 else 0.0))
        ends = np.empty_like(self.t)
        ends[:-1] = self.t[1:]
        ends[-1] = max(last, float(self.t[-1]))
        return ends


class Curve:
    """Collects a signal chunk by chunk; values are kept as ``dtype`` (float32 unless told)."""

    def __init__(self, name: str, unit: str, axes: tuple[Axis, ...] = (), dtype: Any = np.float32) -> None:
        self.name, self.unit, self.axes, self.dtype = name, unit, axes, dtype
        self._t: list[FloatArray] = []
        self._v: list[NDArray[Any]] = []
        self._end = float("nan")

    def extend(self, t: ArrayLike, v: ArrayLike, end: float) -> None:
        """Append items at times ``t`` with values ``v``; ``end`` is when the last of them ends, seconds."""
        # Copies: a slice would keep the whole chunk that it was cut from alive.
        self._t.append(np.array(t, dtype=np.float64).reshape(-1))
        self._v.append(np.array(v, dtype=self.dtype))
        self._end = end

    def signal(self) -> Signal:
        """All that was collected, as one signal."""
        shape = (0, *(len(a.values) for a in self.axes))
        t = np.concatenate(self._t) if self._t else np.empty(0)
        v = np.concatenate(self._v) if self._v else np.empty(shape, dtype=self.dtype)
        return Signal(self.name, self.unit, t, v, self.axes, self._end)


class Box(NamedTuple):
    """A region of the presented picture as fractions of its width and height, each in [0, 1]."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect over [start, end) seconds: the number against the limit, and a sentence a person can act on.

    ``score`` is a calibrated probability in [0, 1]; ``details`` holds extra facts (JSON-able values).
    """

    start: float
    end: float
    defect: str
    detector: str
    severity: Severity
    score: float
    value: float
    limit: float
    unit: str
    message: str
    region: Box | None = None
    standards: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Incident:
    """Findings that belong together, with a probable cause. ``findings`` are indices into the result's findings."""

    start: float
    end: float
    severity: Severity
    title: str
    cause: str
    findings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one detector. ``reason`` says why it was not assessable or failed; ``notes`` qualify an answer."""

    status: Status
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Base of every detector's limits: a frozen dataclass of numbers declared with :func:`limit`."""

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            value, meta = getattr(self, f.name), f.metadata
            if (
                not isinstance(value, (int, float))
                or isinstance(value, bool)
                or not meta["low"] <= value <= meta["high"]
            ):
                raise ConfigurationError(
                    f"Limit {f.name!r} must be a number from {meta['low']:g} to {meta['high']:g} {meta['unit']}, "
                    f"got {value!r}. Correct it in the profile or on the command line."
                )


def limit(default: float, *, unit: str, low: float, high: float, origin: str, doc: str) -> Any:
    """Declare a threshold: its default, unit, search range [low, high], where the default comes from, and what it does."""
    if not low <= default <= high:
        raise ValueError(f"default {default} outside [{low}, {high}]")
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "origin": origin, "doc": doc})


class Expect(NamedTuple):
    """A finding a case must provoke: its defect and span in seconds, found within ``tolerance`` seconds at both ends."""

    defect: str
    start: float
    end: float
    tolerance: float = 0.09


class Case(NamedTuple):
    """A small clip as data, made by the simulator: a pristine ``scene`` plus ``faults`` in the command line's notation.

    ``expect`` lists what must be found; ``forbid`` the defects that must not be (default: all this detector names).
    """

    scene: str = "street"
    faults: tuple[str, ...] = ()
    expect: tuple[Expect, ...] = ()
    duration: float = 6.0


L = TypeVar("L", bound=Limits)


class Detector(ABC):
    """Measures one idea, then judges it. One subclass per file in ``detectors/``; finding the file is registering it.

    ``update`` sees chunks in time order, any size; the signals must not depend on where chunks were cut.
    Raise :class:`~vqa_toolkit.errors.NotAssessable` from any method but ``judge`` to say that there is nothing to judge.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    title: ClassVar[str]
    defects: ClassVar[tuple[str, ...]]
    needs: ClassVar[tuple[Need, ...]]
    limits: ClassVar[type[Limits]]
    standards: ClassVar[tuple[str, ...]] = ()
    network: ClassVar[bool] = False  # whether it runs a torch network, so that a device must be chosen
    CLEAN: ClassVar[tuple[Case, ...]] = ()
    FAULTY: ClassVar[tuple[Case, ...]] = ()

    def __init__(self, media: MediaInfo, device: str = "cpu") -> None:
        self.media = media
        self.device = device
        self.notes: list[str] = []
        self.aside_s = 0.0  # processor time spent in threads of its own, known when it has finished

    @abstractmethod
    def update(self, chunk: Chunk) -> None:
        """Measure one chunk."""

    @abstractmethod
    def finish(self) -> Iterable[Signal]:
        """Everything measured, once, after the last chunk."""

    @staticmethod
    @abstractmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Pure: signals against limits. Never sees media."""


def at_least(severity: Severity, floor: Severity) -> bool:
    """Whether ``severity`` is as grave as ``floor``."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(floor)


def limit_fields(limits: type[Limits]) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Each declared limit's name and metadata: default, unit, low, high, origin, doc."""
    return [(f.name, cast(Mapping[str, Any], {"default": f.default, **f.metadata})) for f in dataclasses.fields(limits)]
