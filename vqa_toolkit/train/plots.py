"""Training curves, and the offsets found in clips, as small SVG files that need no plotting library."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from statistics import median

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 300, 60, 40, 24  # px
INKS = ("#2b4a6f", "#dd6b03", "#931fd6", "#5a5a5a", "#0a7d55", "#b3261e")
ROW = 18  # px a source
SPAN = 8.0  # pictures either way that the offset plot shows


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>' + "".join(parts) + "</svg>\n"
    )


def _text(x: float, y: float, words: str, anchor: str = "start", fill: str = "#16202b") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(words)}</text>'


def curve_svg(history: Sequence[Mapping[str, float]], x: str, title: str, curves: Sequence[tuple[str, str]]) -> str:
    """Shares in [0, 1] over ``x`` (a key of the rows, from 0), one line for each (key, name) of at most six ``curves``."""
    last = max((float(row[x]) for row in history), default=1.0)
    wide, high = WIDTH - LEFT - 160, HEIGHT - TOP - BOTTOM

    def place(at: float, share: float) -> tuple[float, float]:
        return LEFT + wide * at / max(last, 1.0), TOP + high * (1 - share)

    parts = [_text(LEFT, 16, title)]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = place(0, share)[1]
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dde2e8"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{share * 100:.0f} %", "end"))
    parts.append(_text(LEFT + wide / 2, HEIGHT - 8, f"{x} (0 to {last:.0f})", "middle"))
    for number, ((key, name), ink) in enumerate(zip(curves, INKS, strict=False)):
        points = " ".join("{:.1f},{:.1f}".format(*place(row[x], row[key])) for row in history if key in row)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="2"/>')
        parts.append(_text(LEFT + wide + 10, TOP + 16 + 20 * number, name, fill=ink))
    return _svg(WIDTH, HEIGHT, parts)


def offsets_svg(rows: Sequence[Mapping[str, str]], sure: float = 0.15) -> str:
    """Offsets of the training clips by source, a dot a clip, a bar at the source's median; only clips measured surely."""
    by: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if float(row["confidence"]) >= sure:
            by[row["source"]].append(float(row["measured_frames"]))
    names = sorted(by, key=lambda name: -len(by[name]))
    height, left, wide = 60 + ROW * len(names), 290, WIDTH - 310
    parts = [_text(10, 16, "own offset of clips by source, pictures of 40 ms (+ = sound late)")]
    for tick in range(-8, 9, 4):
        x = left + wide * (tick + SPAN) / (2 * SPAN)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="26" y2="{height - 26}" stroke="#dde2e8"/>')
        parts.append(_text(x, height - 8, f"{tick:+d}", "middle"))
    for number, name in enumerate(names):
        y = 40 + ROW * number
        parts.append(_text(10, y + 4, f"{name[:34]} ({len(by[name])})"))
        for value in sorted(set(by[name])):
            x = left + wide * (min(max(value, -SPAN), SPAN) + SPAN) / (2 * SPAN)
            parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="2.5" fill="#2b4a6f" fill-opacity="0.4"/>')
        x = left + wide * (min(max(median(by[name]), -SPAN), SPAN) + SPAN) / (2 * SPAN)
        parts.append(f'<rect x="{x - 1:.1f}" y="{y - 7}" width="2" height="14" fill="#b3261e"/>')
    return _svg(WIDTH, height, parts)
