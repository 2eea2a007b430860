"""Static pictures of a result as inline SVG: no script, light colours in the markup, dark ones by the page's style.

Every element carries a class as well as a colour; a page's style sheet wins over the attribute, and where there is no
style sheet (a notebook, a mail) the attribute remains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from vqa_toolkit.core import Finding, FloatArray, Signal
from vqa_toolkit.figures.clock import amount, between, printable, titled
from vqa_toolkit.figures.downsample import min_max
from vqa_toolkit.figures.lines import Line, gravest, length
from vqa_toolkit.figures.style import LIGHT, family
from vqa_toolkit.figures.ticks import tick_label, time_ticks, value_ticks

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

_WIDTH = 960  # viewBox units; the page scales it
_ROW = 24
_LABEL = 150  # room for a row's or an axis's name
_CURVE_HEIGHT = 190
_CURVE_POINTS = 1200  # more than one per unit of width shows nothing new
_FLAT, _ZOOM = 12.0, 6.0  # a limit lower than 1/12 of the picture's height is raised to 1/6 of it
_LEAST_MARK = 3.0  # a one-frame finding in an hour must still be seen


class _Scale(NamedTuple):
    """Maps [low, high] of the data to [a, b] of the picture."""

    low: float
    high: float
    a: float
    b: float

    def __call__(self, x: float) -> float:
        return self.a + (x - self.low) / ((self.high - self.low) or 1.0) * (self.b - self.a)


def _tag(name: str, text: str | None = None, **attributes: float | str) -> str:
    parts = (f"{k.rstrip('_').replace('_', '-')}={quoteattr(_number(v))}" for k, v in attributes.items())
    head = f"<{name} {' '.join(parts)}"
    return f"{head}/>" if text is None else f"{head}>{text}</{name}>"


def _number(v: float | str) -> str:
    return v if isinstance(v, str) else f"{v:.2f}".rstrip("0").rstrip(".")


def _label(x: float, y: float, text: str, anchor: str = "start", class_: str = "muted") -> str:
    fill = {"muted": LIGHT.muted, "limit": LIGHT.limit}.get(class_, LIGHT.text)
    return _tag(
        "text", escape(printable(text)), x=x, y=y, text_anchor=anchor, font_size=12, fill=fill,
        stroke=LIGHT.background, stroke_width=3, paint_order="stroke", class_=f"t-{class_}",
    )  # fmt: skip


def _picture(height: float, label: str, body: list[str]) -> str:
    return _tag(
        "svg", "".join(body), xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_WIDTH} {_number(height)}",
        width="100%", role="img", font_family="system-ui, sans-serif", aria_label=printable(label),
    )  # fmt: skip


def _time_axis(x: _Scale, top: float, bottom: float) -> list[str]:
    ticks = time_ticks(x.low, x.high)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    body: list[str] = []
    for t in ticks:
        body.append(_tag("line", x1=x(t), x2=x(t), y1=top, y2=bottom, stroke=LIGHT.grid, class_="grid"))
        body.append(_label(x(t), bottom + 16, tick_label(t, step), "middle"))
    return body


def timeline_svg(result: AnalysisResult, *, most: int = 5000) -> str:
    """One row per detector over the whole clip; findings are spans in their defect's colour, minute ones a mark.

    At most ``most`` findings are drawn, the gravest of them.
    """
    drawn = gravest(result.findings)[:most]
    names = list(result.outcomes)
    duration = length(result)
    x = _Scale(0.0, duration, _LABEL, _WIDTH - 16)
    bottom = 6.0 + _ROW * len(names)
    body = _time_axis(x, 6, bottom)
    for row, name in enumerate(names):
        y = 6.0 + _ROW * row
        body.append(_label(_LABEL - 10, y + 16, name, "end", "text"))
        status = result.outcomes[name].status
        if status != "assessed":
            body.append(_label(_LABEL + 6, y + 16, "did not finish" if status == "failed" else "nothing to judge"))
        body += [_mark(f, x, y + 4, _ROW - 8) for f in drawn if f.detector == name]
    return _picture(bottom + 24, f"Findings of {len(names)} detectors over time", body)


def _mark(f: Finding, x: _Scale, y: float, height: float) -> str:
    kin = family(f.defect)
    left, width = x(f.start), max(x(f.end) - x(f.start), _LEAST_MARK)
    title = f"<title>{escape(printable(f'{between(f.start, f.end)} {f.defect} ({f.severity}): {f.message}'))}</title>"
    return _tag(
        "rect", title, x=min(left, _WIDTH - 16 - _LEAST_MARK), y=y, width=width, height=height, rx=2,
        fill=LIGHT.families[kin], class_=f"k-{kin.replace(' ', '-')}",
    )  # fmt: skip


def curve_svg(signal: Signal, lines: tuple[Line, ...], finding: Finding, end: float) -> str:
    """``signal`` around ``finding``: the curve, its limits as dashed lines, the finding's span shaded.

    Shown is the finding with its own length on either side (at least 2 s), cut at 0 and at ``end`` seconds.
    """
    margin = max(2.0, finding.duration)
    low, high = max(0.0, finding.start - margin), min(max(end, finding.end), finding.end + margin)
    near = (signal.t >= low - 1.0) & (signal.t <= high + 1.0)
    t, v = min_max(signal.t[near], signal.v[near], _CURVE_POINTS)
    bounds = _range(v[(t >= low) & (t <= high)], lines)
    x, y = _Scale(low, high, _LABEL, _WIDTH - 16), _Scale(*bounds, _CURVE_HEIGHT - 6.0, 10.0)
    kin = family(finding.defect)
    body = _time_axis(x, 10, _CURVE_HEIGHT - 6)
    body += [_label(_LABEL - 10, y(n) + 4, f"{n:g}", "end") for n in value_ticks(*bounds)]
    title = titled(signal.name, signal.unit)
    body.append(
        _tag("g", _label(0, 0, title, "middle"), transform=f"translate(16 {_CURVE_HEIGHT / 2:.0f}) rotate(-90)")
    )
    body.append(
        _tag(
            "rect", x=x(finding.start), width=max(x(finding.end) - x(finding.start), _LEAST_MARK), y=10,
            height=_CURVE_HEIGHT - 16, fill=LIGHT.families[kin], fill_opacity=0.25, class_=f"k-{kin.replace(' ', '-')}",
        )
    )  # fmt: skip
    wide, tall = _WIDTH - 16 - _LABEL, _CURVE_HEIGHT - 16
    window = {"x": str(_LABEL), "y": "10", "width": str(wide), "height": str(tall)}
    body.append(_tag("svg", _path(t, v, x, y), viewBox=f"{_LABEL} 10 {wide} {tall}", **window))
    body += [part for n, line in enumerate(lines) for part in _limit(line, y, signal.unit, opposite=n % 2 == 1)]
    body += _cut(v, bounds)
    return _picture(_CURVE_HEIGHT + 18, f"{title} with its limit, {between(finding.start, finding.end)}", body)


def _range(v: FloatArray, lines: tuple[Line, ...]) -> tuple[float, float]:
    known = [*v[np.isfinite(v)].tolist(), *(line.value for line in lines)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if lines:  # a spike far beyond the limits would press everything that matters flat
        above, below = max(line.value for line in lines) - low, high - min(line.value for line in lines)
        if 0 < above < (high - low) / _FLAT:
            high = low + _ZOOM * above
        elif 0 < below < (high - low) / _FLAT:
            low = high - _ZOOM * below
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin


def _cut(v: FloatArray, bounds: tuple[float, float]) -> list[str]:
    """Words that say how far the curve goes on beyond the picture."""
    finite = v[np.isfinite(v)]
    if not len(finite):
        return []
    said = []
    if finite.max() > bounds[1]:
        said.append(_label(_LABEL + 6, 22, f"cut off here, up to {amount(float(finite.max()))}"))
    if finite.min() < bounds[0]:
        said.append(_label(_LABEL + 6, _CURVE_HEIGHT - 12, f"cut off here, down to {amount(float(finite.min()))}"))
    return said


def _limit(line: Line, y: _Scale, unit: str, *, opposite: bool) -> tuple[str, str]:
    height = y(line.value)
    rule = _tag("line", x1=_LABEL, x2=_WIDTH - 16, y1=height, y2=height, stroke=LIGHT.limit, stroke_width=1.5,
                stroke_dasharray="6 4", class_="limit")  # fmt: skip
    above = height - 5 if height > 26 else height + 14
    x, anchor = (
        (_LABEL + 6, "start") if opposite else (_WIDTH - 20, "end")
    )  # close limits must not hide each other's name
    return rule, _label(
        x, above, f"{line.name} {amount(line.value, '' if unit in line.name else unit)}", anchor, "limit"
    )


def _path(t: FloatArray, v: FloatArray, x: _Scale, y: _Scale) -> str:
    steps: list[str] = []
    pen_up = True
    for time, value in zip(t.tolist(), v.tolist(), strict=True):
        if not np.isfinite(value):
            pen_up = True
            continue
        steps.append(f"{'M' if pen_up else 'L'}{_number(x(time))} {_number(y(value))}")
        pen_up = False
    return _tag("path", d="".join(steps), fill="none", stroke=LIGHT.curve, stroke_width=1.5, stroke_linecap="round",
                stroke_linejoin="round", class_="curve")  # fmt: skip
