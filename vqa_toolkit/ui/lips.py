"""Lip sync: the verdict in words, the curve over offsets, what every face votes, and the clip with its sound moved."""

from __future__ import annotations

from urllib.parse import urlencode

import numpy as np
import streamlit as st

from vqa_toolkit.errors import VqaError
from vqa_toolkit.figures.clock import clock
from vqa_toolkit.figures.sync import mouth_crops, offset_curve, similarity_map, track_votes, tracks_of
from vqa_toolkit.measures.sync_story import story_of
from vqa_toolkit.measures.sync_verdict import Vote
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.runs import Run
from vqa_toolkit.ui.lookup import move, still_at
from vqa_toolkit.ui.page import chart, mode
from vqa_toolkit.ui.places import LIPSYNC, detectors_of
from vqa_toolkit.ui.session import base, token
from vqa_toolkit.ui.stage import stage
from vqa_toolkit.ui.words import plain

NAME = "av_sync"
CROP_SOURCE_PX = 540
"""Shorter side of the pictures that mouths are cut from: what the detector looks at."""

LEAST_MS = 20.0
"""Half a picture at 25 frames/s: a smaller move is no repair."""


def show_lips(run: Run, clip: Clip, result: AnalysisResult) -> None:
    """The page's body."""
    story, believed = story_of(result.signals[NAME], _least(result))
    offset = story.offset if story else 0.0
    _verdict(result, offset, believed)
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        media = _moved(run, clip, offset)
        stage(LIPSYNC, run, clip, result, only=detectors_of(LIPSYNC), media=media)
    with right:
        chart(offset_curve(result, mode()), key="vqa.lips.curve",
                        alt="Similarity of lips and sound by offset, with the bands of EBU R37 and BT.1359")  # fmt: skip
        chart(track_votes(result, mode()), key="vqa.lips.votes", alt="Offset that each window votes for")
    _faces(run, clip, result)


def _least(result: AnalysisResult) -> float:
    """The confidence from which the run's limits believe a window."""
    from vqa_toolkit.detectors.av_sync import AvSync

    return float(result.profile.limits(AvSync).confidence)  # type: ignore[attr-defined]  # AvSyncLimits


def _verdict(result: AnalysisResult, offset: float, believed: list[Vote]) -> None:
    """The verdict in words and its numbers; ``offset`` in ms."""
    found = [f for f in result.findings if f.detector == NAME]
    if not believed:
        st.info(
            "Faces were seen, but no stretch of speech is clear enough to say how lips and sound lie.",
            icon=":material/help:",
        )
        return
    if found:
        st.subheader(plain(" ".join(f.message for f in found)), anchor=False)
    else:
        side = "early" if offset > 0 else "late"
        st.subheader(f"In sync: the sound is {abs(offset):.0f} ms {side}, which nobody notices.", anchor=False)
    cells = st.columns(4)
    cells[0].metric("Offset", f"{offset:+.0f} ms", help="+ = the sound is early", border=True)
    cells[1].metric("Confidence", f"{np.median([v.confidence for v in believed]):.2f}", border=True,
                    help="Median over the believed windows: height of the peak over the median of the curve")  # fmt: skip
    cells[2].metric("Windows believed", f"{len(believed)} of {len(np.unique(result.signals[NAME]['similarity'].t))}", border=True,
                    help="Windows of four seconds, one a second")  # fmt: skip
    cells[3].metric("Faces followed", len(tracks_of(result)), border=True)


def _moved(run: Run, clip: Clip, offset: float) -> str:
    """The address of the clip with its sound moved, when that is wished; "" for the clip as it is."""
    if clip.missing or abs(offset) < LEAST_MS:
        return ""
    mended = f"Sound moved by {offset:+.0f} ms"
    wanted = st.segmented_control(
        "Play",
        ["As it is", mended],
        default="As it is",
        required=True,
        key=f"vqa.lips.play.{run.id}",
        label_visibility="collapsed",
    )
    if wanted != mended:
        return ""
    try:
        with st.spinner("Moving the sound"):
            version = move(run.id, clip, offset)
    except VqaError as error:
        st.caption(plain(str(error)))
        return ""
    st.caption("Pictures and sound are copied, nothing is encoded again. Watch the lips, then switch back.")
    return f"{base()}/vqa/moved/{run.id}?{urlencode({'v': version, 'token': token()})}"


def _faces(run: Run, clip: Clip, result: AnalysisResult) -> None:
    """One face's map of similarities, and the mouths that the network looked at."""
    tracks = tracks_of(result)
    track = tracks[0]
    if len(tracks) > 1:
        track = st.pills(
            "Face",
            tracks,
            default=track,
            required=True,
            format_func=lambda n: f"Face {n + 1}",
            key=f"vqa.lips.face.{run.id}",
        )
    chart(similarity_map(result, track, mode()), key="vqa.lips.map",
                    alt="Similarity of lips and sound over time and offset")  # fmt: skip
    if clip.missing:
        return
    st.markdown("**Mouths that were looked at**")
    try:
        with st.spinner("Cutting out mouths"):
            crops = mouth_crops(result, lambda t: still_at(clip, t, CROP_SOURCE_PX)[1], track=track)
    except VqaError as error:
        st.caption(plain(str(error)))
        return
    for cell, (t, crop) in zip(st.columns(max(6, len(crops))), crops, strict=False):
        cell.image(crop, width="stretch", caption=clock(t)[:-1], alt=f"Mouth at {clock(t)}")
