"""What a peer is asked, and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from benchmarks.ffmpeg import Span


class Said(NamedTuple):
    """What one peer at one setting said of one clip."""

    peer: str
    setting: str
    defect: str
    spans: list[Span]


class Facts(NamedTuple):
    """What a peer needs to know of a clip."""

    path: Path
    seconds: float
    pictures: bool
    sound: bool
