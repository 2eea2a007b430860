"""A folder of two labelled clips, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from vqa_toolkit.core import Case
from vqa_toolkit.simulate import make_case


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``black`` goes black from 1 to 2 s; ``plain`` is undamaged. Both last 3 s."""
    folder = tmp_path_factory.mktemp("labelled")
    make_case(Case(faults=("black@1:2",), duration=3.0), folder / "black.mp4", width=160, height=90, channels=0)
    make_case(Case(duration=3.0), folder / "plain.mp4", width=160, height=90, channels=0)
    return folder
