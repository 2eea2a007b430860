"""What the last bytes of an MPEG transport stream leave unfinished: a transport packet, and PES packets of a declared length.

A transport stream says nowhere how long it is, so a player takes whatever is there for the whole of it (ISO/IEC 13818-1).
Only that it stops inside a packet can be known; how much was to follow cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

PACKET = 188  # bytes, from 0x47 on
SYNC = 0x47
FRAMES = ((188, 0), (192, 4))  # bytes from packet to packet, and before each one's 0x47: .ts, .m2ts
IN_STEP = 4  # packets at the start that must be where they belong
TAIL_BYTES = 4 << 20  # read from the end: a PES packet of a declared length has at most 64 KiB
NULL_PID = 0x1FFF
PES_HEAD = 6  # bytes before the ones that PES_packet_length counts


class Tail(NamedTuple):
    """Bytes that are known to be missing: of the last transport packet, and of the last PES packets; 0 where none are."""

    packet: int
    pes: int


def tail_of(path: Path) -> Tail:
    """What the transport stream at ``path`` lacks; nothing where its packets do not lie in step up to the end."""
    size = path.stat().st_size
    with path.open("rb") as f:
        for step, lead in FRAMES:
            if size > IN_STEP * step and _in_step(f, size, step, lead):
                there = size % step
                begin = max(size // step - TAIL_BYTES // step, 0) * step
                f.seek(begin)
                return Tail(step - there if there else 0, _pes_missing(f.read(size - begin - there), step, lead))
    return Tail(0, 0)


def _in_step(f: BinaryIO, size: int, step: int, lead: int) -> bool:
    """Whether the first packets, the last whole one and what is left of one after it begin where they belong."""
    last = (size // step - 1) * step
    places = [*(n * step for n in range(IN_STEP)), last, *([last + step] if size % step > lead else [])]
    for place in places:
        f.seek(place + lead)
        if f.read(1) != bytes([SYNC]):
            return False
    return True


def _pes_missing(data: bytes, step: int, lead: int) -> int:
    """Bytes that the last PES packet of each stream lacks, summed, where it says how long it is."""
    missing: dict[int, int] = {}
    for pid, begins, payload in _payloads(data, step, lead):
        if begins:
            declared = int.from_bytes(payload[4:PES_HEAD], "big") if payload[:3] == b"\0\0\1" else 0
            missing[pid] = declared + PES_HEAD if declared else 0
        if missing.get(pid, 0) > 0:
            missing[pid] = max(missing[pid] - len(payload), 0)
    return sum(missing.values())


def _payloads(data: bytes, step: int, lead: int) -> Iterator[tuple[int, bool, bytes]]:
    """(PID, whether a PES packet or section begins, payload) of every whole packet that is not damaged or scrambled."""
    for at in range(lead, len(data) - PACKET + 1, step):
        packet = data[at : at + PACKET]
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        adaptation, has_payload = packet[3] & 0x20, packet[3] & 0x10
        usable = packet[0] == SYNC and not packet[1] & 0x80 and not packet[3] & 0xC0
        if usable and has_payload and pid != NULL_PID:
            yield pid, bool(packet[1] & 0x40), packet[4 + (1 + packet[4] if adaptation else 0) :]
