"""The stream around the network, with a network that is a formula: known offsets must come out exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.measures.sync_verdict import reading
from vqa_toolkit.models.faces import FaceBox, FaceFinder
from vqa_toolkit.models.sync_net import CONTEXT, Embeddings, SyncNet
from vqa_toolkit.models.sync_stream import SyncStream
from vqa_toolkit.models.tracks import FaceTracker

RATE = 16_000
LENGTH = 9.0  # s


class FormulaNet:
    """Sees how bright the mouth is, hears how loud the sound is: eleven values each, as unit vectors."""

    def see(self, mouths: Tensor) -> Embeddings:
        return self._embed(mouths.mean(dim=(2, 3)))

    def hear(self, mel: Tensor) -> Embeddings:
        return self._embed(mel.mean(dim=2).view(mel.shape[0], -1, 4).mean(dim=2))

    @staticmethod
    def _embed(x: Tensor) -> Embeddings:
        windows = x.unfold(1, CONTEXT, 1)
        unit = F.normalize(windows - windows.mean(dim=2, keepdim=True), dim=2)
        return Embeddings(unit, unit)


class OneFace(FaceFinder):
    """A finder that always answers with the same boxes."""

    def __init__(self, *boxes: FaceBox) -> None:
        self.boxes = list(boxes)

    def find(self, grey: NDArray[np.uint8], hurried: bool = False, known: Sequence[FaceBox] = ()) -> list[FaceBox]:
        return self.boxes


def level(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """A band-limited random curve in [0, 1] that pictures and sound share."""
    rng = np.random.default_rng(3)
    parts = [
        np.sin(2 * np.pi * f * t + p) for f, p in zip(rng.uniform(0.5, 5, 12), rng.uniform(0, 6.3, 12), strict=True)
    ]
    return np.asarray(0.5 + 0.1 * np.sum(parts, axis=0)).clip(0, 1)


def stream(finder: FaceFinder | None = None) -> SyncStream:
    tracker = FaceTracker(finder or OneFace(FaceBox(80, 60, 50)))
    return SyncStream(cast(SyncNet, FormulaNet()), tracker=tracker)


def run(
    offset: float = 0.0,
    fps: float = 25.0,
    chunk: float = 1.0,
    sound_until: float = LENGTH,
    made: SyncStream | None = None,
) -> SyncStream:
    """Pictures whose brightness follows the curve, sound whose loudness follows it ``offset`` seconds early."""
    rng = np.random.default_rng(0)
    s = made or stream()
    samples = np.arange(int(sound_until * RATE)) / RATE
    sound = (rng.normal(0, 0.1, len(samples)) * np.exp(4 * level(samples + offset) - 4)).astype(np.float32)
    times = np.arange(0, LENGTH, 1 / fps)
    background = rng.integers(60, 100, (120, 160)).astype(np.uint8)
    for start in np.arange(0, LENGTH, chunk):
        here = (samples >= start) & (samples < start + chunk)
        if here.any():
            s.hear(samples[here], sound[here])
        for t in times[(times >= start) & (times < start + chunk)]:
            picture = background.copy()
            picture[62:100] += np.uint8(round(30 * float(level(np.array(t)))))
            s.see(float(t), picture)
        s.advance()
    s.finish()
    return s


@pytest.mark.parametrize("offset_ms", [-600, -120, 0, 80, 400])
def test_a_known_offset_comes_out_within_half_a_picture(offset_ms: int) -> None:
    windows = run(offset_ms / 1000).windows
    assert [(w.start, w.end) for w in windows][:2] == [(0.0, 4.0), (1.0, 5.0)]
    # the mel frames of picture k are centred 15 ms after it, which the real network learns and this formula cannot
    found = [reading(w.curve)[0] for w in windows]
    np.testing.assert_allclose(found, offset_ms + 15.0, atol=20.0)


@pytest.mark.parametrize("fps", [23.976, 30.0, 50.0, 60.0])
def test_other_rates_are_resampled_by_time(fps: float) -> None:
    found = [reading(w.curve)[0] for w in run(0.12, fps=fps).windows]
    np.testing.assert_allclose(found, 135.0, atol=25.0)


def test_chunks_do_not_matter() -> None:
    one, two = run(0.2, chunk=1.0), run(0.2, chunk=0.16)
    assert [w[:3] for w in one.windows] == [w[:3] for w in two.windows]
    for a, b in zip(one.windows, two.windows, strict=True):
        np.testing.assert_allclose(a.curve, b.curve, atol=1e-5)  # the transform rounds by where its input lies
        assert (a.face_px, a.frontal) == (b.face_px, b.frontal)
    assert [r.t for r in one.rows] == [r.t for r in two.rows]


def test_columns_without_sound_are_unknown() -> None:
    last = run(0.0, sound_until=6.0).windows[-1]
    assert last.end == pytest.approx(9.0, abs=0.05)
    assert np.isnan(last.curve).any()


def test_two_faces_are_two_tracks_and_rows_carry_their_place() -> None:
    s = run(made=stream(OneFace(FaceBox(40, 60, 50), FaceBox(120, 60, 50))))
    assert {w.track for w in s.windows} == {0, 1}
    assert {round(4 * r.face[0]) for r in s.rows} == {1, 3}


def test_no_face_gives_no_window() -> None:
    s = run(made=stream(OneFace()))
    assert s.windows == [] and s.rows == []
    assert s.pictures_seen == 225


def test_kept_sound_is_bounded() -> None:
    s = stream(OneFace())
    for second in range(60):
        t = second + np.arange(RATE) / RATE
        s.hear(t, np.zeros(RATE, np.float32))
        for k in range(25):
            s.see(second + k / 25, np.zeros((60, 80), np.uint8))
        s.advance()
    assert len(s.sound._x) < 12 * RATE
    assert len(s.sound.levels()) == 1500


def test_levels_are_decibels_of_each_40_ms() -> None:
    s = stream(OneFace())
    x = np.zeros(RATE, np.float32)
    x[: RATE // 2] = 0.1
    s.hear(np.arange(RATE) / RATE, x)
    levels = s.sound.levels()
    np.testing.assert_allclose(levels[:12], -20.0, atol=1e-3)
    np.testing.assert_allclose(levels[13:], -100.0, atol=1e-3)
