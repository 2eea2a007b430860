"""Which findings form one incident, and what lowers a severity."""

from __future__ import annotations

import pytest

from vqa_toolkit.core import Finding, Incident, Outcome, Severity
from vqa_toolkit.incidents import resolve
from vqa_toolkit.media.info import MediaInfo

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
    ],
)
def test_pairs_become_one_incident(a: str, b: str, title: str) -> None:
    (only,) = incidents(finding(a, 10, 12), finding(b, 10.1, 12.2, "blocker"))
    assert (only.title, only.severity, only.start, only.end) == (title, "blocker", 10, 12.2)


def test_the_same_pair_apart_in_time_is_two_incidents() -> None:
    assert [i.title for i in incidents(finding("black", 10, 12), finding("silence", 20, 22))] == ["Black", "Silence"]


def test_a_long_silence_that_merely_contains_a_short_freeze_joins_it_by_overlap_of_the_shorter() -> None:
    (only,) = incidents(finding("freeze", 10, 12), finding("silence", 5, 40))
    assert only.title == "Encoder stall"


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
