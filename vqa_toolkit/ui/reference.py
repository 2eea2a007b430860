"""What each detector measures, by which limits it judges, and what it needs: generated from the detectors themselves."""

from __future__ import annotations

import inspect

import pandas as pd
import streamlit as st

from vqa_toolkit.core import Case, Detector, limit_fields
from vqa_toolkit.detectors import discover
from vqa_toolkit.names import defect_name
from vqa_toolkit.ui.words import plain


def show_reference() -> None:
    """One card per detector, with a filter."""
    st.title("Detectors", anchor=False)
    known = discover()
    st.caption(f"{len(known)} detectors look at every clip. Each is one file; this page is made from it.")
    text = st.text_input("Find", placeholder="a defect, a standard, a word", key="vqa.detectors.find").casefold()
    shown = [d for d in known.values() if text in _haystack(d)]
    if not shown:
        st.info("No detector speaks of that.", icon=":material/search_off:")
    for detector in shown:
        _card(detector)


def _haystack(detector: type[Detector]) -> str:
    parts = (detector.name, detector.title, *detector.defects, *detector.standards, detector.__doc__ or "")
    return " ".join(parts).casefold()


def _card(detector: type[Detector]) -> None:
    with st.container(border=True):
        st.subheader(plain(detector.title), anchor=False)
        with st.container(horizontal=True, gap="small"):
            for defect in detector.defects:
                st.badge(defect_name(defect), color="blue")
            for standard in detector.standards:
                st.badge(standard.replace("[", "").replace("]", ""), color="gray")
        st.markdown(plain(_summary(detector)))
        with st.expander(f"Limits ({len(limit_fields(detector.limits))}) and cases", icon=":material/tune:"):
            rows = [
                {
                    "Limit": name.replace("_", " "), "Default": float(meta["default"]), "Unit": meta["unit"],
                    "From": float(meta["low"]), "To": float(meta["high"]), "What it does": meta["doc"],
                    "Where it comes from": meta["origin"],
                }
                for name, meta in limit_fields(detector.limits)
            ]  # fmt: skip
            st.dataframe(pd.DataFrame(rows), hide_index=True)
            st.caption(plain(f"Looks at: {'; '.join(map(str, detector.needs))}. Version {detector.version}."))
            st.markdown(plain(f"Must stay silent on: {_cases(detector.CLEAN)}."))
            st.markdown(plain(f"Must find: {_cases(detector.FAULTY)}."))


def _summary(detector: type[Detector]) -> str:
    """The docstring's first two paragraphs: what it looks for and what it measures."""
    paragraphs = (inspect.getdoc(detector) or "").split("\n\n")[:2]
    return " ".join(" ".join(paragraphs).split()).replace("``", "")


def _cases(cases: tuple[Case, ...]) -> str:
    named = [f"{c.scene} with {', '.join(c.faults)}" if c.faults else c.scene for c in cases]
    return "; ".join(named) or "no case of its own"
