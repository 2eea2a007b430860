"""Caption tracks, embedded or beside the file, as cues on the one clock."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av.error
import numpy as np

from vqa_toolkit.core import View
from vqa_toolkit.errors import MediaUnreadable
from vqa_toolkit.media.info import CaptionInfo, MediaInfo
from vqa_toolkit.media.open import open_media

MAX_CAPTION_BYTES = 20_000_000
MAX_CUES = 100_000
_ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")  # tried in this order; UTF-16 only with its byte-order mark
_ASS_FIELDS = 8  # commas before the text in a decoded ASS event
_ASS_OVERRIDE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption over [start, end) seconds; ``text`` may hold markup, its lines are separated by a newline."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """Cues in file order. ``encoding`` is what the bytes were read as; ``problem`` why a track could not be read."""

    info: CaptionInfo
    cues: tuple[Cue, ...]
    encoding: str = ""
    problem: str = ""


def caption_view(info: MediaInfo) -> View:
    """Every caption track of ``info``'s file as one view: ``data`` is a tuple of tracks, ``t`` their first cues' times."""
    tracks = tuple(load_track(info, c) for c in info.captions)
    starts = [min((c.start for c in t.cues), default=0.0) for t in tracks]
    ends = [c.end for t in tracks for c in t.cues]
    return View(np.asarray(starts, dtype=np.float64), tracks, max(ends, default=0.0))


def load_track(info: MediaInfo, caption: CaptionInfo) -> CaptionTrack:
    """One track; a track that cannot be read has its ``problem`` said instead of cues."""
    if caption.path:
        return read_caption_file(Path(caption.path), caption)
    try:
        return CaptionTrack(caption, tuple(_embedded(info, caption.index)), "utf-8")
    except (av.error.FFmpegError, ValueError, MediaUnreadable) as exc:
        return CaptionTrack(caption, (), problem=f"the track cannot be decoded: {exc}")


def read_caption_file(path: Path, caption: CaptionInfo | None = None) -> CaptionTrack:
    """A caption file: SRT, WebVTT, ASS/SSA, TTML (pysubs2), SCC, SAMI, DFXP (pycaption)."""
    info = caption or CaptionInfo(-1, path.suffix[1:].lower(), "", str(path))
    if path.stat().st_size > MAX_CAPTION_BYTES:
        return CaptionTrack(info, (), problem=f"the file is larger than {MAX_CAPTION_BYTES / 1e6:.0f} MB")
    text, encoding = _text(path.read_bytes())
    if "\0" in text:
        return CaptionTrack(info, (), problem="its encoding is unknown, or it is not text; save it as UTF-8")
    try:
        cues = _parse(text, path.suffix.lower())
    except Exception as exc:  # noqa: BLE001 - two libraries with error trees of their own; the reason is kept
        return CaptionTrack(info, (), encoding, f"it cannot be read as {path.suffix[1:].upper()}: {exc}")
    if len(cues) > MAX_CUES:
        return CaptionTrack(info, (), encoding, f"it has more than {MAX_CUES} cues")
    return CaptionTrack(info, tuple(cues), encoding)


def _text(raw: bytes) -> tuple[str, str]:
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1"), "latin-1"


def _parse(text: str, suffix: str) -> list[Cue]:
    if suffix in (".scc", ".sami", ".smi", ".dfxp"):
        return _by_pycaption(text)
    import pysubs2

    known = {".srt": "srt", ".vtt": "vtt", ".ass": "ass", ".ssa": "ssa", ".ttml": "ttml"}
    subs = pysubs2.SSAFile.from_string(text, format_=known.get(suffix), keep_unknown_html_tags=True) if suffix in (
        ".srt", ".vtt"
    ) else pysubs2.SSAFile.from_string(text, format_=known.get(suffix))  # fmt: skip
    plain = html.unescape if suffix == ".vtt" else str  # only WebVTT's own syntax escapes letters
    return [Cue(e.start / 1000, e.end / 1000, plain(e.text).replace("\\N", "\n").replace("\\n", "\n"))
            for e in subs if not e.is_comment]  # fmt: skip


def _by_pycaption(text: str) -> list[Cue]:
    import pycaption

    reader: Any = pycaption.detect_format(text)
    if reader is None:
        raise ValueError("no known caption format")
    captions = reader().read(text)
    return [
        Cue(c.start / 1e6, c.end / 1e6, c.get_text())
        for language in captions.get_languages()
        for c in captions.get_captions(language)
    ]


def _embedded(info: MediaInfo, index: int) -> list[Cue]:
    cues: list[Cue] = []
    with open_media(info.path) as container:
        stream = container.streams[index]
        for packet in container.demux(stream):
            if packet.pts is None or not packet.size:
                continue
            start = float(packet.pts * packet.time_base) - info.start_time
            length = float((packet.duration or 0) * packet.time_base)
            lines = [_visible(s) for s in packet.decode()]
            said = "\n".join(line for line in lines if line)
            if said:
                cues.append(Cue(start, start + length, said))
            if len(cues) > MAX_CUES:
                break
    return cues


def _visible(subtitle: Any) -> str:
    raw = getattr(subtitle, "ass", b"")
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    fields = text.split(",", _ASS_FIELDS)
    return _ASS_OVERRIDE.sub("", fields[-1]).replace("\\N", "\n").strip() if len(fields) > _ASS_FIELDS else text.strip()
