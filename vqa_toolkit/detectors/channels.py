"""Channels: one of them missing, or two of them identical (mono in a stereo file)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vqa_toolkit.core import Axis, Case, Chunk, Curve, Detector, Expect, Finding, Limits, Need, Severity, Signal, limit
from vqa_toolkit.errors import NotAssessable
from vqa_toolkit.events import Span
from vqa_toolkit.measures.pairs import (
    BRIDGE_S,
    audible,
    averaged,
    channel_pairs,
    correlation,
    identical_blocks,
    pair_power,
    passages,
    side_db,
    turns_to_mono,
)
from vqa_toolkit.measures.sound_blocks import BlockCutter, rms_db

SOUND = Need("audio")
BLOCK_S = 0.05
BAND_RATE = 4000  # samples/s to which the pair is averaged: above 4 kHz codecs put noise of their own into each channel
PLAYING_DB = -65.0  # dBFS: what counts as programme, room tone included
FRONT = 2  # channels of a layout that are expected to play; centre, LFE and rear may rest


@dataclass(frozen=True, slots=True)
class ChannelsLimits(Limits):
    """What counts as missing and as identical."""

    missing: float = limit(
        -80.0, unit="dBFS", low=-120.0, high=-60.0, origin="under the noise of any analogue chain, over a codec's residue",
        doc="level of a missing channel while others play, at most",
    )  # fmt: skip
    identical: float = limit(
        0.9995, unit="", low=0.9, high=1.0, origin="false stereo in field practice", doc="their correlation"
    )
    min_duration: float = limit(
        1.5, unit="s", low=0.1, high=60.0,
        origin="bars of development music in which only centred parts play last up to 1.2 s", doc="shortest passage",
    )  # fmt: skip
    whole: float = limit(
        0.95, unit="of the sound", low=0.5, high=1.0,
        origin="a jingle in stereo around a mono programme", doc="share that counts as all of it",
    )  # fmt: skip


class Channels(Detector):
    """A front channel silent while others play; left and right identical.

    Signals: ``level`` per 50 ms and channel (dBFS); ``power`` (n, 3): mean of l², r², l·r of the front pair below
    2 kHz; ``side`` difference over sum, dB. Identity over the whole programme is a note (mono is legal); where stereo turns
    into mono in running sound, it is an issue. Swapped channels cannot be told from the sound alone.
    """

    name = "channels"
    version = "2"
    title = "Missing or identical channels"
    defects = ("channels",)
    needs = (SOUND,)
    limits = ChannelsLimits
    standards = ("Netflix [011]", "Netflix [013]")
    CLEAN = (Case(), Case(scene="music"))
    FAULTY = (
        Case(scene="rain", faults=("missing_channel@1:4",), expect=(Expect("channels", 1.0, 4.0, 0.1),)),
        Case(scene="rain", faults=("dual_mono@1:4",), expect=(Expect("channels", 1.0, 4.0, 0.1),)),
    )

    def __init__(self, media: Any, device: str = "cpu") -> None:
        super().__init__(media, device)
        channels = media.audio.channels
        if not channel_pairs(channels):
            raise NotAssessable("the sound has one channel, so that none can be missing beside it")
        self._group = max(1, round(media.audio.rate / BAND_RATE))
        self._cut = BlockCutter(BLOCK_S, media.audio.rate, channels)
        self._level = Curve("level", "dBFS", (Axis("channel", "", tuple(float(c) for c in range(channels))),))
        self._power = Curve("power", "full scale²", (Axis("product", "", (0.0, 1.0, 2.0)),))

    def update(self, chunk: Chunk) -> None:
        """Levels and products of every whole 50-ms block."""
        view = chunk.view(SOUND)
        for blocks in self._cut.push(view.t, view.data) if view is not None else ():
            self._level.extend(blocks.t, rms_db(blocks.x), blocks.end)
            self._power.extend(
                blocks.t, pair_power(averaged(blocks.x[:, :, :FRONT], self._group), ((0, 1),))[:, 0], blocks.end
            )

    def finish(self) -> Iterable[Signal]:
        """The three curves."""
        level, power = self._level.signal(), self._power.signal()
        if len(level.t) < 2:
            raise NotAssessable("there is less than 100 ms of sound")
        return level, power, Signal("side", "dB", power.t, side_db(power.v).astype(np.float32), (), power.end)

    @staticmethod
    def judge(signals: Mapping[str, Signal], limits: Any) -> Iterable[Finding]:
        """Missing front channels, then identical ones."""
        level, power, side = signals["level"], signals["power"].v.astype(np.float64), signals["side"].v
        playing = level.v.max(axis=1) >= PLAYING_DB
        if not playing.any():
            return
        pair = level.v[:, :FRONT]
        for channel in range(FRONT):
            missing = playing & (pair[:, channel] <= limits.missing) & (level.v.max(axis=1) > limits.missing)
            for span in passages(level, missing, playing & ~missing, limits.min_duration):
                yield _missing(span, level, channel, limits)
        both = pair.min(axis=1) > limits.missing
        heard = playing & audible(power[:, :2].max(axis=1), PLAYING_DB, round(2 * BRIDGE_S / BLOCK_S))
        alike = playing & both & identical_blocks(power, limits.identical)
        share = float((alike & heard).sum() / max(int(heard.sum()), 1))
        for span in passages(level, alike, heard & ~alike, limits.min_duration):
            r = float(correlation(power[span.items].sum(axis=0)))
            sudden = any(turns_to_mono(k, side, playing) for k in (span.first, span.last + 1))
            yield _identical(span, r, sudden and share < limits.whole, share, limits)


def _missing(span: Span, level: Signal, channel: int, limits: ChannelsLimits) -> Finding:
    value = float(np.median(level.v[span.items, channel]))
    message = (
        f"Channel {channel + 1} is missing for {span.end - span.start:.2f} s ({value:.0f} dBFS) while others play."
    )
    return Finding(
        span.start, span.end, "channels", "channels", "issue", float(np.clip(0.8 + (limits.missing - value) / 200, 0, 1)), value,
        limits.missing, "dBFS", message, standards=("Netflix [011]",),
        details={"signal": "level", "kind": "missing", "channel": channel + 1},
    )  # fmt: skip


def _identical(span: Span, r: float, sudden: bool, share: float, limits: ChannelsLimits) -> Finding:
    severity: Severity = "issue" if sudden else "fyi"
    why = "stereo sound turns into mono here" if sudden else "the programme may be mono by intent"
    message = f"Left and right are identical for {span.end - span.start:.2f} s (correlation {r:.5f}): {why}."
    return Finding(
        span.start, span.end, "channels", "channels", severity, 0.9 if sudden else 0.5, r, limits.identical, "", message,
        standards=("Netflix [013]",), details={"signal": "side", "kind": "identical", "share_of_programme": round(share, 4)},
    )  # fmt: skip
