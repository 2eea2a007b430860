"""What others say about the same clips: FFmpeg's adeclick and astats, and Essentia's audio-problem algorithms.

Essentia (AGPL-3) is an oracle here and no dependency: it is called in an interpreter of its own, named by ``--essentia``.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.artifact_sets import Long
from vqa_toolkit.train.artifacts_data import RATE

ESSENTIA = """
import json, sys, numpy as np, soundfile, essentia, essentia.standard as es
essentia.log.infoActive = False
rows = []
for path in sys.argv[1:]:
    x, rate = soundfile.read(path, dtype="float32")
    row = {}
    clicks = es.ClickDetector(sampleRate=rate, frameSize=512, hopSize=256)
    row["clicks"] = sum(len(clicks(f)[0]) for f in es.FrameGenerator(x, frameSize=512, hopSize=256))
    breaks = es.DiscontinuityDetector(frameSize=512, hopSize=256)
    row["breaks"] = sum(len(breaks(f)[0]) for f in es.FrameGenerator(x, frameSize=512, hopSize=256))
    flat = es.SaturationDetector(sampleRate=rate, frameSize=512, hopSize=256)
    spans = [flat(f) for f in es.FrameGenerator(x, frameSize=512, hopSize=256)]
    row["saturated"] = float(sum(np.sum(e) - np.sum(s[:len(e)]) for s, e in spans if len(e)))
    bursts = es.NoiseBurstDetector()
    row["bursts"] = sum(len(bursts(f)) for f in es.FrameGenerator(x, frameSize=512, hopSize=256))
    _, freq, salience, starts, ends = es.HumDetector(sampleRate=rate, timeWindow=min(5.0, len(x) / rate / 2), minimumDuration=1)(x)
    row["hum"] = float(np.max(salience)) if len(salience) else 0.0
    rows.append(row)
print(json.dumps(rows))
"""

PEERS: dict[str, tuple[str, str]] = {
    "FFmpeg adeclick": ("clicks", "adeclick"), "FFmpeg astats flat factor": ("distortion", "flat"),
    "FFmpeg astats noise floor": ("hiss", "floor"), "Essentia ClickDetector": ("clicks", "clicks"),
    "Essentia DiscontinuityDetector": ("clicks", "breaks"), "Essentia SaturationDetector": ("distortion", "saturated"),
    "Essentia NoiseBurstDetector": ("clicks", "bursts"), "Essentia HumDetector": ("hum", "hum"),
}  # fmt: skip


def peer_scores(clips: Sequence[Long], essentia: Path | None) -> dict[str, list[float]]:
    """A number per clip for each measurement; higher speaks for the fault."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, clip in enumerate(clips):
            paths.append(Path(folder) / f"{i}.wav")
            soundfile.write(paths[-1], np.clip(clip.wave, -1, 1), RATE, subtype="PCM_16")
        found: dict[str, list[float]] = {"adeclick": [], "flat": [], "floor": []}
        for path in paths:
            found["adeclick"].append(_last(_ffmpeg(path, "adeclick"), r"Detected clicks in (\d+)"))
            stats = _ffmpeg(path, "astats=measure_overall=Flat_factor+Noise_floor:measure_perchannel=none")
            found["flat"].append(_last(stats, r"Flat factor: ([-\d.inf]+)"))
            found["floor"].append(_last(stats, r"Noise floor dB: ([-\d.inf]+)"))
        if essentia is not None:
            command = [str(essentia), "-c", ESSENTIA, *map(str, paths)]
            rows = json.loads(
                subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
            )
            for key in rows[0]:
                found[key] = [float(r[key]) for r in rows]
    return found


def _ffmpeg(path: Path, chain: str) -> str:
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-i", str(path), "-af", chain, "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def _last(text: str, pattern: str) -> float:
    found = re.findall(pattern, text)
    value = float(found[-1]) if found else 0.0
    return value if np.isfinite(value) else -200.0


def best_threshold(scores: Sequence[float], truth: Sequence[bool]) -> tuple[float, float]:
    """The threshold with the highest balanced accuracy, and that accuracy, on these very clips (in the peer's favour)."""
    s, y = np.asarray(scores), np.asarray(truth, bool)
    tried = np.unique(s)
    accuracy: Callable[[float], float] = lambda t: float((np.mean(s[y] >= t) + np.mean(s[~y] < t)) / 2)  # noqa: E731
    values = [accuracy(float(t)) for t in tried]
    best = int(np.argmax(values))
    return float(tried[best]), values[best]
