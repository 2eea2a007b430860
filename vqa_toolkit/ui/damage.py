"""The corruption heatmap: the map over the playing picture, the damaged area over time, the worst frames, a region's numbers."""

from __future__ import annotations

import streamlit as st

from vqa_toolkit.core import Box
from vqa_toolkit.errors import VqaError
from vqa_toolkit.figures.clock import clock
from vqa_toolkit.figures.curve import curve
from vqa_toolkit.figures.heatmap import (
    map_at,
    overlay,
    painted,
    region_statistics,
    side_by_side,
    worst_times,
)
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.findings import finding_ids
from vqa_toolkit.store.runs import Run
from vqa_toolkit.ui.clean import choose_clean, clean_of
from vqa_toolkit.ui.lookup import still_at
from vqa_toolkit.ui.page import chart, mode
from vqa_toolkit.ui.places import HEATMAP, detectors_of
from vqa_toolkit.ui.session import asked, asked_time
from vqa_toolkit.ui.stage import stage, wish
from vqa_toolkit.ui.words import plain

NAME = "block_corruption"
THUMBNAIL_PX = 180
WHOLE = Box(0.0, 0.0, 1.0, 1.0)
MOMENT = "vqa.heat.t"


def show_damage(run: Run, clip: Clip, result: AnalysisResult) -> None:
    """The page's body."""
    region = _region()
    left, right = st.columns([1.45, 1], gap="medium")
    with left:
        stage(HEATMAP, run, clip, result, only=detectors_of(HEATMAP), box=None if region == WHOLE else region,
              start=next(iter(worst_times(result, 1)), None))  # fmt: skip
    with right:
        _worst(run, clip, result)
        _statistics(run, result, region)
        choose_clean(run, clip)
    _closer(run, clip, result)


def _region() -> Box:
    """The region that the sliders of the last run named; the whole picture to begin with."""
    (x0, x1), (y0, y1) = (st.session_state.get(f"vqa.heat.{axis}", (0, 100)) for axis in ("x", "y"))
    return Box(x0 / 100, y0 / 100, (x1 - x0) / 100, (y1 - y0) / 100) if x1 > x0 and y1 > y0 else WHOLE


def _worst(run: Run, clip: Clip, result: AnalysisResult) -> None:
    """The worst frames as small pictures with their map; a click goes there."""
    times = worst_times(result)
    st.markdown("**Worst frames**")
    if not times:
        st.caption("No picture has a damaged cell: there is no worst frame.")
        return
    cells = st.columns(3)
    for n, t in enumerate(times):
        at, percent = map_at(result, t)
        with cells[n % 3]:
            _thumbnail(clip, result, at)
            if st.button(f"{clock(at)[:-1]} · {(percent > 50).mean():.0%}", width="stretch", key=f"vqa.worst.{n}",
                         help="Go to this frame; the number is the damaged share of the picture"):  # fmt: skip
                st.session_state[f"{MOMENT}.{run.id}"] = at
                wish(at)
                st.rerun()


def _thumbnail(clip: Clip, result: AnalysisResult, t: float) -> None:
    if clip.missing or result.media.video is None:
        return
    try:
        with st.spinner("", show_time=False):
            picture = still_at(clip, t, THUMBNAIL_PX)[1]
    except VqaError:
        st.caption("This picture cannot be decoded alone.")
        return
    percent = map_at(result, t)[1]
    st.image(painted(picture, percent, result.media.video.width, 0.85), width="stretch", alt=f"Damage at {clock(t)}")


def _statistics(run: Run, result: AnalysisResult, region: Box) -> None:
    """Numbers of a part of the picture over a part of the time, and the sliders that choose both."""
    st.markdown("**Numbers of a region**")
    end = max(float(result.signals[NAME]["map"].ends[-1]), 0.1)
    left, right = st.columns(2)
    left.slider("Across the picture, %", 0, 100, (0, 100), key="vqa.heat.x")
    right.slider("Down the picture, %", 0, 100, (0, 100), key="vqa.heat.y")
    start, stop = st.slider("Time, s", 0.0, end, (0.0, end), step=0.04, key=f"vqa.heat.time.{run.id}")
    try:
        found = region_statistics(result, region, start, stop + 1e-6)
    except VqaError as error:
        st.caption(plain(str(error)))
        return
    cells = [*st.columns(2), *st.columns(2)]
    cells[0].metric("Largest area", f"{found.largest_area:.1%}", help="Share of the region's cells above one half")
    cells[1].metric("Mean area", f"{found.mean_area:.1%}", help=f"Over {found.pictures} pictures that were mapped")
    cells[2].metric("Peak", f"{found.peak:.0%}", help="Highest probability of any cell")
    cells[3].metric("Worst at", clock(found.worst_time)[:-1])


def _closer(run: Run, clip: Clip, result: AnalysisResult) -> None:
    """The same figures as in a notebook: the curve, the picture with its map, and both beside the clean clip."""
    clean = clean_of(run, clip)
    views = ["Damaged area over time", "Map over the exact frame", *(["Beside the clean clip"] if clean else [])]
    view = st.segmented_control(
        "View", views, default=views[0], required=True, key="vqa.heat.view", label_visibility="collapsed"
    )
    if view == views[0]:
        chart(curve(result, NAME, "area", mode()), key="vqa.heat.curve",
                        alt="Share of the picture that is damaged, over time, with its limit")  # fmt: skip
        return
    t, percent = map_at(result, _moment(run, result))
    opacity = st.slider("Opacity of the map, %", 0, 100, 55, key="vqa.heat.opacity", width=320) / 100
    if clip.missing or result.media.video is None:
        st.caption("The picture itself is no longer there; the map of this moment is kept.")
        return
    side = min(result.media.video.width, result.media.video.height)
    try:
        with st.spinner("Fetching the frame"):
            picture = still_at(clip, t, side)[1]
            if view == views[-1] and clean is not None:
                figure = side_by_side(picture, still_at(clean, t, side)[1], percent, t, opacity, mode())
            else:
                figure = overlay(picture, percent, t, opacity, mode())
    except VqaError as error:
        st.caption(plain(str(error)))
        return
    chart(figure, key="vqa.heat.frame", alt=f"The picture at {clock(t)} with its map of damage")


def _moment(run: Run, result: AnalysisResult) -> float:
    """Which frame to show still: the one clicked last, else the address's time, else the selected finding's worst."""
    clicked = st.session_state.get(f"{MOMENT}.{run.id}")
    if isinstance(clicked, float):
        return clicked
    told = asked_time()
    if told is not None:
        return told
    ids = finding_ids(result.findings)
    chosen = [f for f, i in zip(result.findings, ids, strict=True) if i == asked("finding") and f.detector == NAME]
    if chosen:
        return float(chosen[0].details.get("worst_time", chosen[0].start))
    return next(iter(worst_times(result, 1)), 0.0)
