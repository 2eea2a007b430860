"""The main job: decode once → measure → judge → resolve."""

from __future__ import annotations

import hashlib
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

from vqa_toolkit import cache as signal_cache
from vqa_toolkit.callable_module import make_callable
from vqa_toolkit.core import Chunk, Detector, Outcome, Signal
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import Cancelled, MediaRefused, NotAssessable, UsageError, VqaError
from vqa_toolkit.judge import judge_signals
from vqa_toolkit.media.decode import PICTURE_KINDS, decode
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.media.open import Bounds
from vqa_toolkit.media.probe import file_sha256, probe
from vqa_toolkit.profile import Profile, load_profile
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.version import __version__

DEVICES = ("auto", "cpu", "cuda")
CANCEL_POLL_S = 0.2


class Progress(NamedTuple):
    """Where an analysis stands: ``done`` in [0, 1] of the whole, ``seconds_left`` None while unknown."""

    stage: str
    done: float
    seconds_left: float | None
    message: str


ProgressCallback = Callable[[Progress], None]
CancelCheck = Callable[[], bool]


def analyze(
    path: str | Path,
    *,
    profile: str | Path | Profile = "default",
    detectors: Sequence[str] | None = None,
    device: str = "auto",
    progress: ProgressCallback | None = None,
    cancel: CancelCheck | None = None,
    cache: bool = True,
    bounds: Bounds | None = None,
) -> AnalysisResult:
    """Analyse one file with the whole suite (or the named ``detectors``) and judge it by ``profile``.

    ``device`` is ``auto`` (CUDA when there is one), ``cpu`` or ``cuda``. ``progress`` is called about once per second of
    media; when ``cancel`` returns True the analysis stops. ``cache`` keeps signals on disk and reuses them. ``bounds`` limit
    the size and length of what is opened (None = the usual ones: pictures up to 20 megapixels, four hours).

    Raises:
        MediaError: the file cannot be used. ConfigurationError: the profile is wrong.
        UsageError: unknown detector or device. Cancelled: ``cancel`` said so.
    """
    if device not in DEVICES:
        raise UsageError(f"device must be one of {', '.join(DEVICES)}, got {device!r}.")
    chosen_profile = load_profile(profile)
    classes = _choose(detectors, chosen_profile)
    report = progress or (lambda _: None)
    report(Progress("open", 0.0, None, "Reading the file"))
    media = probe(path, bounds=bounds)
    where = _device(device, any(c.network for c in classes))
    measured = measure(media, classes, where, report, cancel or (lambda: False), cache=cache, bounds=bounds)
    report(Progress("judge", 0.99, 0.0, "Judging the measurements"))
    findings, incidents, outcomes = judge_signals(measured.signals, measured.outcomes, chosen_profile, media)
    report(Progress("done", 1.0, 0.0, "Done"))
    return AnalysisResult(
        media=media, profile=chosen_profile, signals=measured.signals, outcomes=outcomes, findings=findings,
        incidents=incidents, versions={"vqa_toolkit": __version__, **{c.name: c.version for c in classes}},
        timings=measured.timings, incomplete=measured.incomplete,
    )  # fmt: skip


def _choose(names: Sequence[str] | None, profile: Profile) -> list[type[Detector]]:
    known = discover()
    wanted = profile.enabled() if names is None else list(dict.fromkeys(names))
    unknown = [n for n in wanted if n not in known]
    if unknown or not wanted:
        raise UsageError(f"Unknown detector {', '.join(unknown) or '(none named)'}. Known: {', '.join(known)}.")
    return [known[n] for n in wanted]


def _device(device: str, network: bool) -> str:
    """The device to run on; torch is loaded only where a network will run on it."""
    if device == "cpu" or (device == "auto" and not network):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise UsageError("device is 'cuda', but no usable CUDA device was found. Use 'auto' or 'cpu'.")
    return "cpu"


class Measured(NamedTuple):
    """Signals and outcomes of one pass over the media."""

    signals: dict[str, dict[str, Signal]]
    outcomes: dict[str, Outcome]
    timings: dict[str, float]
    incomplete: str


class _Running:
    """One detector in the loop: its errors are its own, the processor time of its thread is counted.

    It is made in the thread that measures with it, beside the decoder: networks take seconds to import what they run on.
    """

    def __init__(self, cls: type[Detector], media: MediaInfo, device: str) -> None:
        self.cls = cls
        self.seconds = 0.0
        self.outcome: Outcome | None = _no_material(cls, media)
        self.signals: dict[str, Signal] = {}
        self.detector: Detector | None = None
        self._media, self._device = media, device

    def _made(self) -> Detector:
        if self.detector is None:
            self.detector = self.cls(self._media, self._device)
        return self.detector

    def _guard(self, work: Callable[[], None]) -> None:
        started = time.thread_time()
        try:
            work()
        except NotAssessable as exc:
            self.outcome = Outcome("not_assessable", exc.reason)
        except VqaError as exc:
            self.outcome = Outcome("failed", str(exc))
        except Exception as exc:  # noqa: BLE001 - one detector's fault must not take the others down
            self.outcome = Outcome("failed", f"{type(exc).__name__}: {exc}")
        self.seconds += time.thread_time() - started

    def update(self, chunk: Chunk) -> None:
        if self.outcome is None:
            self._guard(lambda: self._made().update(chunk))

    def finish(self, incomplete: str) -> None:
        if self.outcome is not None:
            return

        def collect() -> None:
            self.signals = {s.name: s for s in self._made().finish()}

        self._guard(collect)
        self.seconds += self.detector.aside_s if self.detector is not None else 0.0
        notes = tuple(self.detector.notes) if self.detector is not None else ()
        if incomplete and self.detector is not None:
            self.outcome = Outcome("failed", f"cut short: {incomplete}", notes)
        self.outcome = self.outcome or Outcome("assessed", "", notes)


def _no_material(cls: type[Detector], media: MediaInfo) -> Outcome | None:
    """Not assessable before anything is decoded: every need of this detector lacks its stream."""
    kinds = {n.kind for n in cls.needs}
    if kinds & set(PICTURE_KINDS) and media.video is None:
        return Outcome("not_assessable", "the file has no picture stream")
    if "audio" in kinds and media.audio is None:
        return Outcome("not_assessable", "the file has no sound stream")
    if "captions" in kinds and not media.captions:
        return Outcome("not_assessable", "the file has no caption track")
    return None


def measure(
    media: MediaInfo,
    classes: Iterable[type[Detector]],
    device: str,
    report: ProgressCallback,
    cancel: CancelCheck,
    *,
    cache: bool = True,
    bounds: Bounds | None = None,
) -> Measured:
    """Every detector's signals from one decode; cached ones are not measured again."""
    signals: dict[str, dict[str, Signal]] = {}
    outcomes: dict[str, Outcome] = {}
    running: list[_Running] = []
    for cls in classes:
        hit = (
            signal_cache.fetch(signal_cache.cache_path(_content(media, cls), cls, device))
            if cache and media.sha256
            else None
        )
        if hit is not None:
            signals[cls.name], outcomes[cls.name] = hit
        else:
            running.append(_Running(cls, media, device))
    incomplete = _loop(media, running, report, cancel, bounds)
    for r in running:
        report(Progress("finish", 0.98, None, f"Finishing {r.cls.name}"))
        r.finish(incomplete)
        signals[r.cls.name] = r.signals
        outcomes[r.cls.name] = r.outcome or Outcome("failed", "nothing was measured")
        if cache and media.sha256 and outcomes[r.cls.name].status != "failed":
            signal_cache.store(
                signal_cache.cache_path(_content(media, r.cls), r.cls, device), r.signals.values(), outcomes[r.cls.name]
            )
    return Measured(signals, outcomes, {r.cls.name: r.seconds for r in running}, incomplete)


def _content(media: MediaInfo, cls: type[Detector]) -> str:
    """SHA-256 of all that ``cls`` reads: caption files beside the media can change while the media does not."""
    beside = [c.path for c in media.captions if c.path] if any(n.kind == "captions" for n in cls.needs) else []
    if not beside:
        return media.sha256
    return hashlib.sha256("".join([media.sha256, *(f"{p}{file_sha256(p)}" for p in beside)]).encode()).hexdigest()


def _loop(
    media: MediaInfo, running: list[_Running], report: ProgressCallback, cancel: CancelCheck, bounds: Bounds | None
) -> str:
    """Feed every chunk to every detector, as many at once as there are cores; the reason when the end was not reached, else
    empty. Detectors share nothing but read-only views, so their order means nothing."""
    active = [r for r in running if r.outcome is None]
    if not active:
        return ""
    networks = [r for r in active if r.cls.network]
    active = [*(r for r in active if not r.cls.network), *networks]
    started = time.monotonic()
    stop = threading.Event()
    with ThreadPoolExecutor(min(len(active), os.cpu_count() or 1), "vqa-measure") as pool:
        if networks:  # they would all wait for this, and the others behind them
            pool.submit(_import_torch)
        try:
            for chunk in decode(media, {n for r in active for n in r.cls.needs}, bounds):
                active.sort(key=lambda r: -r.seconds)  # the dearest begins first, so that none is left alone at the end
                waiting = {pool.submit(_unless, stop, r, chunk) for r in active}
                while waiting:
                    _, waiting = wait(waiting, timeout=CANCEL_POLL_S)
                    if cancel():
                        raise Cancelled
                report(_progress(chunk, media, started))
        except MediaRefused as exc:
            return str(exc)
        finally:
            stop.set()
    return ""


def _import_torch() -> None:
    """Take a second or two for it while the file is opened and the detectors without a network begin."""
    import torch  # noqa: F401


def _unless(stop: threading.Event, running: _Running, chunk: Chunk) -> None:
    if not stop.is_set():
        running.update(chunk)


def _progress(chunk: Chunk, media: MediaInfo, started: float) -> Progress:
    whole = media.duration if math.isfinite(media.duration) and media.duration > 0 else math.inf
    share = min(chunk.end / whole, 1.0) if math.isfinite(whole) else 0.0
    spent = time.monotonic() - started
    left = spent * (1 - share) / share if share > 0.02 else None
    return Progress("measure", 0.02 + 0.95 * share, left, f"Measured {chunk.end:.0f} s of {media.duration:.0f} s")


make_callable(__name__, analyze)
