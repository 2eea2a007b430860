"""What is rendered: pictures and sound as they are before any fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.simulate.core import ClipFacts, Frame
from vqa_toolkit.simulate.reading import Source


class Material(NamedTuple):
    """What is rendered: pictures (None = none), sound (None = none), and how to copy either untouched from a clip."""

    facts: ClipFacts
    frames: Callable[[], Iterator[Frame]] | None
    sound: Callable[[], NDArray[np.float32]] | None
    time_base: Fraction
    source: Source | None = None
    delay: float = 0.0  # seconds added to every time in the container: a start time that is not 0
