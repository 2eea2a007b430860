"""Which findings form one incident, and what lowers a severity."""

from __future__ import annotations

import dataclasses
import time

import pytest

from vqa_toolkit.core import Box, Finding, Incident, Outcome, Severity
from vqa_toolkit.incidents import resolve
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.names import defect_name

MEDIA = MediaInfo("a.mp4", "a.mp4", 1, "mp4", 60.0, 0.0, 0.0, None, None)
ALL_ASSESSED = {"silence": Outcome("assessed")}


def finding(defect: str, start: float, end: float, severity: Severity = "issue") -> Finding:
    return Finding(start, end, defect, defect, severity, 0.9, 1.0, 0.5, "", "said.")


def incidents(*found: Finding) -> tuple[Incident, ...]:
    return resolve(found, ALL_ASSESSED, {}, MEDIA)[1]


@pytest.mark.parametrize(
    ("a", "b", "title"),
    [
        ("black", "silence", "Signal loss"),
        ("freeze", "silence", "Encoder stall"),
        ("pts_gap", "dropout", "Lost segment"),
        ("block_corruption", "decode_error", "Transmission damage"),
        ("pts_gap", "decode_error", "Transmission damage"),
    ],
)
def test_pairs_become_one_incident(a: str, b: str, title: str) -> None:
    (only,) = incidents(finding(a, 10, 12), finding(b, 10.1, 12.2, "blocker"))
    assert (only.title, only.severity, only.start, only.end) == (title, "blocker", 10, 12.2)


def gap(stream: str, start: float, end: float) -> Finding:
    return dataclasses.replace(finding("pts_gap", start, end), details={"signal": f"{stream}_step"})


def test_picture_and_sound_that_miss_the_same_time_are_one_lost_segment() -> None:
    (only,) = incidents(gap("video", 25.6, 26.24), gap("audio", 25.62, 26.24))
    assert (only.title, only.start, only.end) == ("Lost segment", 25.6, 26.24)
    assert "picture and sound" in only.cause


def test_gaps_of_one_stream_or_at_different_times_stay_apart() -> None:
    for other in (gap("video", 26.3, 27), gap("audio", 26.2, 27)):
        assert [i.title for i in incidents(gap("video", 25.6, 26.24), other)] == ["Timestamp gap"] * 2


def test_the_same_pair_apart_in_time_is_two_incidents() -> None:
    assert [i.title for i in incidents(finding("black", 10, 12), finding("silence", 20, 22))] == ["Black", "Silence"]


def titles(*found: Finding) -> list[str]:
    return [i.title for i in incidents(*found)]


@pytest.mark.parametrize("picture", ["freeze", "black", "constant_colour"])
def test_a_short_loss_of_picture_within_a_long_silence_is_another_incident(picture: str) -> None:
    """A muted film is no lost signal where it fades to black, and its still picture no stalled video: no sound runs on."""
    assert titles(finding("silence", 0, 60), finding(picture, 10, 12)) == ["Silence", defect_name(picture)]
    assert set(titles(finding("silence", 0, 60), finding(picture, 0, 2))) == {"Silence", defect_name(picture)}


def test_picture_and_sound_that_go_together_are_one_loss_however_long_each_stays_away() -> None:
    assert titles(finding("freeze", 10, 12), finding("black", 12, 20), finding("silence", 10.1, 20)) == ["Signal loss"]


@pytest.mark.parametrize(("picture", "sound"), [("fyi", "issue"), ("issue", "fyi"), ("fyi", "fyi")])
def test_what_is_probably_meant_was_not_lost(picture: Severity, sound: Severity) -> None:
    found = titles(finding("black", 10, 12, picture), finding("silence", 10, 12, sound))
    assert found == ["Black", "Silence"]


def test_a_still_card_is_no_stall() -> None:
    (only,) = incidents(finding("freeze", 10, 12, "fyi"))
    assert (only.title, only.cause) == ("Freeze", "")


def test_one_silent_channel_leaves_the_sound_running() -> None:
    one = dataclasses.replace(finding("silence", 10, 12), details={"channel": 2})
    assert set(titles(one, finding("freeze", 10, 12))) == {"Video stall", "Silence"}


def test_what_comes_with_a_black_that_is_meant_is_meant_too() -> None:
    assert rated(finding("black", 10, 11, "fyi"), finding("exposure", 10, 11)) == [
        ("black", "fyi"),
        ("exposure", "fyi"),
    ]
    assert ("letterbox", "issue") in rated(finding("exposure", 0, 60, "fyi"), finding("letterbox", 10, 12))


def test_freeze_with_live_sound_is_a_video_stall() -> None:
    (only,) = incidents(finding("freeze", 10, 12))
    assert only.title == "Video stall"


def test_a_freeze_whose_sound_was_not_judged_claims_nothing_about_it() -> None:
    _, (only,) = resolve([finding("freeze", 10, 12)], {}, {}, MEDIA)
    assert (only.title, only.cause) == ("Freeze", "")


def test_a_second_of_black_at_the_head_is_normal_and_says_so() -> None:
    (lowered,), _ = resolve([finding("black", 0, 1.0)], {}, {}, MEDIA)
    assert lowered.severity == "fyi" and "normal" in lowered.message


def test_longer_black_at_the_head_is_not() -> None:
    (kept,), _ = resolve([finding("black", 0, 3.0)], {}, {}, MEDIA)
    assert kept.severity == "issue"


def test_a_freeze_inside_black_is_not_counted_twice() -> None:
    placed, found = resolve([finding("black", 10, 14), finding("freeze", 10.1, 14)], ALL_ASSESSED, {}, MEDIA)
    assert [f.severity for f in placed] == ["issue", "fyi"]
    assert len(found) == 1


def test_profile_severities_apply_before_context() -> None:
    (raised,), _ = resolve([finding("black", 20, 21)], {}, {"black": "blocker"}, MEDIA)
    assert raised.severity == "blocker"


def rated(*found: Finding) -> list[tuple[str, Severity]]:
    return [(f.defect, f.severity) for f in resolve(found, ALL_ASSESSED, {}, MEDIA)[0]]


@pytest.mark.parametrize(
    ("cause", "brought"),
    [("test_pattern", "levels"), ("test_pattern", "banding"), ("flash", "constant_colour"), ("flash", "stutter"),
     ("letterbox", "exposure"), ("interlacing", "noise"), ("block_corruption", "levels")],
)  # fmt: skip
def test_what_a_fault_brings_with_it_is_a_note(cause: str, brought: str) -> None:
    assert rated(finding(cause, 10, 14), finding(brought, 11, 12)) == [(cause, "issue"), (brought, "fyi")]


@pytest.mark.parametrize(
    ("lost", "severities"), [(0.62, {"exposure": "issue", "letterbox": "fyi"}), (0.4, {"exposure": "fyi", "letterbox": "issue"})]
)  # fmt: skip
def test_of_bars_and_crushed_shadows_the_larger_brings_the_smaller(
    lost: float, severities: dict[str, Severity]
) -> None:
    """Bars all round of a tenth of each side cover 36 % of the picture: 40 % black are theirs, 62 % are not."""
    bars = dataclasses.replace(finding("letterbox", 10, 14), region=Box(0.1, 0.1, 0.8, 0.8))
    shadows = dataclasses.replace(
        finding("exposure", 10, 14), value=lost, limit=0.12, unit="of the picture", details={"signal": "crushed"}
    )
    assert dict(rated(bars, shadows)) == severities


def test_bars_explain_no_clipped_highlights_away_beyond_what_they_did_before() -> None:
    bars = dataclasses.replace(finding("letterbox", 10, 14), region=Box(0.0, 0.1, 1.0, 0.8))
    bright = dataclasses.replace(finding("exposure", 10, 14), value=0.9, limit=0.12, details={"signal": "clipped"})
    assert dict(rated(bars, bright)) == {"letterbox": "issue", "exposure": "fyi"}


def test_what_outlasts_the_fault_beside_it_stands_by_itself() -> None:
    assert rated(finding("flash", 10, 11), finding("stutter", 10.5, 14)) == [("flash", "issue"), ("stutter", "issue")]


def test_the_rest_of_the_programme_is_not_blurred_because_noise_added_edges() -> None:
    found = rated(finding("blur", 0, 20), finding("noise", 20, 40), finding("blur", 40, 60))
    assert found == [("blur", "fyi"), ("noise", "issue"), ("blur", "fyi")]


@pytest.mark.parametrize(("start", "end"), [(5, 20), (20, 30)])
def test_blur_with_an_edge_of_its_own_or_inside_the_fault_stands(start: float, end: float) -> None:
    assert ("blur", "issue") in rated(finding("blur", start, end), finding("noise", 20, 40))


def test_of_two_stretches_that_meet_one_is_the_fault() -> None:
    """With nothing after it, the later stretch may be the fault as well as the earlier: both stand."""
    assert rated(finding("exposure", 0, 20), finding("exposure", 20, 60)) == [("exposure", "issue")] * 2
    assert rated(finding("exposure", 0, 20), finding("exposure", 20, 30)) == [
        ("exposure", "fyi"),
        ("exposure", "issue"),
    ]


def test_findings_that_no_cause_explains_are_not_compared_with_one_another() -> None:
    """As many broken cues as a caption file may have; comparing each with each would take minutes instead of a second."""
    many = [finding("caption_layout", 0.0005 * k, 0.0005 * k + 1) for k in range(30_000)]
    started = time.process_time()
    assert rated(*many) == [("caption_layout", "issue")] * 30_000
    assert time.process_time() - started < 20.0  # a second on an idle machine
