"""Lip sync as pictures: the map of similarities, the curve over offsets with the standards' bands, the faces' votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.style import Mode, colour, layout, theme, time_axis
from vqa_toolkit.measures.sync_verdict import pooled, reading, weight
from vqa_toolkit.models.faces import FaceBox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vqa_toolkit.core import Signal
    from vqa_toolkit.result import AnalysisResult

Picture = NDArray[np.uint8]
NAME = "av_sync"
LUMA = np.array([0.2126, 0.7152, 0.0722])  # ITU-R BT.709
OFFSET_TITLE = "offset, ms (+ = sound early)"
# (name, from ms, to ms): where each standard asks nobody to notice, or to accept
BANDS = (("EBU R37", -60.0, 40.0), ("BT.1359 detectable", -125.0, 45.0), ("BT.1359 acceptable", -185.0, 90.0))
BAND_OPACITY = (0.22, 0.14, 0.09)
TRACK_SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up")


def _signals(result: AnalysisResult) -> Mapping[str, Signal]:
    signals = result.signals.get(NAME)
    if not signals or "map" not in signals:
        outcome = result.outcomes.get(NAME)
        why = f": {outcome.reason}" if outcome and outcome.reason else ""
        raise UsageError(f"There is no lip-sync measurement in this result{why}.")
    return signals


def similarity_map(result: AnalysisResult, track: int | None = None, mode: Mode = "light") -> go.Figure:
    """Similarity of lips and sound over time × offset, 0.2 s a column; a bright line is where they belong together.

    ``track`` chooses one face; by default the one that is seen longest. The voted offsets are drawn over it.

    Raises:
        UsageError: nothing was measured, or there is no such track.
    """
    signals = _signals(result)
    rows, mine = signals["map"], _rows_of(signals, track)
    chosen = int(signals["map_track"].v[mine][0])
    order = np.argsort(rows.axes[0].values)
    figure = go.Figure(layout=layout(mode, title=f"Lips against sound, face {chosen + 1}", height=360))
    figure.add_trace(go.Heatmap(
        x=rows.t[mine], y=np.array(rows.axes[0].values)[order], z=rows.v[mine][:, order].T, colorscale="Cividis", zmin=-0.2,
        zmax=0.8, colorbar={"title": {"text": "cosine"}},
        hovertemplate="%{x:.1f} s, %{y:.0f} ms: %{z:.2f}<extra></extra>",
    ))  # fmt: skip
    votes = signals["offset"]
    figure.add_trace(go.Scatter(
        x=votes.t + 2.0, y=votes.v, mode="lines+markers", name="offset", line={"color": colour(NAME, mode), "width": 2},
        hovertemplate="%{x:.1f} s: %{y:.0f} ms<extra></extra>",
    ))  # fmt: skip
    end = result.media.duration if np.isfinite(result.media.duration) else float(rows.t[-1])
    figure.update_xaxes(**time_axis(0.0, end))
    figure.update_yaxes(title={"text": OFFSET_TITLE})
    return figure


def mouth_crops(
    result: AnalysisResult, picture: Callable[[float], Picture], count: int = 6, track: int | None = None
) -> list[tuple[float, Picture]]:
    """What the network looked at: times in seconds, evenly over a face's track, and the mouth at each, (80, 120) grey.

    ``picture`` gives the frame on screen at a time, (h, w, 3) RGB; ``track`` chooses one face (default: seen longest).

    Raises:
        UsageError: nothing was measured, or there is no such track.
    """
    from vqa_toolkit.models.tracks import mouth_crop

    signals = _signals(result)
    faces, mine = signals["faces"], _rows_of(signals, track)
    chosen = np.flatnonzero(mine)[np.unique(np.linspace(0, mine.sum() - 1, count).round().astype(int))]
    crops = []
    for i in chosen.tolist():
        shown = picture(float(faces.t[i]))
        height, width = shown.shape[:2]
        x, y, side = (float(v) for v in faces.v[i])
        box = FaceBox(x * width, y * height, side * height)
        crops.append((float(faces.t[i]), mouth_crop(np.rint(shown @ LUMA).astype(np.uint8), box)))
    return crops


def tracks_of(result: AnalysisResult) -> list[int]:
    """Numbers of the faces that were followed, the one seen longest first.

    Raises:
        UsageError: nothing was measured.
    """
    known, counts = np.unique(_signals(result)["map_track"].v, return_counts=True)
    return [int(n) for n in known[np.argsort(-counts, kind="stable")]]


def _rows_of(signals: Mapping[str, Signal], track: int | None) -> NDArray[np.bool_]:
    numbers = signals["map_track"].v
    known, counts = np.unique(numbers, return_counts=True)
    chosen = int(known[counts.argmax()]) if track is None else track
    if chosen not in known:
        raise UsageError(f"There is no face track {chosen}. There are: {', '.join(map(str, known))}.")
    return np.asarray(numbers == chosen)


def offset_curve(result: AnalysisResult, mode: Mode = "light") -> go.Figure:
    """Mean similarity over offsets of every face, with the standards' bands; the peak is the answer, its height the confidence.

    Raises:
        UsageError: nothing was measured.
    """
    signals = _signals(result)
    windows, numbers = signals["similarity"], signals["track"].v
    offsets = np.array(windows.axes[0].values)
    look = theme(mode)
    figure = go.Figure(layout=layout(mode, title="Similarity by offset", height=320))
    for n, ((name, low, high), opacity) in enumerate(zip(BANDS, BAND_OPACITY, strict=True)):
        figure.add_vrect(x0=low, x1=high, fillcolor=look.curve, opacity=opacity, line_width=0, layer="below")
        figure.add_annotation(x=BANDS[-1][2], y=1.0 - 0.075 * n, yref="paper", xanchor="left", yanchor="top", showarrow=False,
                              text=f"{name} {low:+.0f} … {high:+.0f} ms", font={"size": 11, "color": look.muted})  # fmt: skip
    for number in np.unique(numbers):
        mine = numbers == number
        mean = pooled(windows.v[mine], signals["spoken"].v[mine])
        found, sure = reading(mean)
        figure.add_trace(go.Scatter(
            x=offsets, y=mean, mode="lines", name=f"face {number + 1}: {found:+.0f} ms, confidence {sure:.2f}",
            hovertemplate="%{x:.0f} ms: %{y:.2f}<extra></extra>",
        ))  # fmt: skip
    figure.add_vline(x=0.0, line={"color": look.muted, "dash": "dot"})
    figure.update_xaxes(title={"text": OFFSET_TITLE})
    figure.update_yaxes(title={"text": "mean similarity, cosine"})
    rows = -(-len(figure.data) // 2)  # names are long: two fit beside each other
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom", "font": {"size": 11}},
        margin={"t": 44 + 22 * rows}, height=270 + 22 * rows, title={"y": 0.99, "yanchor": "top"},
    )  # fmt: skip
    return figure


def track_votes(result: AnalysisResult, mode: Mode = "light") -> go.Figure:
    """Every window of every face: where its similarity peaks, the larger the surer; grey where it is not believed.

    Raises:
        UsageError: nothing was measured.
    """
    signals = _signals(result)
    windows, numbers = signals["similarity"], signals["track"].v
    heights = np.array([reading(v) for v in windows.v])
    readings = heights * np.stack([np.ones(len(heights)), [weight(s) for s in signals["spoken"].v.tolist()]], axis=1)
    from vqa_toolkit.detectors.av_sync import AvSync

    limits = result.profile.limits(AvSync)
    look = theme(mode)
    figure = go.Figure(layout=layout(mode, title="Votes of the faces", height=300))
    for place, number in enumerate(np.unique(numbers)):
        mine = numbers == number
        offset, sure = readings[mine].T
        believed = sure >= limits.confidence  # type: ignore[attr-defined]  # AvSyncLimits
        figure.add_trace(go.Scatter(
            x=windows.t[mine] + 2.0, y=offset, mode="markers", name=f"face {number + 1}", customdata=sure,
            marker={"symbol": TRACK_SYMBOLS[place % len(TRACK_SYMBOLS)], "size": 6 + 16 * np.clip(sure, 0, 0.6),
                    "color": np.where(believed, colour(NAME, mode), look.muted)},
            hovertemplate="%{x:.1f} s: %{y:.0f} ms, confidence %{customdata:.2f}<extra></extra>",
        ))  # fmt: skip
    for value, name in ((limits.early, "early"), (-limits.late, "late")):  # type: ignore[attr-defined]
        figure.add_hline(y=value, line={"color": look.limit, "dash": "dash", "width": 1.5},
                         annotation={"text": f"{name} {abs(value):g} ms", "font": {"color": look.limit}})  # fmt: skip
    figure.update_xaxes(**time_axis(0.0, max(result.media.duration, float(windows.t[-1]) + 4.0)))
    figure.update_yaxes(title={"text": OFFSET_TITLE})
    return figure
