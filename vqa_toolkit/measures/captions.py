"""What can be counted in captions: visible characters, lines, damaged letters, leftover markup, and the language."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from vqa_toolkit.core import Axis, FloatArray, Signal
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.media.captions import CaptionTrack, Cue

TABLE_DATE = "2026-11"  # when Netflix's Timed Text Style Guides were read for the two tables below
READING_SPEED = {"en": 20.0, "ar": 20.0, "hi": 22.0, "ko": 12.0, "zh": 9.0, "ja": 4.0}  # characters/s, adults
OTHER_READING_SPEED = 17.0
UNKNOWN_READING_SPEED = 20.0  # where the language cannot be told: the most lenient of the Latin-script figures
LINE_LENGTH = {"ja": 13.0, "ko": 16.0, "zh": 16.0, "th": 35.0}  # characters
OTHER_LINE_LENGTH = 42.0
WIDE = ("ja", "ko", "zh")  # half-width characters count half there

STOP_WORDS = {
    "en": "the and you that was for are with his they this have from not but what all were your when we there can an "
          "she which their said if will each about how out them then her would like him has look more could did my who "
          "its it is to of in he i be do no me here know just don't it's i'm",
    "de": "der die und das ist nicht ich sie es ein eine zu den mit von dem auf für auch wir er wie aber noch war nur "
          "oder vor zum zur aus bei nach wenn kann schon mich mir dir dich hat haben sind wird doch mein kein niemand "
          "über wieder bis ihr hatte warum dass des im am",
    "fr": "le la les et est une un des que qui pas vous je ne pour dans ce il elle sur avec nous mais plus tout au "
          "sont cette mon ton son où bien être avoir fait suis êtes c'est j'ai du ça leur même aussi moi toi",
    "es": "el la los las que y es un una por con no para como pero más yo tú él muy todo está esto eso mi su del al "
          "hay qué cuando también sin sobre este ella nosotros estoy soy ser fue bien aquí",
    "it": "il la che di è un una per non con sono come ma più io tu lui lei questo questa del della nel alla anche "
          "mio tuo suo perché cosa hai ho abbiamo gli le si mi ti ci bene stato quando",
    "pt": "o a os as que e é um uma por com não para como mas mais eu você ele ela muito tudo está isso meu seu do da "
          "no na quando também sem sobre este nós estou sou ser foi bem aqui são em",
    "nl": "de het een en van ik je dat niet is zijn wat op met voor er maar hij ze we naar hebben heb ook nog wel geen "
          "mijn jij dit deze die aan als bij kan moet waar waarom goed",
    "sv": "och det att jag är inte en ett som på för med du han hon vi av har till den kan men vad så här där mig dig "
          "från när var om ska nu bara",
    "pl": "i w nie to się na jest że z do co jak ale tak po czy mnie ja ty już tylko dla go ma za od być był była mam "
          "masz",
}  # fmt: skip
_SETS = {language: frozenset(words.split()) for language, words in STOP_WORDS.items()}
SCRIPTS = {
    "ru": "Ѐ-ӿ", "el": "Ͱ-Ͽ", "he": "֐-׿", "ar": "؀-ۿ", "hi": "ऀ-ॿ", "th": "฀-๿",
    "ja": "぀-ヿ", "ko": "가-힯", "zh": "一-鿿",
}  # fmt: skip
_SCRIPT = {language: re.compile(f"[{span}]") for language, span in SCRIPTS.items()}
LANGUAGES = ("", *STOP_WORDS, *SCRIPTS)  # a language's code in a signal is its place here; 0 is unknown
_LONG_CODES = {"eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt",
               "nld": "nl", "dut": "nl", "swe": "sv", "pol": "pl", "rus": "ru", "ell": "el", "gre": "el", "heb": "he",
               "ara": "ar", "hin": "hi", "tha": "th", "jpn": "ja", "kor": "ko", "zho": "zh", "chi": "zh"}  # fmt: skip
EVIDENCE = 2  # words more than any other language has, before a text is said to be in a language

_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>|\{\\[^}]*\}|<\d\d:[\d:.]+>")
_KNOWN_TAG = re.compile(r"<(/?)(i|b|u|s|font|c|v|ruby|rt|lang)\b[^<>]*>|<\d\d:[\d:.]+>", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{\\[^}]*\}")
_FOREIGN_CODE = re.compile(r"&(?:[A-Za-z]{2,8}|#\d+);|\{[A-Za-z]:[^}]*\}|</?[A-Za-z][^<>\n]*>")
_LAST = "".join(bytes([b]).decode("cp1252", "replace").replace("\ufffd", "") + chr(b) for b in range(0x80, 0xC0))
_CONT = f"[{re.escape(_LAST)}]"
_CONT_LETTER = f"(?![»“”’…–—›]){_CONT}"  # a capital Ã before closing punctuation may be meant
_BROKEN = re.compile(
    f"Ã{_CONT_LETTER}|Â{_CONT}|â{_CONT}{{2}}|(?:[ÄÅÎÏÐÑØÙ]{_CONT}){{2,}}|(?:[à-ï]{_CONT}{{2}}){{2,}}|\ufffd"
    r"|(?<!\w)[À-ÖØ-öø-ÿ]{5,}(?!\w)"
)
_EFFECT = re.compile(r"^\s*[\[(♪♫#*].*[\])♪♫#*]\s*$", re.DOTALL)


def visible(text: str) -> str:
    """``text`` as it shows on screen: without tags, override codes and escaped letters; lines stay."""
    return html.unescape(_TAG.sub("", text)).strip()


def width(line: str, language: str = "") -> float:
    """Visible characters of one line: marks that sit on a letter count nothing, half-width ones half where lines are wide."""
    shown = [c for c in line if unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cc")]
    if language not in WIDE:
        return float(len(shown))
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.5 for c in shown)


def broken_letters(text: str) -> int:
    """How many places look like one encoding read as another (mojibake), or hold the replacement character."""
    return len(_BROKEN.findall(text))


def leftover_markup(text: str) -> int:
    """How many pieces of code would show on screen: entities, unknown tags, known tags opened or closed alone."""
    plain = _OVERRIDE.sub("", text)
    opened: dict[str, int] = {}
    for closing, name in _KNOWN_TAG.findall(plain):
        key = name.lower()
        if key and key not in ("v", "lang", "rt"):  # those need no end tag
            opened[key] = opened.get(key, 0) + (-1 if closing else 1)
    alone = sum(abs(n) for n in opened.values())
    return alone + len(_FOREIGN_CODE.findall(_KNOWN_TAG.sub("", plain)))


def is_effect(text: str) -> bool:
    """Whether a cue describes a sound or a song instead of speech: all of it in brackets or between notes."""
    return bool(_EFFECT.match(visible(text)))


def language_scores(texts: Iterable[str]) -> dict[str, int]:
    """Per language, how many words (or letters of its script) speak for it in ``texts``."""
    text = " ".join(visible(t) for t in texts).lower().replace("’", "'")
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text)
    scores = {language: sum(w in known for w in words) for language, known in _SETS.items()}
    scores |= {language: len(pattern.findall(text)) for language, pattern in _SCRIPT.items()}
    if scores["ja"]:  # Japanese uses Chinese characters too
        scores["ja"] += scores.pop("zh")
    return scores


def language_of(texts: Iterable[str]) -> tuple[str, int]:
    """(language, words more than the runner-up); ("", 0) where the lead is under ``EVIDENCE``."""
    ranked = sorted(language_scores(texts).items(), key=lambda kv: -kv[1])
    lead = ranked[0][1] - ranked[1][1]
    return (ranked[0][0], lead) if lead >= EVIDENCE else ("", 0)


def declared_language(tag: str) -> str:
    """The two-letter code of a declared language ("eng", "en-GB", …); "" where it is unknown here or unsaid."""
    head = re.split(r"[-_]", tag.strip().lower())[0]
    code = _LONG_CODES.get(head, head)
    return code if code in LANGUAGES else ""


def reading_speed(language: str) -> float:
    """Netflix's most characters per second for adults, by language."""
    return READING_SPEED.get(language, OTHER_READING_SPEED) if language else UNKNOWN_READING_SPEED


def line_length(language: str) -> float:
    """Netflix's most characters per line, by language."""
    return LINE_LENGTH.get(language, OTHER_LINE_LENGTH)


def gaps_after(cues: Sequence[Cue]) -> list[float]:
    """Seconds from each cue's end to the start of the next in time, negative where they overlap; NaN for the last."""
    order = sorted(range(len(cues)), key=lambda k: (cues[k].start, cues[k].end))
    gaps = [math.nan] * len(cues)
    for k, following in pairwise(order):
        gaps[k] = cues[following].start - cues[k].end
    return gaps


def copies_of(cues: Sequence[Cue]) -> list[int]:
    """For each cue the number (from 1) of an earlier one with the same visible text that it overlaps in time, else 0."""
    latest: dict[str, tuple[float, int]] = {}
    copies = [0] * len(cues)
    for k in sorted(range(len(cues)), key=lambda k: (cues[k].start, k)):
        text = " ".join(visible(cues[k].text).lower().split())
        before = latest.get(text)
        if text and before is not None and cues[k].start < before[0]:
            copies[k] = before[1]
        latest[text] = (cues[k].end, k + 1)
    return copies


def readable(tracks: Sequence[CaptionTrack], empty: bool = False) -> list[tuple[int, CaptionTrack]]:
    """The tracks (number from 1, track) that hold cues; with ``empty`` also those that could be read and hold none.

    Raises:
        NotAssessable: none does; the reason is the first track's problem.
    """
    found = [(n, t) for n, t in enumerate(tracks, 1) if t.cues or (empty and not t.problem)]
    if not found:
        raise NotAssessable(next((t.problem for t in tracks if t.problem), "the caption track holds no cue"))
    return found


def table(name: str, columns: Sequence[str], rows: Sequence[Sequence[float]], cues: Sequence[Cue]) -> Signal:
    """One row per cue in order of start: column 0 is the track, column 1 the cue's number in its file, both from 1."""
    axis = Axis("fact", "", tuple(float(i) for i in range(len(columns))))
    values = np.asarray(rows, dtype=np.float64).reshape(len(rows), len(columns))
    starts: FloatArray = np.asarray([c.start for c in cues], dtype=np.float64)
    order = np.argsort(starts, kind="stable")
    return Signal(name, "", starts[order], values[order], (axis,), max((c.end for c in cues), default=0.0))
