"""Loudness and true peak by ITU-R BS.1770, loudness range by EBU Tech 3342."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Case, Chunk, Curve, Detector, Finding, FloatArray, Limits, Need, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import spans
from vqa_toolkit.measures.bs1770 import BLOCK_S, BlockMeter, channel_weights, integrated, loudness_range, lufs, windows

SOUND = Need("audio")
LOWEST_RATE = 8000  # samples/s below which the K-weighting's shelf lies beyond the band
PEAK_WINDOW_S = 1.0  # overs this near belong to one finding


@dataclass(frozen=True, slots=True)
class LoudnessLimits(Limits):
    """The delivery's loudness and peak."""

    target: float = limit(
        -23.0, unit="LUFS", low=-40.0, high=-5.0, origin="EBU R128", doc="programme loudness asked for"
    )
    tolerance: float = limit(
        2.0,
        unit="LU",
        low=0.1,
        high=20.0,
        origin="ATSC A/85's ± 2 (EBU R128 takes ± 0.5 in QC)",
        doc="allowed distance",
    )
    true_peak: float = limit(-1.0, unit="dBTP", low=-20.0, high=3.0, origin="EBU R128", doc="highest true peak allowed")
    over: float = limit(
        0.5, unit="dBTP", low=-1.0, high=6.0, origin="peaks above full scale clip in every player's converter",
        doc="true peak above which the finding is an issue, not a note",
    )  # fmt: skip


class Loudness(Detector):
    """Integrated, momentary and short-term loudness, loudness range, and true peak with its times.

    Signals: ``energy`` weighted mean square per 100 ms; ``true_peak`` dBTP per 100 ms (loudest channel).
    """

    name = "loudness"
    version = "2"
    title = "Loudness and true peak"
    defects = ("loudness", "true_peak")
    needs = (SOUND,)
    limits = LoudnessLimits
    standards = ("ITU-R BS.1770", "EBU R128", "EBU 0010B", "Netflix [020]", "Netflix [022]")
    CLEAN = (Case(),)

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        rate = int(media.audio.rate)
        if rate < LOWEST_RATE:
            raise NotAssessable(f"sound at {rate} Hz is too narrow for BS.1770 (at least {LOWEST_RATE} Hz)")
        self._meter = BlockMeter(rate, channel_weights(media.audio.layout, media.audio.channels))
        self._energy = Curve("energy", "full scale²", dtype=np.float64)
        self._peak = Curve("true_peak", "dBTP")

    def update(self, chunk: Chunk) -> None:
        """Measure whole 100-ms blocks."""
        view = chunk.view(SOUND)
        if view is not None:
            self._keep(*self._meter.push(view.t, np.nan_to_num(view.data, nan=0.0, posinf=1.0, neginf=-1.0)))

    def _keep(self, starts: FloatArray, energy: FloatArray, peak: FloatArray) -> None:
        if len(starts):
            end = float(starts[-1] + BLOCK_S)
            self._energy.extend(starts, energy, end)
            self._peak.extend(starts, 20 * np.log10(np.maximum(peak, 1e-10)), end)

    def finish(self) -> Iterable[Signal]:
        """Block energies and peaks."""
        self._keep(*self._meter.flush())
        energy = self._energy.signal()
        if len(energy.t) < 4:
            raise NotAssessable("there are less than 0.4 s of sound, one BS.1770 block")
        if not np.isfinite(integrated(energy.v)):
            raise NotAssessable("nothing is louder than −70 LUFS, the gate below which BS.1770 measures nothing")
        return energy, self._peak.signal()

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Programme loudness against the target; every stretch of peaks above the limit."""
        energy, peak = signals["energy"], signals["true_peak"]
        loud = integrated(energy.v)
        off = loud - limits.target
        if abs(off) > limits.tolerance:
            yield _off_target(energy, loud, off, limits)
        for span in spans(peak, peak.v > limits.true_peak, merge_gap=PEAK_WINDOW_S):
            value = float(peak.v[span.items].max())
            yield Finding(
                span.start, span.end, "true_peak", "loudness", "issue" if value > limits.over else "fyi",
                float(np.clip(0.5 + (value - limits.true_peak) / 4, 0, 1)), value, limits.true_peak, "dBTP",
                f"The true peak reaches {value:+.1f} dBTP, limit {limits.true_peak:+.1f} dBTP.",
                standards=("ITU-R BS.1770", "EBU R128", "Netflix [022]"),
            )  # fmt: skip


def _off_target(energy: Signal, loud: float, off: float, limits: LoudnessLimits) -> Finding:
    momentary, short = (float(lufs(windows(energy.v, n)).max(initial=-np.inf)) for n in (4, 30))
    spread = loudness_range(energy.v)
    facts = {"integrated_lufs": loud, "max_momentary_lufs": momentary, "max_short_term_lufs": short, "range_lu": spread}
    message = (
        f"The programme is {abs(off):.1f} LU too {'loud' if off > 0 else 'quiet'}: "
        f"{loud:.1f} LUFS, asked {limits.target:.1f} ± {limits.tolerance:.1f}."
    )
    return Finding(
        float(energy.t[0]), float(energy.ends[-1]), "loudness", "loudness", "fyi",
        float(np.clip(0.5 + (abs(off) - limits.tolerance) / 8, 0, 1)), loud, limits.target + np.sign(off) * limits.tolerance,
        "LUFS", message, standards=("ITU-R BS.1770", "EBU R128", "EBU 0010B", "Netflix [020]"),
        details={k: round(v, 2) for k, v in facts.items() if np.isfinite(v)},
    )  # fmt: skip
