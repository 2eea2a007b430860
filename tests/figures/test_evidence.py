"""Figures of a finding's evidence: captions against speech, damage on a thumbnail, mouths, and which figure shows what."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.app.evidence import evident_result
from tests.conftest import CaseMaker
from vqa_toolkit.core import Case, Outcome
from vqa_toolkit.errors import UsageError
from vqa_toolkit.figures.captions import caption_timeline, cue_rows
from vqa_toolkit.figures.finding import around, finding_figure
from vqa_toolkit.figures.heatmap import map_at, painted
from vqa_toolkit.figures.spectrogram import draw
from vqa_toolkit.figures.sync import mouth_crops, tracks_of
from vqa_toolkit.media.captions import CaptionTrack, Cue
from vqa_toolkit.media.info import CaptionInfo
from vqa_toolkit.report.terms import term
from vqa_toolkit.result import AnalysisResult

TRACK = CaptionTrack(
    CaptionInfo(-1, "srt", "en", ""), (Cue(0.2, 1.2, "<i>Hello</i>\nthere."), Cue(1.5, 2.0, "Too fast"))
)


@pytest.fixture(autouse=True)
def stand_in() -> None:
    """The real detectors are known here."""


@pytest.fixture(scope="module")
def result(case_clip: CaseMaker) -> AnalysisResult:
    return evident_result(case_clip(Case(duration=3.0)))


def by_defect(result: AnalysisResult, defect: str) -> Any:
    return next(f for f in result.findings if f.defect == defect)


def test_cues_know_their_text_speed_and_findings(result: AnalysisResult) -> None:
    first, second = cue_rows(result, [TRACK])
    assert (first.number, first.start, first.end, first.text, first.speed) == (1, 0.2, 1.2, "Hello\nthere.", 12.0)
    assert second.speed == pytest.approx(20 / 0.5)
    assert ([f.defect for f in first.findings], [f.defect for f in second.findings]) == ([], ["caption_layout"])
    assert [r.text for r in cue_rows(result)] == ["", ""]


def test_the_caption_timeline_has_speech_cues_and_findings(result: AnalysisResult) -> None:
    figure = caption_timeline(result, [TRACK])
    assert [t.name for t in figure.data] == ["speech", "cue", "cue with a finding", "caption layout"]
    assert (list(figure.data[1].base), list(figure.data[1].x)) == ([0.2], [1.0])
    assert figure.data[2].hovertext[0].startswith("2: 00:01.500–00:02.000, 40 characters/s<br>Too fast")
    assert figure.layout.yaxis2.categoryarray == ("caption layout", "track 1")
    assert caption_timeline(result, span=(1.0, 2.0)).layout.xaxis2.range == (1.0, 2.0)


def test_markup_in_a_cue_is_escaped(result: AnalysisResult) -> None:
    nasty = CaptionTrack(TRACK.info, (Cue(0.2, 1.2, "a < b & <b"), TRACK.cues[1]))
    assert "a &lt; b &amp; &lt;b" in caption_timeline(result, [nasty]).data[1].hovertext[0]


def test_a_result_without_captions_says_why(result: AnalysisResult) -> None:
    bare = dataclasses.replace(
        result, signals={}, outcomes={"caption_layout": Outcome("not_assessable", "there is no track")}
    )
    with pytest.raises(UsageError, match="there is no track"):
        caption_timeline(bare)


def test_a_thumbnail_is_painted_where_the_map_is(result: AnalysisResult) -> None:
    """Damage fills the lower left quarter of the map of 10x6 cells, so the left half of the picture from 96 px down."""
    _, percent = map_at(result, 1.0)
    plain = np.full((90, 160, 3), 100, dtype=np.uint8)  # half the analysed size
    shown = painted(plain, percent, 320, 1.0)
    changed = (shown != plain).any(axis=2)
    assert changed[48:, :80].all() and not changed[:48].any() and not changed[:, 80:].any()
    assert np.array_equal(painted(plain, percent, 320, 0.0), plain)
    with pytest.raises(UsageError):
        painted(plain, percent, 320, 1.5)


def test_mouths_are_cut_where_the_face_is(result: AnalysisResult) -> None:
    """A face of 72 px in the middle of 320x180: its mouth lies 0.28 of that below, and 70.2 px become 120."""
    picture = np.zeros((180, 320, 3), dtype=np.uint8)
    picture[round(90 + 0.28 * 72), 160] = 255
    crops = mouth_crops(result, lambda t: picture, count=3)
    assert [t for t, _ in crops] == pytest.approx([0.0, 1.4, 2.8])
    brightest = np.unravel_index(int(np.argmax(crops[0][1])), (80, 120))
    assert brightest == pytest.approx((40, 60), abs=1)  # px: a mouth's middle is the crop's
    assert tracks_of(result) == [0]
    with pytest.raises(UsageError, match="no face track 5"):
        mouth_crops(result, lambda t: picture, track=5)


def test_each_finding_has_the_figure_that_shows_it(result: AnalysisResult) -> None:
    tone = 0.1 * np.sin(2 * np.pi * 100 * np.arange(48_000 * 3) / 48_000)

    def titles(defect: str) -> str:
        shown = finding_figure(
            result, by_defect(result, defect), picture=lambda t: np.zeros((180, 320, 3), np.uint8),
            sound=lambda a, b: draw([(a, tone, 48_000)]),
        )  # fmt: skip
        return str(shown.layout.title.text or shown.layout.yaxis2.title.text)

    assert titles("block_corruption") == "Damage at 1.000 s"
    assert titles("hum") == "frequency, Hz"  # a spectrogram, without a title that its legend would cover
    assert titles("av_sync") == "Similarity by offset"
    assert titles("caption_layout") == "Captions against speech"
    assert titles("odd").startswith("Findings in")  # a detector that is not known has no curve
    stored = finding_figure(result, by_defect(result, "hum"))
    assert stored.layout.title.text.startswith("audio_artifacts: hum")
    assert stored.layout.xaxis.range == (0.0, 3.0)


def test_a_span_around_a_finding(result: AnalysisResult) -> None:
    assert around(result, by_defect(result, "block_corruption")) == pytest.approx((0.0, 2.2))
    assert around(result, by_defect(result, "hum")) == (0.0, 3.0)


def test_the_trades_words() -> None:
    assert (term("freeze"), term("brand_new")) == ("Freeze frame, video stall", "Brand new")
