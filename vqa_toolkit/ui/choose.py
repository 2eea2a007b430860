"""Choosing a clip: a bundled sample, an upload, or a path; then one click to analyse it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from vqa_toolkit import jobs
from vqa_toolkit.errors import VqaError
from vqa_toolkit.profile import load_profile
from vqa_toolkit.store.clips import Clip, add_clip, clip_of, clips_of
from vqa_toolkit.ui.intake import allowed_roots, path_under_roots, shown_name
from vqa_toolkit.ui.preview import show_preview
from vqa_toolkit.ui.profiles import profile_choices, profile_label
from vqa_toolkit.ui.samples import sample_clip, samples
from vqa_toolkit.ui.session import Source, base, media_url, owner, remember, remembered, token
from vqa_toolkit.ui.upload import show_upload
from vqa_toolkit.ui.words import plain, size_text

SOURCES: dict[Source, str] = {"sample": "Sample", "upload": "Upload", "path": "Path"}
SHOWN_UPLOADS = 6


def choose(app_folder: Path) -> None:
    """The first page: what to analyse, by which profile, and the button."""
    st.title("What is wrong with this clip?")
    st.caption("Every detector looks at it once. You get what is wrong, when, how badly, and the evidence.")
    left, right = st.columns([1.7, 1], gap="large")
    with left:
        clip = chosen_clip(app_folder)
        if clip is not None and not clip.missing and clip.sha256:
            show_preview(media_url(clip), key="vqa.preview")
    with right:
        _start(clip)


def chosen_clip(app_folder: Path) -> Clip | None:
    """The clip chosen from samples, uploads or a path; None until one is."""
    source = st.segmented_control(
        "Where the clip comes from", list(SOURCES), default="sample", required=True,
        format_func=lambda s: SOURCES[s], key="vqa.source", label_visibility="collapsed",
    )  # fmt: skip
    if source == "upload":
        return _uploaded()
    return _by_path() if source == "path" else _sample(app_folder)


def _sample(app_folder: Path) -> Clip | None:
    found = samples(app_folder)
    if not found:
        st.info("No samples came with this installation. Upload a clip, or open one by path.", icon=":material/info:")
        return None
    number = st.radio(
        "Sample", range(len(found)), format_func=lambda n: found[n].title, captions=[s.about for s in found],
        key="vqa.sample", label_visibility="collapsed",
    )  # fmt: skip
    return sample_clip(found[number], owner())


def _uploaded() -> Clip | None:
    arrived = show_upload(base=base(), token=token())
    if arrived is not None:
        remember(clip=arrived)
        st.session_state["vqa.pick"] = arrived
    mine = {c.id: c for c in clips_of(owner()) if c.origin == "upload"}
    if not mine:
        return None
    shown = list(mine)[:SHOWN_UPLOADS]
    wanted = remembered()["clip"]
    if wanted in mine and wanted not in shown:
        shown.insert(0, wanted)
    picked = st.radio(
        "Your uploads", shown, index=shown.index(wanted) if wanted in shown else 0,
        format_func=lambda i: plain(mine[i].name), captions=[size_text(mine[i].size) for i in shown], key="vqa.pick",
    )  # fmt: skip
    remember(clip=picked)
    return clip_of(picked, owner())


def _by_path() -> Clip | None:
    roots = ", ".join(str(r) for r in allowed_roots())
    example = f"{allowed_roots()[0]}/clip.mp4"
    text = st.text_input("Path of a media file on the machine that runs the app", placeholder=example, key="vqa.path")
    st.caption(plain(f"Files under {roots} can be opened. Nothing is copied."))
    if not text:
        return None
    try:
        path = path_under_roots(text)
        return add_clip(path, owner=owner(), name=shown_name(path.name), origin="path")
    except VqaError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


def _start(clip: Clip | None) -> None:
    with st.container(border=True):
        if clip is None:
            st.subheader("No clip yet", anchor=False)
            st.caption("Choose one on the left.")
        else:
            st.subheader(plain(clip.name), anchor=False)
            st.caption(f"{size_text(clip.size)} · {'bundled' if clip.origin == 'sample' else clip.origin}")
        profile = st.selectbox("Judge it by", profile_choices(), key="vqa.profile", format_func=profile_label)
        st.caption(plain(load_profile(profile).description))
        go = st.button(
            "Analyze", type="primary", icon=":material/play_arrow:", width="stretch", disabled=clip is None,
            key="vqa.analyze",
        )  # fmt: skip
        if go and clip is not None:
            start(clip, profile)


def start(clip: Clip, profile: str) -> None:
    """Queue an analysis by everything and go to its page, or say in one sentence why not."""
    measure(clip, profile)


def measure(clip: Clip, profile: str, detectors: tuple[str, ...] | None = None) -> None:
    """Queue an analysis by these detectors (None = all) and show it on this page, or say in one sentence why not."""
    if clip.missing:
        st.error(clip.missing, icon=":material/error:")
        return
    try:
        run = jobs.submit(clip, profile=profile, detectors=detectors)
    except VqaError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.query_params.from_dict({"run": run.id})
    st.rerun()
