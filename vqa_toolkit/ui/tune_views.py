"""What a threshold session shows besides its lists: curves, the proposal, and profiles saved and compared."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pandas as pd
import streamlit as st

from vqa_toolkit.core import limit_fields
from vqa_toolkit.errors import VqaError
from vqa_toolkit.evaluate.run import evaluate_defect
from vqa_toolkit.figures import evaluate as quality
from vqa_toolkit.figures import tradeoff
from vqa_toolkit.figures.clock import between
from vqa_toolkit.names import defect_name
from vqa_toolkit.profile import MAX_PROFILE_BYTES, Profile, load_profile, parse_profile
from vqa_toolkit.tune import Cost, Proposal, Session, Sweep, flips, propose, sweep
from vqa_toolkit.tune.sweep import COARSE, FINE
from vqa_toolkit.ui.profiles import profile_choices, profile_label, save_profile
from vqa_toolkit.ui.tune_numbers import summary
from vqa_toolkit.ui.words import plain
from vqa_toolkit.ui.working import Tell, working

MINE = "The sliders"
MAX_FLIPS = 200
MOST_KEPT = 40
"""Sweeps remembered by a tab: enough for every limit of a detector at a few positions of the others."""


def mode() -> Any:
    """The figures' theme that the page is shown in."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show_curves(session: Session, changes: dict[str, float], cost: Cost) -> None:
    """How one limit trades events for alarms; and the findings at the present limits, second by second."""
    names = [n for n, _ in limit_fields(session.detector.limits)]
    left, right = st.columns(2)
    limit = left.selectbox(
        "As this limit moves", names, format_func=lambda n: n.replace("_", " "), key="vqa.curves.limit"
    )
    defect = right.selectbox(
        "Second by second, for", session.detector.defects, format_func=defect_name, key="vqa.curves.defect"
    )
    try:
        with working("Trying the limit over its range") as tell:
            swept = _swept(session, limit, cost, {k: v for k, v in changes.items() if k != limit}, tell)
    except VqaError as error:
        st.warning(plain(str(error)), icon=":material/info:")
        return
    now = session.value(limit, **changes)
    cells = st.columns(2)
    figures = (tradeoff.precision_by_limit(swept, now, mode()), tradeoff.alarms_by_limit(swept, now, mode()))
    for cell, figure, key in zip(cells, figures, ("pr", "alarms"), strict=True):
        cell.plotly_chart(figure, theme=None, key=f"vqa.curves.{key}")
    one = evaluate_defect(session.judged(session.limits(**changes)), defect, "fyi")
    cells = st.columns(2)
    seconds = (quality.precision_recall(one, mode()), quality.roc(one, mode()))
    for cell, figure, key in zip(cells, seconds, ("pr2", "roc"), strict=True):
        cell.plotly_chart(figure, theme=None, key=f"vqa.curves.{key}")
    st.caption(
        "Above: events, while one limit moves and the others stay; the ring is where the slider stands. "
        "Below: every second of the clips, ranked by the probability of what was found; the ring is what is reported now."
    )


def _swept(session: Session, limit: str, cost: Cost, others: dict[str, float], tell: Tell) -> Sweep:
    kept: dict[Any, Sweep] = st.session_state.setdefault("vqa.tune.swept", {})
    key = (id(session), limit, cost, tuple(sorted(others.items())))
    if key not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        values = itertools.count()
        kept[key] = sweep(
            session, limit, cost, changed=others, tried=lambda: tell(next(values) / (COARSE + FINE), "Trying the limit")
        )
    return kept[key]


def show_proposal(session: Session, cost: Cost) -> None:
    """The best limits for the stated cost, and whether they hold on titles they were not chosen on."""
    key = "vqa.tune.proposal"
    st.caption(
        f"A miss costs {cost.miss:g}, a false alarm {cost.alarm:g}, {cost.events_per_hour:g} events an hour. Limits are "
        "chosen on one half of the titles and checked on the other."
    )
    if st.button("Propose the best limits", icon=":material/auto_awesome:", key="vqa.tune.propose"):
        try:
            with working("Judging the clips of one half") as tell:
                st.session_state[key] = propose(session, cost, progress=tell)
        except VqaError as error:
            st.warning(plain(str(error)), icon=":material/info:")
    proposal = _proposed(session)
    if proposal is None:
        return
    _verdict(proposal)
    st.dataframe(pd.DataFrame(_limits_table(proposal)), hide_index=True)
    st.dataframe(pd.DataFrame(_halves_table(proposal)), hide_index=True)
    picked = st.selectbox("Cost over the range of", list(proposal.sweeps), key="vqa.tune.sweep")
    st.plotly_chart(
        quality.sweep(proposal.sweeps[picked], session.detector.name, mode()), theme=None, key="vqa.tune.figure"
    )
    if proposal.changes and st.button("Put the sliders there", icon=":material/tune:", key="vqa.tune.adopt"):
        for name, value in proposal.changes.items():
            st.session_state[f"vqa.adopt.{name}"] = value
        st.rerun(scope="fragment")


def _proposed(session: Session) -> Proposal | None:
    """The proposal made in this tab for this very session."""
    proposal: Proposal | None = st.session_state.get("vqa.tune.proposal")
    return proposal if proposal is not None and proposal.session is session else None


def _verdict(proposal: Proposal) -> None:
    text = plain(proposal.verdict)
    if not proposal.holds:
        st.error(text, icon=":material/trending_down:")
    elif proposal.verdict.startswith("Holds"):
        st.success(text, icon=":material/verified:")
    else:
        st.info(text, icon=":material/balance:")


def _limits_table(proposal: Proposal) -> list[dict[str, Any]]:
    return [
        {
            "Limit": n.replace("_", " "), "Now": proposal.session.value(n), "Best": proposal.changes.get(n, s.current),
            "95 % from": s.interval.low, "to": s.interval.high, "Unit": s.unit,
        }
        for n, s in proposal.sweeps.items()
    ]  # fmt: skip


def _halves_table(proposal: Proposal) -> list[dict[str, Any]]:
    rows = []
    for name, pair in (("chosen on these titles", proposal.development), ("held out", proposal.held_out)):
        for when, tally in zip(("now", "proposed"), pair, strict=True):
            hits, misses, alarms, hours = (float(v) for v in tally)
            rows.append({
                "Titles": name, "Limits": when, "Found": f"{hits:.0f} of {hits + misses:.0f}", "False alarms": int(alarms),
                "Minutes": round(hours * 60, 1), "Cost / h": float(proposal.cost.per_hour(tally)),
            })  # fmt: skip
    return rows


def show_profiles(session: Session, changes: dict[str, float], cost: Cost) -> None:
    """Save the limits as a profile; compare two profiles on these clips, and see which findings flip."""
    _save(session, changes)
    with st.container(border=True):
        st.markdown("**Compare two profiles on these clips**")
        _upload()
        mine = {MINE: _with(session.base, session, changes)}
        choices = [*profile_choices(), MINE]
        left, right = st.columns(2)
        picked = [
            cell.selectbox(f"Profile {side}", choices, index=n, format_func=_named, key=f"vqa.profiles.{side}")
            for cell, side, n in ((left, "A", 0), (right, "B", len(choices) - 1))
        ]
        try:
            a, b = (mine.get(choice) or load_profile(choice) for choice in picked)
            _compare(session, a, b, cost)
        except (VqaError, ValueError) as error:
            st.error(plain(str(error)), icon=":material/error:")


def _named(choice: str) -> str:
    return choice if choice == MINE else profile_label(choice)


def _upload() -> None:
    given = st.file_uploader("Add a profile file", ["toml"], key="vqa.profiles.file")
    if given is None:
        return
    try:
        if given.size > MAX_PROFILE_BYTES:
            st.error("This file is too large for a profile.", icon=":material/error:")
            return
        text = given.getvalue().decode("utf-8", "replace")
        saved = save_profile(parse_profile(text, given.name), given.name.removesuffix(".toml"))
        st.success(plain(f"Added as {profile_label(str(saved))}."), icon=":material/check:")
    except VqaError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _compare(session: Session, a: Profile, b: Profile, cost: Cost) -> None:
    # A profile may also call a defect graver or milder, which decides whether it counts: then everything is judged anew.
    sides = [session if p.severity == session.base.severity else dataclasses.replace(session, base=p) for p in (a, b)]
    chosen = [p.limits(session.detector) for p in (a, b)]
    numbers = [summary(s.tally(x).sum(axis=0), cost) for s, x in zip(sides, chosen, strict=True)]
    limits: list[dict[str, Any]] = [
        {"": n.replace("_", " "), "A": getattr(chosen[0], n), "B": getattr(chosen[1], n)}
        for n, _ in limit_fields(session.detector.limits)
        if getattr(chosen[0], n) != getattr(chosen[1], n)
    ]
    rows: list[dict[str, Any]] = [{"": n, "A": numbers[0][n], "B": numbers[1][n]} for n in numbers[0]]
    st.dataframe(pd.DataFrame(rows + limits), hide_index=True)
    if not limits:
        st.caption(plain(f"Both judge {session.detector.title} by the same limits."))
    found = flips(*(s.judged(x) for s, x in zip(sides, chosen, strict=True)))
    if not found:
        st.success("No finding flips between the two.", icon=":material/check:")
        return
    answers = {True: "real", False: "false alarm", None: "unlabelled"}
    st.dataframe(
        pd.DataFrame([
            {"From A to B": x.change, "Defect": defect_name(x.finding.defect), "When": between(x.finding.start, x.finding.end),
             "Clip": x.clip.title, "It was": answers[x.right]}
            for x in found[:MAX_FLIPS]
        ]),
        hide_index=True, key="vqa.profiles.flips",
    )  # fmt: skip
    if len(found) > MAX_FLIPS:
        st.caption(f"and {len(found) - MAX_FLIPS} more")


def _with(base: Profile, session: Session, changes: dict[str, float], name: str = "") -> Profile:
    detector = session.detector.name
    made = dataclasses.replace(base, name=name or base.name, description=f"{detector} tuned in the app.")
    for limit, value in changes.items():
        made = made.with_limit(f"{detector}.{limit}", value)
    return made


def _save(session: Session, changes: dict[str, float]) -> None:
    with st.container(border=True):
        st.markdown("**Save as a profile**")
        proposal = _proposed(session)
        choices = [MINE, "The proposal"] if proposal is not None else [MINE]
        source = st.radio("Which limits", choices, horizontal=True, key="vqa.tune.source")
        name = st.text_input("Name of the profile", f"{session.detector.name} tuned", max_chars=40, key="vqa.tune.name")
        values = proposal.changes if proposal is not None and source != MINE else changes
        profile = _with(session.base, session, values, name)
        if st.button("Save", icon=":material/save:", key="vqa.tune.save"):
            try:
                saved = save_profile(profile, name)
                st.success(
                    plain(f"Saved as {saved.name}. It can be chosen on the first page."), icon=":material/check:"
                )
            except VqaError as error:
                st.error(plain(str(error)), icon=":material/error:")
        st.code(profile.to_toml(), language="toml")
