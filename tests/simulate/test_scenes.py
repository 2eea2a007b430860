"""Procedural scenes: seeded, at programme level, and what their names say."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate import scene, scene_captions, scene_names, scene_sound
from vqa_toolkit.simulate.scenes.sounds import MAKERS

SIZE = {"width": 96, "height": 54}


def luma(name: str, duration: float = 0.5, seed: int = 0) -> NDArray[np.float64]:
    """The scene's luma (n, h, w)."""
    return np.stack([f.yuv[..., 0] for f in scene(name, duration, seed=seed, **SIZE)]).astype(np.float64)


@pytest.mark.parametrize("name", scene_names())
def test_pictures_are_seeded_legal_and_on_time(name: str) -> None:
    frames = list(scene(name, 0.3, seed=5, **SIZE))
    again = list(scene(name, 0.3, seed=5, **SIZE))
    assert all(np.array_equal(a.yuv, b.yuv) for a, b in zip(frames, again, strict=True))
    steps = np.diff([f.t for f in frames])
    assert steps == pytest.approx(steps[0])
    assert all(f.yuv.shape == (54, 96, 3) and f.yuv.dtype == np.uint8 for f in frames)
    assert min(f.yuv[..., 0].min() for f in frames) >= 16
    assert max(f.yuv[..., 0].max() for f in frames) <= 235


@pytest.mark.parametrize("sound", sorted(MAKERS))
def test_sounds_are_at_programme_level(sound: str) -> None:
    name = next(n for n in scene_names() if n == sound or (sound == "speech" and n == "street"))
    audio = scene_sound(name, 3.0, 48000, 2, seed=2)
    assert pyloudnorm.Meter(48000).integrated_loudness(audio) == pytest.approx(-23.0, abs=0.2)
    assert np.abs(audio).max() < 0.8
    assert np.atleast_2d(np.corrcoef(audio.T))[0, 1] < 0.9995  # stereo, not one channel twice
    assert np.array_equal(audio, scene_sound(name, 3.0, 48000, 2, seed=2))


def test_streets_of_two_seeds_differ() -> None:
    assert np.abs(luma("street", seed=1) - luma("street", seed=2)).mean() > 5


def test_speech_is_where_the_captions_say() -> None:
    audio = scene_sound("street", 8.0, 16000, 1, seed=3)[:, 0]
    spoken = np.zeros(len(audio), dtype=bool)
    for phrase in scene_captions("street", 8.0, seed=3):
        spoken[round(phrase.start * 16000) : round(phrase.end * 16000)] = True
    level = [10 * np.log10(np.mean(np.square(audio[part], dtype=np.float64))) for part in (spoken, ~spoken)]
    assert level[0] > level[1] + 25
    assert scene_captions("percussion", 8.0) == []


@pytest.mark.parametrize("duration", [6.0, 12.0, 60.0])
def test_captions_can_be_read(duration: float) -> None:
    """The last phrase too, which the end of the clip may cut short."""
    for phrase in (p for seed in range(60) for p in scene_captions("street", duration, seed)):
        assert 5 / 6 <= phrase.end - phrase.start <= 7  # Netflix timed text
        assert len(phrase.text) / (phrase.end - phrase.start) <= 20


def test_still_card_stands_and_animation_is_on_twos() -> None:
    assert not np.diff(luma("still_card"), axis=0).any()
    moved = np.abs(np.diff(luma("animation", 0.6), axis=0)).mean(axis=(1, 2))
    assert (moved[0::2] == 0).all()
    assert (moved[1::2] > 0.1).all()


def test_film_in_60_holds_each_picture_for_two_or_three_frames() -> None:
    changes = np.flatnonzero(np.abs(np.diff(luma("film_in_60", 1.0), axis=0)).mean(axis=(1, 2)) > 0.5)
    assert set(np.diff(changes).tolist()) == {2, 3}


def test_telecine_weaves_the_third_and_fourth_frame_of_five() -> None:
    y = luma("pulldown", 0.5)
    top, bottom = y[:, 0::2], y[:, 1::2]
    for first in (0, 5):  # A A, B B, B C, C D, D D
        assert np.array_equal(top[first + 2], top[first + 1])
        assert np.array_equal(bottom[first + 3], bottom[first + 4])
        for n in (0, 1, 2):
            assert not np.array_equal(bottom[first + n], bottom[first + n + 1])
        assert not np.array_equal(top[first + 3], top[first + 2])


def test_fades_reach_black_and_come_back() -> None:
    level = luma("fades", 3.0).mean(axis=(1, 2))
    assert level.min() < 17
    assert level[0] > 60
    assert level[-1] > 60


def test_camera_flashes_last_one_frame_less_than_once_a_second() -> None:
    level = luma("camera_flashes", 3.0).mean(axis=(1, 2))
    bright = np.flatnonzero(np.diff(level) > 40) + 1
    assert len(bright) == 2
    assert (level[bright + 1] < level[bright] - 40).all()


def test_unknown_scenes_are_refused() -> None:
    with pytest.raises(FaultError, match="There is no scene 'moon'; there are animation"):
        list(scene("moon", 1.0))
