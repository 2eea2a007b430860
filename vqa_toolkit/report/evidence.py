"""Stills of findings, from a callable that fetches one picture by its time: reports themselves open no media."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Finding
from vqa_toolkit.errors import VqaError
from vqa_toolkit.figures.clock import clock
from vqa_toolkit.figures.lines import gravest

Stills = Callable[[float], NDArray[Any]]
"""Seconds → (h, w, 3) uint8 RGB: the frame presented at that time. May raise MediaError."""

_JPEG_QUALITY = 82  # damage must stay visible and not be doubted as the JPEG's own


def moment(finding: Finding) -> float:
    """The time whose picture shows a finding: where it is worst (``details["worst_time"]``, seconds), else its middle."""
    worst = finding.details.get("worst_time")
    if isinstance(worst, (int, float)) and finding.start <= worst <= finding.end:
        return float(worst)
    return (finding.start + finding.end) / 2


def fetch(stills: Stills | None, findings: Sequence[Finding], most: int) -> dict[int, NDArray[Any]]:
    """Stills by index into ``findings``, for the ``most`` gravest; a picture that cannot be had is left out."""
    if stills is None:
        return {}
    wanted = sorted({id(f) for f in gravest(tuple(findings))[:most]})
    found: dict[int, NDArray[Any]] = {}
    for index, finding in enumerate(findings):
        if id(finding) in wanted:
            try:
                found[index] = _checked(stills(moment(finding)))
            except VqaError:
                continue
    return found


def _checked(rgb: NDArray[Any]) -> NDArray[Any]:
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ValueError(f"a still must be (h, w, 3) uint8, got {rgb.shape} {rgb.dtype}")
    return rgb


def jpeg_uri(rgb: NDArray[Any]) -> str:
    """(h, w, 3) uint8 RGB as a ``data:`` URI."""
    return "data:image/jpeg;base64," + b64encode(_encoded(rgb, ".jpg")).decode("ascii")


def save_stills(stills: Stills, findings: Sequence[Finding], folder: Path) -> list[Path]:
    """Write ``001_black_00m12.400s.png`` and so on, one per finding, numbered as in the report; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index, rgb in fetch(stills, findings, len(findings)).items():
        finding = findings[index]
        name = f"{index + 1:03d}_{finding.defect}_{clock(moment(finding)).replace(':', 'm')}s.png"
        path = folder / name
        path.write_bytes(_encoded(rgb, ".png"))
        paths.append(path)
    return paths


def _encoded(rgb: NDArray[Any], extension: str) -> bytes:
    import cv2

    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if extension == ".jpg" else []
    _, data = cv2.imencode(extension, np.ascontiguousarray(rgb[:, :, ::-1]), options)
    return data.tobytes()
