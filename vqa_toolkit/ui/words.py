"""Numbers, names and moments in words for the pages."""

from __future__ import annotations

import time


def plain(text: str) -> str:
    """Text from outside with Markdown's signs escaped, so that a file name shows as it is."""
    return "".join("\\" + c if c in "\\`*_{}[]()<>#+-.!|~$:&^=\"'" else c for c in text)


def how_long(seconds: float | None) -> str:
    """A span of time in words: ``about 40 s``, ``about 3 min``."""
    if seconds is None:
        return "unknown"
    if seconds < 60:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min" if seconds < 3600 else f"about {seconds / 3600:.1f} h"


def ago(moment: float, now: float | None = None) -> str:
    """When something was, seen from now: ``just now``, ``5 min ago``, ``14:02 yesterday``, else the date."""
    passed = (time.time() if now is None else now) - moment
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{int(passed // 60)} min ago"
    if passed < 86400:
        return f"{int(passed // 3600)} h ago"
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def size_text(size: int) -> str:
    """Bytes in the largest unit that leaves a number of one to three digits."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit in ("B", "kB") else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
