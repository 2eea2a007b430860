"""The look of every figure: one colour per kind of defect, in a light and a dark theme.

The eleven colours of a theme were found by annealing in OKLCH: at least 3:1 against the theme's background (WCAG 2
for graphics) and at least 0.09 apart in OKLab for normal, protan, deutan and tritan sight (matrices of Machado 2009).
Both properties are tested, so a colour cannot be changed into one that somebody cannot see.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Literal, NamedTuple

from vqa_toolkit.core import Severity
from vqa_toolkit.figures.ticks import tick_label, time_ticks

Mode = Literal["light", "dark"]


class Theme(NamedTuple):
    """Colours of one theme as ``#rrggbb``."""

    background: str
    surface: str
    text: str
    muted: str
    grid: str
    curve: str
    limit: str
    severity: Mapping[Severity, str]
    families: Mapping[str, str]


LIGHT = Theme(
    background="#ffffff", surface="#f4f6f8", text="#16202b", muted="#566270", grid="#dde2e8", curve="#2b4a6f",
    limit="#b3261e",
    severity={"fyi": "#3b6ea5", "issue": "#9a5b00", "blocker": "#b3261e"},
    families={
        "damage": "#dd6b03", "stream": "#5a5a5a", "absence": "#152e92", "motion": "#5b709c", "texture": "#968cb5",
        "light": "#a44b04", "no sound": "#931fd6", "sound": "#ce51f8", "loudness": "#59245b", "sync": "#821e04",
        "captions": "#9b7366",
    },
)  # fmt: skip

DARK = Theme(
    background="#14171c", surface="#1d2229", text="#e8edf2", muted="#9aa7b4", grid="#343c46", curve="#9cc3f0",
    limit="#ff8a80",
    severity={"fyi": "#8ab8ea", "issue": "#f2b45c", "blocker": "#ff8a80"},
    families={
        "damage": "#dc2b0d", "stream": "#fed3a9", "absence": "#a7b8fe", "motion": "#c7dffe", "texture": "#4a7db7",
        "light": "#a0696b", "no sound": "#7890fe", "sound": "#9241f6", "loudness": "#a5949d", "sync": "#ecaa8d",
        "captions": "#ee7a43",
    },
)  # fmt: skip

# Kin share a hue, because nobody tells thirty hues apart; the row they are drawn in names the detector.
_FAMILY: Mapping[str, str] = {
    "block_corruption": "damage", "blockiness": "damage", "tearing": "damage",
    "black": "absence", "constant_colour": "absence", "test_pattern": "absence",
    "freeze": "motion", "stutter": "motion", "interlacing": "motion", "cadence": "motion",
    "blur": "texture", "noise": "texture", "banding": "texture", "letterbox": "texture",
    "flash": "light", "levels": "light",
    "silence": "no sound", "dropout": "no sound", "channels": "no sound", "phase": "no sound", "dead_air": "no sound",
    "hum": "sound", "hiss": "sound", "clicks": "sound", "distortion": "sound", "clipping": "sound",
    "loudness": "loudness", "true_peak": "loudness",
    "av_sync": "sync", "av_drift": "sync", "sync": "sync",
}  # fmt: skip


def theme(mode: Mode = "light") -> Theme:
    """The colours of ``mode``."""
    return DARK if mode == "dark" else LIGHT


def family(defect: str) -> str:
    """Which kin a defect belongs to; what is not known by name is a fact of captions or of the stream."""
    if defect in _FAMILY:
        return _FAMILY[defect]
    return "captions" if defect.startswith(("caption", "subtitle")) else "stream"


def colour(defect: str, mode: Mode = "light") -> str:
    """``#rrggbb`` of a defect, the same in every figure, report and page of that theme."""
    return theme(mode).families[family(defect)]


def layout(mode: Mode, *, title: str, height: int) -> dict[str, Any]:
    """What every plotly figure shares: the theme's colours, room for names, no decoration.

    ``title`` is escaped, because plotly renders some HTML in it; ``height`` is in px.
    """
    look = theme(mode)
    return {
        "title": {"text": escape(title), "font": {"size": 15}, "x": 0, "xref": "paper", "xanchor": "left"},
        "height": height,
        "paper_bgcolor": look.background,
        "plot_bgcolor": look.background,
        "font": {"color": look.text, "size": 13},
        "hoverlabel": {"bgcolor": look.surface, "font": {"color": look.text}, "align": "left"},
        "margin": {"l": 16, "r": 16, "t": 48, "b": 40},
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1.0, "xanchor": "right"},
        "xaxis": axes(mode),
        "yaxis": axes(mode),
    }


def axes(mode: Mode) -> dict[str, Any]:
    """The look of an axis, for figures of several plots: a layout reaches the first of them only."""
    grid = theme(mode).grid
    return {"gridcolor": grid, "linecolor": grid, "zeroline": False, "automargin": True}


def time_axis(start: float, end: float) -> dict[str, Any]:
    """A plotly x axis over [start, end] seconds, labelled as a clock reads."""
    ticks = time_ticks(start, end)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    return {
        "range": [start, end],
        "title": {"text": "time, min:s"},
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [tick_label(t, step) for t in ticks],
    }
