"""A stretch of a file's pictures in order, by seeking: for showing an incident as it played."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Need
from vqa_toolkit.errors import MediaUnreadable, UsageError
from vqa_toolkit.media.derive import PictureDeriver
from vqa_toolkit.media.info import MediaInfo
from vqa_toolkit.media.open import open_media
from vqa_toolkit.media.probe import probe
from vqa_toolkit.media.stills import TOLERANCE_S, presented, seek_before


def pictures(
    media: MediaInfo | str | Path, start: float, end: float, height: int | None = None
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Frames presented in [``start``, ``end``) seconds: (time, (h, w, 3) uint8 RGB); ``height`` bounds the shorter side, px.

    Raises:
        MediaUnreadable: when the file has no picture stream. UsageError: when ``end`` ≤ ``start``.
    """
    if not end > start:
        raise UsageError(f"end must be later than start, got {start:g} s to {end:g} s.")
    info = media if isinstance(media, MediaInfo) else probe(media, digest=False)
    if info.video is None:
        raise MediaUnreadable(info.path, "it has no picture stream", "Choose a file with pictures")
    need = Need("rgb", height=height)
    deriver = PictureDeriver(info.video, frozenset({need}))
    with open_media(info.path) as container:
        if not seek_before(container, info, start):
            container.seek(0)
        for t, frame in presented(container, info):
            if t >= end - TOLERANCE_S:
                return
            if t >= start - TOLERANCE_S:
                yield t, deriver.derive(frame, [need])[need].copy()
