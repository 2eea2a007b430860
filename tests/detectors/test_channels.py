"""Channels: missing and identical ones, and what is neither."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.fed import RATE, hear, noise
from vqa_toolkit.detectors.channels import Channels
from vqa_toolkit.errors import NotAssessable


def test_a_missing_channel_is_found_and_named() -> None:
    sound = noise(5.0)
    sound[RATE : 3 * RATE, 0] = 0
    _, (found,) = hear(Channels, sound)
    assert [found.start, found.end] == pytest.approx([1.0, 3.0], abs=0.05)
    assert found.details["kind"] == "missing"
    assert found.details["channel"] == 1
    assert found.severity == "issue"


def test_stereo_that_turns_into_mono_is_an_issue() -> None:
    sound = noise(5.0)
    sound[RATE : 3 * RATE, 1] = sound[RATE : 3 * RATE, 0]
    _, (found,) = hear(Channels, sound)
    assert [found.start, found.end] == pytest.approx([1.0, 3.0], abs=0.11)
    assert (found.severity, found.details["kind"]) == ("issue", "identical")
    assert found.value == pytest.approx(1.0, abs=1e-6)


def test_mono_throughout_is_a_note() -> None:
    _, (found,) = hear(Channels, np.repeat(noise(3.0, 1), 2, axis=1))
    assert found.severity == "fyi"
    assert [found.start, found.end] == pytest.approx([0.0, 3.0], abs=0.05)


@pytest.mark.parametrize("kind", ["stereo", "silent", "resting centre and LFE"])
def test_what_is_in_order(kind: str) -> None:
    sound = noise(3.0, 6) if "LFE" in kind else noise(3.0)
    if kind == "silent":
        sound[:] = 0
    sound[:, 2:4] = 0
    assert hear(Channels, sound)[1] == []


def test_mono_is_not_assessable() -> None:
    with pytest.raises(NotAssessable, match="one channel"):
        hear(Channels, noise(1.0, 1))
