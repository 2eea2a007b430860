"""The moment of a demo: injected faults on the left, what was found on the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from vqa_toolkit.errors import ResultError
from vqa_toolkit.figures.clock import between
from vqa_toolkit.figures.style import colour
from vqa_toolkit.names import defect_name
from vqa_toolkit.result import AnalysisResult
from vqa_toolkit.simulate.apply import read_labels
from vqa_toolkit.simulate.core import Label
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.ui.injected import Injected, injected, unasked
from vqa_toolkit.ui.strength import show_strength


def labels_of(clip: Clip) -> list[Label]:
    """The labels beside a clip, or none."""
    try:
        return read_labels(clip.path)
    except ResultError:
        return []


def show_injected(pairs: Sequence[Injected], result: AnalysisResult) -> None:
    """One row per injected fault: caught or missed, as what, and when."""
    caught = sum(p.found for p in pairs)
    others = len(unasked([p.label for p in pairs], result.findings))
    with st.container(border=True):
        st.markdown(f"**Caught {caught} of {len(pairs)} injected faults** · {others} other findings in this clip")
        st.dataframe(pd.DataFrame([_row(p, result) for p in pairs]), hide_index=True, height="content")
        show_strength([p.label for p in pairs])


def _row(pair: Injected, result: AnalysisResult) -> dict[str, Any]:
    label = pair.label
    hits = [result.findings[i] for i in pair.findings]
    return {
        "": "✓ Caught" if pair.found else "✕ Missed",
        "Injected": label.fault.split("@")[0],
        "From–to": between(label.start, label.end),
        "Strength": label.strength,
        "Found as": ", ".join(sorted({defect_name(f.defect) for f in hits})) or "–",
        "Found from–to": between(min(f.start for f in hits), max(f.end for f in hits)) if hits else "–",
        "Probability": max((f.score for f in hits), default=None),
    }


def bench_injected(pairs: Sequence[Injected], ids: Sequence[str]) -> list[dict[str, Any]]:
    """Injected faults as the bench draws them: a row of their own above the detectors."""
    return [
        {
            "start": p.label.start, "end": p.label.end, "name": p.label.fault.split("@")[0], "found": p.found,
            "findings": [ids[i] for i in p.findings],
            "colours": {m: colour(p.label.defect or "", m) for m in ("light", "dark")},
        }
        for p in pairs
    ]  # fmt: skip


def pairs_of(clip: Clip, result: AnalysisResult) -> list[Injected]:
    """Injected faults of the clip, paired with its findings."""
    return injected(labels_of(clip), result.findings)
