"""Captions: cues against speech on a timeline, what is wrong with them, and every cue with its reading speed."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from vqa_toolkit.crowds import count
from vqa_toolkit.errors import VqaError
from vqa_toolkit.figures.captions import DETECTORS, CueRow, caption_timeline, cue_rows
from vqa_toolkit.figures.clock import clock, counted
from vqa_toolkit.media.captions import CaptionTrack
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.runs import Run
from vqa_toolkit.ui.lookup import tracks_of
from vqa_toolkit.ui.page import chart, mode
from vqa_toolkit.ui.places import CAPTIONS, detectors_of
from vqa_toolkit.ui.stage import stage, wish
from vqa_toolkit.ui.words import plain

CLICKED = "vqa.cues.clicked"
SHORT_TABLE, TABLE_PX = 12, 470
"""From more cues than this on the table scrolls within a height, px."""


def show_cues(run: Run, clip: Clip, result: AnalysisResult) -> None:
    """The page's body."""
    tracks = _tracks(clip)
    rows = cue_rows(result, tracks)
    _summary(result, rows, tracks)
    chart(caption_timeline(result, tracks, mode=mode()), key="vqa.cues.timeline",
                    alt="Speech, cues and caption findings over time")  # fmt: skip
    left, right = st.columns([1, 1.15], gap="medium")
    with right:
        _table(run, rows)
    with left:
        stage(CAPTIONS, run, clip, result, only=detectors_of(CAPTIONS))


def _tracks(clip: Clip) -> tuple[CaptionTrack, ...]:
    """The text of the cues, as far as the file is still there: a result keeps their times only."""
    if clip.missing:
        return ()
    try:
        return tracks_of(clip)
    except VqaError as error:
        st.caption(plain(str(error)))
        return ()


def _summary(result: AnalysisResult, rows: list[CueRow], tracks: tuple[CaptionTrack, ...]) -> None:
    found = sum(count(f) for f in result.findings if f.detector in DETECTORS)
    cues = counted(len(rows), "cue")
    st.subheader(f"{counted(found, 'caption finding')} in {cues}" if found else f"{cues}, nothing wrong", anchor=False)
    speeds = sorted(r.speed for r in rows if math.isfinite(r.speed))
    parts = [f"median reading speed {speeds[len(speeds) // 2]:.0f} characters/s"] if speeds else []
    for number, track in enumerate(tracks, 1):
        parts.append(f"track {number}: {' '.join(filter(None, [track.info.codec or 'captions', track.info.language]))}")
    for name in DETECTORS:
        outcome = result.outcomes.get(name)
        if outcome is not None and outcome.status != "assessed":
            parts.append(f"{name.replace('_', ' ')} not assessable, because {outcome.reason}")
    st.caption(plain(" · ".join(parts)))


def _table(run: Run, rows: list[CueRow]) -> None:
    """Every cue; a click on one plays it."""
    event = st.dataframe(
        pd.DataFrame([_line(r) for r in rows]), hide_index=True,
        height="content" if len(rows) <= SHORT_TABLE else TABLE_PX, on_select="rerun", selection_mode="single-cell",
        key=f"vqa.cues.table.{run.id}",
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            "#": st.column_config.NumberColumn(width="small"),
            "Lasts": st.column_config.NumberColumn(format="%.2f s"),
            "Characters/s": st.column_config.NumberColumn(format="%.1f"),
        },
    )  # fmt: skip
    st.caption("Click a cue to go there.")
    cells = event.selection.cells
    clicked = rows[cells[0][0]].start if cells else None
    if clicked is not None and clicked != st.session_state.get(f"{CLICKED}.{run.id}"):
        wish(max(0.0, clicked))
    st.session_state[f"{CLICKED}.{run.id}"] = clicked


def _line(row: CueRow) -> dict[str, Any]:
    return {
        "#": row.number, "From": clock(row.start)[:-1], "Lasts": row.end - row.start, "Characters/s": row.speed,
        "Found": ", ".join(str(f.details.get("rule") or f.details.get("kind") or f.defect) for f in row.findings),
        "Text": row.text.replace("\n", " / ") or "–",
    }  # fmt: skip
