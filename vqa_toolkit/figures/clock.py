"""Times and numbers as people read them."""

from __future__ import annotations

import math

_DASH = "–"
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def clock(seconds: float) -> str:
    """``mm:ss.mmm``, with hours in front from one hour on; ``–`` for what is not a time.

    >>> clock(12.4), clock(3723.0), clock(-0.04)
    ('00:12.400', '1:02:03.000', '-00:00.040')
    """
    if not math.isfinite(seconds):
        return _DASH
    sign = "-" if seconds < 0 else ""
    total, ms = divmod(round(abs(seconds) * 1000), 1000)
    minutes, s = divmod(total, 60)
    hours, m = divmod(minutes, 60)
    return f"{sign}{hours}:{m:02d}:{s:02d}.{ms:03d}" if hours else f"{sign}{m:02d}:{s:02d}.{ms:03d}"


def between(start: float, end: float) -> str:
    """A span of time, ``00:12.400–00:14.000``."""
    return f"{clock(start)}{_DASH}{clock(end)}"


def amount(value: float, unit: str = "") -> str:
    """A measured number with its unit, four significant digits, never in powers of ten below a million.

    >>> amount(0.98321, "share"), amount(-23.0, "LUFS"), amount(1234567.0), amount(float("nan"), "dB")
    ('0.9832 share', '-23 LUFS', '1234567', '–')
    """
    if math.isnan(value):
        return _DASH
    if math.isinf(value):
        text = "-∞" if value < 0 else "∞"
    elif value and abs(value) < 1e-4:
        text = f"{value:.3g}"
    else:
        decimals = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
        text = f"{value:.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {unit}".rstrip()


def titled(name: str, unit: str) -> str:
    """A measure's name with its unit, ``true peak, dBTP``; a unit that the name says already is left out."""
    words = name.replace("_", " ")
    return words if not unit or unit in words else f"{words}, {unit}"


def counted(n: int, noun: str) -> str:
    """``1 issue``, ``2 issues``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def printable(text: str) -> str:
    """Text without control characters, so that a file's name cannot steer a terminal or break an XML file.

    White space becomes a plain space; the joiners that Indic scripts and emoji are written with stay.

    >>> printable("a\\tb\\x1b[2J")
    'a b\N{REPLACEMENT CHARACTER}[2J'
    """
    return "".join(_printable(c) for c in text)


def encodable(text: str) -> str:
    """Text that UTF-8 can hold: a file's name that is not UTF-8 has its stray bytes shown as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _printable(c: str) -> str:
    if c.isprintable() or c in _JOINERS:
        return c
    return " " if c.isspace() else "\N{REPLACEMENT CHARACTER}"
