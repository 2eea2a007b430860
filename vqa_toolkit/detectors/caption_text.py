"""Caption text: letters of the wrong encoding, markup that shows, empty and repeated cues, another language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vqa_toolkit.core import Case, Chunk, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.measures.captions import (
    LANGUAGES,
    broken_letters,
    copies_of,
    declared_language,
    language_of,
    leftover_markup,
    readable,
    table,
    visible,
)
from vqa_toolkit.media.captions import CaptionTrack

CAPTIONS = Need("captions")
COLUMNS = (
    "track",
    "cue",
    "start",
    "end",
    "broken",
    "markup",
    "visible",
    "copy of",
    "own",
    "lead",
    "main",
    "main lead",
    "declared",
)
TRUSTED = ("utf-8", "utf-8-sig", "utf-16")


@dataclass(frozen=True, slots=True)
class CaptionTextLimits(Limits):
    """From how much damage on a cue is reported."""

    # fmt: off
    broken: float = limit(1.0, unit="places", low=1.0, high=20.0, origin="one is visible", doc="fewest places with broken letters")
    markup: float = limit(1.0, unit="places", low=1.0, high=20.0, origin="one is visible", doc="fewest pieces of visible markup")
    foreign_words: float = limit(2.0, unit="words", low=2.0, high=20.0, origin="one stop word is often shared by two languages",
                                 doc="a cue's lead in words of another language before it counts as foreign")
    track_words: float = limit(6.0, unit="words", low=2.0, high=100.0, origin="three cues' worth of evidence",
                               doc="a track's lead in words of its main language before anything is compared with it")
    # fmt: on


class CaptionText(Detector):
    """Cue by cue, what is wrong with the words; a track in another language than declared is one finding.

    Signal ``cues`` (n, 13), a row per cue in order of start: track, number, start, end (s), places with broken letters, pieces of
    leftover markup, visible characters, the number of the cue it repeats (0 = none), then language codes (places in
    ``measures.captions.LANGUAGES``) with their lead in words: the cue's own, the track's main one, the declared one.
    """

    name = "caption_text"
    version = "1"
    title = "Damaged caption text"
    defects = ("caption_text",)
    needs = (CAPTIONS,)
    limits = CaptionTextLimits
    CLEAN = (Case(), Case(faults=("caption_sync,shift=0",)), Case(faults=("caption_layout@0:1,mode=too_brief",)))
    FAULTY = tuple(
        Case(faults=(f"caption_text@3:5,mode={mode}",), expect=(Expect("caption_text", 3.313, 5.124, 0.01),), duration=20.0)
        for mode in ("mojibake", "empty", "markup", "duplicate", "wrong_language")
    )  # fmt: skip

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
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
            if track.encoding not in TRUSTED:
                self.notes.append(f"track {number} is not Unicode; it was read as {track.encoding}, which is a guess")
            main, lead = language_of(c.text for c in track.cues)
            whole = (LANGUAGES.index(main), lead, LANGUAGES.index(declared_language(track.info.language)))
            copies = copies_of(track.cues)
            for k, cue in enumerate(track.cues):
                own, own_lead = language_of([cue.text])
                damage = (broken_letters(cue.text), leftover_markup(cue.text), len(visible(cue.text)))
                rows.append(
                    (number, k + 1, cue.start, cue.end, *damage, copies[k], LANGUAGES.index(own), own_lead, *whole)
                )
                cues.append(cue)
        return (table("cues", COLUMNS, rows, cues),)

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """One finding per cue and problem; a whole track in the wrong language is one."""
        rows = signals["cues"].v.tolist()
        for number in sorted({row[0] for row in rows}):
            yield from _track([row for row in rows if row[0] == number], limits)


def _track(rows: list[list[float]], limits: CaptionTextLimits) -> Iterable[Finding]:
    main, lead, declared = (int(x) for x in rows[0][10:13])
    if declared and main and main != declared and lead >= limits.track_words:
        words = f"The captions are declared as {LANGUAGES[declared]!r}, but their words are {LANGUAGES[main]!r}"
        hull = [*rows[0][:3], max(row[3] for row in rows)]
        yield _finding(hull, "wrong language", lead, limits.track_words, "words", words)
    for row in rows:
        cue, broken, markup, shown, copied, own, own_lead = row[1], *row[4:10]
        if broken >= limits.broken:
            yield _finding(row, "broken letters", broken, limits.broken, "places",
                           f"Cue {cue:.0f} has letters of the wrong encoding (mojibake) in {_counted(broken, 'place')}")  # fmt: skip
        if markup >= limits.markup:
            yield _finding(row, "markup", markup, limits.markup, "places",
                           f"Cue {cue:.0f} would show {_counted(markup, 'piece')} of markup")  # fmt: skip
        if not shown:
            yield _finding(row, "empty", 0.0, 1.0, "characters", f"Cue {cue:.0f} is empty")
        if copied:
            yield _finding(
                row, "duplicate", 2.0, 1.0, "times", f"Cue {cue:.0f} repeats cue {copied:.0f} at the same time"
            )
        if main and own and own != main and own_lead >= limits.foreign_words and lead >= limits.track_words:
            said = (
                f"Cue {cue:.0f} is in another language ({LANGUAGES[int(own)]!r}) than the track ({LANGUAGES[main]!r})"
            )
            yield _finding(row, "foreign cue", own_lead, limits.foreign_words, "words", said)


def _counted(number: float, what: str) -> str:
    return f"{number:.0f} {what}{'' if number == 1 else 's'}"


def _finding(row: list[float], kind: str, value: float, bound: float, unit: str, words: str) -> Finding:
    start = max(row[2], 0.0)
    return Finding(
        start, max(row[3], start), "caption_text", "caption_text", "issue", 0.7 if "language" in words else 0.95, value, bound, unit,
        f"{words}.", details={"kind": kind, "track": int(row[0]), "cue": int(row[1])},
    )  # fmt: skip
