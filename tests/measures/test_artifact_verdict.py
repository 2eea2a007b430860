"""What backs the network's word, and what denies it: lone tones, short hum without lines, distortion without flat tops, soft noise."""

from __future__ import annotations

import numpy as np
import pytest

from vqa_toolkit.core import Axis, Signal
from vqa_toolkit.detectors.audio_artifacts import AudioArtifactsLimits
from vqa_toolkit.measures.artifact_verdict import clicks, distortions, hisses, hums
from vqa_toolkit.measures.damage import beside_tone, steady_noise

RATE = 48_000
CELLS = 24
LIMITS = AudioArtifactsLimits()
CHANNEL = (Axis("channel", "", (0.0,)),)


def cells(name: str, values: list[float] | float) -> Signal:
    """A signal of half-second cells of one channel."""
    v = np.broadcast_to(np.asarray(values, np.float32).reshape(-1, 1), (CELLS, 1))
    return Signal(name, "", np.arange(CELLS) / 2, v, CHANNEL, CELLS / 2)


def lasting(seconds: float) -> list[float]:
    """A probability that is high from 2 s on for so long."""
    return [0.0] * 4 + [0.995] * int(2 * seconds) + [0.0] * (CELLS - 4 - int(2 * seconds))


def heard(name: str, seconds: float, **measured: float) -> dict[str, Signal]:
    """Signals of a network that is sure of one artifact, and measurements (one value each) that see nothing else."""
    values = {"flat_tops": 0.0, "beside_tone": -3.0, "mains_over": 30.0, "mains_hz": 50.0} | measured
    empty = Signal(
        "hum_lines",
        "",
        np.empty(0),
        np.empty((0, 1, 1, 4), np.float32),
        (*CHANNEL, Axis("family", "Hz", (50.0,)), Axis("field", "", (0.0, 1.0, 2.0, 3.0))),
    )
    tracks = tracked([50.0])
    return {name: cells(name, lasting(seconds)), "hum": cells("hum", lasting(seconds)), "hum_lines": empty} | {
        "hum_tracks": tracks,
        **{k: cells(k, v) for k, v in values.items()},
    }


def tracked(hz: list[float], over: float = 20.0) -> Signal:
    """One mains line in windows of 1.5 s every half second, its frequency in turn one of ``hz``."""
    axes = (*CHANNEL, Axis("line", "", (0.0,)), Axis("field", "", (0.0, 1.0, 2.0)))
    v = np.array([[[[hz[k % len(hz)], over, -30.0]]] for k in range(CELLS)], np.float32)
    return Signal("hum_tracks", "", np.arange(CELLS) / 2 + 0.5, v, axes, CELLS / 2 + 0.5)


def test_brief_distortion_without_flat_tops_is_a_note() -> None:
    assert [f.severity for f in distortions(heard("distortion", 1.5), LIMITS)] == ["fyi"]
    assert [f.severity for f in distortions(heard("distortion", 1.5, flat_tops=0.01), LIMITS)] == ["issue"]
    assert [f.severity for f in distortions(heard("distortion", 2.5), LIMITS)] == ["issue"]
    doubtful = heard("distortion", 3.5) | {"distortion": cells("distortion", [0.91 * p for p in lasting(3.5)])}
    assert [f.severity for f in distortions(doubtful, LIMITS)] == ["fyi"]
    steady = {"distortion": cells("distortion", [0.91 * p for p in lasting(6.0)])}
    assert [f.severity for f in distortions(heard("distortion", 6.0) | steady, LIMITS)] == ["issue"]


def test_what_is_only_likely_distorted_is_a_note() -> None:
    likely = {"distortion": cells("distortion", [0.8 * p for p in lasting(6.0)])}
    (found,) = distortions(heard("distortion", 6.0, flat_tops=0.01) | likely, LIMITS)
    assert (found.severity, found.limit) == ("fyi", LIMITS.likely_distortion)
    unlikely = {"distortion": cells("distortion", [0.6 * p for p in lasting(6.0)])}
    assert list(distortions(heard("distortion", 6.0, flat_tops=0.01) | unlikely, LIMITS)) == []


def test_likely_distortion_is_told_beside_a_sure_one_and_not_within_it() -> None:
    beside = {"distortion": cells("distortion", [0.99] * 12 + [0.0] * 4 + [0.8] * 8)}
    found = list(distortions(heard("distortion", 6.0, flat_tops=0.01) | beside, LIMITS))
    assert [(f.start, f.end, f.severity) for f in found] == [(0.0, 6.0, "issue"), (8.0, 12.0, "fyi")]
    within = {"distortion": cells("distortion", [0.75] * 6 + [0.99] * 12 + [0.75] * 6)}
    found = list(distortions(heard("distortion", 6.0, flat_tops=0.01) | within, LIMITS))
    assert [(f.start, f.end, f.severity) for f in found] == [(3.0, 9.0, "issue")]


def test_a_lone_tone_is_not_distorted() -> None:
    assert list(distortions(heard("distortion", 6.0, beside_tone=-50.0, flat_tops=0.05), LIMITS)) == []
    assert len(list(distortions(heard("distortion", 6.0, beside_tone=-20.0), LIMITS))) == 1


def test_a_short_hum_shows_its_lines() -> None:
    steady, engine, faint = tracked([50.0]), tracked([50.0, 50.3]), tracked([50.0], over=5.0)
    assert len(list(hums(heard("hum", 2.0) | {"hum_tracks": steady}, LIMITS))) == 1
    assert list(hums(heard("hum", 2.0) | {"hum_tracks": faint}, LIMITS)) == []
    assert list(hums(heard("hum", 4.5) | {"hum_tracks": engine}, LIMITS)) == []
    for tracks in (engine, faint):  # from 5 s on the lines of 4 s speak; here are none
        assert len(list(hums(heard("hum", 6.0) | {"hum_tracks": tracks}, LIMITS))) == 1


def test_a_hum_too_short_to_show_that_it_is_steady_is_a_note() -> None:
    steady = tracked([50.0])
    told = {n: [f.severity for f in hums(heard("hum", n) | {"hum_tracks": steady}, LIMITS)] for n in (1.5, 2.0, 3.0)}
    assert told == {1.5: ["fyi"], 2.0: ["issue"], 3.0: ["issue"]}


def test_two_windows_of_four_seconds_speak_where_they_fit() -> None:
    """A hum of 4.5 s is believed with a line of 4 s though no short one is followed; with one such window, or at 4 s, not."""
    axes = (*CHANNEL, Axis("family", "Hz", (50.0,)), Axis("field", "", (0.0, 1.0, 2.0, 3.0)))

    def lines(count: int) -> Signal:
        v = np.tile(np.array([[50.0, 20.0, 20.0, 10.0]], np.float32), (count, 1, 1, 1))
        return Signal("hum_lines", "", np.arange(count, dtype=np.float64) + 3.5, v, axes, count + 3.5)

    lost = tracked([50.0, 50.3])
    assert len(list(hums(heard("hum", 4.5) | {"hum_tracks": lost, "hum_lines": lines(2)}, LIMITS))) == 1
    assert list(hums(heard("hum", 4.5) | {"hum_tracks": lost, "hum_lines": lines(1)}, LIMITS)) == []
    assert list(hums(heard("hum", 4.0) | {"hum_tracks": lost, "hum_lines": lines(2)}, LIMITS)) == []


def test_a_brief_hum_whose_line_is_followed_needs_less_of_the_network() -> None:
    """1.5 s ask for 0.9 where hiss, which nothing else backs, asks for 0.97."""
    doubtful = [0.93 / 0.995 * p for p in lasting(1.5)]
    levels = {"noise_floor": -30.0, "treble_floor": -30.0, "level": -22.0, "steady_noise": -30.0}
    assert len(list(hums(heard("hum", 1.5) | {"hum": cells("hum", doubtful)}, LIMITS))) == 1
    assert list(hisses(heard("hiss", 1.5, **levels) | {"hiss": cells("hiss", doubtful)}, LIMITS)) == []


@pytest.mark.parametrize("hz", [180.0, 997.0, 7000.0])
def test_what_lies_beside_a_tone(hz: float) -> None:
    t = np.arange(RATE // 2) / RATE
    tone, sweep = np.sin(2 * np.pi * hz * t), np.sin(2 * np.pi * hz * (np.exp(t) - 1))
    assert beside_tone(np.stack([tone, sweep], axis=1)).max() < -45
    third = tone + 0.03 * np.sin(2 * np.pi * 3 * hz * t)
    assert beside_tone(third[:, None])[0] == pytest.approx(20 * np.log10(0.03), abs=0.1)


def test_hiss_is_as_soft_as_the_noise_beneath_a_programme_that_never_pauses() -> None:
    """The quietest 10 ms of dense music are music; between its partials lies a room at −58 dBFS."""
    levels = {"noise_floor": -30.0, "treble_floor": -30.0, "level": -22.0}
    assert [f.severity for f in hisses(heard("hiss", 6.0, steady_noise=-58.0, **levels), LIMITS)] == ["fyi"]
    (found,) = hisses(heard("hiss", 6.0, steady_noise=-40.0, **levels), LIMITS)
    assert (found.severity, found.details["noise_floor_dbfs"], found.details["snr_db"]) == ("issue", -40.0, 18.0)


def test_steady_noise_is_measured_beneath_notes() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(RATE // 2) / RATE
    chord = 0.1 * sum(np.sin(2 * np.pi * k * f * t) / k for f in (220.0, 330.0, 440.0) for k in range(1, 7))
    noise = 10 ** (-50 / 20) * rng.standard_normal(len(t))
    alone, beneath = steady_noise(np.stack([noise, noise + chord], axis=1))
    assert alone == pytest.approx(-50.0, abs=0.5)
    assert beneath == pytest.approx(
        -50.0, abs=4.0
    )  # the chord, whose lowest bands are full of partials, is 35 dB louder
    assert steady_noise(np.zeros((100, 1))).tolist() == [-120.0]


def test_silence_and_scraps_have_no_tone() -> None:
    assert np.isfinite(beside_tone(np.zeros((RATE, 2)))).all()
    assert beside_tone(np.ones((4, 3))).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("p", "times", "severity"),
    [
        (0.95, [3.2], "fyi"),
        (0.98, [3.2], "issue"),
        (0.95, [3.2, 3.6], "issue"),  # of several one must be sure
        (0.92, [3.2, 3.6], "fyi"),
        (0.89, [3.2, 3.6], None),
    ],
)
def test_likely_clicks_and_a_lone_one_that_is_not_nearly_certain_are_notes(
    p: float, times: list[float], severity: str | None
) -> None:
    place = np.array([[0.0, 30.0, 0.0]] * len(times), np.float32)  # channel, over, rise
    axis = (Axis("field", "", (0.0, 1.0, 2.0)),)
    events = Signal("click_events", "", np.asarray(times), place, axis, CELLS / 2)
    signals = heard("clicks", 3.0) | {"clicks": cells("clicks", p), "click_events": events}
    assert [f.severity for f in clicks(signals, LIMITS)] == ([] if severity is None else [severity])
