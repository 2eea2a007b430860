"""The bench with a run on it, as every page of a run mounts it: whole on the overview, player and tracks beside evidence."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from vqa_toolkit.core import Box
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.findings import finding_ids, reviews_of, standing
from vqa_toolkit.store.runs import Run, proxy_path
from vqa_toolkit.ui.aha import bench_injected, pairs_of
from vqa_toolkit.ui.bench import show_bench
from vqa_toolkit.ui.bench_data import bench_data_of
from vqa_toolkit.ui.clean import clean_of
from vqa_toolkit.ui.places import INCIDENT, Place, follow
from vqa_toolkit.ui.session import asked, asked_time, base, media_url, move_to, remember, token

WISH = "vqa.wish"


def wish(t: float) -> None:
    """Have the player of this page go to ``t`` seconds when it is drawn next."""
    number = st.session_state.get(WISH, {"wish": 0})["wish"] + 1
    st.session_state[WISH] = {"wish": number, "t": t}


def stage(
    place: Place,
    run: Run,
    clip: Clip,
    result: AnalysisResult,
    *,
    only: Collection[str] | None = None,
    box: Box | None = None,
    media: str = "",
    start: float | None = None,
) -> str:
    """Mount the bench; returns the id of the finding that is selected, "" when none is.

    ``only`` (None = everything, as on the overview) keeps the player and the rows of these detectors; ``box`` is drawn on
    the picture; ``media`` replaces the address that the player plays; ``start`` is where it stands at first, seconds, when
    the address names neither a time nor a finding.
    """
    ids = finding_ids(result.findings)
    chosen = asked("finding")
    data = _data(place, run, clip, result) | {
        "finding": chosen,
        "time": asked_time() if chosen else asked_time() or start,
        "goto": st.session_state.get(WISH),
    }
    if only is not None:
        data |= {"view": "player", "only": sorted(only)}
        if place != INCIDENT:  # there the next finding is the next of all; a page of evidence steps through its own
            data["findings"] = [f for f in data["findings"] if f["detector"] in only]
    if box is not None:
        data["box"] = list(box)
    if media:
        data["media_url"] = media
    answer = show_bench(data, key=f"vqa.bench.{place.name}.{run.id}")
    follow(run.id, answer.went)
    if answer.picked in ids and answer.picked != chosen:
        chosen = str(answer.picked)
        move_to(run.id, chosen)
    remember(run=run.id, finding=chosen if chosen in ids else "")
    return chosen if chosen in ids else ""


def _data(place: Place, run: Run, clip: Clip, result: AnalysisResult) -> dict[str, Any]:
    """What the bench needs beside the result itself: addresses, the token, and the clean clip where there is one."""
    data = {
        **bench_data_of(run.id, standing(reviews_of(run.id))),
        "run": run.id, "token": token(), "base": base(), "media_url": media_url(clip), "proxy": False, "view": "whole",
        "link": f"{base()}/{'' if place.name == 'analyze' else place.name}?{urlencode({'run': run.id})}", "injected": [],
        "clean_url": "",
    }  # fmt: skip
    if clip.missing:
        data["tracks"] = [t for t in data["tracks"] if not t.get("pinned")]
    if proxy_path(run.id).is_file():
        data |= {"media_url": f"{base()}/vqa/proxy/{run.id}?{urlencode({'token': token()})}", "proxy": True}
    clean = clean_of(run, clip)
    if clean is not None:
        data["clean_url"] = media_url(clean)
    if clip.origin == "simulated":
        pairs = pairs_of(clip, result)
        data |= {"injected": bench_injected(pairs, finding_ids(result.findings))}
    return data
