"""Caption layout: lines, characters, reading speed, time on screen, gaps and overlaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from vqa_toolkit.core import Case, Chunk, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.measures.captions import (
    LANGUAGES,
    TABLE_DATE,
    declared_language,
    gaps_after,
    language_of,
    line_length,
    readable,
    reading_speed,
    table,
    visible,
    width,
)
from vqa_toolkit.media.captions import CaptionTrack

CAPTIONS = Need("captions")
NETFLIX = "Netflix Timed Text Style Guide"
COLUMNS = ("track", "cue", "start", "end", "characters", "longest line", "lines", "gap", "language", "frame rate")
ROUNDING_S = 1e-3  # caption files keep milliseconds
ROUNDING_FRAMES = 0.1  # two frames at 60 per second are 33.3 ms, written as 33 ms
UNKNOWN_FPS = 25.0  # frames/s taken where there is no picture: only the smallest gap depends on it


@dataclass(frozen=True, slots=True)
class CaptionLayoutLimits(Limits):
    """Netflix's numbers; the two that differ by language are shares of the tables in ``measures.captions``."""

    # fmt: off
    reading_speed: float = limit(1.0, unit="times the language's figure", low=0.5, high=3.0, doc="fastest reading speed",
                                 origin=f"{NETFLIX}: 20 characters/s in English, 17 in most others")
    line_length: float = limit(1.0, unit="times the language's figure", low=0.5, high=3.0, doc="longest line",
                               origin=f"{NETFLIX}: 42 characters in Latin script")
    lines: float = limit(2.0, unit="lines", low=1.0, high=6.0, origin=NETFLIX, doc="most lines at once")
    shortest: float = limit(0.833, unit="s", low=0.1, high=3.0, origin=f"{NETFLIX}: 5/6 s", doc="shortest time on screen")
    longest: float = limit(7.0, unit="s", low=2.0, high=30.0, origin=NETFLIX, doc="longest time on screen")
    gap: float = limit(2.0, unit="frames", low=0.0, high=12.0, origin=NETFLIX, doc="smallest gap between cues (a note)")
    overlap: float = limit(0.01, unit="s", low=0.0, high=2.0, origin="times in ASS are rounded to 10 ms", doc="longest overlap")
    # fmt: on


class Rule(NamedTuple):
    """One broken rule of one cue."""

    name: str
    value: float
    bound: float
    unit: str
    words: str
    severity: Severity = "issue"


class CaptionLayout(Detector):
    """Cues that cannot be read in time or do not fit. Only visible characters count, gaps are in the file's true frames.

    Signal ``cues`` (n, 10), a row per cue in order of start: track and number (both from 1), start and end (s), visible
    characters, characters of the longest line, lines, gap to the track's next cue (s, negative where they overlap, NaN for
    the last), language code (place in ``measures.captions.LANGUAGES``), frames per second.
    """

    name = "caption_layout"
    version = "1"
    title = "Caption layout and reading speed"
    defects = ("caption_layout",)
    needs = (CAPTIONS,)
    limits = CaptionLayoutLimits
    standards = (NETFLIX,)
    CLEAN = (Case(), Case(faults=("caption_sync,shift=0",)), Case(faults=("caption_text@0:1,mode=markup",)))
    FAULTY = tuple(
        Case(faults=(f"caption_layout@3:5,mode={mode}",), expect=(Expect("caption_layout", 3.313, end, 0.01),), duration=8.0)
        for mode, end in (("too_fast", 5.124), ("too_brief", 3.613), ("too_long", 12.313), ("long_line", 5.124),
                          ("many_lines", 5.124), ("overlapping", 6.486))
    )  # fmt: skip

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        self._fps = media.video.fps if media.video is not None and media.video.fps > 0 else UNKNOWN_FPS
        self._tracks: tuple[CaptionTrack, ...] = ()

    def update(self, chunk: Chunk) -> None:
        """Keep the tracks; they come with the first chunk."""
        view = chunk.view(CAPTIONS)
        if view is not None:
            self._tracks += tuple(view.data)

    def finish(self) -> Iterable[Signal]:
        """A row of facts per cue."""
        rows, cues = [], []
        for number, track in readable(self._tracks):
            language = declared_language(track.info.language) or language_of(c.text for c in track.cues)[0]
            gaps = gaps_after(track.cues)
            for k, cue in enumerate(track.cues):
                lines = [width(line, language) for line in visible(cue.text).split("\n")]
                size = (sum(lines), max(lines), len(lines))
                rows.append((number, k + 1, cue.start, cue.end, *size, gaps[k], LANGUAGES.index(language), self._fps))
                cues.append(cue)
        if not any(row[4] for row in rows):
            raise NotAssessable("no cue has visible characters")
        return (table("cues", COLUMNS, rows, cues),)

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """One finding per cue and broken rule."""
        for row in signals["cues"].v.tolist():
            for rule in _broken(row, limits):
                yield Finding(
                    max(row[2], 0.0), max(row[3], row[2], 0.0), "caption_layout", "caption_layout", rule.severity, _score(rule),
                    rule.value, rule.bound, rule.unit,
                    f"Cue {row[1]:.0f} {rule.words}.", standards=(f"{NETFLIX} ({TABLE_DATE})",),
                    details={"rule": rule.name, "track": int(row[0]), "cue": int(row[1]), "language": LANGUAGES[int(row[8])]},
                )  # fmt: skip


def _broken(row: list[float], limits: CaptionLayoutLimits) -> list[Rule]:
    _, _, start, end, characters, longest, lines, gap, code, fps = row
    length, language = end - start, LANGUAGES[int(code)]
    speed = characters / max(length, ROUNDING_S)
    fastest, widest = limits.reading_speed * reading_speed(language), limits.line_length * line_length(language)
    frames = max(gap * fps, 0.0)  # NaN after the last cue
    # fmt: off
    checked = (
        (length < limits.shortest - ROUNDING_S,
         Rule("too brief", length, limits.shortest, "s", f"is on screen for {length:.2f} s, limit {limits.shortest:.2f} s")),
        (length > limits.longest + ROUNDING_S,
         Rule("too long", length, limits.longest, "s", f"is on screen for {length:.2f} s, limit {limits.longest:g} s")),
        (speed > fastest,
         Rule("reading speed", speed, fastest, "characters/s", f"reads at {speed:.0f} characters per second, limit {fastest:g}")),
        (longest > widest,
         Rule("line length", longest, widest, "characters", f"has a line of {longest:g} characters, limit {widest:g}")),
        (lines > limits.lines, Rule("lines", lines, limits.lines, "lines", f"has {lines:.0f} lines, limit {limits.lines:g}")),
        (gap < -limits.overlap, Rule("overlap", -gap, limits.overlap, "s", f"overlaps the next by {-gap:.2f} s")),
        (gap >= -limits.overlap and gap * fps < limits.gap - ROUNDING_FRAMES,
         Rule("gap", frames, limits.gap, "frames", f"ends {frames:.1f} frames before the next, limit {limits.gap:g}", "fyi")),
    )
    # fmt: on
    return [rule for broken, rule in checked if broken]


def _score(rule: Rule) -> float:
    """Sure where the bound is passed by half of itself."""
    return min(1.0, 0.6 + 0.8 * abs(rule.value - rule.bound) / max(rule.bound, ROUNDING_S))
