"""A stored result as the bench wants it: plain JSON, small whatever the clip's length."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from vqa_toolkit.core import Axis, Detector, Finding, Incident, Limits, Signal
from vqa_toolkit.detectors import discover
from vqa_toolkit.figures.lines import limit_lines, shown_on
from vqa_toolkit.figures.style import colour
from vqa_toolkit.measures.spectrum import LOW_HZ
from vqa_toolkit.names import defect_name
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.findings import finding_ids
from vqa_toolkit.store.runs import result_path
from vqa_toolkit.ui.evidence import OPEN_RESULTS, all_curves, frame_times, map_stacks, stamp, strips
from vqa_toolkit.ui.places import links_of

HEADROOM = 0.06
"""Share of a track's height left free above and below its curve."""

MOST_BEYOND = 1.25
"""A map in pixels that reaches further than this past the picture was measured at another size: it is stretched."""

LOWEST_DB = -100.0
"""Lower end of a track of levels: digital silence at -200 dB would flatten everything that can be heard."""


@lru_cache(maxsize=OPEN_RESULTS)
def _kept(run_id: str, _stamp: int) -> dict[str, Any]:
    """The bench's data of a stored result: half a second's work for an hour of video, done once."""
    return bench_data(AnalysisResult.load(result_path(run_id)))


def bench_data_of(run_id: str, opinions: Mapping[str, str]) -> dict[str, Any]:
    """A stored run's data with what people think of its findings by now."""
    kept = _kept(run_id, stamp(run_id))
    return {**kept, "findings": [{**f, "opinion": opinions.get(f["id"], "")} for f in kept["findings"]]}


def bench_data(result: AnalysisResult) -> dict[str, Any]:
    """Everything about a result but where to fetch it: findings, incidents, tracks with limits and ranges, maps."""
    ids = finding_ids(result.findings)
    times = frame_times(result)
    duration = length(result)
    video = result.media.video
    return {
        "duration": duration,
        "aspect": video.width * (video.sample_aspect or 1.0) / video.height if video and video.height else 0,
        "has_picture": video is not None,
        "frame_seconds": float(np.median(np.diff(times))) if len(times) > 1 else 0.04,
        "findings": [_finding(f, i) for f, i in zip(result.findings, ids, strict=True)],
        "incidents": [
            {
                "start": n.start, "end": n.end, "severity": n.severity, "title": _title(n, result), "cause": n.cause,
                "findings": [ids[k] for k in n.findings],
            }
            for n in result.incidents
            if n.findings
        ],
        "tracks": [*_sound(result), *(_track(result, name) for name in result.outcomes)],
        "maps": sorted(
            (_map(detector, signal, video.width if video else 0, video.height if video else 0, result.findings)
             for detector, signal in map_stacks(result)),
            key=lambda m: not m["found"],
        ),
    }  # fmt: skip


def length(result: AnalysisResult) -> float:
    """The clip's length, seconds: what the container says, or how far the measurements reach."""
    reach = [float(s.ends[-1]) for named in result.signals.values() for s in named.values() if len(s.t)]
    told = result.media.duration
    return max([told if math.isfinite(told) else 0.0, *reach, 0.04])


def _finding(finding: Finding, finding_id: str) -> dict[str, Any]:
    return {
        "id": finding_id, "start": finding.start, "end": finding.end, "defect": finding.defect,
        "name": defect_name(finding.defect), "detector": finding.detector, "severity": finding.severity,
        "score": _number(finding.score), "value": _number(finding.value), "limit": _number(finding.limit),
        "unit": finding.unit, "message": finding.message, "opinion": "",
        "region": None if finding.region is None else list(finding.region), "standards": list(finding.standards),
        "links": links_of(finding),
        "colours": {"light": colour(finding.defect, "light"), "dark": colour(finding.defect, "dark")},
    }  # fmt: skip


def _track(result: AnalysisResult, name: str) -> dict[str, Any]:
    known = discover().get(name)
    mine = [f for f in result.findings if f.detector == name]
    named = result.signals.get(name, {})
    outcome = result.outcomes[name]
    return {
        "detector": name,
        "title": known.title if known else name,
        "findings": len(mine),
        "reason": outcome.reason if outcome.status != "assessed" else "",
        "signals": [
            *(_signal(s, _limits(result, known), mine, named) for s in _ordered(named, mine)),
            *(_strip(s) for s in strips(named)),
        ],
    }


def _title(incident: Incident, result: AnalysisResult) -> str:
    """An incident of one finding bears the name that pages give its defect."""
    defect = result.findings[incident.findings[0]].defect
    return defect_name(defect) if incident.title == defect.replace("_", " ").capitalize() else incident.title


def _sound(result: AnalysisResult) -> list[dict[str, Any]]:
    """A row that shows the spectrogram itself, drawn from the clip when it is looked at."""
    audio = result.media.audio
    if audio is None or not audio.rate:
        return []
    strip = {"kind": "strip", "name": "spectrum", "label": "spectrogram", "unit": "Hz", "limits": [],
             "range": [LOW_HZ, audio.rate / 2]}  # fmt: skip
    return [{"detector": "sound", "title": "Sound", "findings": 0, "reason": "", "pinned": True, "signals": [strip]}]


def _ordered(named: Mapping[str, Signal], findings: Sequence[Finding]) -> list[Signal]:
    """The detector's curves, the one that shows most of its findings first."""
    shown = [s.name for f in findings if (s := shown_on(f, named)) is not None]
    return sorted(all_curves(named), key=lambda s: -shown.count(s.name))


def _limits(result: AnalysisResult, known: type[Detector] | None) -> Limits | None:
    return None if known is None else result.profile.limits(known)


def _signal(
    signal: Signal, limits: Limits | None, findings: Sequence[Finding], named: Mapping[str, Signal]
) -> dict[str, Any]:
    here = [f for f in findings if (s := shown_on(f, named)) is not None and s.name == signal.name]
    lines = limit_lines(signal, limits, here, named)
    return {
        "kind": "curve",
        "name": signal.name,
        "label": signal.name.replace("_", " "),
        "unit": signal.unit,
        "limits": [{"name": line.name, "value": line.value} for line in lines if math.isfinite(line.value)],
        "range": _range(signal, [line.value for line in lines if math.isfinite(line.value)]),
    }


def _strip(signal: Signal) -> dict[str, Any]:
    axis = signal.axes[0]
    ends = [axis.values[0], axis.values[-1]]
    return {
        "kind": "strip", "name": signal.name, "label": signal.name.replace("_", " "), "unit": axis.unit, "limits": [],
        "range": [float(v) for v in ends],
    }  # fmt: skip


def _range(signal: Signal, lines: Sequence[float]) -> list[float]:
    """Lowest and highest value to draw: those measured, and limits unless one would flatten the curve."""
    values = np.asarray(signal.v, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return [0.0, 1.0]
    floor = LOWEST_DB if signal.unit.startswith(("dB", "LU")) else -math.inf
    low, high = max(floor, float(values.min())), max(floor, float(values.max()))
    spread = max(high - low, abs(high) * 1e-3, 1e-9)
    near = [v for v in lines if low - 2 * spread <= v <= high + 2 * spread]
    low, high = min([low, *near]), max([high, *near])
    margin = HEADROOM * max(high - low, 1e-9)
    return [low - margin, high + margin]


def _map(detector: str, signal: Signal, width: int, height: int, findings: Sequence[Finding]) -> dict[str, Any]:
    known = discover().get(detector)
    return {
        "detector": detector, "signal": signal.name, "title": known.title if known else detector,
        "rows": int(signal.v.shape[1]), "columns": int(signal.v.shape[2]),
        "found": any(f.detector == detector for f in findings),
        "times": [round(float(t), 4) for t in signal.t],
        "extent": [_extent(signal.axes[1], width), _extent(signal.axes[0], height)],
    }  # fmt: skip


def _extent(axis: Axis, picture_px: int) -> float:
    """How far a map reaches, as a share of the picture: cells of whole pixels may go beyond its edge."""
    if axis.unit != "px" or len(axis.values) < 2 or not picture_px:
        return 1.0
    reach = len(axis.values) * (axis.values[1] - axis.values[0]) / picture_px
    return reach if 1.0 <= reach < MOST_BEYOND else 1.0


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
