"""How near a finding must come to its label, and what one fault may rightly provoke besides its own finding."""

from __future__ import annotations

from collections.abc import Mapping

from vqa_toolkit.core import Severity

DEFAULT_EDGE_S = 0.5
"""Widening of a label at both ends: about the reaction of an analyst who jumps to the time and looks."""

EDGE_S: Mapping[str, float] = {
    "hum": 5.0,  # one second cannot show steadiness: hum is aggregated over at least 5 s
    "hiss": 2.0,  # stationarity is judged over seconds
    "distortion": 1.0,  # one-second segments
    "clipping": 1.0,  # two quarter-seconds at least, and waves must be loud to reach the ceiling
    "clicks": 0.5,
    "flash": 1.0,  # more than three flashes in any second: the verdict trails the first flash by up to a second
    "stutter": 1.0,  # cadence is judged over about a second
    "blur": 1.0,
    "noise": 1.0,
    "banding": 1.0,
    "level_shift": 1.0,
    "loudness": 3.0,  # short-term loudness has a window of 3 s
    "phase": 2.0,
    "channels": 2.0,
    "av_sync": 4.0,  # four-second fragments
    "av_drift": 4.0,
    "caption_sync": 10.0,  # an offset belongs to a stretch of cues
    "caption_coverage": 2.0,
    "blockiness": 1.0,
}
"""Defects whose measure itself needs time, with the reason; the others use ``DEFAULT_EDGE_S``."""

FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "black": ("freeze", "constant_colour", "levels", "exposure", "blur"),
    "constant_colour": ("freeze", "black", "blur", "exposure", "test_pattern", "levels"),
    "test_pattern": ("freeze", "constant_colour", "levels", "exposure", "banding", "blur", "letterbox", "noise"),
    "freeze": ("stutter", "flash"),
    "stutter": ("freeze", "pts_gap", "vfr"),
    "vfr": ("stutter", "freeze", "pts_gap"),
    "pts_gap": ("freeze", "stutter", "vfr", "av_sync", "av_duration", "dropout", "silence"),
    "truncated": ("av_duration", "decode_error", "block_corruption", "freeze", "pts_gap"),
    "decode_error": ("block_corruption", "freeze", "stutter", "pts_gap", "truncated", "clicks", "dropout", "tearing",
                     "blur", "blockiness", "noise", "banding"),  # what a damaged picture looks like, as with block_corruption
    "block_corruption": (
        "decode_error", "freeze", "stutter", "tearing", "blockiness", "noise", "blur", "pts_gap", "vfr", "banding",
    ),
    "tearing": ("block_corruption", "stutter", "interlacing"),
    "interlacing": ("tearing", "block_corruption", "stutter", "blur", "noise"),  # combs stick out as snow does
    "blur": ("blockiness", "banding"),
    "noise": ("block_corruption", "blockiness", "exposure", "blur"),  # edges drown in it
    "banding": ("blockiness", "exposure", "blur"),  # steps are sharper than the picture: beside them it looks soft
    "blockiness": ("blur", "banding", "block_corruption", "tearing"),  # starved encoders leave rows as they were
    # between flashes a dark title is black, in them a bright one is of one colour; both have little contrast left
    "flash": ("exposure", "levels", "black", "constant_colour", "blur"),
    "exposure": ("levels", "black", "banding", "flash", "blur"),
    "levels": ("exposure", "banding"),
    "letterbox": ("blur", "exposure"),
    "silence": ("dropout", "loudness", "channels", "phase", "level_shift", "clicks", "hiss", "av_duration"),
    "dropout": ("silence", "clicks", "level_shift"),
    "clicks": ("dropout", "true_peak", "distortion", "silence"),
    "clipping": ("distortion", "true_peak", "loudness", "level_shift", "clicks", "dc_offset"),  # cut on one side more
    "distortion": ("clipping", "clicks", "true_peak", "loudness", "level_shift", "hiss"),
    "hiss": ("loudness", "level_shift"),
    "hum": ("loudness", "level_shift", "dc_offset"),
    "repeat": ("dropout", "silence", "clicks"),  # a buffer with a pause in it repeats the pause; its ends are splices
    "level_shift": ("clipping", "loudness", "true_peak", "clicks", "distortion"),
    "loudness": ("clipping", "true_peak", "distortion", "silence", "level_shift"),
    "true_peak": ("clipping", "loudness", "distortion", "level_shift", "clicks", "dc_offset"),
    "dc_offset": ("clicks", "true_peak", "hum"),
    "channels": ("phase", "silence", "loudness", "clicks"),
    "phase": ("channels", "loudness", "clicks"),  # turning a wave over is a jump
    "av_sync": ("av_drift", "silence", "dropout", "av_duration"),
    "av_drift": ("av_sync", "av_duration"),
    "av_duration": ("silence", "av_sync", "truncated", "freeze"),
    "caption_sync": ("caption_coverage", "caption_layout"),
    "caption_coverage": ("caption_sync",),
    "caption_text": ("caption_layout", "caption_coverage"),
    "caption_layout": ("caption_sync", "caption_coverage", "caption_text"),
}  # fmt: skip
"""What a fault does to the signal besides its own defect. Such a finding during the fault is neither hit nor alarm."""

NOT_GUARANTEED = frozenset({
    "loudness", "true_peak", "blockiness", "letterbox", "vfr", "av_sync", "av_drift", "av_duration", "levels", "stutter",
    "channels", "phase", "interlacing", "silence", "exposure", "clipping",
})  # fmt: skip
"""Properties that a "clean" clip off the web may well have of its own, so that nobody knows whether a finding there is
wrong: their false alarms are counted on procedural material only, whose every property is known."""

FAINT: Mapping[str, float] = {"tearing": 5.0, "interlacing": 5.0, "stutter": 5.0, "freeze": 5.0, "exposure": 5.0}
"""Code values (99th percentile over 4×4-px cells) that a fault made of motion or of tones must change the picture by to be an
event: coding and grain change as much by themselves, a tear of a still picture is none, and a drawing in black and white
has no tones to lose. Such a label counts neither way."""

FLOORS: Mapping[str, Severity] = {"loudness": "fyi", "true_peak": "fyi", "vfr": "fyi"}
"""Defects whose severity is a matter of the delivery target, which the default profile leaves open: any finding counts."""


def edge_of(defect: str) -> float:
    """Widening of a label of ``defect``, seconds."""
    return EDGE_S.get(defect, DEFAULT_EDGE_S)
