"""Which page holds which evidence, and what a browser may ask for."""

from __future__ import annotations

import math

import pytest

from vqa_toolkit.core import Finding
from vqa_toolkit.ui.places import AUDIO, CAPTIONS, HEATMAP, LIPSYNC, address, evidence_place, follow, links_of


@pytest.mark.parametrize(
    ("detector", "place"),
    [
        ("block_corruption", HEATMAP), ("audio_artifacts", AUDIO), ("av_sync", LIPSYNC), ("caption_text", CAPTIONS),
        ("caption_coverage", CAPTIONS), ("silence", AUDIO), ("loudness", AUDIO), ("freeze", None), ("no_such", None),
    ],
)  # fmt: skip
def test_evidence_lies_where_its_detector_looks(detector: str, place: object) -> None:
    """Detectors that only listen belong to the sound, though the page does not know them by name."""
    assert evidence_place(detector) == place


def test_a_finding_can_be_examined_and_seen_among_its_kind() -> None:
    hum = Finding(0.0, 1.0, "hum", "audio_artifacts", "issue", 0.9, 1.0, 0.5, "", "")
    odd = Finding(0.0, 1.0, "odd", "no_such", "fyi", math.nan, math.nan, math.nan, "", "")
    assert [link["page"] for link in links_of(hum)] == ["incident", "audio"]
    assert [link["page"] for link in links_of(odd)] == ["incident"]


def test_an_address_holds_what_is_known() -> None:
    assert address("a" * 16) == {"run": "a" * 16}
    assert address("a" * 16, "b" * 8, 1.23456) == {"run": "a" * 16, "finding": "b" * 8, "t": "1.235"}


@pytest.mark.parametrize("went", [None, "heatmap", 7, {}, {"page": "settings"}, {"page": ["heatmap"]}, {"page": None}])
def test_a_wish_that_names_no_page_of_a_run_goes_nowhere(went: object) -> None:
    follow("a" * 16, went)


def test_a_finding_or_time_that_is_none_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr("streamlit.switch_page", lambda path, query_params: asked.append((path, query_params)))
    follow("a" * 16, {"page": "heatmap", "finding": "<script>", "t": "now"})
    follow("a" * 16, {"page": "audio", "finding": "0123abcd", "t": 2})
    assert asked == [
        ("pages/heatmap/page.py", {"run": "a" * 16}),
        ("pages/audio/page.py", {"run": "a" * 16, "finding": "0123abcd", "t": "2.000"}),
    ]
