"""One finding and its evidence: the figure that shows it best, zoomed to its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from vqa_toolkit.core import Finding
from vqa_toolkit.figures.captions import DETECTORS as CAPTION_DETECTORS
from vqa_toolkit.figures.captions import caption_timeline
from vqa_toolkit.figures.curve import curve
from vqa_toolkit.figures.heatmap import map_at, overlay
from vqa_toolkit.figures.lines import length, shown_on
from vqa_toolkit.figures.spectrogram import Drawn, spectrogram
from vqa_toolkit.figures.style import Mode, time_axis
from vqa_toolkit.figures.sync import offset_curve
from vqa_toolkit.figures.timeline import timeline

if TYPE_CHECKING:
    from vqa_toolkit.result import AnalysisResult

AROUND_S = 1.0  # at least this much is shown before and after a finding
AROUND_SHARE = 0.5  # of the finding's own length, where that is more

ShowPicture = Callable[[float], NDArray[np.uint8]]
ShowSound = Callable[[float, float], Drawn]


def around(result: AnalysisResult, finding: Finding) -> tuple[float, float]:
    """A span of time, seconds, with the finding in its middle and something of what comes before and after."""
    margin = max(AROUND_S, AROUND_SHARE * finding.duration)
    return max(0.0, finding.start - margin), max(min(length(result), finding.end + margin), finding.start + 0.1)


def finding_figure(
    result: AnalysisResult, finding: Finding, *, picture: ShowPicture | None = None, sound: ShowSound | None = None,
    mode: Mode = "light",
) -> go.Figure:  # fmt: skip
    """Damage as a map over its worst picture, artifacts in the spectrogram, lip sync as similarity over offsets, captions
    on their timeline, anything else as the curve that was judged, with its limit.

    ``picture`` gives the frame on screen at a time in seconds, (h, w, 3) RGB at the clip's own size, ``sound`` the drawn
    sound between two times; without them the curve is shown.
    """
    span = around(result, finding)
    if finding.detector == "block_corruption" and picture is not None and _has(result, finding, "map"):
        t, percent = map_at(result, float(finding.details.get("worst_time", finding.start)))
        return overlay(picture(t), percent, t, mode=mode)
    if finding.detector == "av_sync" and _has(result, finding, "map"):
        return offset_curve(result, mode)
    if finding.detector in CAPTION_DETECTORS and _has(result, finding, "cues"):
        return caption_timeline(result, span=span, mode=mode)
    if finding.detector == "audio_artifacts" and sound is not None:
        signals: Any = result.signals.get("audio_artifacts")
        return spectrogram(sound(*span), findings=[finding], signals=signals, span=span, mode=mode, title="")
    return judged_curve(result, finding, mode)


def judged_curve(result: AnalysisResult, finding: Finding, mode: Mode = "light") -> go.Figure:
    """The curve on which a finding was judged, with its limit, zoomed to it; the timeline where there is no curve."""
    shown = shown_on(finding, result.signals.get(finding.detector, {}))
    if shown is None:
        return timeline(result, mode)
    figure = curve(result, finding.detector, shown.name, mode)
    figure.update_xaxes(**time_axis(*around(result, finding)))
    return figure


def _has(result: AnalysisResult, finding: Finding, signal: str) -> bool:
    signals = result.signals.get(finding.detector, {})
    return signal in signals and len(signals[signal].t) > 0
