"""A stretch of pictures: those presented within it, in order, wherever it begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import CaseMaker
from vqa_toolkit.core import Case
from vqa_toolkit.errors import MediaUnreadable, UsageError
from vqa_toolkit.media.probe import probe
from vqa_toolkit.media.stills import still
from vqa_toolkit.media.stretch import pictures


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.4), (1.0, 1.5), (2.8, 9.0)])
def test_pictures_of_a_stretch_are_the_stills_of_their_times(case_clip: CaseMaker, start: float, end: float) -> None:
    media = probe(case_clip(Case(duration=3.0)), digest=False)
    found = list(pictures(media, start, end, 90))
    wanted = [k / 25 for k in range(75) if start - 1e-6 <= k / 25 < end - 1e-6]
    assert [t for t, _ in found] == pytest.approx(wanted, abs=1e-3)
    t, rgb = found[-1]
    np.testing.assert_array_equal(rgb, still(media, t, 90)[1])


def test_a_stretch_needs_pictures_and_a_length(case_clip: CaseMaker) -> None:
    with pytest.raises(UsageError, match="later than start"):
        list(pictures(case_clip(Case(duration=3.0)), 1.0, 1.0))
    clip = case_clip(Case(duration=1.0), ".mkv")
    media = replace(probe(clip, digest=False), video=None)
    with pytest.raises(MediaUnreadable, match="no picture stream"):
        list(pictures(media, 0.0, 1.0))
