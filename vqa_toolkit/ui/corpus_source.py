"""A folder of labelled clips as a source: read and measured by an errand, then judged from the signals kept beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from vqa_toolkit.core import Detector
from vqa_toolkit.errors import MediaError, UsageError, VqaError
from vqa_toolkit.evaluate.clips import Clip
from vqa_toolkit.evaluate.measured import Measured, measure_clip
from vqa_toolkit.jobs import errands
from vqa_toolkit.simulate.apply import label_from_json
from vqa_toolkit.store.errands import latest_errand
from vqa_toolkit.ui.errand import show_errand
from vqa_toolkit.ui.intake import allowed_roots
from vqa_toolkit.ui.session import owner
from vqa_toolkit.ui.words import plain


class Found(NamedTuple):
    """Which measured folder this is, and its clips when they are wanted."""

    key: str
    clips: Callable[[], list[Measured]]


def folder_clips(detector: type[Detector]) -> Found | None:
    """Ask for a folder; measure what was never measured; None until it is there."""
    text = st.text_input(
        "Folder of labelled clips", placeholder=f"{allowed_roots()[0]}/corpus", key="vqa.tune.folder",
        help="A corpus of `vqa simulate --corpus`, or media with .labels.json beside them.",
    )  # fmt: skip
    if not text:
        st.caption(
            plain(f"Folders under {', '.join(map(str, allowed_roots()))} can be opened. Signals are kept beside.")
        )
        return None
    try:
        root = folder_under_roots(text)
        about = f"{root}|{detector.name}-{detector.version}"
        errand = latest_errand("corpus", about, owner())
        again = (
            st.button("Read it again", icon=":material/refresh:", key="vqa.tune.reread")
            if errand and errand.over
            else False
        )
        if errand is None or again:
            errand = errands.send("corpus", about, {"corpus": str(root), "detector": detector.name}, owner())
    except VqaError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    if not errand.over:
        show_errand(errand)
        return None
    if errand.state != "done":
        st.error(plain(errand.message), icon=":material/error:")
        return None
    failed = errand.answer["failed"]
    st.caption(plain(f"{len(errand.answer['clips'])} labelled clips, {len(failed)} of them could not be opened."))
    raw = [c for c in errand.answer["clips"] if c["id"] not in failed]
    return Found(errand.id, lambda: [measure_clip(clip_from_json(c), root, [detector]) for c in raw])


def clip_from_json(raw: dict[str, object]) -> Clip:
    """A labelled clip as the errand wrote it down."""
    values = dict(raw)
    labels = tuple(label_from_json(x) for x in values.pop("labels"))  # type: ignore[attr-defined]
    judged = values.pop("judged")
    path = Path(str(values.pop("path")))
    return Clip(**values, path=path, labels=labels, judged=None if judged is None else frozenset(judged))  # type: ignore[arg-type, call-overload]


def folder_under_roots(text: str) -> Path:
    """The folder a person named, resolved through all links.

    Raises:
        UsageError: when it is no folder or outside the allowed roots.
    """
    cleaned = text.strip().strip("\"'")
    try:
        path = Path(cleaned).expanduser().resolve()
        if not any(path.is_relative_to(root) for root in allowed_roots()):
            roots = ", ".join(str(r) for r in allowed_roots())
            raise UsageError(f"Only folders under {roots} may be opened. Move it there, or set VQA_ROOTS.")
        if not path.is_dir():
            raise UsageError(f"There is no folder {cleaned[:200]!r}. Check the spelling.")
    except (OSError, RuntimeError, ValueError) as error:
        raise MediaError(cleaned[:200], "this path cannot be read", "Check the spelling") from error
    return path
