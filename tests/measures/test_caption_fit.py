"""Caption facts counted by hand, offsets put in by hand, and the speech network against its own package."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from vqa_toolkit.core import Chunk, View
from vqa_toolkit.measures.caption_fit import best_fit, best_rate, spoken_share, uncovered
from vqa_toolkit.measures.captions import (
    broken_letters,
    copies_of,
    gaps_after,
    language_of,
    leftover_markup,
    visible,
    width,
)
from vqa_toolkit.measures.speech import SOUND, WINDOW, CaptionedSpeech, SpeechActivity
from vqa_toolkit.media.captions import Cue

RNG = np.random.default_rng(3)
STARTS = np.cumsum(RNG.uniform(2.5, 6.0, 40))
SPEECH = (STARTS, STARTS + RNG.uniform(0.9, 2.2, 40))


@pytest.mark.parametrize("shift", [-12.5, -0.6, 0.0, 1.75, 30.0])
def test_offset_is_the_shift(shift: float) -> None:
    fit = best_fit((SPEECH[0] + shift + 20, SPEECH[1] + shift + 20), (SPEECH[0] + 20, SPEECH[1] + 20))
    assert fit.offset == pytest.approx(shift, abs=0.011)  # the grid's 10 ms
    assert fit.likeness > 0.8
    assert fit.lead > 0.3


def test_cues_around_their_speech_have_no_offset() -> None:
    assert best_fit((SPEECH[0] - 0.3, SPEECH[1] + 0.1), SPEECH).offset == 0.0


@pytest.mark.parametrize("rate", [1.0, 25 / 24, 24 / 25])
def test_rate_is_found(rate: float) -> None:
    assert best_rate((SPEECH[0] * rate, SPEECH[1] * rate), SPEECH)[0] == pytest.approx(rate)


def test_uncovered_speech_and_spoken_share() -> None:
    speech = (np.array([1.0, 5.0]), np.array([3.0, 6.0]))
    cues = (np.array([1.5, 8.0]), np.array([2.5, 9.0]))
    starts, ends = uncovered(speech, cues, 0.25)
    np.testing.assert_allclose(starts, [1.0, 2.75, 5.0])
    np.testing.assert_allclose(ends, [1.25, 3.0, 6.0])
    np.testing.assert_allclose(
        spoken_share(speech, (np.array([2.0, 4.0, 8.0]), np.array([4.0, 6.0, 9.0])), 0.0), [0.5, 0.5, 0.0]
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [("<i>Hello</i> {\\an8}you", "Hello you"), ("<v Ann>Hi &amp; bye", "Hi & bye"), ("a < b", "a < b")],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_width_by_language() -> None:
    assert width("café") == 4
    assert width("cafe\u0301") == 4  # the accent is a mark of its own
    assert width("日本ab", "ja") == 3


@pytest.mark.parametrize("text", ["It’s thé end…", "für Ärger", "cœur à l’île", "Привет"])
def test_broken_letters(text: str) -> None:
    assert broken_letters(text) == 0
    assert broken_letters(text.encode().decode("latin-1")) > 0


@pytest.mark.parametrize(
    ("text", "pieces"),
    [("<i>a</i> & b", 0), ("<font color=red>a", 1), ("a</b>", 1), ("a&nbsp;b", 1), ("<div>a</div>", 2)],
)
def test_leftover_markup(text: str, pieces: int) -> None:
    assert leftover_markup(text) == pieces


def test_gaps_and_copies_survive_disorder() -> None:
    cues = (Cue(4.0, 5.0, "b"), Cue(1.0, 2.0, "a"), Cue(1.5, 2.5, "<i>A</i>"))
    np.testing.assert_allclose(gaps_after(cues), [np.nan, -0.5, 1.5])
    assert copies_of(cues) == [0, 0, 2]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What do you have there?", "en"),
        ("Je ne suis pas là pour vous.", "fr"),
        ("Где мой дом?", "ru"),
        ("Ok.", ""),
        ("東京です", "ja"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert language_of([text])[0] == language


@pytest.mark.filterwarnings("ignore:.torch.jit.load. is deprecated:DeprecationWarning")
def test_speech_activity_is_the_packages_own() -> None:
    import torch

    found = find_spec("silero_vad")
    assert found is not None and found.submodule_search_locations is not None
    path = next(iter(found.submodule_search_locations))
    t = np.arange(6 * WINDOW) / 16000
    sound = (0.4 * np.sin(2 * np.pi * 140 * t) * np.sin(2 * np.pi * 4 * t) + RNG.normal(0, 0.02, len(t))).astype(
        np.float32
    )
    model = torch.jit.load(f"{path}/data/silero_vad.jit")  # type: ignore[no-untyped-call]
    with torch.no_grad():
        wanted = [float(model(torch.from_numpy(w.copy())[None], 16000)) for w in sound.reshape(-1, WINDOW)]
    activity = SpeechActivity()
    # the package's two files were trained apart: the arithmetic is compared with the weights of the one that torch can run
    given = {k: v.numpy() for k, v in model._model.state_dict().items()}
    names = {"stft.forward_basis_buffer": "stft_conv.weight"}
    for k, layer in enumerate(("conv1", "conv2", "conv3", "conv4")):
        names |= {f"encoder.{k}.reparam_conv.{part}": f"{layer}.{part}" for part in ("weight", "bias")}
    names |= {f"decoder.rnn.{part}": f"lstm_cell.{part}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    names |= {f"decoder.decoder.2.{part}": f"final_conv.{part}" for part in ("weight", "bias")}
    activity._w = {own: given[theirs] for theirs, own in names.items()}
    got = np.concatenate([activity.push(sound[:WINDOW]), activity.push(sound[WINDOW:])])
    np.testing.assert_allclose(got, wanted, atol=1e-4)  # float32 sums in another order


def test_two_listeners_to_the_same_views_share_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    push = SpeechActivity.push

    def counted(self: SpeechActivity, samples: Any) -> Any:
        calls.append(len(samples))
        return push(self, samples)

    monkeypatch.setattr(SpeechActivity, "push", counted)
    sound = RNG.normal(0, 0.05, 16000).astype(np.float32)[:, None]
    t = np.arange(16000) / 16000
    cuts = [0, 5000, 9000, 16000]
    views = [View(t[a:b], sound[a:b], b / 16000) for a, b in pairwise(cuts)]
    first, second, alone = CaptionedSpeech(), CaptionedSpeech(), CaptionedSpeech()
    for k, view in enumerate(views):
        for listener in (first, second):
            listener.update(Chunk(k, float(view.t[0]), view.end, k == 2, {SOUND: view}))
    assert len(calls) == 3
    alone.update(Chunk(0, 0.0, 1.0, True, {SOUND: View(t, sound.copy(), 1.0)}))
    np.testing.assert_array_equal(first.speech().v, second.speech().v)
    np.testing.assert_allclose(first.speech().v, alone.speech().v, atol=1e-6)
    np.testing.assert_array_equal(first.speech().t, alone.speech().t)
