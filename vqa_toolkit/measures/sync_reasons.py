"""Why nothing can be said about lip sync, and what speaks beside the lips: onsets of sound against onsets of motion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.measures.sync_story import explained
from vqa_toolkit.measures.sync_verdict import votes

if TYPE_CHECKING:
    from vqa_toolkit.models.sync_stream import SyncStream

# confidence below which no window is believed: what 4 % of windows of validation speakers dubbed by others exceed
SAYS_NOTHING = 0.21
SILENT_DB = -60.0  # dB re full scale: quieter 40 ms cells hold no speech
LEAST_SOUND = 0.05  # share of cells that must be louder
LEAST_FACE_PX = 40.0  # of 540 lines: the mouth is then about 15 px wide
LEAST_S = 1.6
EVENT_WINDOW, EVENT_HOP, REACH = 100, 25, 25  # 40 ms cells
CELLS = 25.0  # cells a second

Floats = NDArray[np.float32]


def why_not(stream: SyncStream, levels: Floats) -> str:
    """The reason why nothing can be said, completing "not assessable, because …"; empty when something can."""
    length = stream.pictures_seen and max((t for t, _ in stream.motion), default=0.0)
    if length < LEAST_S:
        return f"the pictures last less than {LEAST_S} s"
    if not len(levels) or float((levels > SILENT_DB).mean()) < LEAST_SOUND:
        return "there is no speech: the sound is silent"
    if not stream.windows or not stream.rows:
        if stream.tracker.most_faces and stream.tracker.largest_px < LEAST_FACE_PX:
            return "the faces are too small"
        return "no face is seen long enough" if stream.tracker.most_faces else "no face is seen"
    return _why_no_vote(stream)


def _why_no_vote(stream: SyncStream) -> str:
    windows = stream.windows
    curves = np.stack([w.curve for w in windows])
    starts, ends, spoken = (
        np.array(column) for column in zip(*((w.start, w.end, w.spoken) for w in windows), strict=True)
    )
    found = votes(starts, ends, spoken, np.array([w.track for w in windows]), curves, SAYS_NOTHING)
    t, v = np.array([r.t for r in stream.rows]), np.stack([r.curve for r in stream.rows])
    if explained(found, t, v, np.array([r.track for r in stream.rows]), SAYS_NOTHING)[1]:
        return ""
    if max(w.face_px for w in windows) < LEAST_FACE_PX:
        return "the faces are too small"
    if max(w.frontal for w in windows) < 0.5:
        return "the faces are seen from the side"
    return (
        "no face moves as the sound does at any offset within a second "
        "(another voice, a voice-over, a drawn or still face, or nobody speaks)"
    )


def event_curves(motion: Sequence[tuple[float, float]], levels: Floats) -> tuple[NDArray[np.float64], Floats]:
    """Correlation of onsets of sound and of picture motion over windows of 4 s: (times (k,), curves (k, 2 REACH + 1)).

    Evidence that is not speech (a clap, a hit); kept apart from the lips. Column ``REACH + j``: sound ``j`` cells late.
    """
    cells = len(levels)
    seen = np.zeros(cells, np.float32)
    for t, change in motion:
        k = int(t * CELLS)
        if 0 <= k < cells:
            seen[k] = max(seen[k], change)
    sight = np.maximum(np.diff(seen, prepend=seen[:1]), 0.0)
    sound = np.maximum(np.diff(np.maximum(levels, SILENT_DB), prepend=levels[:1]), 0.0)
    starts = np.arange(0, max(cells - EVENT_WINDOW + 1, 0), EVENT_HOP)
    curves = np.zeros((len(starts), 2 * REACH + 1), np.float32)
    padded = np.pad(sound, REACH)
    for row, a in enumerate(starts):
        x = sight[a : a + EVENT_WINDOW] - sight[a : a + EVENT_WINDOW].mean()
        heard = np.lib.stride_tricks.sliding_window_view(padded[a : a + EVENT_WINDOW + 2 * REACH], EVENT_WINDOW)
        y = heard - heard.mean(axis=1, keepdims=True)
        scale = np.sqrt((x**2).sum() * (y**2).sum(axis=1))
        curves[row] = np.divide(y @ x, scale, out=np.zeros(2 * REACH + 1), where=scale > 0)
    return starts / CELLS, curves
