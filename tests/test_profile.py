"""Profiles: what they read, refuse and write."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_toolkit.detectors import discover
from vqa_toolkit.errors import ConfigurationError
from vqa_toolkit.profile import Profile, bundled_profiles, load_profile, parse_profile

BLACK = discover()["black"]


@pytest.mark.parametrize("name", bundled_profiles())
def test_bundled_profiles_load_and_give_limits_for_every_detector(name: str) -> None:
    profile = load_profile(name)
    for detector in discover().values():
        assert isinstance(profile.limits(detector), detector.limits)


def test_override_changes_one_limit_only() -> None:
    changed = load_profile("default").with_limit("black.min_duration", 0.5).limits(BLACK)
    assert changed.min_duration == 0.5  # type: ignore[attr-defined]
    assert changed.area == BLACK.limits().area  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits.blakc]\narea = 0.9", "unknown detector, 'blakc'. Did you mean 'black'"),
        ("[limits.black]\naera = 0.9", "Did you mean 'area'"),
        ("[limits.black]\narea = 7", "must be a number from 0.5 to 1"),
        ("[severity]\nblack = 'fatal'", "unknown severity"),
        ("[detectors]\ndisabled = 'black'", "must be a list"),
        ("limits = 3", "must be tables"),
        ("nonsense", "not valid TOML"),
        ("[extra]\na = 1", "unknown section"),
    ],
)
def test_bad_profiles_are_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said.replace("(", r"\(")):
        parse_profile(text)


def test_unknown_profile_names_the_known() -> None:
    with pytest.raises(ConfigurationError, match="default"):
        load_profile("no-such-profile")


def test_a_profile_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[limits.black]\narea = 0.95\n')
    assert load_profile(path).overrides == {"black": {"area": 0.95}}


@given(
    st.text(max_size=20),
    st.floats(0.5, 1.0, allow_nan=False),
    st.sampled_from(["fyi", "issue", "blocker"]),
)
def test_writing_and_parsing_is_the_identity(description: str, area: float, severity: str) -> None:
    profile = Profile("p", description, {"black": {"area": area}}, {"black": severity}, ("freeze",))  # type: ignore[dict-item]
    assert parse_profile(profile.to_toml()) == profile
