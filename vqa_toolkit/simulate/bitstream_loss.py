"""Damage to compressed bytes: transport packets lost by three models, bytes changed inside slices, whole units lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.media.units import start_codes
from vqa_toolkit.simulate.bitstream_codec import FRAMED, Codec, Unit

LossModel = Literal["single", "burst", "gilbert", "flip", "remove", "zero", "truncate", "drop_unit"]
PACKET_MODELS: tuple[LossModel, ...] = ("single", "burst", "gilbert")
BYTE_MODELS: tuple[LossModel, ...] = ("flip", "remove", "zero", "truncate")
TS_PACKET = 188  # bytes, ISO/IEC 13818-1
TS_SYNC = 0x47
POSITIONS = (0.2, 0.4, 0.8)  # relative to a slice's payload, as BSCV (NeurIPS 2023) damages it
GOOD_TO_BAD, BAD_TO_GOOD = 0.02, 0.3  # Gilbert–Elliott transition probabilities per packet at strength 0.5


class Loss(NamedTuple):
    """What is done to the stream. ``strength`` in [0, 1] scales how many places are hit and how much at each."""

    model: LossModel = "single"
    strength: float = 0.5


def video_packets(stream: bytes) -> NDArray[np.int64]:
    """Offsets in bytes of the transport packets that carry the elementary stream with the most packets."""
    offsets = np.arange(0, len(stream) - TS_PACKET + 1, TS_PACKET)
    head = np.frombuffer(stream, dtype=np.uint8)
    if not len(offsets) or bool(np.any(head[offsets] != TS_SYNC)):
        raise ValueError("not a transport stream: a 188-byte packet does not begin with 0x47")
    pids = (head[offsets + 1].astype(np.int64) & 0x1F) << 8 | head[offsets + 2]
    return np.asarray(offsets[pids == np.bincount(pids).argmax()])


def lost(n: int, loss: Loss, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which of ``n`` consecutive packets are lost, (n,) bool; at least one is."""
    gone = np.zeros(n, dtype=bool)
    if loss.model == "gilbert":
        enter, leave = GOOD_TO_BAD * 2 * max(loss.strength, 0.02), BAD_TO_GOOD * (1.5 - loss.strength)
        bad = False
        for i, draw in enumerate(rng.random(n)):
            bad = draw < enter if not bad else draw >= leave
            gone[i] = bad
    else:
        places = 1 + rng.poisson(3 * loss.strength)
        for first in rng.integers(0, n, size=places):
            length = 1 if loss.model == "single" else 2 + int(rng.geometric(1 / (2 + 20 * loss.strength)))
            gone[first : first + length] = True
    if not gone.any():
        gone[rng.integers(n)] = True
    return gone


def drop_packets(stream: bytes, loss: Loss, rng: np.random.Generator, first: float, last: float) -> bytes:
    """``stream`` without the lost packets; only video packets in [first, last) of the stream (shares) are at risk."""
    offsets = video_packets(stream)
    low = max(1, int(first * len(offsets)))
    high = max(low + 1, int(np.ceil(last * len(offsets))))
    at_risk = offsets[low:high]
    if not len(at_risk):
        return stream
    gone = at_risk[lost(len(at_risk), loss, rng)]
    kept = np.ones(len(stream), dtype=bool)
    for offset in gone:
        kept[offset : offset + TS_PACKET] = False
    return np.frombuffer(stream, dtype=np.uint8)[kept].tobytes()


def slice_payloads(data: bytes, codec: Codec) -> list[tuple[int, int]]:
    """Byte ranges [begin, end) of coded slice payloads, after their headers; VP8, VP9: the whole frame but its header."""
    if codec in FRAMED:
        return [(min(24, len(data) // 4), len(data))]
    if codec == "mpeg4":
        starts = [s for s in start_codes(data) if data[s + 3] == 0xB6]
        return [(s + 8, len(data)) for s in starts]
    starts = list(start_codes(data))
    ends = [*starts[1:], len(data)]
    return [(s + 12, e) for s, e in zip(starts, ends, strict=True) if e - s > 16 and is_slice(data[s + 3], codec)]


def is_slice(code: int, codec: Codec) -> bool:
    """Whether a NAL unit or start code carries coded blocks."""
    if codec == "h264":
        return code & 0x1F in (1, 5)
    if codec == "hevc":
        return (code >> 1) & 0x3F < 32
    return 1 <= code <= 0xAF


def hurt(data: bytes, codec: Codec, loss: Loss, rng: np.random.Generator) -> bytes:
    """One access unit with bytes flipped, removed, zeroed or cut off inside one or more of its slices."""
    payloads = [(begin, end) for begin, end in slice_payloads(data, codec) if end > begin]
    if not payloads:
        return data
    changed = bytearray(data)
    hits = min(len(payloads), 1 + int(rng.poisson(loss.strength)))
    for pick in sorted(rng.choice(len(payloads), size=hits, replace=False).tolist(), reverse=True):
        begin, end = payloads[pick]
        where = rng.choice(POSITIONS) if rng.random() < 0.6 else rng.random()
        at = begin + int((end - begin - 1) * where)
        size = min(end - at, 1 + int(rng.geometric(1 / (1 + 60 * loss.strength))))
        if loss.model == "flip":
            for i in rng.integers(at, min(end, at + 4 * size), size=max(1, size // 2)).tolist():
                changed[i] ^= int(rng.integers(1, 256))
        elif loss.model == "zero":
            changed[at : at + size] = b"\x55" * size
        else:
            del changed[at : end if loss.model == "truncate" else at + size]
    return bytes(changed)


def damage_units(
    packets: Sequence[Unit], codec: Codec, loss: Loss, rng: np.random.Generator, first: int, last: int
) -> list[Unit]:
    """The access units with those presented in ticks [first, last) at risk; at least one is hit where there is one."""
    at_risk = [i for i, u in enumerate(packets) if u.pts is not None and first <= u.pts < last and i > 0]
    if not at_risk:
        return list(packets)
    hits = min(len(at_risk), 1 + int(rng.poisson(2 * loss.strength)))
    chosen = set(rng.choice(at_risk, size=hits, replace=False).tolist())
    if loss.model == "drop_unit":
        return [u for i, u in enumerate(packets) if i not in chosen]
    return [u._replace(data=hurt(u.data, codec, loss, rng)) if i in chosen else u for i, u in enumerate(packets)]
