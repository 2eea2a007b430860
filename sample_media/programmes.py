"""The four programmes, shot by shot, with what is said in them and what is made to go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sample_media import draw, scenes
from sample_media.draw import FPS, Camera, Picture, Shot, move, opener, parallax, sharpened, titled
from sample_media.portrait import Portrait, mouth
from sample_media.sound import RATE, Line, Sound, mix, music, speak, whoosh

BED = ((57, 60, 64, 69), (53, 57, 60, 65), (48, 55, 60, 64), (55, 59, 62, 67))  # MIDI notes: Am F C G
CALM = ((50, 57, 62, 66), (55, 59, 62, 67), (47, 54, 59, 62), (52, 57, 61, 64))  # D G Bm A


class Cut(NamedTuple):
    """A shot and how long it stays, seconds."""

    shot: Shot
    seconds: float


class Clip(NamedTuple):
    """A finished programme before encoding: its cuts, its sound (n, 2), what it is and what was said."""

    cuts: Sequence[Cut]
    sound: Sound
    title: str
    lines: Sequence[Line] = ()
    timecode: bool = False

    @property
    def seconds(self) -> float:
        """How long the clip is."""
        return sum(c.seconds for c in self.cuts)


class Fault(NamedTuple):
    """A defect put in on purpose over [start, end) seconds, as the labels name it."""

    defect: str
    start: float
    end: float
    note: str


INCIDENTS = (
    Fault("black", 6.0, 8.0, "signal lost: black, and silence with it"),
    Fault("silence", 6.0, 8.0, "signal lost: black, and silence with it"),
    Fault("freeze", 12.0, 15.0, "picture stands still, sound goes on"),
    Fault("silence", 19.0, 21.5, "sound lost in all channels, picture goes on"),
    Fault("pts_gap", 25.6, 26.24, "0.64 s of picture and sound are missing from the file"),
)


def photographs() -> dict[str, Any]:
    """The photographs that scikit-image carries in its wheel (no download)."""
    from skimage import data

    left, _, disparity = data.stereo_motorcycle()
    names = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field")
    return {n: getattr(data, n)() for n in names} | {"motorcycle": left, "disparity": disparity}


def clean(p: dict[str, Any]) -> Clip:
    """Half a minute of television: opener, five shots with titles, end card; captions beside it, time code in it."""
    cuts = (
        Cut(opener("THE LONG VIEW", "six pictures, half a minute", 4, 11), 4),
        Cut(
            titled(
                move(sharpened(p["rocket"]), Camera(0.5, 0.62, 0.72), Camera(0.5, 0.5, 0.94), 5),
                "The launch pad",
                "Dusk, engines cold",
                5,
            ),
            5,
        ),
        Cut(
            titled(
                move(sharpened(p["coffee"]), Camera(0.38, 0.5, 0.66, 2), Camera(0.56, 0.52, 0.8, -2), 4.6),
                "The kitchen",
                "One cup, still warm",
                4.6,
            ),
            4.6,
        ),
        Cut(
            titled(parallax(p["motorcycle"], p["disparity"], 5, (0.72, 0.86)), "The workshop", "Two eyes see depth", 5),
            5,
        ),
        Cut(scenes.chart(5, "Pictures sent, by year", 21), 5),
        Cut(scenes.city(4, 31), 4),
        Cut(
            scenes.crawl(
                4.4,
                ("Pictures", "scikit-image", "NASA, SpaceX", "Voice", "espeak-ng", "", "Music", "numpy"),
                move(p["hubble_deep_field"], Camera(0.4, 0.45, 0.8), Camera(0.6, 0.55, 0.6, 6), 4.4),
            ),
            4.4,
        ),
    )
    said = (
        (0.9, "Welcome to the long view."),
        (4.3, "At dusk the rocket waits, and the engines are cold."),
        (9.2, "In the kitchen, one cup of coffee is still warm."),
        (13.9, "In the workshop, two eyes are enough to see depth."),
        (19.0, "Every year we send more pictures than the year before."),
        (23.9, "And at night, the city never stands still."),
        (28.0, "Thank you for watching, and good night."),
    )
    seconds = sum(c.seconds for c in cuts)
    speech, _, lines = speak(said, "en-gb", seconds, 150, 42)
    return Clip(cuts, mix(speech, music(seconds, BED, 0.52, 1), 1), "The long view", lines, timecode=True)


def incident(p: dict[str, Any]) -> Clip:
    """A second programme in the same style; INCIDENTS are put into it when it is written."""
    cuts = (
        Cut(opener("HARBOUR NEWS", "what happened today", 4, 12, (1.2, 0.75, 0.5)), 4),
        Cut(
            titled(parallax(p["motorcycle"], p["disparity"], 6, (0.9, 0.7)), "At the garage", "Repairs take a day", 6),
            6,
        ),
        Cut(scenes.balls(7, 22), 7),
        Cut(
            titled(
                move(sharpened(p["chelsea"]), Camera(0.42, 0.5, 0.95), Camera(0.5, 0.5, 0.7), 6),
                "The office cat",
                "Unmoved by the news",
                6,
            ),
            6,
        ),
        Cut(scenes.city(7, 32), 7),
    )
    said = (
        (0.8, "This is the harbour news, with all that happened today."),
        (4.4, "At the garage, repairs are taking a day longer than planned."),
        (8.6, "Nobody there could say why."),
        (11.2, "In the sports hall, the ball games went on, as they do every week."),
        (17.2, "Our office cat has been asked for a comment. It gave none."),
        (22.2, "Tonight the roads are clear, and the city is quiet."),
        (27.0, "More news in the morning."),
    )
    seconds = sum(c.seconds for c in cuts)
    speech, _, lines = speak(said, "en-us+f3", seconds, 155, 55)
    return Clip(cuts, mix(speech, music(seconds, CALM, 0.47, 2), 2), "Harbour news", lines)


def presenter(p: dict[str, Any]) -> Clip:
    """A talking person: the astronaut's portrait, its mouth led by the phonemes of what is heard."""
    said = (
        (0.7, "Good evening, and welcome to our programme about flight."),
        (4.6, "My name is not important. What I say is only a test."),
        (9.0, "But my mouth moves with every word, as it should."),
        (13.0, "Behind me you see a rocket, waiting on its pad."),
        (16.9, "Peter Piper picked a peck of pickled peppers."),
        (20.8, "If you hear me before you see me, something is wrong."),
        (24.9, "That is all for now. Goodbye!"),
    )
    lengths = (8.72, 7.8, 7.68, 3.8)  # whole pictures, or the mouth would repeat some of its own
    seconds = sum(lengths)
    speech, phonemes, lines = speak(said, "en-us+f2", seconds, 150, 60)
    state = mouth(phonemes, speech, np.arange(round(seconds * FPS)) / FPS + 0.5 / FPS)
    person, wall = Portrait(p["astronaut"]), sharpened(p["rocket"])
    back = 20 + 60 * draw.clouds(5, (1700, 900), (150, 50))[..., None] * np.array([0.7, 1.0, 1.5])
    back = np.clip(back + np.random.default_rng(5).normal(0, 1, back.shape), 0, 245).astype(np.uint8)

    def face(t: float) -> Picture:
        opening, rounding, loud = state[min(round(t * FPS), len(state) - 1)]
        blink = max(0.0, 1 - abs((t + 0.7) % 3.1 - 1.5) / 0.12)
        nod = 1.1 * np.sin(2.1 * t) + 1.2 * loud
        return person.speaking(opening, rounding, nod, 1.6 * np.sin(0.9 * t) + 0.5 * np.sin(2.3 * t), blink)

    def wide(start: float) -> Shot:
        def shot(t: float) -> Picture:
            now = start + t
            picture = draw.view(back, Camera(0.45 + 0.006 * now, 0.5, 0.76))
            picture[50:670, 60:680] = draw.view(face(now), Camera(0.46, 0.46, 0.86 - 0.004 * t), (620, 620))
            screen = draw.view(wall, Camera(0.5, 0.68 - 0.012 * now, 0.8 - 0.004 * now), (500, 375))
            picture[90:465, 720:1220] = screen
            return picture

        return titled(shot, "Test speaker", "Flight, a programme", lengths[0], (690, 520))

    def close(start: float) -> Shot:
        def shot(t: float) -> Picture:
            return draw.view(face(start + t), Camera(0.47 + 0.002 * t, 0.3, 0.84 - 0.006 * t))

        return shot

    starts = np.cumsum((0, *lengths))
    cuts = tuple(Cut((wide, close)[i % 2](starts[i]), n) for i, n in enumerate(lengths))
    return Clip(cuts, mix(speech, music(seconds, CALM, 0.6, 3), 3, -16), "The presenter", lines)


def photos(p: dict[str, Any]) -> Clip:
    """Photographs in motion: pans, zooms, a whip pan with motion blur, grain, a night, a chart, running text."""
    cat, rocket, cup = sharpened(p["chelsea"]), sharpened(p["rocket"]), sharpened(p["coffee"])
    whip = move(rocket, Camera(0.1, 0.55, 0.5), Camera(0.9, 0.5, 0.5), 1.4, blur=7)
    cuts = (
        Cut(move(cat, Camera(0.35, 0.45, 0.9), Camera(0.55, 0.5, 0.62, 3), 4), 4),
        Cut(whip, 1.4),
        Cut(move(rocket, Camera(0.6, 0.66, 0.5), Camera(0.5, 0.5, 0.9), 3.2), 3.2),
        Cut(scenes.city(4, 33), 4),
        Cut(move(cup, Camera(0.56, 0.4, 0.55, -6), Camera(0.5, 0.5, 0.85, 4), 3.6), 3.6),
        Cut(scenes.balls(3, 41), 3),
        Cut(parallax(p["motorcycle"], p["disparity"], 4, (0.66, 0.6)), 4),
        Cut(scenes.chart(3.8, "What cameras see", 42), 3.8),
        Cut(
            scenes.crawl(
                3,
                ("The end", "photographs", "in motion", "Music", "numpy"),
                move(p["hubble_deep_field"], Camera(0.6, 0.4, 0.6), Camera(0.5, 0.5, 0.8), 3),
            ),
            3,
        ),
    )
    seconds = sum(c.seconds for c in cuts)
    speech, _, lines = speak(
        ((0.8, "Photographs do not move."), (22.6, "Unless somebody moves them.")), "en-gb-x-rp", seconds, 140, 35
    )
    bed = music(seconds, BED[::-1], 0.44, 4)
    for at in (3.7, 5.0, 15.9):
        air = whoosh(1.2, int(at * 10))
        bed[round(at * RATE) : round(at * RATE) + len(air)] += air
    return Clip(cuts, mix(speech, bed, 4), "Photographs in motion", lines)


CLIPS = {"clean": clean, "incident": incident, "presenter": presenter, "photos": photos}
