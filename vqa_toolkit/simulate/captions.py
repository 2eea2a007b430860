"""Caption faults: out of time, missing, badly laid out, or with damaged text. Each is named as the finding it provokes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.core import CaptionFault, ClipFacts, Extent, param

if TYPE_CHECKING:
    from pysubs2 import SSAEvent, SSAFile

SHIFT_S = (0.4, 4.0)  # at strength 0 and 1; sign drawn
STRETCHES = (24 / 23.976, 25 / 23.976, 25 / 24)  # frame rates taken for one another
FOREIGN = (
    "Der Zug kam schon wieder zu spät.", "Niemand hatte ihr gesagt, warum.", "Wir gingen über den Platz,",
    "und die Tür stand offen.", "Was stand in dem Brief?", "Warte bis zum Frühling, stand da.",
)  # fmt: skip
FILLER = "and so it went on and on, as it always had, far into the night, without a word being said by anyone"


def _copy(captions: SSAFile) -> SSAFile:
    import copy

    return copy.deepcopy(captions)


def _hit(captions: SSAFile, start: float, end: float, name: str) -> list[SSAEvent]:
    """The cues that begin in [start, end), in order."""
    found = [c for c in sorted(captions, key=lambda c: c.start) if start <= c.start / 1000 < end and not c.is_comment]
    if not found:
        raise FaultError(f"{name}: no cue begins between start = {start:g} s and end = {end:g} s.")
    return found


def _extent(cues: list[SSAEvent], expected: dict[str, float] | None = None) -> Extent:
    times = tuple(c.start / 1000 for c in cues)
    return Extent(min(times), max(c.end for c in cues) / 1000, None, times, expected or {})


def _some(cues: list[SSAEvent], strength: float, rng: np.random.Generator) -> list[SSAEvent]:
    """One cue at strength 0, all at 1."""
    count = max(1, round(len(cues) * strength))
    return [cues[i] for i in sorted(rng.permutation(len(cues))[:count].tolist())]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionSync(CaptionFault):
    """``shifted``: by ``shift`` seconds, + = late. ``stretched``: times × ``ratio``, as with a wrong frame rate.

    Strength scales a shift from 0.4 to 4 s, with the sign drawn, and picks among 24/23.976, 25/23.976 and 25/24.
    """

    name: ClassVar[str] = "caption_sync"
    defect: ClassVar[str | None] = "caption_sync"

    mode: str = param("shifted", choices=("shifted", "stretched"), doc="constant, or growing")
    shift: float | None = param(None, unit="s, + = late", low=-60.0, high=60.0, doc="by strength")
    ratio: float | None = param(None, unit="times", low=0.8, high=1.25, doc="stretch; by strength")

    def apply(self, captions: SSAFile, facts: ClipFacts, rng: np.random.Generator) -> tuple[SSAFile, Extent]:
        out = _copy(captions)
        cues = _hit(out, self.start, self.end, self.name)
        before = _extent(cues)
        if self.mode == "shifted":
            drawn = (SHIFT_S[0] + (SHIFT_S[1] - SHIFT_S[0]) * self.strength) * float(rng.choice([-1.0, 1.0]))
            shift = round(1000 * (drawn if self.shift is None else self.shift))
            for cue in cues:
                cue.start, cue.end = max(0, cue.start + shift), max(1, cue.end + shift)
            return out, before._replace(expected={"offset_ms": float(shift)})
        drawn = STRETCHES[min(2, int(self.strength * 3))]
        ratio = drawn if self.ratio is None else self.ratio
        for cue in cues:
            cue.start, cue.end = round(cue.start * ratio), round(cue.end * ratio)
        return out, before._replace(expected={"ratio": ratio})


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionCoverage(CaptionFault):
    """``missing``: every cue of the span is gone. ``dropped``: single cues are gone, one at strength 0, all at 1."""

    name: ClassVar[str] = "caption_coverage"
    defect: ClassVar[str | None] = "caption_coverage"

    mode: str = param("missing", choices=("missing", "dropped"), doc="a stretch, or single cues")

    def apply(self, captions: SSAFile, facts: ClipFacts, rng: np.random.Generator) -> tuple[SSAFile, Extent]:
        out = _copy(captions)
        cues = _hit(out, self.start, self.end, self.name)
        gone = cues if self.mode == "missing" else _some(cues, self.strength, rng)
        for cue in gone:
            out.remove(cue)
        return out, _extent(gone, {"cues": float(len(gone))})


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionLayout(CaptionFault):
    """Cues that cannot be read: overlapping, too fast, too long on screen or too brief, too long a line, too many lines.

    Strength scales how many of the span's cues are hit, one to all.
    """

    name: ClassVar[str] = "caption_layout"
    defect: ClassVar[str | None] = "caption_layout"

    mode: str = param(
        "too_fast",
        choices=("overlapping", "too_fast", "too_long", "too_brief", "long_line", "many_lines"),
        doc="what is wrong",
    )

    def apply(self, captions: SSAFile, facts: ClipFacts, rng: np.random.Generator) -> tuple[SSAFile, Extent]:
        out = _copy(captions)
        hit = _some(_hit(out, self.start, self.end, self.name), self.strength, rng)
        for cue in hit:
            self._spoil(cue, out)
        return out, _extent(hit, {"cues": float(len(hit))})

    def _spoil(self, cue: SSAEvent, captions: SSAFile) -> None:
        if self.mode == "overlapping":
            later = [c for c in captions if c.start > cue.start]
            following = min(later, key=lambda c: c.start) if later else None
            cue.end = following.start + 600 if following else cue.end
        elif self.mode == "too_fast":  # 40 characters a second, twice any limit
            words = cue.plaintext.replace("\n", " ")
            cue.plaintext = f"{words} {FILLER}"[: max(len(words), round((cue.end - cue.start) / 1000 * 40))].strip()
        elif self.mode == "too_long":
            cue.end = cue.start + 9000
        elif self.mode == "too_brief":
            cue.end = cue.start + 300
        elif self.mode == "long_line":
            cue.plaintext = f"{cue.plaintext} {FILLER}".replace("\n", " ")[:64]
        else:
            cue.plaintext = "\n".join((f"{cue.plaintext} {FILLER}").replace("\n", " ").split()[:8][i] for i in range(4))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionText(CaptionFault):
    """Damaged words: UTF-8 read as Windows-1252, empty cues, another language, stray markup, the same cue twice.

    Strength scales how many of the span's cues are hit, one to all.
    """

    name: ClassVar[str] = "caption_text"
    defect: ClassVar[str | None] = "caption_text"

    mode: str = param(
        "mojibake",
        choices=("mojibake", "empty", "wrong_language", "markup", "duplicate"),
        doc="what is wrong with the words",
    )

    def apply(self, captions: SSAFile, facts: ClipFacts, rng: np.random.Generator) -> tuple[SSAFile, Extent]:
        out = _copy(captions)
        hit = _some(_hit(out, self.start, self.end, self.name), self.strength, rng)
        for number, cue in enumerate(hit):
            self._spoil(cue, number, out)
        return out, _extent(hit, {"cues": float(len(hit))})

    def _spoil(self, cue: SSAEvent, number: int, captions: SSAFile) -> None:
        if self.mode == "mojibake":
            words = cue.plaintext.replace("'", "’").replace("e", "é", 1) + "…"
            cue.plaintext = words.encode("utf-8").decode("cp1252", errors="replace")
        elif self.mode == "empty":
            cue.plaintext = ""
        elif self.mode == "wrong_language":
            cue.plaintext = FOREIGN[number % len(FOREIGN)]
        elif self.mode == "markup":
            cue.plaintext = f"<font color=#ffffff>{cue.plaintext}</b> &amp;nbsp;"
        else:
            captions.append(cue.copy())
            captions.sort()
