"""Waveform and spectrogram on one time axis, the artifacts where they are, the network's probabilities beneath."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from vqa_toolkit.core import Finding, Signal
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.style import Mode, axes, colour, layout, theme, time_axis
from vqa_toolkit.measures.artifact_scan import ARTIFACTS
from vqa_toolkit.measures.spectrum import Picture, Scale, envelope, joined, picture

TILE_S = 60.0  # s of sound drawn at once; an hour is 60 tiles, one in memory at a time
HISS_FROM_HZ = 2000.0  # hiss is heard above the programme's strong bands
HUM_LINES = 10  # harmonics drawn
LOG_TICKS_HZ = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
MOST_TICKS = 400  # click marks; more make a page slow
DASHES = {"hum": "solid", "hiss": "dash", "distortion": "dot", "clicks": "dashdot"}  # kin share a hue
COLOURS = "Cividis"  # even in lightness, and the same for colour-blind eyes


class Drawn(NamedTuple):
    """A sound reduced to what a screen can show: its spectrogram and its envelope (times, lowest, highest)."""

    picture: Picture
    wave: tuple[NDArray[np.float64], NDArray[np.floating], NDArray[np.floating]]
    end: float


def tiles(start: float, end: float, length: float = TILE_S) -> Iterator[tuple[float, float]]:
    """Spans of at most ``length`` seconds from ``start`` to ``end``."""
    count = max(1, int(np.ceil((end - start) / length - 1e-9)))
    edges = [min(start + k * length, end) for k in range(count + 1)]
    yield from pairwise(edges)


def draw(
    sounds: Iterable[tuple[float, NDArray[np.floating], int]], *, scale: Scale = "log", columns: int = 2400
) -> Drawn:
    """Pieces of one sound, (start s, samples (n,) or (n, channels), rate) in order of time, → :class:`Drawn`.

    Channels are averaged. Pieces are taken one by one, so an hour of sound never lies in memory at once.

    Raises:
        UsageError: when there is no sound.
    """
    pictures: list[Picture] = []
    waves: list[tuple[NDArray[Any], ...]] = []
    end = 0.0
    for start, samples, rate in sounds:
        mono = np.asarray(samples if samples.ndim == 1 else samples.mean(axis=1), np.float32)
        if len(mono) < 2:
            continue
        pictures.append(picture(mono, rate, start, scale=scale, columns=columns))
        waves.append(envelope(mono, rate, start, columns))
        end = start + len(mono) / rate
    if not pictures:
        raise UsageError("There is no sound to draw; give at least two samples.")
    t, low, high = (np.concatenate([w[i] for w in waves]) for i in range(3))
    step = max(1, -(-len(t) // columns))
    edges = np.arange(0, len(t), step)
    wave = (t[edges], np.minimum.reduceat(low, edges), np.maximum.reduceat(high, edges))
    return Drawn(joined(pictures, columns), wave, end)


def spectrogram(
    sound: Drawn,
    *,
    findings: Sequence[Finding] = (),
    signals: Mapping[str, Signal] | None = None,
    clean: Drawn | None = None,
    scale: Scale = "log",
    range_db: float = 90.0,
    span: tuple[float, float] | None = None,
    mode: Mode = "light",
    title: str = "Spectrogram",
) -> go.Figure:
    """Waveform, spectrogram (with ``clean`` below it, when given, on the same scale) and the artifacts' probabilities.

    ``findings`` are drawn where they are: hum as lines at its harmonics, clicks as ticks at their samples, hiss as its
    band, distortion as a frame; ``range_db`` is how far below the loudest the colours reach; ``span`` zooms to seconds.

    Raises:
        UsageError: when ``range_db`` is not 10 to 140 dB.
    """
    if not 10 <= range_db <= 140:
        raise UsageError(f"range_db must be 10 to 140 dB, got {range_db:g}.")
    curves = [signals[n] for n in ARTIFACTS if n in signals] if signals else []
    rows = ["wave", "sound", *(["clean"] if clean else []), *(["probability"] if curves else [])]
    heights = {"wave": 0.18, "sound": 0.5, "clean": 0.5, "probability": 0.2}
    figure = make_subplots(
        len(rows), 1, shared_xaxes=True, vertical_spacing=0.04, row_heights=[heights[r] for r in rows]
    )
    figure.update_layout(layout(mode, title=title, height=200 + 170 * len(rows)))
    figure.update_xaxes(**axes(mode))
    figure.update_yaxes(**axes(mode))
    _wave(figure, sound, mode)
    top = float(max(sound.picture.db.max(), clean.picture.db.max() if clean else -np.inf))
    for row, name in enumerate(rows, start=1):
        if name in ("sound", "clean") and (drawn := sound if name == "sound" else clean):
            _heat(figure, row, drawn.picture, top, range_db, scale, name)
    for finding in findings:
        _mark(figure, finding, float(sound.picture.hz[-1]), mode)
    for curve in curves:
        _probability(figure, len(rows), curve, mode)
    low, high = span or (float(sound.wave[0][0]), sound.end)
    axis = time_axis(low, high)
    figure.update_xaxes(**{k: v for k, v in axis.items() if k != "title"})
    figure.update_xaxes(title=axis["title"], row=len(rows), col=1)
    if curves:
        figure.update_yaxes(title={"text": "probability"}, range=[0, 1], row=len(rows), col=1)
    return figure


def _wave(figure: go.Figure, sound: Drawn, mode: Mode) -> None:
    t, low, high = sound.wave
    paint = theme(mode).curve
    shared = {"mode": "lines", "line": {"width": 0.5, "color": paint}, "showlegend": False, "hoverinfo": "skip"}
    figure.add_trace(go.Scatter(x=t, y=low, **shared), 1, 1)
    figure.add_trace(go.Scatter(x=t, y=high, fill="tonexty", name="waveform", **shared), 1, 1)
    figure.update_yaxes(title={"text": "of full scale"}, range=[-1, 1], row=1, col=1)


def _heat(figure: go.Figure, row: int, shown: Picture, top: float, range_db: float, scale: Scale, name: str) -> None:
    lowest = 1 if scale != "linear" else 0  # a logarithmic axis has no 0 Hz
    heat = go.Heatmap(
        x=shown.t, y=shown.hz[lowest:], z=shown.db[lowest:], zmin=top - range_db, zmax=top, colorscale=COLOURS,
        name=name, showscale=name == "sound", colorbar={"title": {"text": "dB re full scale"}, "len": 0.5, "thickness": 12},
        hovertemplate="%{x:.3f} s<br>%{y:.0f} Hz<br>%{z:.0f} dB<extra></extra>",
    )  # fmt: skip
    figure.add_trace(heat, row, 1)
    word = "frequency, Hz" if name == "sound" else "clean, Hz"
    figure.update_yaxes(title={"text": word}, type="linear" if scale == "linear" else "log", row=row, col=1)
    if scale != "linear":
        shown_hz = [hz for hz in LOG_TICKS_HZ if shown.hz[lowest] <= hz <= shown.hz[-1]]
        names = [f"{hz / 1000:g} k" if hz >= 1000 else str(hz) for hz in shown_hz]
        figure.update_yaxes(tickmode="array", tickvals=shown_hz, ticktext=names, row=row, col=1)


def _mark(figure: go.Figure, finding: Finding, top_hz: float, mode: Mode) -> None:
    """A finding on the spectrogram (row 2), in its defect's colour, white-edged where lines cross bright parts."""
    paint, x = colour(finding.defect, mode), {"x0": finding.start, "x1": finding.end}
    line = {"color": paint, "width": 2, "dash": DASHES.get(finding.defect, "solid")}
    if finding.defect == "hum" and "f0_hz" in finding.details:
        for k in range(1, HUM_LINES + 1):
            hz = float(finding.details["f0_hz"]) * k
            figure.add_shape(type="line", y0=hz, y1=hz, line=line, row=2, col=1, **x)
    elif finding.defect == "clicks":
        times = list(islice(finding.details.get("times", ()), MOST_TICKS))
        ticks = go.Scatter(
            x=times, y=[top_hz * 0.8] * len(times), mode="markers", name="clicks",
            marker={"symbol": "triangle-down", "size": 9, "color": paint, "line": {"color": "#ffffff", "width": 1}},
            hovertemplate="click at %{x:.6f} s<extra></extra>",
        )  # fmt: skip
        figure.add_trace(ticks, 2, 1)
    else:
        low = min(HISS_FROM_HZ, top_hz / 2) if finding.defect == "hiss" else 20.0
        figure.add_shape(type="rect", y0=low, y1=top_hz, line=line, row=2, col=1, **x)
    figure.add_vrect(fillcolor=paint, opacity=0.15, line_width=0, row=1, col=1, **x)


def _probability(figure: go.Figure, row: int, signal: Signal, mode: Mode) -> None:
    """The highest of the channels over time, as steps of half a second."""
    values = signal.v.max(axis=1) if signal.v.ndim > 1 else signal.v
    line = {"color": colour(signal.name, mode), "dash": DASHES.get(signal.name, "solid"), "shape": "hv", "width": 1.5}
    ends = [*signal.t.tolist(), float(signal.ends[-1])] if len(signal.t) else []
    held = [*values.tolist(), float(values[-1])] if len(signal.t) else []
    trace = go.Scatter(x=ends, y=held, mode="lines", name=escape(signal.name), line=line)
    figure.add_trace(trace, row, 1)
