"""Where things are kept, how much there is, by which bounds the app works, and a way to clear what is no longer needed."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import pandas as pd
import streamlit as st

from vqa_toolkit import jobs
from vqa_toolkit.home import folder, home
from vqa_toolkit.jobs.bounds import Bounds
from vqa_toolkit.media.open import MEGAPIXELS_VARIABLE, usual_bounds
from vqa_toolkit.store.runs import MAX_WAITING
from vqa_toolkit.ui.intake import allowed_roots, max_upload_bytes
from vqa_toolkit.ui.words import plain, size_text
from vqa_toolkit.version import __version__

KINDS = {
    "uploads": "Uploaded and simulated clips",
    "results": "Results and reports",
    "signals": "Measured signals (a cache: analyses are slower without)",
    "profiles": "Saved profiles",
    "logs": "Logs of analyses that failed",
}


def show_settings() -> None:
    """Storage, device and bounds."""
    st.title("Settings", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        _storage()
    with right:
        _device()
        _bounds()


def _storage() -> None:
    st.subheader("Storage", anchor=False)
    st.caption(plain(f"Everything kept lives under {home()}. VQA_HOME chooses another folder."))
    sizes = {kind: _size(folder(kind)) for kind in KINDS}
    table = [{"What": KINDS[k], "Files": n, "Size": size_text(b)} for k, (n, b) in sizes.items()]
    st.dataframe(pd.DataFrame(table), hide_index=True)
    st.caption(f"{size_text(shutil.disk_usage(home()).free)} free on this disk.")
    if st.button("Clear measured signals", icon=":material/mop:", help="Results stay.", key="vqa.clear.signals"):
        shutil.rmtree(folder("signals"), ignore_errors=True)
        st.toast("Measured signals were cleared; results are untouched.")
        st.rerun()


def _size(root: Path) -> tuple[int, int]:
    files = [p.stat().st_size for p in root.rglob("*") if p.is_file()]
    return len(files), sum(files)


def _device() -> None:
    st.subheader("Device", anchor=False)
    device = jobs.device_for("auto")
    st.markdown(f"Analyses run on **{'the GPU (CUDA)' if device == 'cuda' else 'the processor'}**, one at a time.")
    st.caption(plain(f"vqa_toolkit {__version__} · Python {platform.python_version()} · {platform.system()}"))


def _bounds() -> None:
    st.subheader("Bounds", anchor=False)
    b = Bounds()
    rows = {
        "Largest upload (VQA_MAX_UPLOAD_BYTES)": size_text(max_upload_bytes()),
        "Folders for paths (VQA_ROOTS)": ", ".join(map(str, allowed_roots())),
        f"Largest picture ({MEGAPIXELS_VARIABLE})": f"{usual_bounds().max_pixels / 1e6:.4g} megapixels (4K is 8.3, 8K 33.2)",
        "Analyses that may wait": str(MAX_WAITING),
        "Without a sign of life": f"stopped after {b.silent_s:.0f} s",
        "Longest analysis": f"{b.wall_base_s:.0f} s + {b.wall_per_second:.0f} × the clip, at most {b.wall_max_s / 3600:.0f} h",
    }
    st.dataframe(pd.DataFrame({"Bound": list(rows), "Value": list(rows.values())}), hide_index=True)
