"""What a clip shows before and after a fault: whether the fault can be seen, and which defects the title has of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, Frame, PictureFault
from vqa_toolkit.simulate.material import Material

CELL_PX = 4
SEEN = 0.99  # quantile over cells: a hundredth of the picture must change for a fault to show
KEPT_FRAMES = 16  # of the clean pictures, for faults that look back
STILL_SHARE = 0.001  # of full scale, mean |Y(t) − Y(t−1)|: FFmpeg freezedetect's default
STILL_S = 0.5
BLACK_CODE, BLACK_SHARE, BLACK_S = 38, 0.98, 0.1  # FFmpeg blackdetect's pixels and pictures; EBU 0016B's three frames
OFFSET = 0.003  # of full scale: a third of what is called an offset
EMPTY_DB = -88.0  # of a full-scale sine, in 250 Hz for 19 of 20 moments: a band that holds nothing
STRAY_DB, STRAY_LEAST_DB = 30.0, -70.0  # a stray burst over what that band has mostly, and of a full-scale sine
STRAY_S, STEEPER = 0.008, 1.6  # its longest, with the window's length; its second difference over those around it
STRAY_EDGE_S = 0.05  # at both ends of a sound, which begins and stops as it was cut
HUM_ONE_LINE_DB, HUM_TWO_LINES_DB = 14.0, 8.0  # line over its surroundings in the quiet fifth of frames


class Effect:
    """How much a picture fault changes, while it is applied: :meth:`value` when it is done."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._lost = 0

    def watch(
        self, fault: PictureFault, frames: Iterator[Frame], facts: ClipFacts, rng: np.random.Generator
    ) -> Iterator[Frame]:
        """``fault`` applied to ``frames``, each picture compared with the clean one of the same time."""
        clean: deque[Frame] = deque(maxlen=KEPT_FRAMES)

        def noted() -> Iterator[Frame]:
            for frame in frames:
                clean.append(frame)
                self._lost += 1
                yield frame

        for made in fault.apply(noted(), facts, rng):
            self._lost -= 1
            before = next((f.yuv for f in reversed(clean) if f.t == made.t), None)
            if before is not None and before is not made.yuv:
                self._values.append(difference(before, made.yuv))
            yield made

    @property
    def value(self) -> float | None:
        """Code values: the median over changed pictures of :func:`difference`; None where pictures are lost or moved."""
        changed = [v for v in self._values if v > 0]
        return (
            None if self._lost or (not changed and not self._values) else float(np.median(changed)) if changed else 0.0
        )


def difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Code values that the 99th percentile of 4×4-px cells differ by, the largest of Y, Cb and Cr; (h, w, 3) each."""
    apart = cv2.absdiff(a, b)
    size = (max(1, a.shape[1] // CELL_PX), max(1, a.shape[0] // CELL_PX))
    cells = cv2.resize(apart.astype(np.float32), size, interpolation=cv2.INTER_AREA).reshape(-1, a.shape[2])
    return float(np.quantile(cells, SEEN, axis=0).max())


def own_defects(clip: Material) -> list[str]:
    """Defects that clean material has of its own, by plain definitions that no detector here uses.

    ``freeze``: mean |Y(t) − Y(t−1)| ≤ 0.1 % of full scale for half a second (FFmpeg freezedetect). ``black``: 98 % of the
    pixels at or below 10 % of the range (FFmpeg blackdetect) for a tenth of a second. ``dc_offset``: the mean of a channel
    over the excerpt is 0.003 of full scale or more. ``hum``: mains lines stand out (:func:`hums`) in a channel of 2 s or more.
    """
    found = []
    if clip.frames is not None:
        still, black = _Lasting(STILL_S), _Lasting(BLACK_S)
        before: Frame | None = None
        for frame in clip.frames():
            luma = frame.yuv[..., 0]
            black.add(frame.t, float(np.mean(luma <= BLACK_CODE)) >= BLACK_SHARE)
            if before is not None:
                change = float(cv2.absdiff(luma, before.yuv[..., 0]).mean())
                still.add(frame.t, change <= STILL_SHARE * 255, before.t)
            before = frame
        found += [name for name, seen in (("freeze", still), ("black", black)) if seen.reached]
    if clip.sound is not None:
        sound = clip.sound()
        if len(sound) and float(np.abs(sound.mean(axis=0, dtype=np.float64)).max()) >= OFFSET:
            found.append("dc_offset")
        rate = clip.facts.rate
        if 0 < 2 * rate <= len(sound) and any(hums(*line_prominence(x, rate)) for x in sound.T):
            found.append("hum")
    return found


def hums(one: float, two: float) -> bool:
    """Whether :func:`line_prominence` shows a hum: one line of 14 dB, or two of 8."""
    return one > HUM_ONE_LINE_DB or two > HUM_TWO_LINES_DB


def line_prominence(x: NDArray[np.floating], rate: int) -> tuple[float, float]:
    """Mains lines of a sound (n,): the strongest and the second strongest of one family's first three, dB over surroundings.

    Level of the quiet fifth of half-second frames at 50·k or 60·k Hz ± 1 Hz over the median of 6–20 Hz beside it.
    """
    size = rate // 2
    frames = np.lib.stride_tricks.sliding_window_view(x, size)[:: size // 4]
    step = max(1, len(frames) // 200)
    power = np.abs(np.fft.rfft(frames[::step] * np.hanning(size), 2 * size))[:, :400] ** 2
    quiet = 10 * np.log10(np.quantile(power, 0.2, axis=0) + 1e-9)
    best, second = -60.0, -60.0
    for mains in (50, 60):
        lines = []
        for k in (1, 2, 3):
            f = mains * k  # bins are 1 Hz apart
            beside = np.concatenate([quiet[f - 20 : f - 5], quiet[f + 6 : f + 21]])
            lines.append(float(quiet[f - 1 : f + 2].max() - np.median(beside)))
        lines.sort(reverse=True)
        best, second = max(best, lines[0]), max(second, lines[1])
    return best, second


def stray_bursts(x: NDArray[np.floating], rate: int) -> NDArray[np.float64]:
    """Times (k,), s, of bursts in a band that a sound (n,) else leaves empty: what was recorded, coded or resampled to a narrow band
    cannot pass it, so that such a burst came later, and is a click that the programme has of its own.

    Windows of 128 samples, every 32. Empty is what lies 1 kHz above the highest band that 5 % of them fill (−88 dB of a full-scale
    sine). A burst lasts 8 ms at most, is 30 dB over the band's median and −70 dB or more of a full-scale sine; and the wave bends there
    (second difference) 1.6 times as sharply as anywhere from 3 to 20 ms away: the consonants that encoders spread do not. What lies
    within 50 ms of the sound's ends does not count.
    """
    size, hop = 128, 32
    if len(x) < 4 * size:
        return np.empty(0)
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(x, np.float32), size)[::hop]
    window = np.hanning(size).astype(np.float32) * np.float32(4 / size)
    usual = np.quantile(_spectra(frames[:: max(1, len(frames) // 20_000)], window), 0.95, axis=0)
    filled = np.flatnonzero(usual > 10 ** (EMPTY_DB / 10))
    first = (int(filled[-1]) + 1 if len(filled) else 0) + max(1, round(1000 * size / rate))
    if first >= size // 2 - 4:
        return np.empty(0)
    parts = [_spectra(frames[a : a + 20_000], window)[:, first:].sum(axis=1) for a in range(0, len(frames), 20_000)]
    level = 10 * np.log10(np.concatenate(parts) + 1e-12)
    on = level > max(float(np.median(level)) + STRAY_DB, STRAY_LEAST_DB)
    turns = np.flatnonzero(np.diff(on, prepend=False, append=False))
    bend = np.abs(np.diff(x, 2))
    found, edge = [], STRAY_EDGE_S * rate
    for a, b in zip(turns[::2], turns[1::2], strict=True):
        at = a * hop + int(np.argmax(bend[a * hop : b * hop + size]))
        if (b - a) * hop + size <= STRAY_S * rate and edge <= at < len(x) - edge and _sharpest(bend, at, rate):
            found.append(at / rate)
    return np.array(found)


def _spectra(frames: NDArray[np.float32], window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power of frames (k, n) in n/2 + 1 bins, 1 for a sine of full scale."""
    return np.square(np.abs(np.fft.rfft(frames * window, axis=1))).astype(np.float32)


def _sharpest(bend: NDArray[np.floating], at: int, rate: int) -> bool:
    """Whether ``bend`` (n,) at one place is STEEPER times what it is from 3 to 20 ms before and after."""
    near, far = int(0.003 * rate), int(0.02 * rate)
    around = [*bend[max(0, at - far) : max(0, at - near)], *bend[at + near : at + far]]
    return bool(around) and bool(bend[at] > STEEPER * max(around))


class _Lasting:
    """Whether something held for ``seconds`` at a stretch."""

    def __init__(self, seconds: float) -> None:
        self.reached = False
        self._seconds = seconds
        self._since: float | None = None

    def add(self, t: float, holds: bool, since: float | None = None) -> None:
        """At ``t`` it holds or not; it may have begun at ``since``."""
        if not holds:
            self._since = None
            return
        if self._since is None:
            self._since = t if since is None else since
        self.reached = self.reached or t - self._since >= self._seconds
