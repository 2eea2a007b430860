"""The bench of a threshold session: sliders beside numbers, and the false alarms and misses behind them."""

from __future__ import annotations

import math
import re
import time
from typing import Any

import streamlit as st

from vqa_toolkit.core import limit_fields
from vqa_toolkit.errors import VqaError
from vqa_toolkit.evaluate.clips import Judged
from vqa_toolkit.figures.clock import between
from vqa_toolkit.names import defect_name
from vqa_toolkit.tune import Cost, Session, Standing, flips
from vqa_toolkit.ui.moment import offer_moment, show_moment
from vqa_toolkit.ui.tune_numbers import summary
from vqa_toolkit.ui.tune_views import show_curves, show_profiles, show_proposal
from vqa_toolkit.ui.words import plain

STEPS = 200
"""Positions of a slider over its range."""

MAX_SHOWN = 20
ANSWERS = {True: "real", False: "false alarm", None: "unlabelled"}
RUN_ID = re.compile(r"[0-9a-f]{16}")
ANALYZE = "pages/analyze/page.py"
LISTS = ("Misses", "False alarms", "Hits", "Flips")
ONE = {"Misses": "miss", "False alarms": "false alarm", "Hits": "hit", "Flips": "flip"}
VIEWS = ("Curves", "Proposal", "Profiles")

Row = dict[str, Any]


@st.fragment
def show_bench(session: Session) -> None:
    """Everything that a slider changes: drawn again by itself, the rest of the page stays."""
    left, right = st.columns([1, 2.2], gap="large")
    with left:
        changes, cost = _sliders(session), _cost()
    with right:
        try:
            began = time.perf_counter()
            standing = session.standing(session.limits(**changes))
            spent = time.perf_counter() - began
        except (VqaError, ValueError) as error:
            st.error(plain(f"These limits contradict each other: {error}"), icon=":material/error:")
            return
        _numbers(session, changes, cost)
        again = len(standing.changed) if changes else 0
        st.caption(
            f"{len(session.clips)} clips, {session.hours:.2g} h. {again} of them judged again in {1000 * spent:.0f} ms."
        )
        _view(session, changes, cost, standing)


def _sliders(session: Session) -> dict[str, float]:
    """One slider per limit, with its unit, its range and where its default comes from; returns what was moved."""
    changes: dict[str, float] = {}
    base = session.limits()
    detector = session.detector.name
    for name, meta in limit_fields(session.detector.limits):
        now, low, high = float(getattr(base, name)), float(meta["low"]), float(meta["high"])
        key = f"vqa.limit.{session.base.name}.{detector}.{name}"
        adopted = st.session_state.pop(f"vqa.adopt.{name}", None)
        if adopted is not None or key not in st.session_state:
            st.session_state[key] = now if adopted is None else min(max(float(adopted), low), high)
        value = st.slider(
            f"{name.replace('_', ' ').capitalize()} ({meta['unit']})", low, high, step=(high - low) / STEPS, format="%.4g",
            help=plain(f"{meta['doc']}. Range {low:g} to {high:g} {meta['unit']}. Default {meta['default']:g}: {meta['origin']}."),
            key=key,
        )  # fmt: skip
        if not math.isclose(value, now, rel_tol=1e-9):
            changes[name] = float(value)
    if changes and st.button("Back to the profile's limits", icon=":material/undo:", key="vqa.tune.reset"):
        for name in changes:
            st.session_state[f"vqa.adopt.{name}"] = getattr(base, name)
        st.rerun(scope="fragment")
    return changes


def _cost() -> Cost:
    with st.expander("What mistakes cost", icon=":material/payments:"):
        return Cost(
            miss=st.number_input("A missed event", 0.0, 1e6, 10.0, key="vqa.cost.miss"),
            alarm=st.number_input("A false alarm", 0.01, 1e6, 1.0, key="vqa.cost.alarm"),
            events_per_hour=st.number_input("Events in an hour of programme", 0.0, 1e4, 1.0, key="vqa.cost.rate"),
        )


def _numbers(session: Session, changes: dict[str, float], cost: Cost) -> None:
    limits = session.limits(), session.limits(**changes)
    before, after = (summary(session.tally(x).sum(axis=0), cost) for x in limits)
    for cell, name in zip(st.columns(len(after)), after, strict=True):
        was, now = before[name], after[name]
        delta = f"{now - was:+.3g}" if changes and was is not None and now is not None else None
        cell.metric(
            name, "–" if now is None else f"{now:.3g}", delta, border=True,
            delta_color="inverse" if name in ("False alarms / h", "Cost / h") else "normal",
        )  # fmt: skip


def _view(session: Session, changes: dict[str, float], cost: Cost, standing: Standing) -> None:
    """One list or one view at a time: what is not looked at is not drawn, so that the numbers come at once."""
    counted = standing.counts.sum(axis=(0, 1))
    turned = flipped(session, changes, standing) if changes else []
    counts = dict(zip(LISTS, (int(counted[1]), int(counted[2]), int(counted[0]), len(turned)), strict=True))
    view = st.segmented_control(
        "Show", [*LISTS, *VIEWS], default=LISTS[0], required=True, label_visibility="collapsed", key="vqa.tune.view"
    )
    if view == "Curves":
        show_curves(session, changes, cost)
    elif view == "Proposal":
        show_proposal(session, cost)
    elif view == "Profiles":
        show_profiles(session, changes, cost)
    else:
        said = {name: f"{n} {ONE[name] if n == 1 else name.lower()}" for name, n in counts.items()}
        st.caption(" · ".join(f"**{words}**" if name == view else words for name, words in said.items()))
        rows = turned if view == "Flips" else listed(standing, view)
        _gallery(rows, view)


def listed(standing: Standing, which: str) -> list[Row]:
    """Misses, false alarms or hits, clip by clip."""
    rows = []
    for scores in standing.scores:
        for defect, s in scores.items():
            if s is None:
                continue
            own = [x for x in s.clip.labels if x.defect == defect]
            spans = {
                "Misses": list(s.missed),
                "False alarms": [(f.start, f.end) for f in s.alarms],
                "Hits": [(own[h.truth].start, own[h.truth].end) for h in s.hits],
            }[which]
            rows += [_row(s.clip, defect, *span) for span in spans]
    return rows


def flipped(session: Session, changes: dict[str, float], standing: Standing) -> list[Row]:
    """Findings that the sliders make appear or vanish; only clips that were judged again can have any."""
    at = standing.changed.tolist() if changes else []
    home = session.standing(session.limits())
    before, after = (
        [Judged(session.clips[i].clip, one.found[i]) for i in at if standing.found[i] is not home.found[i]]
        for one in (home, standing)
    )
    return [
        {**_row(x.clip, x.finding.defect, x.finding.start, x.finding.end), "Change": f"{x.change} ({ANSWERS[x.right]})"}
        for x in flips(before, after)
    ]


def _row(clip: Any, defect: str, start: float, end: float) -> Row:
    return {"clip": clip, "Defect": defect_name(defect), "When": between(start, end), "t": start}


def _gallery(rows: list[Row], which: str) -> None:
    """Each line leads to its evidence: the run at that time, or the clip itself where it was never run."""
    place = st.container()
    with st.container(gap="xxsmall"):
        for n, row in enumerate(rows[:MAX_SHOWN]):
            clip = row["clip"]
            shown = clip.title if _is_run(clip.id) else clip.path.name
            text = f"**{plain(row['Defect'])}** {row['When']} · {plain(shown[:60])} {row.get('Change', '')}".strip()
            if _is_run(clip.id):
                st.page_link(ANALYZE, label=text, icon=":material/play_circle:",
                             query_params={"run": clip.id, "t": f"{row['t']:.3f}"})  # fmt: skip
            else:
                offer_moment(clip, row["t"], text, key=f"vqa.tune.play.{which}.{n}")
    if len(rows) > MAX_SHOWN:
        st.caption(f"and {len(rows) - MAX_SHOWN} more")
    with place:  # above the list, where it is seen at once
        show_moment()


def _is_run(clip_id: str) -> bool:
    """Whether a labelled clip is a stored run: those go by the run's id, which no corpus gives."""
    return RUN_ID.fullmatch(clip_id) is not None
