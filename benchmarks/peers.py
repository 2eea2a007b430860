"""The tools that people use today, run over the same files: FFmpeg's filters, PySceneDetect, Essentia where installed.

Each peer is run at its defaults and at a few other settings; the scoreboard shows the setting that does best on the very
clips it is shown on, which is in the peer's favour. Essentia is AGPL: imported here as an oracle, never a dependency.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib.util import find_spec

import numpy as np

from benchmarks import ffmpeg
from benchmarks.essentia_peers import essentia_peers
from benchmarks.ffmpeg import NUMBER, Span
from benchmarks.said import Facts, Said

VERSION = "1"  # of this file's settings: part of the name that results are kept under
CLICK_GAP_S = 0.1  # repaired samples this close are one click
CROPPED = 0.98  # a picture area below this share of the frame is a letterbox
FRAME_S = 0.04
LONGEST_DROPOUT_S = 3.5  # Essentia GapsDetector; longer is silence


Peer = Callable[[Facts], Iterable[Said]]

LENGTHS_S = (2.0, 0.5, 0.1)  # shortest event; the filters' own default is 2 s


def black_and_freeze(clip: Facts) -> Iterable[Said]:
    """blackdetect and freezedetect at their defaults and at settings for smaller and shorter events."""
    if not clip.pictures:
        return
    for area, noise in ((0.98, -60), (0.9, -50)):
        text = ffmpeg.log(clip.path, video=f"blackdetect=d=0.02:pic_th={area},freezedetect=n={noise}dB:d=0.1")
        black = ffmpeg.events(text, "black_start", "black_end", clip.seconds)
        still = ffmpeg.events(text, "freeze_start", "freeze_end", clip.seconds)
        for d in LENGTHS_S:
            yield Said("blackdetect", f"pic_th={area:g} d={d:g}", "black", _lasting(black, d))
            yield Said("freezedetect", f"n={noise}dB d={d:g}", "freeze", _lasting(still, d))


def _lasting(spans: list[Span], least: float) -> list[Span]:
    return [s for s in spans if s[1] - s[0] >= least - 1e-6]


GRAPH = "photosensitivity=bypass=1,blockdetect,blurdetect,idet,cropdetect=round=2:reset=1"


def picture_metadata(clip: Facts) -> Iterable[Said]:
    """photosensitivity, blockdetect, blurdetect, idet and cropdetect from one pass; thresholds are applied afterwards."""
    if not clip.pictures:
        return
    rows = ffmpeg.metadata(clip.path, GRAPH)

    def above(key: str, limit: float, least: float = 0.0) -> list[Span]:
        return ffmpeg.runs(((t, float(v) >= limit) for t, v in rows.get(key, ())), clip.seconds, least)

    for limit in (0.5, 1.0, 2.0):
        yield Said("photosensitivity", f"badness {limit:g}", "flash", above("photosensitivity.badness", limit))
    for limit in (1.5, 2.0, 3.0, 5.0, 8.0):
        yield Said("blockdetect", f"block {limit:g}", "blockiness", above("block", limit, 0.2))
        yield Said("blockdetect", f"block {limit:g}", "block_corruption", above("block", limit, 2 * FRAME_S))
    for limit in (4.0, 5.0, 6.0, 8.0, 12.0):
        yield Said("blurdetect", f"blur {limit:g}", "blur", above("blur", limit, 0.5))
    for way in ("single", "multiple"):
        frames = ((t, v in ("tff", "bff")) for t, v in rows.get(f"idet.{way}.current_frame", ()))
        yield Said("idet", way, "interlacing", ffmpeg.runs(frames, clip.seconds, 0.2))
    yield Said("cropdetect", "limit 24", "letterbox", _cropped(rows, clip.seconds))


def _cropped(rows: ffmpeg.Rows, seconds: float) -> list[Span]:
    sizes = [(t, float(w) * float(h)) for (t, w), (_, h) in zip(rows.get("cropdetect.w", ()),
             rows.get("cropdetect.h", ()), strict=False)]  # fmt: skip
    full = max((s for _, s in sizes), default=0.0)
    return ffmpeg.runs(((t, s < CROPPED * full) for t, s in sizes), seconds, 0.2)


def silence(clip: Facts) -> Iterable[Said]:
    """silencedetect at three floors; with short gaps as a detector of dropouts."""
    if not clip.sound:
        return
    for floor in (-60, -50, -40):
        text = ffmpeg.log(clip.path, audio=f"silencedetect=n={floor}dB:d=0.01")
        spans = ffmpeg.events(text, "silence_start", "silence_end", clip.seconds)
        for d in (2.0, 1.0):
            yield Said("silencedetect", f"n={floor}dB d={d:g}", "silence", _lasting(spans, d))
        for d in (0.01, 0.03):
            short = [s for s in _lasting(spans, d) if s[1] - s[0] < LONGEST_DROPOUT_S]
            yield Said("silencedetect", f"n={floor}dB d={d:g}", "dropout", short)


def programme(clip: Facts) -> Iterable[Said]:
    """ebur128 (integrated loudness, true peak), aphasemeter and astats over the whole clip."""
    if not clip.sound:
        return
    text = ffmpeg.log(clip.path, audio="ebur128=peak=true,aphasemeter=video=0:phasing=1:duration=1,astats")
    summary = text[text.rfind("Summary:") :]
    whole = [(0.0, clip.seconds)]
    loud = re.search(rf"I: +{NUMBER} LUFS", summary)
    peak = re.search(rf"Peak: +{NUMBER} dBFS", summary)
    for tolerance in (0.5, 1.0, 2.0):
        wrong = loud is not None and abs(float(loud[1]) + 23.0) > tolerance
        yield Said("ebur128", f"-23 ± {tolerance:g} LUFS", "loudness", whole if wrong else [])
    for limit in (-1.0, 0.0):
        over = peak is not None and float(peak[1]) > limit
        yield Said("ebur128", f"peak > {limit:g} dBTP", "true_peak", whole if over else [])
    yield Said("aphasemeter", "out of phase 1 s", "phase",
               ffmpeg.events(text, "out_phase_start", "out_phase_end", clip.seconds))  # fmt: skip
    yield Said("aphasemeter", "mono 1 s", "channels", ffmpeg.events(text, "mono_start", "mono_end", clip.seconds))
    offsets = [abs(float(v)) for v in re.findall(rf"DC offset: {NUMBER}", text)]
    flats = [float(v) for v in re.findall(rf"Flat factor: {NUMBER}", text)]
    for limit in (0.005, 0.02):
        yield Said("astats", f"DC offset {limit:g}", "dc_offset", whole if max(offsets, default=0.0) > limit else [])
    for limit in (0.0, 5.0):
        yield Said("astats", f"flat factor {limit:g}", "distortion", whole if max(flats, default=0.0) > limit else [])


def adeclick(clip: Facts) -> Iterable[Said]:
    """Where adeclick repairs samples, at three thresholds."""
    if not clip.sound:
        return
    before = ffmpeg.samples(clip.path)
    for threshold in (2, 10, 40):
        after = ffmpeg.samples(clip.path, f"adeclick=t={threshold}:m=s")
        n = min(len(before), len(after))
        changed = np.flatnonzero(np.abs(before[:n] - after[:n]) > 1e-4) / 48000.0
        yield Said("adeclick", f"adeclick t={threshold}", "clicks", _grouped(changed.tolist()))


def _grouped(times: list[float]) -> list[Span]:
    found: list[Span] = []
    for t in times:
        if found and t - found[-1][1] <= CLICK_GAP_S:
            found[-1] = (found[-1][0], t)
        else:
            found.append((t, t))
    return found


def scenes(clip: Facts) -> Iterable[Said]:
    """PySceneDetect's ThresholdDetector, which cuts in the middle of a fade through black, at three thresholds."""
    if not clip.pictures or find_spec("scenedetect") is None:
        return
    from scenedetect import ThresholdDetector, detect

    for threshold in (12, 20, 30):
        found = detect(str(clip.path), ThresholdDetector(threshold=threshold, min_scene_len=1))
        cuts = [scene[0].seconds for scene in found[1:]]
        yield Said("PySceneDetect", f"ThresholdDetector {threshold}", "black", [(c, c) for c in cuts])


PEERS: tuple[Peer, ...] = (black_and_freeze, picture_metadata, silence, programme, adeclick, scenes)


def everything(clip: Facts) -> list[Said]:
    """All that all peers say of a clip."""
    return [said for peer in (*PEERS, essentia_peers) for said in peer(clip)]
