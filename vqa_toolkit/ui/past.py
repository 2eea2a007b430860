"""Earlier runs: pass or fail at a glance, each reopened at once, with or without its video."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import streamlit as st

from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.runs import Run, position, runs_of
from vqa_toolkit.ui.profiles import profile_label
from vqa_toolkit.ui.session import owner
from vqa_toolkit.ui.words import ago, plain

WORDS = {"pass": "✓ Pass", "fail": "✕ Fail", "incomplete": "◌ Incomplete"}
ANALYZE = "pages/analyze/page.py"


def show_history() -> None:
    """The table of runs, filters above it, a roll-up above those."""
    st.title("History", anchor=False)
    runs = runs_of(owner())
    if not runs:
        _empty()
        return
    _rollup([run for run, _ in runs])
    shown = _filtered(runs)
    if not shown:
        st.info("No run matches these filters.", icon=":material/filter_alt_off:")
        return
    table = pd.DataFrame([_row(run, clip) for run, clip in shown])
    chosen = st.dataframe(
        table, hide_index=True, on_select="rerun", selection_mode="single-cell", key="vqa.history", row_height=40,
        column_config={
            "Clip": st.column_config.TextColumn(width="large"),
            "Length": st.column_config.NumberColumn(format="%.1f s"),
            "Blockers": st.column_config.NumberColumn(width="small"),
            "Issues": st.column_config.NumberColumn(width="small"),
            "FYI": st.column_config.NumberColumn(width="small"),
        },
    )  # fmt: skip
    st.caption("Click a row to open it.")
    cells = chosen.selection.cells
    if cells:
        st.switch_page(ANALYZE, query_params={"run": shown[cells[0][0]][0].id})


def _empty() -> None:
    with st.container(border=True, horizontal_alignment="center"):
        st.subheader("Nothing analyzed yet", anchor=False)
        st.caption("Every analysis you start is kept here, and can be reopened without its video.")
        st.page_link(ANALYZE, label="Analyze the first clip", icon=":material/play_arrow:")


def _rollup(runs: list[Run]) -> None:
    verdicts = Counter(run.verdict for run in runs if run.over)
    cells = st.columns(4)
    cells[0].metric("Runs", len(runs), border=True)
    cells[1].metric("Passed", verdicts["pass"], border=True)
    cells[2].metric("Failed", verdicts["fail"], border=True)
    cells[3].metric("Incomplete", verdicts["incomplete"], border=True)


def _filtered(runs: list[tuple[Run, Clip]]) -> list[tuple[Run, Clip]]:
    left, right = st.columns([1, 1.4], vertical_alignment="bottom")
    verdicts = left.pills(
        "Verdict", list(WORDS), selection_mode="multi", format_func=lambda v: WORDS[v], key="vqa.verdicts"
    )
    text = right.text_input("Name contains", placeholder="part of a clip's name", key="vqa.name").casefold()
    return [
        (run, clip)
        for run, clip in runs
        if (not verdicts or run.verdict in verdicts) and (not text or text in clip.name.casefold())
    ]


def _row(run: Run, clip: Clip) -> dict[str, object]:
    state = {"queued": f"Waiting, number {position(run)}" if run.state == "queued" else "", "running": "Running"}
    return {
        "Verdict": state.get(run.state) or WORDS.get(run.verdict or "", "–"),
        "Clip": clip.name,
        "When": ago(run.created),
        "Length": run.duration,
        "Blockers": run.blockers if run.over else None,
        "Issues": run.issues if run.over else None,
        "FYI": run.fyis if run.over else None,
        "Profile": profile_label(run.profile),
        "Remark": plain(run.reason) if run.state == "queued" else run.reason,
    }
