"""What no motion explains: the change that is left when a neighbour in time is moved to where its content is now.

A moving camera changes every block, and damage changes some that nothing moved into. Dense optical flow (Kroeger et al.,
"Fast Optical Flow using Dense Inverse Search", 2016; OpenCV's DIS) tells them apart well enough to count.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_PX = 32  # DIS works on patches of 8 px of a picture reduced four times

Planes = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Moved(NamedTuple):
    """``luma`` (n, h, w) uint8: the neighbours in time, moved to where their content is now, in their code values; ``speed``
    (n, h, w) float32: by how many px."""

    luma: Planes
    speed: Floats


def moved(y: Planes, before: Planes) -> Moved:
    """What motion makes of the pictures ``before`` (or after) ``y``: luma(x) = before(x + flow(x)); what ``y`` shows besides is
    new.

    Without flow (pictures below 32 px, or nothing that changed) the same pictures, and no motion.
    """
    height, width = y.shape[1:]
    luma, speed = before.copy(), np.zeros(y.shape, np.float32)
    small = min(height, width) < LEAST_PX
    here = _grid(height, width)
    flows: Any = cv2.DISOpticalFlow.create(
        cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST
    )  # keeps state: not shared between threads
    for i, (now, past) in enumerate(zip(y, before, strict=True)):
        if small or np.array_equal(now, past):
            continue
        flow = np.asarray(flows.calc(np.ascontiguousarray(now), np.ascontiguousarray(past), None))
        luma[i] = cv2.remap(past, here + flow, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
        speed[i] = cv2.magnitude(*cv2.split(flow))
    return Moved(luma, speed)


@cache
def _grid(height: int, width: int) -> Floats:
    """Every pixel's own place, (h, w, 2): across, down."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([across, down], axis=-1)
