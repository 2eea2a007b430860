"""After a demo: how strong must this fault be to be caught? The matching detector alone, on a short excerpt."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vqa_toolkit import jobs
from vqa_toolkit.errors import VqaError
from vqa_toolkit.evaluate.injection import STRENGTHS, StrengthCurve, detector_for
from vqa_toolkit.figures import tradeoff
from vqa_toolkit.jobs import errands
from vqa_toolkit.simulate.core import Label
from vqa_toolkit.store.clips import clip_of
from vqa_toolkit.store.errands import Errand, latest_errand
from vqa_toolkit.store.runs import Run, run_of
from vqa_toolkit.ui.errand import show_errand
from vqa_toolkit.ui.session import asked, owner
from vqa_toolkit.ui.words import plain


def show_strength(labels: Sequence[Label]) -> None:
    """The curve of one of the injected faults, or the button that starts it; the address names the run."""
    curved = {x.fault: x for x in labels if detector_for(x.defect) is not None}
    if not curved or not asked("run"):
        return
    with st.expander("How strong must a fault be to be caught?", icon=":material/show_chart:"):
        names = list(curved)
        chosen = st.selectbox("Fault", names, format_func=_shown, key="vqa.strength.fault")
        try:
            run = run_of(asked("run"), owner())
            clean = clip_of(clip_of(run.clip_id, run.owner).made_from, run.owner)
            about = f"{clean.id}|{chosen.split(',strength=')[0]}|{run.profile}"
            errand = latest_errand("strength", about, run.owner)
            if errand is None or errand.state in ("failed", "cancelled"):
                errand = _offer(run, str(clean.path), chosen, about, errand)
            if errand is None:
                return
            if errand.over:
                _curve(StrengthCurve.from_json(errand.answer), curved[chosen].strength)
            else:
                show_errand(errand)
        except VqaError as error:
            st.error(plain(str(error)), icon=":material/error:")


def _shown(fault: str) -> str:
    return fault.partition(",strength=")[0].replace("@", " at ").replace(":", "–") + " s"


def _offer(run: Run, path: str, fault: str, about: str, before: Errand | None) -> Errand | None:
    """What an earlier try said, and the button."""
    if before is not None:
        st.info(plain(before.message), icon=":material/info:")
    st.caption(
        f"The fault goes into a few seconds of the clean clip at {len(STRENGTHS)} strengths; only its own detector judges "
        "them. About a minute."
    )
    if not st.button("Find out", icon=":material/show_chart:", key="vqa.strength.go"):
        return None
    values = {"path": path, "fault": fault, "profile": run.profile, "device": jobs.device_for("auto")}
    return errands.send("strength", about, values, run.owner)


def _curve(curve: StrengthCurve, used: float) -> None:
    caught = sorted(t.strength for t in curve.trials if t.found)
    recall = len(caught) / len(curve.trials)
    if not caught:
        words = "At none of the strengths tried was it caught here."
    elif recall == 1:
        words = f"Caught at every strength tried, from {caught[0]:g} on."
    else:
        words = f"Caught at {len(caught)} of {len(curve.trials)} strengths, the weakest {caught[0]:g}."
    st.markdown(plain(words))
    mode = "dark" if st.context.theme.type == "dark" else "light"
    st.plotly_chart(tradeoff.strength(curve, used, mode), theme=None, key="vqa.strength.curve")  # type: ignore[arg-type]
