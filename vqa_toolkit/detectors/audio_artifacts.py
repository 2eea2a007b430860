"""Hum, hiss, distortion and clicks: a network's word on every second of sound, and measurements that explain it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Detector, Expect, Finding, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.measures.artifact_scan import ARTIFACTS, NET_RATE, NetScan, WaveScan, finite
from vqa_toolkit.measures.artifact_verdict import clicks, distortions, hisses, hums

SOUND, NET_SOUND = Need("audio"), Need("audio", rate=NET_RATE)
LEAST_S = 1.0  # the network's window
SILENT = 1e-4  # of full scale (−80 dBFS): a sound that never passes it holds nothing to judge
CLEAN = "development: none false in 132 min"
REAL = "development: told of three of 1780 recordings, two of which have real clicks"
LONE = "development: 2 of 3 false become notes, and 3 true of 118"
LOW_RATE = 16_000  # samples/s: below, hiss and short clicks lie largely outside the band


@dataclass(frozen=True, slots=True)
class AudioArtifactsLimits(Limits):
    """Probabilities per artifact, how long each must last, and how far a click must stand out."""

    # fmt: off
    hum: float = limit(0.6, unit="probability", low=0.05, high=0.999, origin=CLEAN, doc="hum, fused over 5 s")
    hum_line: float = limit(12.0, unit="dB", low=0.0, high=40.0, origin="retuned recordings: as few false as at 14, more at 11",
                            doc="a hum of 5 s or more shows a mains line by this much, at one frequency")
    hum_short: float = limit(13.0, unit="dB", low=0.0, high=40.0, origin="retuned recordings: 13 of 36 false left",
                             doc="a shorter hum's steady line")
    hiss: float = limit(0.6, unit="probability", low=0.05, high=0.999, origin=CLEAN, doc="hiss, median of a span")
    distortion: float = limit(0.8, unit="probability", low=0.05, high=0.999,
                              origin="none false in 132 development min; at 0.75 more hums are so called",
                              doc="distortion, median of a span")
    likely_distortion: float = limit(0.7, unit="probability", low=0.05, high=0.999,
                                     origin="development: no note in 132 clean min, three at 0.6", doc="from here on a note")
    tone: float = limit(-35.0, unit="dB", low=-120.0, high=0.0, origin="3 % of distortion is -30 dB",
                        doc="less beside a line: a lone tone")
    clicks: float = limit(0.9, unit="probability", low=0.05, high=0.999, origin="development: nine notes in 132 clean min",
                          doc="likely clicks: a note")
    sure_click: float = limit(0.95, unit="probability", low=0.05, high=1.0, origin=REAL, doc="one of several, at its moment")
    lone_click: float = limit(0.97, unit="probability", low=0.05, high=1.0, origin=LONE, doc="a lone click, less: a note")
    hiss_level: float = limit(-55.0, unit="dBFS", low=-90.0, high=-20.0,
                              origin="quiet rooms lie at -60 (what audiobooks are asked for) to -55",
                              doc="noise below this in the quietest place of its span is only a note")
    min_duration: float = limit(1.5, unit="s", low=0.5, high=30.0, origin="three half-second steps: one alone is chance",
                                doc="shortest hum or hiss")
    min_distortion: float = limit(1.0, unit="s", low=0.5, high=30.0, origin="a syllable is shorter", doc="distortion")
    min_unbacked: float = limit(2.0, unit="s", low=0.5, high=30.0, origin="three windows", doc="no flat tops; else a note")
    unbacked: float = limit(0.93, unit="probability", low=0.05, high=1.0,
                            origin="validation: the one false becomes a note, and 4 true of 105",
                            doc="less, without flat tops and for less than 5 s: a note")
    click_over: float = limit(10.0, unit="dB", low=10.0, high=60.0,
                              origin="development: no more false than at 14 (Essentia asks for 30 dB over noise)",
                              doc="peak of a click's residual over its surroundings")
    click_rise: float = limit(9.0, unit="dB", low=0.0, high=60.0,
                              origin="development: passed by 1 in 20 clicks, a third of the attacks near them",
                              doc="what follows a click may be louder than what precedes it by this; more is an attack")
    merge_gap: float = limit(1.0, unit="s", low=0.0, high=30.0, origin="two half-second steps", doc="nearer spans join")
    # fmt: on


class AudioArtifacts(Detector):
    """A CNN on one-second windows, every 0.5 s, on each channel; hum needs steadiness, clicks an exact place.

    Signals, per 0.5 s and channel: ``hum``, ``hiss``, ``distortion``, ``clicks`` (independent probabilities), ``classes``
    (five classes that sum to 1), ``mains_hz``, ``mains_over`` (best mains line, its height), ``hum_tracks`` (four lines: Hz,
    height, level), ``flat_tops`` (share of samples), ``beside_tone`` (dB), ``level``, ``noise_floor``, ``steady_noise``,
    ``treble_floor`` (dBFS); per second: ``hum_lines`` (of 50 and of 60 Hz: Hz, height of its best partial, two, four);
    ``click_events``: exact.
    """

    name = "audio_artifacts"
    version = "12"
    title = "Hum, hiss, distortion and clicks"
    defects = ARTIFACTS
    needs = (SOUND, NET_SOUND)
    network = True
    limits = AudioArtifactsLimits
    standards = ("EBU QC 0231B", "Netflix [001]", "Netflix [002]", "Netflix [004]", "Netflix [006]")
    CLEAN = (Case(),)
    FAULTY = (
        Case(faults=("hum@2:8,snr_db=5",), expect=(Expect("hum", 2.0, 8.0, 0.6),), duration=10.0),
        Case(faults=("hiss@2:6,snr_db=12",), expect=(Expect("hiss", 2.0, 6.0, 0.6),), duration=8.0),
        Case(faults=("distortion@2:6,strength=0.9",), expect=(Expect("distortion", 2.0, 6.0, 0.6),), duration=8.0),
        Case(faults=("clicks@2:4,count=4,strength=1",), expect=(Expect("clicks", 2.0, 4.0, 0.9),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        channels = media.audio.channels
        self._net = NetScan(channels, device)
        self._wave = WaveScan(channels, media.audio.rate)
        self._peak, self._bad, self._length = 0.0, 0, 0

    def update(self, chunk: Chunk) -> None:
        """Hand the sound on at both rates."""
        native, resampled = chunk.view(SOUND), chunk.view(NET_SOUND)
        if native is not None:
            samples, bad = finite(native.data)
            self._bad += bad
            self._length += len(native)
            self._peak = max(self._peak, float(np.abs(samples).max()))
            self._wave.push(native.t, samples)
        if resampled is not None:
            self._net.push(resampled.t, finite(resampled.data)[0])

    def finish(self) -> Iterable[Signal]:
        """Everything measured."""
        rate = self._wave.rate
        if self._length < LEAST_S * rate:
            raise NotAssessable(f"there is {self._length / rate:.2f} s of sound, less than {LEAST_S:g} s")
        if self._peak < SILENT:
            raise NotAssessable("the sound is silent throughout")
        self._net.close()
        self._wave.close()
        self.aside_s = self._net.seconds
        if self._bad:
            self.notes.append(f"{self._bad} samples were no numbers and count as silence")
        if rate < LOW_RATE:
            self.notes.append(
                f"the sound's rate is {rate} samples/s: hiss and clicks above {rate / 2000:g} kHz are not in it"
            )
        signals = [*self._net.signals(), *self._wave.signals()]
        if not len(signals[0].t):
            raise NotAssessable(f"no stretch of sound is {LEAST_S:g} s long")
        return signals

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Spans of each artifact, each explained by what was measured beside the network."""
        return [
            *hums(signals, limits),
            *hisses(signals, limits),
            *distortions(signals, limits),
            *clicks(signals, limits),
        ]
