"""Caption timing: cues early or late against speech, per stretch, and times stretched by a wrong frame rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Axis, Case, Chunk, Detector, Expect, Finding, FloatArray, Limits, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import hysteresis, spans
from vqa_toolkit.measures.caption_fit import best_fit, best_rate, joined
from vqa_toolkit.measures.captions import is_effect, readable
from vqa_toolkit.measures.speech import CAPTIONS, SOUND, CaptionedSpeech

SPEECH_ON, SPEECH_OFF = 0.5, 0.2  # probability: silero-vad's default, and low enough to bridge consonants
TAIL_S = 0.1  # the network falls below SPEECH_OFF about this long after the last sound of a rendered voice
LEAST_CUES, LEAST_SPEECH_S = 5, 3.0  # fewer say nothing about time
STRETCH_CUES = 12  # cues that are fitted together: about half a minute of dialogue
COLUMNS = ("track", "start", "end", "offset", "likeness", "lead", "rate", "drift")
CONTENT_S = 60.0  # speech within this of a stretch takes part in its fit


@dataclass(frozen=True, slots=True)
class CaptionSyncLimits(Limits):
    """From which offset on it is an error, and how sure the fit must be."""

    # fmt: off
    offset: float = limit(300.0, unit="ms", low=50.0, high=5000.0, origin="by craft cues lead or trail by up to 0.25 s",
                          doc="largest offset between cues and speech")
    drift: float = limit(300.0, unit="ms", low=50.0, high=5000.0, origin="as for an offset", doc="offset grown from start to end")
    likeness: float = limit(0.4, unit="r", low=0.1, high=0.95,
                            origin="generated dialogue: unrelated up to 0.66 in 20 s and 0.38 in 120 s, its own captions 0.79 and more",
                            doc="smallest correlation of cues and speech at the best offset")
    lead: float = limit(0.15, unit="r", low=0.0, high=0.5,
                        origin="generated dialogue: unrelated up to 0.14, its own captions 0.28 and more",
                        doc="least that the best offset correlates more than any other")
    # fmt: on


class CaptionSync(Detector):
    """Speech activity against cues at 100 Hz, correlated by FFT over ± 60 s; reports, never repairs.

    Signals: ``speech`` (n,), probability per 32-ms window; ``fit`` (n, 8), a row per stretch of about 12 cues: track, start and
    end of the speech it belongs to (s), offset (ms, + = captions late), Pearson's r there, its lead over any other offset, the
    rate by which the whole track's times are stretched (1 = none) and how much offset that makes from start to end (ms).
    """

    name = "caption_sync"
    version = "1"
    title = "Captions out of time with speech"
    defects = ("caption_sync",)
    needs = (SOUND, CAPTIONS)
    limits = CaptionSyncLimits
    CLEAN = (Case(), Case(faults=("caption_sync,shift=0",), duration=20.0))
    FAULTY = (
        Case(faults=("caption_sync,shift=2",), expect=(Expect("caption_sync", 0.3, 19.9, 0.2),), duration=20.0),
        Case(faults=("caption_sync,shift=0.6",), expect=(Expect("caption_sync", 0.3, 19.9, 0.2),), duration=20.0),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._heard = CaptionedSpeech()

    def update(self, chunk: Chunk) -> None:
        """Keep the tracks; measure the sound."""
        self._heard.update(chunk)

    def finish(self) -> Iterable[Signal]:
        """Speech activity, and a fit per stretch of cues."""
        curve = self._heard.speech()
        heard = spans(curve, hysteresis(curve.v, SPEECH_ON, SPEECH_OFF), min_duration=0.1)
        speech = joined(np.array([s.start for s in heard]), np.array([max(s.end - TAIL_S, s.start) for s in heard]))
        if float(np.sum(speech[1] - speech[0])) < LEAST_SPEECH_S:
            raise NotAssessable(f"there is less than {LEAST_SPEECH_S:g} s of speech")
        rows: list[tuple[float, ...]] = []
        for number, track in readable(self._heard.tracks):
            spoken = sorted((max(c.start, 0.0), c.end) for c in track.cues if c.end > c.start and not is_effect(c.text))
            cues = np.array([c for c in spoken if c[0] < float(curve.ends[-1]) + CONTENT_S]).reshape(-1, 2)
            if len(cues) >= LEAST_CUES:
                rows += _fits(number, cues, speech)
        if not rows:
            raise NotAssessable(f"there are fewer than {LEAST_CUES} cues to compare with speech")
        rows.sort(key=lambda row: row[1])
        v = np.array(rows)
        return curve, Signal(
            "fit", "", v[:, 1], v, (Axis("fact", "", tuple(map(float, range(len(COLUMNS))))),), float(v[:, 2].max())
        )

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """One finding per run of stretches with much the same offset; one per track whose rate is wrong."""
        rows = signals["fit"].v
        for number in np.unique(rows[:, 0]):
            own = rows[(rows[:, 0] == number) & (rows[:, 4] >= limits.likeness) & (rows[:, 5] >= limits.lead)]
            if len(own) and abs(own[0, 7]) >= limits.drift:
                yield _finding(own, float(own[0, 7]), limits.drift, f"drift by a rate of {own[0, 6]:.4f}")
                continue
            late = own[np.abs(own[:, 3]) > limits.offset]
            breaks = np.flatnonzero(np.abs(np.diff(late[:, 3])) > limits.offset) + 1
            for run in np.split(late, breaks) if len(late) else ():
                yield _finding(run, float(np.median(run[:, 3])), limits.offset, "are")


def _fits(number: int, cues: FloatArray, speech: tuple[FloatArray, FloatArray]) -> list[tuple[float, ...]]:
    rate, _ = best_rate((cues[:, 0], cues[:, 1]), speech)
    drift = float(cues[-1, 1] - cues[0, 0]) * (1 - 1 / rate) * 1000
    rows: list[tuple[float, ...]] = []
    for part in np.array_split(cues / rate, max(1, len(cues) // STRETCH_CUES)):
        begin = max(0.0, float(part[0, 0]) - CONTENT_S)
        near = (speech[1] > begin) & (speech[0] < part[-1, 1] + CONTENT_S)
        if len(part) >= LEAST_CUES and near.any():
            fit = best_fit((part[:, 0] - begin, part[:, 1] - begin), (speech[0][near] - begin, speech[1][near] - begin))
            start, end = max(0.0, float(part[0, 0]) - fit.offset), max(0.0, float(part[-1, 1]) - fit.offset)
            rows.append((float(number), start, end, fit.offset * 1000, fit.likeness, fit.lead, rate, drift))
    return rows


def _finding(run: FloatArray, value: float, bound: float, words: str) -> Finding:
    side = "late" if value > 0 else "early"
    said = (
        f"The captions {words} {abs(value) / 1000:.2f} s {side} against speech (likeness {np.median(run[:, 4]):.2f})."
    )
    return Finding(
        float(run[:, 1].min()), float(run[:, 2].max()), "caption_sync", "caption_sync", "issue", float(np.clip(run[:, 4].max(), 0, 1)),
        value, bound, "ms", said, details={"track": int(run[0, 0]), "rate": round(float(run[0, 6]), 5)},
    )  # fmt: skip
