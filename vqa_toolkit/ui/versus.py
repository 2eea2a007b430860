"""Two runs side by side: which findings both have, and which only one: another profile, version or capture."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import UsageError
from vqa_toolkit.evaluate.align import APART_S, STEP_S, Alignment, align, common_curves
from vqa_toolkit.evaluate.matching import match
from vqa_toolkit.figures.aligned import aligned
from vqa_toolkit.figures.clock import between
from vqa_toolkit.names import defect_name
from vqa_toolkit.report import verdict_sentence
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.findings import finding_ids
from vqa_toolkit.store.runs import Run, runs_of
from vqa_toolkit.ui.evidence import result_of, stamp
from vqa_toolkit.ui.profiles import profile_label
from vqa_toolkit.ui.session import media_url, owner
from vqa_toolkit.ui.side_by_side import show_side_by_side
from vqa_toolkit.ui.verdict import LOOK
from vqa_toolkit.ui.words import ago, plain

SAME_S = 0.1
"""Edges of one and the same finding lie no further apart than this in two runs of one clip."""

ANALYZE = "pages/analyze/page.py"


def show_comparison() -> None:
    """Two selectors, two verdicts, the offset between them, one table."""
    st.title("Compare two runs", anchor=False)
    st.caption("The same clip by two profiles or versions, or two captures of the same content.")
    runs = [(run, clip) for run, clip in runs_of(owner()) if run.state == "done"]
    if len(runs) < 2:
        with st.container(border=True, horizontal_alignment="center"):
            st.subheader("Two finished runs are needed", anchor=False)
            st.page_link(ANALYZE, label="Analyze a clip", icon=":material/play_arrow:")
        return
    sides = []
    for column, side, index in zip(st.columns(2, gap="large"), ("A", "B"), (1, 0), strict=True):
        with column:
            sides.append(_side(runs, side, index))
    (run_a, clip_a, a), (run_b, clip_b, b) = sides
    shift = 0.0 if a.media.sha256 and a.media.sha256 == b.media.sha256 else _shift(run_a, clip_a, a, run_b, clip_b, b)
    rows = compared(a, b, shift)
    counts = {word: sum(r["In"] == word for r in rows) for word in ("both", "only A", "only B")}
    cells = st.columns(3)
    for cell, (word, count) in zip(cells, counts.items(), strict=True):
        cell.metric(f"In {word}" if word == "both" else word.replace("only", "Only in"), count, border=True)
    if not rows:
        st.success("Neither run found anything.", icon=":material/check_circle:")
        return
    table = pd.DataFrame(rows).drop(columns=["a", "b"])
    event = st.dataframe(table, hide_index=True, on_select="rerun", selection_mode="single-cell", key="vqa.compare")
    st.caption("Click a row to open that finding. Times are A's.")
    if event.selection.cells:
        row = rows[event.selection.cells[0][0]]
        run, finding = (run_a, row["a"]) if row["a"] else (run_b, row["b"])
        st.switch_page(ANALYZE, query_params={"run": run.id, "finding": finding})


def _shift(run_a: Run, clip_a: Clip, a: AnalysisResult, run_b: Run, clip_b: Clip, b: AnalysisResult) -> float:
    """How far B is moved: found from what was measured, shown with how sure that is, and the person's to change."""
    with st.container(border=True):
        try:
            found: Alignment | None = _aligned(run_a.id, stamp(run_a.id), run_b.id, stamp(run_b.id))
        except UsageError as error:
            found = None
            st.info(plain(str(error)), icon=":material/info:")
        left, right = st.columns([1, 2.4], gap="large", vertical_alignment="center")
        key = f"vqa.shift.{run_a.id}.{run_b.id}"
        if key not in st.session_state:
            st.session_state[key] = 0.0 if found is None or found.word == "unsure" else found.shift
        shift = float(left.number_input(
            "Shift B by (s)", -36000.0, 36000.0, step=0.04, format="%.3f", key=key,
            help="B's time plus this is A's time. Found automatically for two captures; change it where you know better.",
        ))  # fmt: skip
        if found is not None:
            right.markdown(plain(alignment_sentence(found)))
            if abs(shift - found.shift) > STEP_S / 2:
                right.button(
                    f"Use {found.shift:+.3f} s", icon=":material/align_horizontal_left:", key="vqa.shift.use",
                    on_click=st.session_state.update, args=({key: found.shift},),
                )  # fmt: skip
            with st.expander("The curves, one over the other", icon=":material/stacked_line_chart:"):
                pairs = common_curves(a.signals, b.signals)
                mode = "dark" if st.context.theme.type == "dark" else "light"
                st.plotly_chart(aligned(pairs, shift, STEP_S, mode), theme=None, key="vqa.aligned")  # type: ignore[arg-type]
        urls = media_url(clip_a), media_url(clip_b)
        if all(urls) and a.media.video is not None and b.media.video is not None:
            show_side_by_side(*urls, shift, key="vqa.side_by_side")
    return shift


def alignment_sentence(found: Alignment) -> str:
    """What was found, how sure it is, and from what."""
    by = ", ".join(found.curves)
    numbers = f"correlation {found.correlation:.2f}, next best {found.rival:.2f}; from {by}"
    if found.word == "unsure":
        return (
            f"No offset stands out: these may be different content ({numbers}). The best guess is {found.shift:+.3f} s."
        )
    when = "after" if found.shift > 0 else "before"
    what = f"B starts {abs(found.shift):.3f} s {when} A" if abs(found.shift) >= STEP_S / 2 else "A and B start together"
    split = f" Picture and sound disagree by {found.apart:.2f} s." if found.apart >= APART_S else ""
    return f"{what}. This is {found.word}: {numbers}.{split}"


@lru_cache(maxsize=32)
def _aligned(run_a: str, _stamp_a: int, run_b: str, _stamp_b: int) -> Alignment:
    return align(result_of(run_a, owner()).signals, result_of(run_b, owner()).signals)


def _side(runs: list[tuple[Run, Clip]], side: str, index: int) -> tuple[Run, Clip, AnalysisResult]:
    def name(n: int) -> str:
        run, clip = runs[n]
        return f"{clip.name} · {profile_label(run.profile)} · {ago(run.created)}"

    number = st.selectbox(side, range(len(runs)), index=index, format_func=name, key=f"vqa.compare.{side}")
    run, clip = runs[number]
    result = result_of(run.id, owner())
    word, colour, icon = LOOK[result.verdict]
    st.badge(word, icon=icon, color=colour)
    st.markdown(plain(verdict_sentence(result)))
    return run, clip, result


def compared(a: AnalysisResult, b: AnalysisResult, shift: float = 0.0) -> list[dict[str, Any]]:
    """One row per finding of either: in both when defect and span agree, B's times moved by ``shift`` seconds."""
    ids_a, ids_b = finding_ids(a.findings), finding_ids(b.findings)
    rows, paired = [], set()
    for i, f in enumerate(a.findings):
        own = [j for j, g in enumerate(b.findings) if g.defect == f.defect]
        spans = [(b.findings[j].start + shift, b.findings[j].end + shift) for j in own]
        got = match([(f.start, f.end)], spans, SAME_S)
        partners = [own[k] for k in got.hits[0].findings] if got.hits else []
        paired.update(partners)
        twin = b.findings[partners[0]] if partners else None
        rows.append(_row("both" if twin else "only A", f, f, twin, ids_a[i], ids_b[partners[0]] if partners else ""))
    for j, g in enumerate(b.findings):
        if j not in paired:
            rows.append(_row("only B", g, None, g, "", ids_b[j]))
    return sorted(rows, key=lambda r: (r["In"] == "both", r["When"]))


def _row(where: str, f: Finding, in_a: Finding | None, in_b: Finding | None, a: str, b: str) -> dict[str, Any]:
    return {
        "In": where, "Defect": defect_name(f.defect), "When": between(f.start, f.end), "Severity": f.severity,
        "Measured in A": in_a.value if in_a else None, "Measured in B": in_b.value if in_b else None,
        "Limit A": in_a.limit if in_a else None, "Limit B": in_b.limit if in_b else None, "Unit": f.unit, "a": a, "b": b,
    }  # fmt: skip
