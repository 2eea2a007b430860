"""What the trade calls each defect, so that a finding can be passed on in the words of whoever receives it."""

from __future__ import annotations

from collections.abc import Mapping

_TERMS: Mapping[str, str] = {
    "av_drift": "Lip-sync drift · Netflix [030] global drift",
    "av_duration": "Audio and video differ in length",
    "av_sync": "Lip sync, audio-video synchronisation · Netflix [027] dialogue out of sync",
    "banding": "Banding, contouring, posterisation",
    "black": "Black frames",
    "block_corruption": "Macroblocking from transmission errors, video hit, error blocks",
    "blockiness": "Blocking, macroblocking from compression",
    "blur": "Soft focus, loss of detail",
    "caption_coverage": "Missing captions",
    "caption_layout": "Timed-text layout, reading speed (CPS)",
    "caption_sync": "Captions out of sync",
    "caption_text": "Mojibake, stray markup, repeated or empty events",
    "channels": "Channel mis-map, mono for stereo",
    "clicks": "Ticks, pops, clicks",
    "clipping": "Audio clipping",
    "constant_colour": "Constant colour frames",
    "dc_offset": "DC offset",
    "dead_air": "Dead air",
    "decode_error": "Bitstream error",
    "distortion": "Audio distortion",
    "dropout": "Audio drop-out, mute",
    "exposure": "Over- or underexposure",
    "flash": "Photosensitive epilepsy (PSE) flashes",
    "freeze": "Freeze frame, video stall",
    "hiss": "Hiss, steady broadband noise",
    "hum": "Hum, buzz",
    "interlacing": "Combing, field dominance",
    "letterbox": "Letterbox, pillarbox, active picture area",
    "level_shift": "Level shift · Netflix [019]",
    "levels": "Video signal levels, gamut",
    "loudness": "Programme loudness",
    "noise": "Video noise, snow, static",
    "phase": "Phase, polarity inversion",
    "pts_gap": "Timestamp discontinuity",
    "repeat": "Repeated audio, skip",
    "silence": "Silence, dead line",
    "stutter": "Dropped or repeated frames, cadence",
    "tearing": "Tearing, torn frame",
    "test_pattern": "Bars, slate, test pattern",
    "true_peak": "True peak",
    "truncated": "Truncated file",
    "vfr": "Variable frame rate",
}


def term(defect: str) -> str:
    """The trade's words for a defect; its own name where there are no others.

    >>> term("freeze"), term("not_known")
    ('Freeze frame, video stall', 'Not known')
    """
    return _TERMS.get(defect, defect.replace("_", " ").capitalize())
