"""A demo: choose a clean clip and faults, have the faulty clip made and analysed, see what was caught."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from vqa_toolkit import jobs
from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import VqaError
from vqa_toolkit.media.decode import PICTURE_KINDS
from vqa_toolkit.media.probe import probe
from vqa_toolkit.profile import load_profile
from vqa_toolkit.simulate.registry import faults
from vqa_toolkit.store.clips import Clip, clips_of
from vqa_toolkit.ui.preview import show_preview
from vqa_toolkit.ui.profiles import profile_choices, profile_label
from vqa_toolkit.ui.samples import sample_clip, samples
from vqa_toolkit.ui.session import media_url, owner
from vqa_toolkit.ui.words import plain

FIRST = (("freeze", 10.0, 2.0, 1.0), ("silence", 5.0, 1.5, 1.0), ("black", 14.0, 0.6, 1.0), ("noise", 18.0, 3.0, 0.8))
"""What the page proposes: four faults that everybody knows when they see or hear them, apart from each other; the freeze
where the bundled clip moves."""

SHORT = (("freeze", 4.0, 2.0, 1.0),)
"""What it proposes for a clip that the four do not fit into."""

MAX_FAULTS = 20
COLUMNS = ("Fault", "Start", "Length", "Strength")


def show_demo(app_folder: Path) -> None:
    """Clip on the left, faults on the right, one button."""
    st.title("Break a clip, watch it be caught", anchor=False)
    st.caption("Faults are injected at exact times and strengths, then every detector looks at the result.")
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        clip = _clean(app_folder)
        if clip is None:
            return
        show_preview(media_url(clip), key="vqa.demo.preview")
    with right:
        chosen = _faults(_length(clip))
        profile = st.selectbox("Judge it by", profile_choices(), format_func=profile_label, key="vqa.demo.profile")
        every = st.toggle(
            "With every detector", key="vqa.demo.every",
            help="Off, the networks that look at pictures run only where a chosen fault is theirs to find: seconds, not "
            "minutes, on a laptop.",
        )  # fmt: skip
        if st.button(
            "Break it and analyze", type="primary", icon=":material/bolt:", width="stretch", key="vqa.demo.go",
            disabled=not chosen,
        ):  # fmt: skip
            _go(clip, chosen, profile, None if every else quick_detectors(chosen, profile))
    with st.expander("What each fault does", icon=":material/menu_book:"):
        st.dataframe(pd.DataFrame(_catalogue()), hide_index=True)


def _clean(app_folder: Path) -> Clip | None:
    """The clean clip: a bundled one, or one of the person's own."""
    bundled = sorted(samples(app_folder), key=lambda s: s.path.stem != "clean")
    own = [c for c in clips_of(owner()) if c.origin in ("upload", "path") and not c.missing and c.sha256]
    names = [s.title for s in bundled] + [c.name for c in own]
    if not names:
        st.info(
            "No samples came with this installation. Upload a clip on the Analyze page first.", icon=":material/info:"
        )
        return None
    number = st.selectbox("Clean clip", range(len(names)), format_func=lambda n: names[n], key="vqa.demo.clip")
    return sample_clip(bundled[number], owner()) if number < len(bundled) else own[number - len(bundled)]


@st.cache_data(max_entries=50)
def _probed(path: str, _modified_ns: int) -> float:
    return probe(path, digest=False).duration


def _length(clip: Clip) -> float:
    return _probed(str(clip.path), clip.modified_ns)


def _faults(length: float) -> list[str]:
    """The table of faults, edited by the person, in the command line's notation."""
    proposed = FIRST if all(row[1] + row[2] <= length for row in FIRST) else SHORT
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in proposed if row[1] + row[2] <= length]
    edited = st.data_editor(
        pd.DataFrame(rows, columns=COLUMNS), num_rows="dynamic", hide_index=True, key="vqa.demo.faults",
        column_config={
            "Fault": st.column_config.SelectboxColumn(options=list(faults()), required=True, width="medium"),
            "Start": st.column_config.NumberColumn(format="%.2f s", min_value=0.0, max_value=length, default=1.0),
            "Length": st.column_config.NumberColumn(format="%.2f s", min_value=0.04, max_value=length, default=1.0),
            "Strength": st.column_config.NumberColumn(format="%.2f", min_value=0.0, max_value=1.0, default=0.8,
                                                      help="0 barely there, 1 unmistakable"),
        },
    )  # fmt: skip
    st.caption(
        f"The clip is {length:.1f} s long. Add rows below the last; a strength of 0 is barely there, 1 unmistakable."
    )
    return [_notation(row, length) for row in _records(edited) if row["Fault"] in faults()][:MAX_FAULTS]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _notation(row: dict[str, Any], length: float) -> str:
    start = 0.0 if pd.isna(row["Start"]) else float(row["Start"])
    long = 1.0 if pd.isna(row["Length"]) else float(row["Length"])
    strength = 0.8 if pd.isna(row["Strength"]) else float(row["Strength"])
    return f"{row['Fault']}@{start:g}:{min(start + long, length):g},strength={strength:g}"


def quick_detectors(chosen: Sequence[str], profile: str) -> tuple[str, ...] | None:
    """The profile's detectors without the networks over pictures that no chosen fault needs; None when that is all."""
    wanted = {faults()[name].defect for name in (fault.partition("@")[0] for fault in chosen)}
    known, enabled = discover(), load_profile(profile).enabled()
    slow = {n for n, k in known.items() if k.network and any(need.kind in PICTURE_KINDS for need in k.needs)}
    names = tuple(n for n in enabled if n not in slow or wanted & set(known[n].defects))
    return names if names and len(names) < len(enabled) else None


def _go(clip: Clip, chosen: list[str], profile: str, detectors: tuple[str, ...] | None) -> None:
    try:
        run = jobs.submit_simulated(clip, tuple(chosen), profile=profile, detectors=detectors)
    except VqaError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.switch_page("pages/analyze/page.py", query_params={"run": run.id})


def _catalogue() -> list[dict[str, str]]:
    """Each fault's name, what must be found, and the first sentence of its description."""
    return [
        {
            "Fault": name,
            "Must be found as": kind.defect or "nothing: a hard negative",
            "What it does": " ".join((kind.__doc__ or "").split("\n\n")[0].split()),
        }
        for name, kind in faults().items()
    ]
