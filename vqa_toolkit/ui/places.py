"""Where things are shown: which page holds the evidence of which detector, and how one gets from page to page."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, NoReturn

import streamlit as st

from vqa_toolkit.core import Finding
from vqa_toolkit.detectors import discover
from vqa_toolkit.ui.session import ID


class Place(NamedTuple):
    """A page about a run: the word in its address, its title in navigation, its icon, and the detectors it measures by."""

    name: str
    title: str
    icon: str
    detectors: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """What Streamlit calls it."""
        return f"pages/{self.name}/page.py"


ANALYZE = Place("analyze", "Overview", "troubleshoot")
INCIDENT = Place("incident", "Incident", "emergency")
HEATMAP = Place("heatmap", "Heatmap", "grid_on", ("block_corruption",))
AUDIO = Place("audio", "Sound", "graphic_eq", ("audio_artifacts",))
LIPSYNC = Place("lipsync", "Lip sync", "record_voice_over", ("av_sync",))
CAPTIONS = Place("captions", "Captions", "closed_caption",
                 ("caption_coverage", "caption_layout", "caption_sync", "caption_text"))  # fmt: skip
EVIDENCE = (HEATMAP, AUDIO, LIPSYNC, CAPTIONS)
PLACES = (ANALYZE, INCIDENT, *EVIDENCE)
SECTIONS = {
    "": (Place("analyze", "Analyze", "troubleshoot"), Place("demo", "Demo", "science"), Place("tune", "Tune", "tune"),
         Place("compare", "Compare", "compare_arrows"), Place("history", "History", "history")),
    "Evidence": (INCIDENT, *EVIDENCE),
    "More": (Place("detectors", "Detectors", "menu_book"), Place("settings", "Settings", "settings")),
}  # fmt: skip
"""The navigation: what one begins with, the pages of a run, and what is looked up now and then."""

BY_NAME = {place.name: place for place in PLACES}


@cache
def evidence_place(detector: str) -> Place | None:
    """The page that shows what this detector measured; detectors that only listen are shown on the sound's page."""
    for place in EVIDENCE:
        if detector in place.detectors:
            return place
    known = discover().get(detector)
    return AUDIO if known and {n.kind for n in known.needs} == {"audio"} else None


@cache
def detectors_of(place: Place) -> frozenset[str]:
    """Every detector whose findings belong on a page."""
    return frozenset(name for name in discover() if evidence_place(name) == place)


def address(run: str, finding: str = "", t: float | None = None) -> dict[str, str]:
    """The query of a view: run, finding and time, those that are known."""
    query = {"run": run}
    if finding:
        query["finding"] = finding
    if t is not None:
        query["t"] = f"{t:.3f}"
    return query


def go(place: Place, run: str, finding: str = "", t: float | None = None) -> NoReturn:
    """Open a page at a run, a finding and a time."""
    st.switch_page(place.path, query_params=address(run, finding, t))


def links_of(finding: Finding) -> list[dict[str, str]]:
    """Where a finding can be looked at more closely, for the bench."""
    places = [INCIDENT, *filter(None, [evidence_place(finding.detector)])]
    return [{"page": p.name, "label": "Examine this finding" if p is INCIDENT else p.title} for p in places]


def follow(run: str, went: Any) -> None:
    """Go where the bench asked to; what it sends comes from a browser and is checked."""
    if not isinstance(went, dict):
        return
    place, finding, t = BY_NAME.get(str(went.get("page"))), str(went.get("finding") or ""), went.get("t")
    if place is not None:
        go(place, run, finding if ID.fullmatch(finding) else "", float(t) if isinstance(t, (int, float)) else None)
