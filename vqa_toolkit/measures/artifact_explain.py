"""A span of an audio artifact → a finding: what was measured there, in words, and where it disagrees with the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.core import Finding, Severity, Signal
from vqa_toolkit.measures.artifact_spans import Found

CODES = {
    "hum": ("Netflix [006]",), "hiss": ("Netflix [002]",), "distortion": ("Netflix [001]", "EBU QC 0231B"),
    "clicks": ("Netflix [004]",),
}  # fmt: skip
LINE_DB = 10.0  # dB: where no mains line stands so high, the measurement does not see hum (music seldom does: docs)
FLAT_SHARE = 2e-4  # of samples: fewer flat tops than this are none
HISS_SNR_DB = 45.0  # dB: a floor further below the programme is not heard as hiss
MANY_CLICKS = 10  # from here on a blocker
NAMED_TIMES = 200  # exact times listed in a finding's details


class Said(NamedTuple):
    """The sentence's end, details, and what disagrees ("" when nothing does)."""

    text: str
    details: dict[str, Any]
    disagreement: str
    severity: Severity = "issue"


def explain(name: str, found: Found, signals: Mapping[str, Signal], limits: Any) -> Finding:
    """The finding of a span; pure."""
    said = _SAY[name](found, signals)
    channels = [c + 1 for c in found.channels]
    details = {"channels": channels, **said.details}
    if said.disagreement:
        details["disagreement"] = said.disagreement
    count = signals["hum"].v.shape[1]
    who = "" if len(channels) == count else f" in channel {', '.join(map(str, channels))}"
    return Finding(
        found.start, found.end, name, "audio_artifacts", said.severity, float(np.clip(found.probability, 0, 1)),
        found.probability, float(getattr(limits, name)), "probability",
        f"{name.capitalize()}{who} for {found.end - found.start:.1f} s{said.text}.", standards=CODES[name], details=details,
    )  # fmt: skip


def inside(signal: Signal, found: Found) -> NDArray[np.float64]:
    """A signal's values (n, channels) within the span, of its channels."""
    kept = (signal.t >= found.start - 1e-6) & (signal.t < found.end - 1e-6)
    return np.asarray(signal.v[kept][:, list(found.channels)], np.float64)


def _hum(found: Found, signals: Mapping[str, Signal]) -> Said:
    hz, over = inside(signals["mains_hz"], found), inside(signals["mains_over"], found)
    if not hz.size:
        return Said("", {}, "")
    height = float(np.median(over))
    f0 = float(np.average(hz, weights=np.maximum(over, 0.1)) if np.ptp(hz) < 3 else np.median(hz[over >= height]))
    family = 50 if f0 < 55 else 60
    details = {"f0_hz": round(f0, 2), "family_hz": family, "line_over_db": round(height, 1)}
    if height < LINE_DB:
        return Said(
            ", without a clear mains line", details, f"mains lines stand only {height:.0f} dB over their surroundings"
        )
    return Said(
        f": lines of {f0:.1f} Hz and multiples ({family} Hz mains), {height:.0f} dB over their surroundings",
        details,
        "",
    )


def _hiss(found: Found, signals: Mapping[str, Signal]) -> Said:
    level, floor, steady = (inside(signals[name], found) for name in ("level", "noise_floor", "steady_noise"))
    if not level.size:
        return Said("", {}, "")
    programme = 10 * np.log10(np.mean(10 ** (level / 10)))
    noise = min(float(np.percentile(floor, 25)), float(np.median(steady)))
    snr = max(float(programme) - noise, 0.0)
    details = {"snr_db": round(snr, 1), "noise_floor_dbfs": round(noise, 1)}
    doubt = f"the pauses lie {snr:.0f} dB below the programme" if snr > HISS_SNR_DB else ""
    return Said(f": noise at {noise:.0f} dBFS, about {snr:.0f} dB below the programme", details, doubt)


def _distortion(found: Found, signals: Mapping[str, Signal]) -> Said:
    flat = inside(signals["flat_tops"], found)
    share = float(flat.mean()) if flat.size else 0.0
    details = {"clipped_share": round(share, 5)}
    if share < FLAT_SHARE:
        doubt = "no flat tops: soft, encoded after clipping, or not clipping at all"
        return Said(" without flat tops", details, doubt)
    return Said(f": {share:.2%} of the samples lie in flat tops", details, "")


def _clicks(found: Found, signals: Mapping[str, Signal]) -> Said:
    count, length = len(found.times), max(found.end - found.start, 1.0)
    details = {
        "count": count, "rate_per_s": round(count / length, 2), "over_db": round(found.over_db, 1),
        "times": [round(t, 6) for t in found.times[:NAMED_TIMES]],
    }  # fmt: skip
    severity: Severity = "blocker" if count >= MANY_CLICKS else "issue"
    word = "click" if count == 1 else "clicks"
    return Said(f": {count} {word}, {found.over_db:.0f} dB over their surroundings", details, "", severity)


_SAY: dict[str, Callable[[Found, Mapping[str, Signal]], Said]] = {
    "hum": _hum, "hiss": _hiss, "distortion": _distortion, "clicks": _clicks,
}  # fmt: skip
