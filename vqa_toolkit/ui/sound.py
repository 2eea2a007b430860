"""Artifacts of sound: waveform, spectrogram and probabilities on one axis, each finding to look at and to listen to."""

from __future__ import annotations

import math
from typing import NamedTuple

import streamlit as st

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import VqaError
from vqa_toolkit.figures.clock import between, clock
from vqa_toolkit.figures.finding import around
from vqa_toolkit.figures.lines import length
from vqa_toolkit.figures.spectrogram import TILE_S, spectrogram
from vqa_toolkit.names import defect_name
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.findings import finding_ids
from vqa_toolkit.store.runs import Run
from vqa_toolkit.ui.clean import choose_clean, clean_of
from vqa_toolkit.ui.lookup import LISTEN_S, Scale, drawn_at, heard
from vqa_toolkit.ui.page import chart, mode
from vqa_toolkit.ui.places import AUDIO, detectors_of
from vqa_toolkit.ui.session import asked
from vqa_toolkit.ui.stage import stage
from vqa_toolkit.ui.words import plain

NAME = "audio_artifacts"
SCALES: dict[Scale, str] = {"log": "Log", "mel": "Mel", "linear": "Linear"}
LEAD_S = 0.5
"""Sound before and after a finding when one listens to it: an artifact is heard by how it begins and ends."""


class Look(NamedTuple):
    """What of the sound is drawn, and how."""

    start: float
    end: float
    finding: Finding | None
    scale: Scale
    range_db: float
    beside: bool


def show_sound(run: Run, clip: Clip, result: AnalysisResult) -> None:
    """The page's body."""
    own = detectors_of(AUDIO)
    found = [(i, f) for i, f in zip(finding_ids(result.findings), result.findings, strict=True) if f.detector in own]
    clean = clean_of(run, clip)
    look = _controls(run, result, found, clean is not None and not clean.missing)
    if clip.missing or result.media.audio is None:
        st.caption("The sound itself is not there to be drawn. What was measured of it is below.")
    else:
        _draw(clip, clean if look.beside else None, result, look)
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        shown = {NAME, *(f.detector for _, f in found)}
        stage(AUDIO, run, clip, result, only=shown)
    with right:
        _listen(clip, clean, result, look, found)
        choose_clean(run, clip)


def _controls(run: Run, result: AnalysisResult, found: list[tuple[str, Finding]], comparable: bool) -> Look:
    """Zoom, scale and range above the figure."""
    cells = st.columns([2.4, 1.3, 1.5, 1.2], vertical_alignment="bottom", gap="medium")
    end = length(result)
    minutes = math.ceil(end / TILE_S)
    whole = [f"minute {n + 1}" for n in range(minutes)] if minutes > 1 else ["whole clip"]
    choices: list[str] = [*whole, *(i for i, _ in found)]
    named = dict(found)
    chosen = asked("finding")
    zoom = cells[0].selectbox(
        "Look at", choices, index=choices.index(chosen) if chosen in named else 0, key=f"vqa.sound.zoom.{run.id}.{chosen}",
        format_func=lambda c: _zoom_name(named[c]) if c in named else c.capitalize(),
    )  # fmt: skip
    scale = cells[1].segmented_control(
        "Frequency", list(SCALES), default="log", required=True, format_func=lambda s: SCALES[s], key="vqa.sound.scale"
    )
    reach = cells[2].slider("Range, dB", 30, 120, 80, step=10, key="vqa.sound.range")
    beside = cells[3].toggle("Clean clip beneath", value=False, key="vqa.sound.beside") if comparable else False
    if zoom in named:
        return Look(*around(result, named[zoom]), named[zoom], scale, float(reach), beside)
    minute = whole.index(zoom)
    return Look(minute * TILE_S, min(end, (minute + 1) * TILE_S), None, scale, float(reach), beside)


def _zoom_name(finding: Finding) -> str:
    return f"{defect_name(finding.defect)} {between(finding.start, finding.end)}"


def _draw(clip: Clip, clean: Clip | None, result: AnalysisResult, look: Look) -> None:
    shown = [f for f in result.findings if f.detector == NAME and f.start < look.end and f.end > look.start]
    try:
        with st.spinner("Drawing the sound"):
            figure = spectrogram(
                drawn_at(clip, look.start, look.end, look.scale), findings=shown, signals=result.signals.get(NAME),
                clean=drawn_at(clean, look.start, look.end, look.scale) if clean is not None else None,
                scale=look.scale, range_db=look.range_db, span=(look.start, look.end), mode=mode(),
                title=f"Sound {between(look.start, look.end)}",
            )  # fmt: skip
    except VqaError as error:
        st.caption(plain(str(error)))
        return
    chart(figure, key="vqa.sound.figure", alt="Waveform, spectrogram and probabilities of artifacts")


def _listen(
    clip: Clip, clean: Clip | None, result: AnalysisResult, look: Look, found: list[tuple[str, Finding]]
) -> None:
    """What is looked at, to listen to, and the same of the clean clip."""
    chosen = look.finding
    start = look.start if chosen is None else max(0.0, chosen.start - LEAD_S)
    end = look.end if chosen is None else min(length(result), chosen.end + LEAD_S)
    with st.container(border=True):
        title = (
            "Listen"
            if chosen is None
            else f"Listen: {defect_name(chosen.defect).lower()} at {clock(chosen.start)[:-1]}"
        )
        st.markdown(f"**{plain(title)}**")
        if chosen is not None:
            st.markdown(plain(chosen.message))
        if end - start > LISTEN_S:
            st.caption(f"The first {LISTEN_S:.0f} seconds of it; the player has all.")
        for name, source in (("As it is", clip), ("The clean clip", clean)):
            if source is None or source.missing:
                continue
            try:
                st.caption(name)
                st.audio(heard(source, start, end), format="audio/wav")
            except VqaError as error:
                st.caption(plain(str(error)))
    if not found:
        st.success("Nothing was found in the sound.", icon=":material/check_circle:")
    elif chosen is None:
        st.caption("Choose a finding above to zoom to it and to hear it alone.")
