"""Caption coverage: speech that has no cue, and cues under which nobody speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Detector, Expect, Finding, FloatArray, Limits, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import hysteresis, spans
from vqa_toolkit.measures.caption_fit import joined, spoken_share, uncovered
from vqa_toolkit.measures.captions import is_effect, readable, table
from vqa_toolkit.measures.speech import CAPTIONS, SOUND, CaptionedSpeech

COLUMNS = ("track", "cue", "start", "end", "effect")


@dataclass(frozen=True, slots=True)
class CaptionCoverageLimits(Limits):
    """What counts as speech, and how much of it may go without a cue."""

    # fmt: off
    speech: float = limit(0.5, unit="probability", low=0.2, high=0.95, origin="silero-vad's default", doc="speech begins at")
    speech_end: float = limit(0.2, unit="probability", low=0.05, high=0.95, origin="bridges consonants",
                              doc="speech lasts while at or above this")
    margin: float = limit(0.25, unit="s", low=0.0, high=2.0, origin="cues lead or trail by some frames", doc="widening of cues")
    missing: float = limit(1.0, unit="s", low=0.3, high=10.0, origin="a word or two is shorter", doc="shortest speech without a cue")
    spoken: float = limit(0.10, unit="of the cue", low=0.0, high=0.9, origin="a cue lies on speech nearly whole, or not at all",
                          doc="smallest share of a cue (widened) in which somebody speaks")
    beyond: float = limit(1.0, unit="cues", low=1.0, high=100.0, origin="one is never seen", doc="fewest cues after the clip's end")
    least_cue: float = limit(0.5, unit="s", low=0.1, high=5.0, origin="shorter breaks a layout rule", doc="shortest cue that is judged")
    # fmt: on


class CaptionCoverage(Detector):
    """Speech activity against cues; sound descriptions in brackets and songs between notes need no speech.

    Signals: ``speech`` (n,), probability per 32-ms window; ``cues`` (n, 5): track, number, start, end (s), 1 for a sound
    description; ``end`` (1,), when the clip ends (s). Speech counts as captioned when any track has a cue over it. Cues that
    begin when the clip has ended are one finding a track.
    """

    name = "caption_coverage"
    version = "3"
    title = "Speech without captions, captions without speech"
    defects = ("caption_coverage",)
    needs = (SOUND, CAPTIONS)
    limits = CaptionCoverageLimits
    CLEAN = (Case(), Case(faults=("caption_sync,shift=0",), duration=10.0))
    FAULTY = (
        Case(faults=("caption_coverage@3:5",), expect=(Expect("caption_coverage", 3.313, 5.124, 0.3),), duration=10.0),
        Case(faults=("silence@3:5.5", "caption_sync,shift=0"), expect=(Expect("caption_coverage", 3.313, 5.124, 0.05),), duration=10.0),
    )  # fmt: skip

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._heard = CaptionedSpeech()

    def update(self, chunk: Chunk) -> None:
        """Keep the tracks; measure the sound."""
        self._heard.update(chunk)

    def finish(self) -> Iterable[Signal]:
        """Speech activity and cues."""
        found = readable(self._heard.tracks, empty=True)  # an empty file covers nothing
        speech = self._heard.speech()
        if not len(speech.t):
            raise NotAssessable("no sound could be decoded")
        pairs = [(n, k, c) for n, track in found for k, c in enumerate(track.cues, 1)]
        rows = [(n, k, c.start, c.end, float(is_effect(c.text))) for n, k, c in pairs]
        end = float(np.fmax(self.media.duration, speech.ends[-1]))
        cues = table("cues", COLUMNS, rows, [c for _, _, c in pairs])
        return speech, cues, Signal("end", "s", np.zeros(1), np.array([end]))

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Stretches of speech without a cue, cues without speech, then cues after the end."""
        curve, rows = signals["speech"], signals["cues"].v
        active = hysteresis(curve.v, limits.speech, min(limits.speech, limits.speech_end))
        heard = spans(curve, active, min_duration=0.1)
        speech = joined(np.array([s.start for s in heard]), np.array([s.end for s in heard]))
        starts, ends = uncovered(speech, (rows[:, 2], rows[:, 3]), limits.margin)
        for start, end in zip(*_joined_runs(starts, ends), strict=True):
            if end - start >= limits.missing:
                yield _finding(start, end, "speech without a cue", end - start, limits.missing, "s",
                               f"Somebody speaks for {end - start:.1f} s without a caption")  # fmt: skip
        within = rows[:, 2] < float(curve.ends[-1])
        judged = rows[within & (rows[:, 4] == 0) & (rows[:, 3] - rows[:, 2] >= limits.least_cue)]
        for row, share in zip(judged, spoken_share(speech, (judged[:, 2], judged[:, 3]), limits.margin), strict=True):
            if share < limits.spoken:
                yield _finding(max(float(row[2]), 0.0), float(row[3]), "cue without speech", float(share), limits.spoken, "of the cue",
                               f"Cue {row[1]:.0f} is shown while nobody speaks ({share:.0%} of it)", int(row[1]))  # fmt: skip
        yield from _beyond(rows, float(signals["end"].v[0]), limits)


def _beyond(rows: FloatArray, end: float, limits: CaptionCoverageLimits) -> Iterable[Finding]:
    """One finding per track some of whose cues begin when the clip has ended."""
    for number in np.unique(rows[:, 0]):
        own = rows[rows[:, 0] == number]
        late = own[own[:, 2] >= end]
        if len(late) >= limits.beyond:
            begin = "cues begins" if len(late) == 1 else "cues begin"
            words = f"{len(late)} of {len(own)} {begin} after the clip's end at {end:.2f} s, at {late[0, 2]:.2f} s"
            words += "" if len(late) == 1 else " and later"
            yield _finding(
                end, end, "cues after the end", float(len(late)), limits.beyond, "cues", words, int(late[0, 1])
            )


def _joined_runs(starts: FloatArray, ends: FloatArray) -> tuple[list[float], list[float]]:
    left, right = joined(starts, ends, 1.0)  # phrases of one lost passage are one finding
    return left.tolist(), right.tolist()


def _finding(
    start: float, end: float, kind: str, value: float, bound: float, unit: str, words: str, cue: int = 0
) -> Finding:  # fmt: skip
    score = min(1.0, 0.6 + 0.2 * (end - start))
    return Finding(
        start, end, "caption_coverage", "caption_coverage", "issue", score, value, bound, unit, f"{words}.",
        details={"kind": kind, **({"cue": cue} if cue else {})},
    )  # fmt: skip
