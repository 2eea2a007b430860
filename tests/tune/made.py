"""A session on made-up signals: events of known length, nothing decoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vqa_toolkit.core import Chunk, Detector, Finding, Signal
from vqa_toolkit.detectors.black import BlackLimits
from vqa_toolkit.evaluate.clips import Clip
from vqa_toolkit.evaluate.measured import Measured
from vqa_toolkit.events import spans
from vqa_toolkit.profile import Profile
from vqa_toolkit.simulate.core import Label
from vqa_toolkit.tune.session import Session

FPS = 25


class Blank(Detector):
    """The black detector's name and limits with a judgement that fits into one line, so that answers are known."""

    name, version, title, defects, needs, limits = "black", "0", "Blank", ("black",), (), BlackLimits

    def update(self, chunk: Chunk) -> None:
        """Nothing is measured here."""

    def finish(self) -> Iterable[Signal]:
        """Nothing was measured."""
        return ()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Dark for long enough."""
        dark = signals["dark"]
        for span in spans(dark, dark.v >= limits.area, min_duration=limits.min_duration):
            length = span.end - span.start
            yield Finding(span.start, span.end, "black", "black", "issue", 1.0, length, limits.min_duration, "s", "")


def clip(name: str, seconds: float, black: list[tuple[float, float]], labelled: list[tuple[float, float]]) -> Measured:
    """A clip that is black over the spans ``black``; only ``labelled`` ones are meant to be found."""
    t = np.arange(round(seconds * FPS)) / FPS
    inside = np.zeros(len(t), dtype=bool)
    for start, end in black:
        inside |= (t >= start - 1e-9) & (t < end - 1e-9)

    signals = {"dark": Signal("dark", "", t, np.where(inside, 1.0, 0.1).astype(np.float32), (), seconds)}
    labels = tuple(Label("black", "black", a, b, 0.5, {}, 0, name, "1") for a, b in labelled)
    made = Clip(name, Path(f"{name}.mp4"), name, name, "fault" if labels else "clean", seconds, labels, True, 0.5)
    return Measured(made, None, {"black": signals}, {})


def session(titles: int = 24, event: float = 0.6, blink: float = 0.2) -> Session:
    """Each title holds one labelled black of ``event`` seconds and one unlabelled blink of ``blink`` seconds."""
    clips = tuple(
        clip(f"title{i}", 20.0, [(3.0, 3.0 + event), (12.0, 12.0 + blink)], [(3.0, 3.0 + event)]) for i in range(titles)
    )
    return Session(Blank, clips, Profile())
